"""Whether the collection answers a question at all: a calibrated probability, not a prompt.

A logistic model over a few measures of the question and of its best sentences: one model where sentences were read
token by token, another where words decide alone. Both lie in refusal.json beside this file, with what they refuse and
answer; `calibration.py` makes them again from questions whose answers are known.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from corpus.analysis import tokens
from retrieval.answer import Hit
from retrieval.evidence import Evidence, Gathered
from retrieval.question import asked_names, content_tokens
from retrieval.word_scores import PREFIX

FEW = 5  # hits, fewer than which are all that a small collection holds: in it every word is common, and says less than
SMALL = 0.8  # it would elsewhere, so that so much of the threshold is enough
TOPIC = 3  # words at most
ABOUT_HITS = 5  # of the best, one of which has to have them
STORED = Path(__file__).with_name("refusal.json")

Basis = Literal["read", "words"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a decision rests on, by name. A question that goes on from a conversation has a threshold of its own; one
    that turns elsewhere, with a name or with words that what was found does not have, is judged as if it stood alone.
    """

    features: Mapping[str, float]
    basis: Basis
    goes_on: bool
    small: bool = False  # the collection holds little more than what was found


@dataclass(frozen=True, slots=True)
class Coefficients:
    weights: Mapping[str, float]
    intercept: float
    threshold: float  # a probability below it is a refusal
    threshold_in_conversation: float


def measure(gathered: Gathered) -> Measured:
    """A share of the question's words counts each word by what it says in the collection."""
    asked, in_conversation = gathered.asked, len(gathered.found.views) > 1
    names_missing = _names_missing(gathered)
    goes_on = in_conversation and _has_a_word(gathered) and not names_missing
    features = {
        "coverage": max((item.coverage for item in gathered.evidence), default=0.0),
        "title": _title_share(gathered),
        "options_missing": float(asked.options_missing),
        "search_words": float(not asked.is_question and not in_conversation),
        "names_missing": names_missing,
    }
    read = [item for item in gathered.evidence if item.closeness]
    if read:
        return Measured(features | _closest(read), "read", goes_on, len(gathered.found.hits) < FEW)
    scores = [hit.score for hit in gathered.found.hits] or [0.0]
    lead = {"lead": scores[0] - scores[min(4, len(scores) - 1)], "passage_coverage": _passage_share(gathered)}
    return Measured(features | lead, "words", goes_on)


def _closest(read: Sequence[Evidence]) -> dict[str, float]:
    """The best of each closeness."""
    found = [item.closeness for item in read if item.closeness]
    return {name: max(getattr(one, name) for one in found) for name in ("content", "every", "whole")}


def _title_share(gathered: Gathered) -> float:
    """What the best passage's title has of the question: that an article is about it does not make it answer."""
    if not gathered.found.hits:
        return 0.0
    article = gathered.found.hits[0].article
    return gathered.share(tokens(article.title, article.language))


def _names_missing(gathered: Gathered) -> float:
    """1 where the best passage lacks a name that the question has: it may be about somebody else."""
    asked, found = gathered.asked, gathered.found
    if not found.hits:
        return 0.0
    there = _prefixes_of(found.hits[0])
    names = (tokens(name, asked.language) for name in asked_names(asked))
    return float(any(name and not any(token[:PREFIX] in there for token in name) for name in names))


def _is_about(gathered: Gathered) -> bool:
    """Whether a passage has the words of what asks nothing: all of a few, such as "great fire of london"; in a
    conversation, which says the rest, one of them. "Thanks" is about nothing.
    """
    words = _content_prefixes(gathered)
    if len(gathered.found.views) > 1 or len(words) > TOPIC:
        return _has_a_word(gathered)
    return any(words <= _prefixes_of(hit) for hit in gathered.found.hits[:ABOUT_HITS])


def _has_a_word(gathered: Gathered) -> bool:
    """Whether what was found has any of the question's telling words, if there are such."""
    words = _content_prefixes(gathered)
    return not words or any(words & _prefixes_of(hit) for hit in gathered.found.hits[:ABOUT_HITS])


def _content_prefixes(gathered: Gathered) -> set[str]:
    asked = gathered.asked
    return {word[:PREFIX] for word in content_tokens(asked.text, asked.language)}


def _prefixes_of(hit: Hit) -> set[str]:
    """First letters of the words that a passage and its title have."""
    text = f"{hit.article.title}\n{hit.passage.text}"
    return {token[:PREFIX] for token in tokens(text, hit.article.language)}


def _passage_share(gathered: Gathered) -> float:
    if not gathered.found.hits:
        return 0.0
    hit = gathered.found.hits[0]
    return gathered.share(tokens(f"{hit.article.title}\n{hit.passage.text}", hit.article.language))


def probability(measured: Measured, coefficients: Coefficients | None = None) -> float:
    """That the collection answers, 0 to 1."""
    fitted = coefficients or stored_coefficients()[measured.basis]
    logit = fitted.intercept + sum(
        weight * measured.features[name] for name, weight in fitted.weights.items()
    )
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def answers(gathered: Gathered) -> bool:
    """Whether the collection answers the question. A quantity is answered by a sentence that states one, a topic by a
    passage that has all its words.
    """
    if not gathered.evidence or not gathered.found.tokens[0]:
        return False
    if not gathered.asked.is_question and not _is_about(gathered):
        return False
    if gathered.asked.measure and not any(item.holds for item in gathered.evidence):
        return False
    return is_answered(measure(gathered))


def is_answered(measured: Measured, coefficients: Coefficients | None = None) -> bool:
    fitted = coefficients or stored_coefficients()[measured.basis]
    threshold = fitted.threshold_in_conversation if measured.goes_on else fitted.threshold
    return probability(measured, fitted) >= (SMALL if measured.small else 1) * threshold


@cache
def stored_coefficients() -> dict[Basis, Coefficients]:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    return {
        basis: Coefficients(
            one["weights"], one["intercept"], one["threshold"], one["threshold_in_conversation"]
        )
        for basis, one in stored.items()
    }
