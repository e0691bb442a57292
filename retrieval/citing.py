"""Which sentences of given passages prove a sentence: the gate applied to what was found, and the citations it takes.

A sentence is proved by its passages first; then the fewest of their sentences that prove it by themselves are sought,
so that what is cited says it all. An article's title counts as said where its sentences alone do not name their
subject: a reader sees it beside the citation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from corpus.article import LoadedArticle, Passage
from corpus.chunking import passage_spans
from corpus.language import UNKNOWN
from corpus.sentences import sentence_spans
from retrieval.answer import Citation, Hit
from retrieval.facts import quotations
from retrieval.proof import Embed, Outcome, Verdict, prove

MAX_QUOTES = 3  # sentences that are tried together before whole passages are cited
# How much of a sentence a passage must hold that nobody has named for it: with eight or ten to choose from, one
# says something similar by chance. At .5 the gate's benchmark keeps 95 of 100 proofs and 98 of 100 contradictions,
# and of the sentences whose passage is not there 4 % pass instead of 15 %.
SURE = 0.5
SHORT = 4000  # characters of a text that is tried as a whole

_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Quote:
    """The article's text from `start` to `end`, in the passage of `hit`."""

    hit: Hit
    start: int
    end: int

    @property
    def text(self) -> str:
        passage = self.hit.passage
        return passage.text[self.start - passage.start : self.end - passage.start]

    def citation(self, n: int) -> Citation:
        return Citation(n, self.hit.article, self.hit.passage, self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Proof:
    """`quotes` prove the sentence; if it is not proved, they are what speaks most to it, if anything does."""

    sentence: str
    outcome: Outcome
    reason: str
    quotes: tuple[Quote, ...] = ()
    score: float = 0.0  # 0 to 1, how much of the sentence the passages hold

    @property
    def proved(self) -> bool:
        return self.outcome == "proved"


def prove_from(sentence: str, hits: Sequence[Hit], embed: Embed | None = None) -> Proof:
    """The proof of a sentence by all of `hits` together."""
    pool = [quote for hit in dict.fromkeys(hits) for quote in _sentences(hit)]
    if not pool:
        return Proof(sentence, "not found", "no passage was found for it")
    verdict = _verdict(sentence, pool, False, embed)
    if not verdict.proved and _adds_title(pool):
        titled = _verdict(sentence, pool, True, embed)
        verdict = titled if titled.proved else verdict
    nearest = _nearest(pool, _text(pool, False)[verdict.start : verdict.end])
    quotes = _fewest(sentence, pool, nearest, embed) if verdict.proved else nearest[:1]
    return Proof(sentence, verdict.outcome, verdict.reason, tuple(quotes), verdict.score)


def prove_from_any(sentence: str, hits: Iterable[Hit], embed: Embed | None = None) -> Proof:
    """The proof by the first of `hits` that surely proves it alone; else by the one that contradicts it most surely;
    else not found, with what comes nearest."""
    proofs: list[Proof] = []
    for hit in hits:
        proof = prove_from(sentence, [hit], embed)
        if proof.proved and proof.score >= SURE:
            return proof
        proofs.append(proof)
    if not proofs:
        return Proof(sentence, "not found", "no passage was found for it")
    contradicting = [proof for proof in proofs if proof.outcome == "contradicted" and proof.score >= SURE]
    if contradicting:
        return max(contradicting, key=lambda proof: proof.score)
    nearest = max(proofs, key=lambda proof: proof.score)
    if nearest.outcome == "not found":
        return nearest
    return replace(
        nearest, outcome="not found", reason="no passage says enough of this", quotes=nearest.quotes[:1]
    )


def _fewest(sentence: str, pool: list[Quote], nearest: list[Quote], embed: Embed | None) -> list[Quote]:
    """As few sentences of the pool as prove the sentence, in order, neighbours joined."""
    if nearest and _verdict(sentence, nearest, False, embed).proved:
        return _joined(nearest)
    for titled in (False, True):
        chosen: list[Quote] = []
        for _ in range(min(MAX_QUOTES, len(pool))):
            trials = [_in_order([*chosen, quote], pool) for quote in pool if quote not in chosen]
            verdicts = [_verdict(sentence, trial, titled) for trial in trials]
            best = max(range(len(trials)), key=lambda i: (verdicts[i].proved, verdicts[i].score))
            chosen = trials[best]
            if verdicts[best].proved:
                return _joined(chosen)
    return _joined(pool)


def _verdict(sentence: str, quotes: list[Quote], titled: bool, embed: Embed | None = None) -> Verdict:
    """The gate's, and what stands between quotation marks is said to the letter."""
    language = quotes[0].hit.article.language
    text = _text(quotes, titled)
    verdict = prove(sentence, text, "en" if language == UNKNOWN else language, embed)
    if verdict.proved and (quoted := _misquoted(sentence, text)):
        reason = f"the article does not say “{quoted}” to the letter"
        return Verdict("not found", reason, verdict.start, verdict.end, verdict.score)
    return verdict


def _misquoted(sentence: str, text: str) -> str:
    """What the sentence puts between quotation marks and the text does not say; empty if there is nothing."""
    said = _plain(text)
    for quoted in quotations(sentence):
        if _plain(quoted).strip(" .,;:!?") not in said:
            return quoted.strip()
    return ""


def _plain(text: str) -> str:
    return " ".join(text.translate(_ALIKE).split())


@lru_cache(maxsize=64)
def _sentences(hit: Hit) -> tuple[Quote, ...]:
    spans = sentence_spans(hit.passage.text, hit.article.language)
    return tuple(Quote(hit, hit.passage.start + start, hit.passage.start + end) for start, end in spans)


def _nearest(pool: list[Quote], said: str) -> list[Quote]:
    """The sentences that `said`, a stretch of their text, is made of."""
    return [quote for quote in pool if said and (quote.text in said or said in quote.text)]


def _in_order(quotes: list[Quote], pool: list[Quote]) -> list[Quote]:
    return [quote for quote in pool if quote in quotes]


def _text(quotes: list[Quote], titled: bool) -> str:
    """What the quotes say, neighbours as they stand in the article, under the titles of their articles if `titled`."""
    parts: list[str] = []
    article = None
    for quote in _joined(quotes):
        if titled and quote.hit.article.key != article:
            article = quote.hit.article.key
            parts.append(quote.hit.article.title)
        parts.append(quote.text)
    return "\n\n".join(parts)


def _adds_title(pool: list[Quote]) -> bool:
    return any(quote.hit.article.title not in quote.hit.passage.text for quote in pool)


def _joined(quotes: list[Quote]) -> list[Quote]:
    """Neighbours in a passage, with nothing but white space between them, as one."""
    joined: list[Quote] = []
    for quote in quotes:
        last = joined[-1] if joined else None
        if last and last.hit == quote.hit and not _between(last, quote).strip():
            joined[-1] = Quote(quote.hit, last.start, quote.end)
        else:
            joined.append(quote)
    return joined


def _between(quote: Quote, following: Quote) -> str:
    passage = quote.hit.passage
    return passage.text[quote.end - passage.start : following.start - passage.start]


def text_hits(loaded: LoadedArticle) -> list[Hit]:
    """An article that is in no collection, as what a search would find of it: whole if it is short."""
    article, text, body = loaded.article, loaded.text, loaded.body
    spans = [(body, len(text))] if len(text) - body <= SHORT else passage_spans(text, article.language, body)
    return [
        Hit(Passage(article.key, start, end, text[start:end], key), article, 1.0)
        for key, (start, end) in enumerate(spans)
    ]
