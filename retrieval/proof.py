"""Does a text support a sentence? The judgement behind every sentence of an answer and behind `footnote prove`.

The rules, in the order in which they are tried; the first that speaks decides:
 1. Sentences of the text, to the letter, are proved.
 2. Every quotation, number, date and name must stand in the text, however it is written there.
 3. Each number and name must stand among the same words as in the sentence: where the text has another number
    or name in these surroundings, and not this one, the sentence is contradicted.
 4. The same for words that exclude each other ("before" and "after") and for negations, added or dropped.
 5. Enough of the content must stand in the text, most of it in neighbouring sentences; where little does,
    closeness in meaning decides, if there is a model for it.
The text is data: nothing in it is obeyed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from corpus.language import UNKNOWN, detect_language
from corpus.sentences import Span
from retrieval.alignment import (
    CONTENT,
    Ground,
    best_fit,
    context,
    coverage,
    exchanged_pair,
    ground,
    negation_places,
    others_beside,
    others_of_kind,
    rival,
    runs,
)  # fmt: skip
from retrieval.facts import NEGATION, NOUN_CAPITALS, Word, quotations, with_names, words
from retrieval.polarity import opposites

Embed = Callable[[Sequence[str]], np.ndarray]  # n texts to (n, dimension), of length 1
Outcome = Literal["proved", "contradicted", "not found"]

FITS = {"number": 0.4, "month": 0.4, "name": 0.6}  # how well the surroundings must fit at something else
OTHER_LEAD = 0.35  # and by how much better than at what the sentence says
STRAY_FIT = 0.3  # a fit this low says nothing
OPPOSITE_FIT = 0.4
OPPOSITE_LEAD = 0.1
NEGATION_LEAD = 0.05
DROPPED_FIT = 0.6
ENOUGH = 0.45  # of the content, anywhere in the text
ENOUGH_TOGETHER = 0.35  # in neighbouring sentences
LITTLE = 0.25  # with less than this no closeness in meaning helps
AROUND = 12  # sentences before and after the nearest that are asked for it
CLOSE = 0.55  # cosine to a sentence of the text


@dataclass(frozen=True, slots=True)
class Verdict:
    """`start` and `end`: character offsets of the sentence of the text that speaks most to it; 0, 0 for none."""

    outcome: Outcome
    reason: str
    start: int
    end: int
    score: float  # 0 to 1, how much of the sentence the text holds

    @property
    def proved(self) -> bool:
        return self.outcome == "proved"


@dataclass(frozen=True, slots=True)
class _Case:
    sentence: str
    words: Sequence[Word]
    place: Ground
    anywhere: float
    together: float
    nearest: int  # number of the sentence of the text that has most of it

    def written(self, start: int, end: int) -> str:
        """The words of the sentence from `start` to `end`, as they stand in it."""
        return self.sentence[self.words[start].start : self.words[end - 1].end]

    def verdict(self, outcome: Outcome, reason: str, at: int | None = None) -> Verdict:
        """`at`: a word of the text that the reason speaks of."""
        if not self.place.sentences:
            return Verdict(outcome, reason, 0, 0, 0.0)
        sentence = self.nearest if at is None else self.place.sentence_of[at]
        start, end = self.place.sentences[sentence]
        if outcome == "not found" and not self.anywhere:
            start = end = 0
        return Verdict(outcome, reason, start, end, round(self.together, 4))


def prove(sentence: str, evidence: str, language: str = "en", embed: Embed | None = None) -> Verdict:
    """Whether `evidence` supports `sentence`. `language` is the ISO 639-1 code of both."""
    place = ground(evidence, language)
    found = with_names(words(sentence, language), place.lower, place.names, language)
    case = _Case(sentence, found, place, *coverage(found, place))
    if verbatim := _verbatim(case):
        return verbatim
    if not any(word.kind in CONTENT for word in found):
        return case.verdict("not found", "the sentence says nothing that could be checked")
    for rule in (_quotations, _missing, _exchanged, _crossed, _opposite, _negated, _negation_dropped):
        if verdict := rule(case):
            return verdict
    return _enough(case, embed)


def prove_lines(lines: Iterable[dict[str, Any]], embed: Embed | None = None) -> Iterator[dict[str, Any]]:
    """`id`, `proved` and `reason` for each line, of which only `id`, `sentence` and `evidence` are read."""
    language_of = lru_cache(detect_language)  # many sentences have the same evidence
    for line in lines:
        language = language_of(line["evidence"])
        verdict = prove(line["sentence"], line["evidence"], "en" if language == UNKNOWN else language, embed)
        yield {"id": line["id"], "proved": verdict.proved, "reason": verdict.reason}


def _verbatim(case: _Case) -> Verdict | None:
    """Whole sentences of the text, one after another, white space aside."""
    wanted = "".join(case.sentence.split())
    squeezed = case.place.squeezed
    for first, opening in enumerate(squeezed):
        last, said = first, opening
        while wanted.startswith(said) and said != wanted and last + 1 < len(squeezed):
            last += 1
            said += squeezed[last]
        if said == wanted:
            start, end = case.place.sentences[first][0], case.place.sentences[last][1]
            return Verdict("proved", "the article says so to the letter", start, end, 1.0)
    return None


def _quotations(case: _Case) -> Verdict | None:
    text = _letters(case.place.text)
    for quoted in quotations(case.sentence):
        if _letters(quoted) not in text:
            return case.verdict("not found", f"the article does not say “{quoted.strip()}”")
    return None


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _missing(case: _Case) -> Verdict | None:
    """Numbers, months and names that the text does not have in any form."""
    for start, end in runs(case.words, case.sentence):
        absent = [word for word in case.words[start:end] if word.form not in case.place.positions]
        if all(_explained(word, case) for word in absent):
            continue
        before, after = context(case.words, start, end, case.place)
        fit, other = best_fit(before, after, others_of_kind(case.words, start, end, case.place))
        if fit >= FITS[case.words[start].kind]:
            return _says_instead(case, other, case.written(start, end))
        if case.words[start].kind == "name" and case.place.language in NOUN_CAPITALS:
            continue
        if fit >= STRAY_FIT or not _is_count(case.written(start, end)):
            word = next(word for word in absent if not _explained(word, case))
            written = case.sentence[word.start : word.end]
            return case.verdict("not found", f"the article does not mention {written}")
    return None


def _is_count(written: str) -> bool:
    """A number in letters may count what the text only lists: "in two ways"."""
    return written.islower() and written.isalpha()


def _explained(word: Word, case: _Case) -> bool:
    """A marker of a list at the end ("these steps: 1."), or initials of words that stand in either text."""
    if word.kind == "number":
        return bool(re.search(r"[:.!?;]\s*$", case.sentence[: word.start])) and bool(
            re.fullmatch(r"\d\d?[.)]?\s*", case.sentence[word.start :])
        )
    written = re.sub(r"[\W_]", "", case.sentence[word.start : word.end])
    if not (2 <= len(written) <= 6 and written.isupper()):
        return False
    return _initials(written, case.place.words) or _initials(written, case.words)


def _initials(written: str, found: Sequence[Word]) -> bool:
    letters = "".join(word.form[:1] for word in found)
    capitals = "".join(word.form[:1] for word in found if word.kind != "function")
    return written.lower() in letters or written.lower() in capitals


def _exchanged(case: _Case) -> Verdict | None:
    """Numbers and names that the text has, but among other words: whole names first, then each word of a name
    that stands in the text beside other words ("Bank of England" where it has "Bank of Japan").
    """
    for start, end in runs(case.words, case.sentence):
        spans = [(start, end, others_of_kind(case.words, start, end, case.place))]
        if end - start > 1:
            beside = others_beside(case.words, start, end, case.place)
            spans += [(at, at + 1, beside) for at in range(start, end)]
        for p, q, others in spans:
            other = rival(case.words, p, q, others, case.place, FITS[case.words[p].kind], OTHER_LEAD)
            if other:
                return _says_instead(case, other, case.written(p, q))
    return None


def _crossed(case: _Case) -> Verdict | None:
    """Two words that have changed places: who did what to whom, which number goes with which thing."""
    if pair := exchanged_pair(case.words, case.place):
        one, other = (case.written(at, at + 1) for at in pair)
        return case.verdict("contradicted", f"the article has {one} and {other} the other way round")
    return None


def _says_instead(case: _Case, other: Span, written: str) -> Verdict:
    start, end = other
    kinds = [word.kind for word in case.place.words]
    if kinds[start] == "number" and end < len(kinds) and kinds[end] == "month":
        end += 1
    elif kinds[start] == "number" and start and kinds[start - 1] == "month":
        start -= 1
    said = " ".join(case.place.quote(start, end).split())
    return case.verdict("contradicted", f"the article says {said}, not {written}", other[0])


def _opposite(case: _Case) -> Verdict | None:
    table = opposites(case.place.language)
    for i, word in enumerate(case.words):
        if word.form not in table:
            continue
        before, after = context(case.words, i, i + 1, case.place)
        own, _ = best_fit(before, after, _places(case.place, [word.form]))
        fit, other = best_fit(before, after, _places(case.place, table[word.form]))
        if fit >= OPPOSITE_FIT and fit - own > OPPOSITE_LEAD:
            return _says_instead(case, other, case.sentence[word.start : word.end])
    return None


def _places(place: Ground, forms: Iterable[str]) -> list[Span]:
    return [(at, at + 1) for form in forms for at in place.positions.get(form, ())]


def _negated(case: _Case) -> Verdict | None:
    """A negation in the sentence where the text has none."""
    denied = negation_places(case.place)
    for i, word in enumerate(case.words):
        if word.form == NEGATION:
            before, after = context(case.words, i, i + 1, case.place)
            around = [(p, q) for at in denied for p in (at - 1, at) for q in (at + 1, at + 2)]
            own, _ = best_fit(before, after, [(p, q) for p, q in around if p >= 0 and q < len(before)])
            fit, place = _affirmed(before + after, denied)
            if fit - own > NEGATION_LEAD:
                return case.verdict("contradicted", "the article says it without the negation", place)
    return None


def _affirmed(fits: np.ndarray, denied: Sequence[int]) -> tuple[float, int | None]:
    """The best fit away from all negations, and the word of the text it is at."""
    fits = fits.copy()
    for at in denied:
        fits[max(0, at - 2) : at + 3] = 0
    best = int(fits.argmax())
    return float(fits[best]), min(best, len(fits) - 2) if len(fits) > 1 else None


def _negation_dropped(case: _Case) -> Verdict | None:
    """What stands right before and right after a negation of the text follows one another in the sentence."""
    gaps: dict[tuple[str, str], int] = {}
    for gap in range(1, len(case.words)):
        gaps.setdefault((case.words[gap - 1].form, case.words[gap].form), gap)
    denied = negation_places(case.place)
    for at in denied:
        for p, q in ((at - 1, at + 1), (at - 1, at + 2), (at - 2, at + 1)):
            if not (case.place.words[at].form == NEGATION and p >= 0 and q < len(case.place.words)):
                continue
            pair = (case.place.words[p].form, case.place.words[q].form)
            if pair not in gaps:
                continue
            gap = gaps[pair]
            before, after = context(case.words, gap, gap, case.place)
            fit = float(before[p + 1] + after[q])
            if fit > DROPPED_FIT and fit > _affirmed(before + after, denied)[0]:
                quote = case.place.quote(p, q + 1)
                return case.verdict("contradicted", f"the article says “{quote}”, with a negation", at)
    return None


def _enough(case: _Case, embed: Embed | None) -> Verdict:
    if case.anywhere >= ENOUGH and case.together >= ENOUGH_TOGETHER:
        return case.verdict("proved", "the article says so")
    if embed and case.anywhere >= LITTLE:
        near = case.place.sentences[max(0, case.nearest - AROUND) : case.nearest + AROUND + 1]
        said = [case.place.text[start:end] for start, end in near]
        vectors = embed([case.sentence, *said])
        if float((vectors[1:] @ vectors[0]).max()) >= CLOSE:
            return case.verdict("proved", "the article says so in other words")
    return case.verdict("not found", "the article says too little of this")
