"""The sentences of the best passages, each with how well it answers: what an extractive answer is made of.

A word of the question counts by how rare it is in the collection and by how rare it is among the candidate sentences:
the subject that every sentence names tells none of them apart. The best passages are read token by token besides.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.analysis import tokens
from corpus.sentences import sentence_spans
from retrieval.answer import Hit
from retrieval.question import Asked, content_tokens, holds_answer, read_question, stated_measure
from retrieval.reading import LANGUAGES_READ, Closeness, Read, Reading, Window, read_windows
from retrieval.search import Found

PASSAGES = 5  # of the best hits, whose sentences are candidates
MIN_WORDS = 3
MAX_HEADING = 100  # characters
CONTEXT = 0.3  # weight of a word that only the conversation before the question has
FUNCTION = 0.15  # weight of a function word beside a content word of the same rarity

# What a sentence's chance to answer grows with, of one that was read and of any other: conditional logistic regression
# (McFadden, 1974) on half of XQuAD (English) and ClapNQ, so that the chances of one question's sentences are 1 in all.
READ = {"": 2.4, "local": 0.9, "holds": 1.4, "content": 4.9, "every": 5.4, "whole": 6.9}
UNREAD = {"local": 8.0, "passage": 11.4, "holds": 1.3, "opens": 0.6}
STATEMENTS = 4  # quantities of the kind asked for that are read by themselves,
AROUND = 7  # with so many words on either side
TIMELY = 10.0  # what a sentence gains for each unit of its hit's date effect, which is 0.2 at most
READ_AT_MOST = 800  # characters, about 170 tokens: some 40 ms

_LINK = re.compile(r"https?://\S+|\]\([^)]*\)|<[^>]+>")
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W\d_]")
_CLOSED = re.compile(r"[.!?…。！？؟।:;]\W*\Z")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence: `hit.article`'s text from `start` to `end`."""

    hit: Hit
    rank: int  # of the hit, best 0
    position: int  # of the sentence in its passage
    start: int
    end: int
    text: str
    words: frozenset[str]  # its index tokens
    coverage: float  # share of the question's weight that the sentence has, 0 to 1
    local: float  # the same, with words that tell the candidates apart counting more
    holds: float  # whether it has a thing of the kind asked for, 0 to 1
    closeness: Closeness | None  # None: its passage was not read
    score: float = 0.0  # logarithm of its chance to answer, up to a constant of the question


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that an answer, or the decision not to answer, is made from; `evidence` is best first."""

    found: Found
    asked: Asked
    weights: Mapping[str, float]  # what each index token of the question counts
    evidence: tuple[Evidence, ...]

    def share(self, words: Iterable[str]) -> float:
        """What `words` have of the question's weight, the conversation before it aside, 0 to 1."""
        own = set(self.found.tokens[0]) if self.found.tokens else set()
        total = sum(self.weights[word] for word in own)
        return sum(self.weights[word] for word in own.intersection(words)) / total if total else 0.0


def gather(found: Found, question: str, read: Read | None = None) -> Gathered:
    """`read` gives token vectors; without it, words decide alone."""
    asked = read_question(question, found.language)
    weights = question_weights(found, asked)
    evidence = find_evidence(found, asked, weights)
    readable = [item for item in evidence if item.hit.article.language in LANGUAGES_READ]
    if read and readable and found.language in LANGUAGES_READ:
        statements = statements_of(asked, readable)
        windows = [*windows_around(readable), *statements.values()]
        reading = read_windows(found, weights, windows, read)
        evidence = [_read(item, reading, statements.get(_place(item))) for item in evidence]
    if asked.measure and any(item.holds for item in evidence):
        evidence = [item for item in evidence if item.holds]  # nothing else can answer
    return Gathered(found, asked, weights, tuple(sorted(evidence, key=lambda item: -item.score)))


def statements_of(asked: Asked, evidence: Sequence[Evidence]) -> dict[tuple[int, int], Window]:
    """The words around each quantity of the kind asked for, by the sentence's place: a long sentence says several
    things, and is close to the question by what it says of this one.
    """
    found: dict[tuple[int, int], Window] = {}
    for item in sorted(evidence, key=lambda item: -item.score):
        stated = stated_measure(asked, item.text, item.hit.article.language)
        if stated and len(found) < STATEMENTS:
            before = list(_WORD.finditer(item.text, 0, stated.start()))[-AROUND:]
            after = list(_WORD.finditer(item.text, stated.end()))[:AROUND]
            start = before[0].start() if before else stated.start()
            end = after[-1].end() if after else stated.end()
            found[_place(item)] = Window(item.hit, item.start + start, item.start + end)
    return found


def _place(item: Evidence) -> tuple[int, int]:
    return item.rank, item.position


def windows_around(evidence: Sequence[Evidence]) -> list[Window]:
    """What is worth reading: the sentences that words find best, each with the sentences beside it."""
    by_passage: dict[int, list[Evidence]] = {}
    for item in evidence:
        by_passage.setdefault(item.rank, []).append(item)
    chosen: dict[int, list[int]] = {}
    used = 0
    for item in sorted(evidence, key=lambda item: -item.score):
        beside = by_passage[item.rank]
        place = beside.index(item)
        for near in (place, place - 1, place + 1):
            if 0 <= near < len(beside) and near not in chosen.setdefault(item.rank, []):
                used += len(beside[near].text)
                if used > READ_AT_MOST and any(chosen.values()):
                    return _windows(by_passage, chosen)
                chosen[item.rank].append(near)
    return _windows(by_passage, chosen)


def _windows(
    by_passage: Mapping[int, Sequence[Evidence]], chosen: Mapping[int, Sequence[int]]
) -> list[Window]:
    windows: list[Window] = []
    for rank, places in chosen.items():
        for place in sorted(places):
            item = by_passage[rank][place]
            joins = place - 1 in places and windows and windows[-1].hit is item.hit
            if joins:
                windows[-1] = replace(windows[-1], end=item.end)
            else:
                windows.append(Window(item.hit, item.start, item.end))
    return windows


def _read(item: Evidence, reading: Reading, statement: Window | None) -> Evidence:
    closeness = reading.closeness(item.hit, item.start, item.end)
    if statement:
        stated = reading.closeness(item.hit, statement.start, statement.end)
        closeness = closeness.or_closer(stated) if closeness else stated
    if closeness is None:
        return item
    read = replace(item, closeness=closeness)
    return replace(read, score=log_chance(read))


def question_weights(found: Found, asked: Asked) -> dict[str, float]:
    """What each index token of the question and of the conversation before it counts."""
    content = content_tokens(asked.text, found.language)
    weights: dict[str, float] = {}
    for view, words in enumerate(found.tokens):
        for word in words:
            weight = found.idf.get(word, 0.0) * (1.0 if view == 0 else CONTEXT)
            if view == 0 and word not in content:
                weight *= FUNCTION
            weights.setdefault(word, weight)
    return weights


def find_evidence(found: Found, asked: Asked, weights: Mapping[str, float]) -> list[Evidence]:
    """The candidate sentences in the order of hits and text, each once, scored by their words."""
    raw = [
        (hit, rank, position, span, text, frozenset(tokens(text, hit.article.language)))
        for rank, hit in enumerate(_hits_in_time(found)[:PASSAGES])
        for position, (span, text) in enumerate(_sentences(hit))
    ]
    first = {(hit.article.key, span): rank for hit, rank, _, span, *_ in reversed(raw)}
    raw = [one for one in raw if first[one[0].article.key, one[3]] == one[1]]
    telling = _telling_weights(weights, [words for *_, words in raw])
    evidence = []
    for hit, rank, position, (start, end), text, words in raw:
        item = Evidence(
            hit, rank, position, start, end, text, words,
            coverage=_share(words, weights),
            local=_share(words, telling),
            holds=holds_answer(asked, text, hit.article.language),
            closeness=None,
        )  # fmt: skip
        evidence.append(replace(item, score=log_chance(item)))
    return evidence


def _hits_in_time(found: Found) -> Sequence[Hit]:
    """Where the best hit is of the time that the question speaks of, only hits of that time."""
    time, hits = found.time, found.hits
    if time is None or not hits or not time.holds(hits[0].article.published):
        return hits
    return [hit for hit in hits if time.holds(hit.article.published)]


def features(item: Evidence) -> dict[str, float]:
    """What a sentence is scored by, by name."""
    measured = {
        "": 1.0,
        "local": item.local,
        "passage": item.hit.score,
        "holds": item.holds,
        "opens": float(item.position == 0),
    }
    if item.closeness:
        measured |= {
            "content": item.closeness.content,
            "every": item.closeness.every,
            "whole": item.closeness.whole,
        }
    return measured


def log_chance(item: Evidence) -> float:
    weights = READ if item.closeness else UNREAD
    measured = features(item)
    timely = TIMELY * item.hit.date_effect
    return timely + sum(weight * measured[name] for name, weight in weights.items())


def _share(words: frozenset[str], weights: Mapping[str, float]) -> float:
    """The share of the weights that the words have."""
    total = sum(weights.values())
    return sum(weights[word] for word in words if word in weights) / total if total else 0.0


def _telling_weights(weights: Mapping[str, float], sentences: Sequence[frozenset[str]]) -> dict[str, float]:
    """`weights` times the words' inverse frequency among the candidate sentences (BM25's form)."""
    n = len(sentences)
    telling = {}
    for word, weight in weights.items():
        having = sum(word in words for words in sentences)
        telling[word] = weight * math.log(1 + (n - having + 0.5) / (having + 0.5))
    return telling


def _sentences(hit: Hit) -> list[tuple[tuple[int, int], str]]:
    """Spans in the article and texts of the sentences of a passage that may be quoted."""
    passage = hit.passage
    found = []
    for start, end in sentence_spans(passage.text, hit.article.language):
        text = passage.text[start:end]
        if is_quotable(text, hit.article.title) and not _is_heading(passage.text, start, end):
            found.append(((passage.start + start, passage.start + end), text))
    return found


def _is_heading(text: str, start: int, end: int) -> bool:
    """A short line of its own without an end mark, above a line that is longer and has one: no item of a list."""
    alone = text[:start].rstrip(" ")[-1:] in ("", "\n") and text[end:].lstrip(" ")[:1] in ("", "\n")
    if not alone or end - start > MAX_HEADING or _CLOSED.search(text, start, end):
        return False
    below = text[end:].strip().partition("\n")[0].rstrip()
    return len(below) > end - start and bool(_CLOSED.search(below))


def is_quotable(sentence: str, title: str) -> bool:
    """Not the title, a heading, a menu or a bare link."""
    if sentence.strip().casefold() == title.strip().casefold():
        return False
    plain = _LINK.sub(" ", sentence)
    letters = len(_LETTERS.findall(plain))
    if letters < 0.4 * len(plain) or letters < 0.3 * len(sentence):
        return False
    words = plain.split()
    return len(words) >= MIN_WORDS or (bool(_CLOSED.search(sentence)) and letters > 8)
