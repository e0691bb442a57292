"""The order in which hits are handed on: after the best, those that tell something else.

Greedy, after Carbonell and Goldstein (1998), The Use of MMR, https://doi.org/10.1145/290941.291025: a hit loses what it
repeats of the text handed on already; and where one sentence seldom is enough of an answer, as for a comparison, it
gains what it adds to the words of the question that are covered.
"""

from collections.abc import Collection, Mapping, Sequence

from corpus.analysis import tokens
from retrieval.answer import Hit

PARTS = 0.3  # what a hit gains that has all the words of the question that were missing
REPEATED = 0.3  # what a hit loses all of whose text is handed on already


def diverse(hits: Sequence[Hit], parts: Mapping[str, float], limit: int) -> tuple[Hit, ...]:
    """`limit` of the hits, which come best first. `parts` says what each index token of a question with several parts
    counts; it is empty for another question.
    """
    words = {id(hit): parts.keys() & _tokens(hit) if parts else set() for hit in hits}
    left, chosen, covered = list(hits), list[Hit](), set[str]()
    while left and len(chosen) < limit:
        best = max(left, key=lambda hit: _worth(hit, words[id(hit)], parts, covered, chosen))
        left.remove(best)
        chosen.append(best)
        covered |= words[id(best)]
    return tuple(chosen)


def _tokens(hit: Hit) -> set[str]:
    return set(tokens(f"{hit.article.title}\n{hit.passage.text}", hit.article.language))


def _worth(
    hit: Hit,
    words: Collection[str],
    parts: Mapping[str, float],
    covered: Collection[str],
    chosen: Sequence[Hit],
) -> float:
    if not chosen:
        return hit.score
    total = sum(parts.values())
    new = sum(parts[word] for word in words if word not in covered) / total if total else 0.0
    return hit.score + PARTS * new - REPEATED * max(_repeated(hit, other) for other in chosen)


def _repeated(hit: Hit, other: Hit) -> float:
    """The share of a hit's text that another has too."""
    one, two = hit.passage, other.passage
    if one.article != two.article:
        return 0.0
    return max(0, min(one.end, two.end) - max(one.start, two.start)) / (one.end - one.start)
