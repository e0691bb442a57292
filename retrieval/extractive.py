"""Evidence made into an answer without a language model: the sentence that answers, then what completes it.

Every sentence is quoted from a passage and carries the number of its citation; sentences that stand side by side in a
passage share one. What is not answered is said to be missing, with the nearest articles and no citation.
"""

import math
import re
from collections.abc import Sequence
from typing import Literal

from corpus.analysis import tokens
from corpus.article import Article
from corpus.sentences import sentence_spans
from retrieval.answer import Answer, Citation
from retrieval.disagreement import disagreeing, source_prefix
from retrieval.evidence import Evidence, Gathered, gather
from retrieval.question import LONG_KINDS, Asked, content_tokens
from retrieval.reading import Read
from retrieval.referents import leans, with_referent
from retrieval.refusal import answers
from retrieval.search import Found

Length = Literal["short", "normal", "long"]

BUDGET = {"short": 0, "normal": 520, "long": 1200}  # characters after which nothing is added
LONG_BUDGET = 800  # for lists, comparisons and summaries, at normal length
DENSE_WRITING = frozenset({"zh", "ja"})  # whose characters say as much as DENSITY letters
DENSITY = 3
ENOUGH = 0.85  # probability that what is chosen answers, at which nothing is added
ASIDE = 0.27  # how likely a sentence elsewhere must be, beside the best, to be cited as well
NEXT_TO = 0.04  # the same for a sentence beside one that is quoted already
ALIKE = 0.75  # share of common words (Jaccard) above which two sentences say the same
NEAREST = 3
NAMED = 3  # of the best hits, whose article a question may name

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


def answer_extractively(
    found: Found, question: str, *, read: Read | None = None, length: Length = "normal"
) -> Answer:
    """The answer to `question` from what was found for it. `read` gives token vectors; without it words decide."""
    gathered = gather(found, question, read)
    lead = lead_of_named(gathered)
    if lead:
        return _quoting(found, [lead])
    if not answers(gathered):
        return no_answer(found, question)
    return compose(gathered, length)


def lead_of_named(gathered: Gathered) -> Span:
    """How an article begins whose title holds every telling word of the question, where it asks nothing: whoever types
    a title wants to know what stands below it, and news say first what matters. [] where the question asks, or names no
    article.
    """
    asked, found = gathered.asked, gathered.found
    if asked.is_question or len(found.views) > 1:
        return []
    words = content_tokens(asked.text, found.language)
    titles = ((hit.article, tokens(hit.article.title, hit.article.language)) for hit in found.hits[:NAMED])
    article = next((article for article, title in titles if words and words <= set(title)), None)
    own = sorted(
        (item for item in gathered.evidence if article and item.hit.article.key == article.key),
        key=lambda item: (item.start, item.rank),
    )
    lead: Span = []
    for item in own:
        beside = not lead or (item.rank == lead[0].rank and item.position == lead[-1].position + 1)
        if beside and sum(len(one.text) for one in [*lead, item]) <= BUDGET["normal"]:
            lead.append(item)
    return lead or own[:1]


def compose(gathered: Gathered, length: Length = "normal") -> Answer:
    """The answer that the evidence gives, whether or not it is good enough."""
    found = gathered.found
    rivals = disagreeing(gathered.evidence, gathered.asked)
    spans = [[item] for item in rivals] or choose(gathered.evidence, gathered.asked, length)
    prefixes = [source_prefix(item, found.language) for item in rivals]
    return _quoting(found, spans, gathered.evidence[0], prefixes)


def _quoting(
    found: Found, spans: Sequence[Span], best: Evidence | None = None, prefixes: Sequence[str] = ()
) -> Answer:
    """The answer that quotes these spans, each opened by `best` where that is in it, after its prefix."""
    citations = tuple(_citation(n, span) for n, span in enumerate(spans, start=1))
    shown = [_shown(n, span, best) for n, span in enumerate(spans, start=1)]
    if prefixes:
        shown = [f"{prefix} {text}" for prefix, text in zip(prefixes, shown, strict=True)]
    return Answer(found.question, found.standalone_question, True, " ".join(shown), citations, found.hits)


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
    if evidence[0].hit.article.language in DENSE_WRITING:
        budget //= DENSITY
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


def _shown(n: int, span: Span, best: Evidence | None) -> str:
    """The sentence that answers first, what stands beside it after it, each with its marker."""
    place = next((i for i, item in enumerate(span) if item is best), 0)
    opening = _explained(span[place])
    if place and opening == span[place].text and leans(opening, span[0].hit.article.language):
        place = 0  # it cannot be read without what stands before it
        opening = _explained(span[0])
    rest = [item.text for i, item in enumerate(span) if i != place]
    return " ".join(f"{_plain(text)} [{n}]" for text in [opening, *rest])


def _explained(item: Evidence) -> str:
    """The sentence, with whom its opening pronoun means."""
    passage, language = item.hit.passage, item.hit.article.language
    spans = sentence_spans(passage.text, language, 0, item.start - passage.start)
    before = [passage.text[start:end] for start, end in spans]
    return with_referent(item.text, before, item.hit.article.title, language)


def _plain(sentence: str) -> str:
    """On one line, and without footnote numbers of the article's own, which would look like markers."""
    return _SPACE.sub(" ", _MARKER_LIKE.sub("", sentence)).strip()
