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
from retrieval.evidence import Evidence, Gathered

STORED = Path(__file__).with_name("refusal.json")

Basis = Literal["read", "words"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a decision rests on, by name. A question in a conversation has a threshold of its own."""

    features: Mapping[str, float]
    basis: Basis
    in_conversation: bool


@dataclass(frozen=True, slots=True)
class Coefficients:
    weights: Mapping[str, float]
    intercept: float
    threshold: float  # a probability below it is a refusal
    threshold_in_conversation: float


def measure(gathered: Gathered) -> Measured:
    """A share of the question's words counts each word by what it says in the collection."""
    asked, in_conversation = gathered.asked, len(gathered.found.views) > 1
    features = {
        "coverage": max((item.coverage for item in gathered.evidence), default=0.0),
        "title": _title_share(gathered),
        "options_missing": float(asked.options_missing),
        "search_words": float(not asked.is_question and not in_conversation),
    }
    read = [item for item in gathered.evidence if item.closeness]
    if read:
        return Measured(features | _closest(read), "read", in_conversation)
    scores = [hit.score for hit in gathered.found.hits] or [0.0]
    lead = {"lead": scores[0] - scores[min(4, len(scores) - 1)], "passage_coverage": _passage_share(gathered)}
    return Measured(features | lead, "words", in_conversation)


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


def is_answered(measured: Measured, coefficients: Coefficients | None = None) -> bool:
    fitted = coefficients or stored_coefficients()[measured.basis]
    threshold = fitted.threshold_in_conversation if measured.in_conversation else fitted.threshold
    return probability(measured, fitted) >= threshold


@cache
def stored_coefficients() -> dict[Basis, Coefficients]:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    return {
        basis: Coefficients(
            one["weights"], one["intercept"], one["threshold"], one["threshold_in_conversation"]
        )
        for basis, one in stored.items()
    }
