"""Whether the collection answers a question at all: a calibrated probability, not a prompt.

A logistic model over a few measures of the search and of the best sentences. Its coefficients lie in refusal.json
beside this file, with how well they refuse; `calibrate` makes them again from questions whose answers are known.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from retrieval.evidence import Evidence
from retrieval.question import Asked
from retrieval.search import Found

COEFFICIENTS = Path(__file__).with_name("refusal.json")
SENTENCES = 3  # of the best, that are measured
RIDGE = 2.0  # weight of the penalty that keeps coefficients small
STEPS = 50
TARGET = 0.93  # share of the answerable questions that the threshold lets through


def measure(
    found: Found, asked: Asked, weights: Mapping[str, float], evidence: Sequence[Evidence]
) -> dict[str, float]:
    """The measures that the decision rests on; `evidence` is best first."""
    scores = [hit.score for hit in found.hits] or [0.0]
    best = evidence[:SENTENCES]
    return {
        "score": scores[0],
        "lead": scores[0] - scores[min(4, len(scores) - 1)],
        "sentence_cosine": max((item.dense for item in best), default=0.0),
        "sentence_coverage": max((item.coverage for item in best), default=0.0),
        "telling_coverage": max((item.local for item in best), default=0.0),
        "options_missing": float(asked.options_missing),
        "conversation": float(len(found.views) > 1),
    }


@dataclass(frozen=True, slots=True)
class Row:
    """What one question measured, by name, and whether the collection answers it."""

    features: Mapping[str, float]
    answerable: bool
    collection: str = ""  # every collection counts the same, and in it the two answers do


@dataclass(frozen=True, slots=True)
class Coefficients:
    names: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    threshold: float  # a probability below it is a refusal


def probability(features: Mapping[str, float], coefficients: Coefficients | None = None) -> float:
    """That the collection answers, 0 to 1."""
    fitted = coefficients or stored_coefficients()
    pairs = zip(fitted.names, fitted.weights, strict=True)
    logit = fitted.intercept + sum(weight * features[name] for name, weight in pairs)
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def is_answered(features: Mapping[str, float], coefficients: Coefficients | None = None) -> bool:
    fitted = coefficients or stored_coefficients()
    return probability(features, fitted) >= fitted.threshold


def calibrate(rows: Sequence[Row]) -> Coefficients:
    """Fit by iteratively reweighted least squares; deterministic. ValueError: only one of the two answers occurs."""
    if len({row.answerable for row in rows}) < 2:
        raise ValueError(
            "Calibration needs questions that the collection answers and questions that it does not."
        )
    names = tuple(sorted(rows[0].features))
    x = np.array([[row.features[name] for name in names] for row in rows])
    y = np.array([row.answerable for row in rows], dtype=float)
    share = _shares(rows)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation[deviation == 0] = 1.0
    fitted = _logistic(np.column_stack([(x - mean) / deviation, np.ones(len(x))]), y, share)
    weights = fitted[:-1] / deviation
    intercept = float(fitted[-1] - weights @ mean)
    probabilities = 1 / (1 + np.exp(-(x @ weights + intercept)))
    return Coefficients(names, tuple(map(float, weights)), intercept, _threshold(probabilities, y, share))


def _shares(rows: Sequence[Row]) -> np.ndarray:
    """What each row counts: collections alike, and answerable and absent alike within each."""
    groups: dict[tuple[str, bool], int] = {}
    for row in rows:
        group = (row.collection, row.answerable)
        groups[group] = groups.get(group, 0) + 1
    share = np.array([1 / groups[row.collection, row.answerable] for row in rows])
    return share * len(rows) / share.sum()


def _logistic(x: np.ndarray, y: np.ndarray, share: np.ndarray) -> np.ndarray:
    weights = np.zeros(x.shape[1])
    penalty = RIDGE * np.eye(x.shape[1])
    penalty[-1, -1] = 0.0
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(x @ weights)))
        gradient = x.T @ (share * (y - p)) - penalty @ weights
        hessian = (x * (share * p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _threshold(probabilities: np.ndarray, y: np.ndarray, share: np.ndarray) -> float:
    """Lets TARGET of the answerable through, every collection counting the same."""
    answerable = y > 0
    order = np.argsort(probabilities[answerable])
    refused = np.cumsum(share[answerable][order]) / share[answerable].sum()
    return float(probabilities[answerable][order][np.searchsorted(refused, 1 - TARGET)])


@cache
def stored_coefficients() -> Coefficients:
    stored = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return Coefficients(
        tuple(stored["weights"]), tuple(stored["weights"].values()), stored["intercept"], stored["threshold"]
    )


def write_coefficients(
    fitted: Coefficients, measured: Mapping[str, object], path: Path = COEFFICIENTS
) -> None:
    """`measured` is written beside them: how much is refused and answered with them, by collection."""
    stored = {
        "intercept": round(fitted.intercept, 4),
        "threshold": round(fitted.threshold, 4),
        "weights": {
            name: round(weight, 4) for name, weight in zip(fitted.names, fitted.weights, strict=True)
        },
        "measured": measured,
    }
    path.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
