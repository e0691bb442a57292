"""Articles that say the same of different figures: sentences alike in words, apart in numbers, dates or names.

Whether one corrects the other or both are right is for the reader to judge; both are shown, the newest last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from retrieval.evidence import Evidence
from retrieval.facts import with_names, words
from retrieval.question import Asked
from retrieval.wording import Kind

RIVALS = 8  # of the best sentences, that are compared with the best
AS_LIKELY = 3.0  # log-odds by which a rival may be less likely to answer than the best
SAME_WORDS = 0.5  # share of the shorter sentence's words, figures and names aside, that both have
MIN_SHARED = 3  # such words

FIGURES = {
    Kind.WHO: ("name",),
    Kind.WHERE: ("name",),
    Kind.WHEN: ("number", "month"),
    Kind.HOW_MANY: ("number",),
}
_DATE_FORMS = {"de": "Am {:%d.%m.%Y}", "ru": "{:%d.%m.%Y}", "es": "El {:%d/%m/%Y}", "fr": "Le {:%d/%m/%Y}"}
ANY_FIGURE = ("number", "month")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence says: its plain words, and the figures that may differ, each with the word it goes with."""

    plain: frozenset[str]
    figures: frozenset[str]


def disagreeing(evidence: Sequence[Evidence], asked: Asked) -> list[Evidence]:
    """The best sentence and those of other articles that contradict it, oldest first; [] where none does.

    `evidence` is best first. Names are compared only where the question asks for one.
    """
    if not evidence:
        return []
    best = evidence[0]
    said = _said(best, asked)
    found = [best]
    for rival in evidence[1 : RIVALS + 1]:
        known = {item.hit.article.key for item in found}
        if rival.hit.article.key in known or rival.score < best.score - AS_LIKELY:
            continue
        if _differ(said, _said(rival, asked)):
            found.append(rival)
    return sorted(found, key=lambda item: item.hit.article.published or date.max) if len(found) > 1 else []


def _said(item: Evidence, asked: Asked) -> _Said:
    language = item.hit.article.language
    found = words(item.text, language)
    kinds = FIGURES.get(asked.kind, ANY_FIGURE)
    if "name" in kinds:
        found = with_names(found, (), (), language)
    given = {word.form for word in words(asked.text, language)}
    return _Said(
        frozenset(word.form for word in found if word.kind == "word"),
        frozenset(word.form for word in found if word.kind in kinds and word.form not in given),
    )


def _differ(one: _Said, other: _Said) -> bool:
    """Both speak of the same and each has a figure that the other has not."""
    shared = one.plain & other.plain
    fewest = min(len(one.plain), len(other.plain))
    if len(shared) < MIN_SHARED or len(shared) < SAME_WORDS * fewest:
        return False
    return bool(one.figures - other.figures) and bool(other.figures - one.figures)


def source_prefix(item: Evidence, language: str) -> str:
    """When the article said it, in the language of the question; who said it where there is no date."""
    article = item.hit.article
    if not article.published:
        return f"{article.publisher or article.title}:"
    day = article.published
    if language == "en":
        return f"On {day.day} {day:%B %Y}:"
    return f"{_DATE_FORMS.get(language, '{:%Y-%m-%d}').format(day)}:"
