"""Evidence made into an answer without a language model: the sentence that answers, then what completes it.

Every sentence is quoted from a passage and carries the number of its citation; sentences that stand side by side in a
passage share one. What is not answered is said to be missing, with the nearest articles and no citation.
"""

import math
import re
from collections.abc import Sequence
from typing import Literal

from corpus.article import Article
from retrieval.answer import Answer, Citation
from retrieval.evidence import Evidence, find_evidence, question_weights, ranked
from retrieval.question import LONG_KINDS, Asked, read_question
from retrieval.refusal import is_answered, measure
from retrieval.search import Embed, Found

Length = Literal["short", "normal", "long"]

BUDGET = {"short": 0, "normal": 340, "long": 900}  # characters after which nothing is added
LONG_BUDGET = 600  # for lists, comparisons and summaries, at normal length
ENOUGH = 0.9  # probability that what is chosen answers, at which nothing is added
ASIDE = 0.5  # how likely a sentence elsewhere must be, beside the best, to be cited as well
NEXT_TO = 0.05  # the same for a sentence beside one that is quoted already
ALIKE = 0.75  # share of common words (Jaccard) above which two sentences say the same
NEAREST = 3

NOT_ANSWERED = {
    "en": "The collection does not answer this question.",
    "de": "Die Sammlung beantwortet diese Frage nicht.",
    "es": "La colección no responde a esta pregunta.",
    "fr": "La collection ne répond pas à cette question.",
    "ru": "В собрании нет ответа на этот вопрос.",
    "ar": "لا تجيب المجموعة عن هذا السؤال.",
    "zh": "文集中没有这个问题的答案。",
}

_MARKER_LIKE = re.compile(r"\s?\[\d{1,3}\]")
_SPACE = re.compile(r"\s+")

Span = list[Evidence]  # sentences side by side in one passage, in their order


def answer_extractively(found: Found, question: str, *, embed: Embed, length: Length = "normal") -> Answer:
    """The answer to `question` from what was found for it. `embed` gives the vectors of a few sentences."""
    asked = read_question(question, found.language)
    weights = question_weights(found, asked)
    evidence = ranked(find_evidence(found, asked, weights), found, embed)
    if not evidence or not is_answered(measure(found, asked, weights, evidence)):
        return no_answer(found, question)
    spans = choose(evidence, asked, length)
    citations = tuple(_citation(n, span) for n, span in enumerate(spans, start=1))
    text = " ".join(_shown(n, span, evidence[0]) for n, span in enumerate(spans, start=1))
    return Answer(question, found.standalone_question, True, text, citations, found.hits)


def no_answer(found: Found, question: str) -> Answer:
    """That the collection does not answer, with the articles that come nearest."""
    text = NOT_ANSWERED.get(found.language, NOT_ANSWERED["en"])
    nearest: dict[int, Article] = {}
    for hit in found.hits:
        nearest.setdefault(hit.article.key, hit.article)
    return Answer(
        question, found.standalone_question, False, text, (), found.hits, tuple(nearest.values())[:NEAREST]
    )


def choose(evidence: Sequence[Evidence], asked: Asked, length: Length) -> list[Span]:
    """The spans to quote, the one that answers first; `evidence` is best first."""
    total = sum(math.exp(item.score - evidence[0].score) for item in evidence)
    chances = [math.exp(item.score - evidence[0].score) / total for item in evidence]
    budget = LONG_BUDGET if length == "normal" and asked.kind in LONG_KINDS else BUDGET[length]
    enough = ENOUGH if asked.kind not in LONG_KINDS and length != "long" else 1.0
    spans, covered, used = [[evidence[0]]], chances[0], len(evidence[0].text)
    for item, chance in zip(evidence[1:], chances[1:], strict=True):
        if covered >= enough or chance < NEXT_TO * chances[0]:
            break
        if any(_alike(item, chosen) for span in spans for chosen in span):
            covered += chance
            continue
        beside = next((span for span in spans if _is_beside(item, span)), None)
        if used + len(item.text) > budget or (beside is None and chance < ASIDE * chances[0]):
            continue
        if beside is None:
            spans.append([item])
        else:
            beside.append(item)
            beside.sort(key=lambda member: member.start)
        covered += chance
        used += len(item.text)
    return spans


def _is_beside(item: Evidence, span: Span) -> bool:
    same = item.hit.passage.key == span[0].hit.passage.key and item.rank == span[0].rank
    return same and item.position in (span[0].position - 1, span[-1].position + 1)


def _alike(one: Evidence, other: Evidence) -> bool:
    if not one.words or not other.words:
        return False
    return len(one.words & other.words) >= ALIKE * len(one.words | other.words)


def _citation(n: int, span: Span) -> Citation:
    hit, start, end = span[0].hit, span[0].start, span[-1].end
    offset = hit.passage.start
    return Citation(n, hit.article, hit.passage, start, end, hit.passage.text[start - offset : end - offset])


def _shown(n: int, span: Span, best: Evidence) -> str:
    """The sentence that answers first, what stands beside it after it, each with its marker."""
    first = next((item for item in span if item is best), span[0])
    rest = [item for item in span if item is not first]
    return " ".join(f"{_plain(item.text)} [{n}]" for item in [first, *rest])


def _plain(sentence: str) -> str:
    """On one line, and without footnote numbers of the article's own, which would look like markers."""
    return _SPACE.sub(" ", _MARKER_LIKE.sub("", sentence)).strip()
