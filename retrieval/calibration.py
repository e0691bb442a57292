"""The decision to refuse, fitted to questions whose answers are known, and checked on those it was not fitted to."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import numpy as np

from retrieval.collection import Collection
from retrieval.evaluation import GoldQuestion, read_questions
from retrieval.evidence import gather
from retrieval.question import asked_names, read_question
from retrieval.reading import Read
from retrieval.refusal import STORED, Basis, Coefficients, Measured, is_answered, measure, stored_coefficients

RIDGE = 2.0  # weight of the penalty that keeps coefficients small
STEPS = 50
ANSWERED = 0.95  # share of the answerable questions that a threshold lets through
ANSWERED_IN_CONVERSATION = 0.93
SWAPPED = ", names swapped"  # of a collection: its questions, asked of somebody else
SWAPPED_WEIGHT = 0.1  # of these beside the real ones


@dataclass(frozen=True, slots=True)
class Row:
    """What one question measured, and whether the collection answers it."""

    measured: Measured
    answerable: bool
    collection: str = ""  # every collection counts the same, and in it the two answers do


def calibrate_on(folders: Sequence[tuple[Path, Collection]]) -> Iterator[str]:
    """Fit on every other question of each folder, report on the rest, and write down a fit to all of them.

    Yields lines for the reader: precision and recall of refusals, and what is answered, on the questions held out.
    """
    stored: dict[Basis, tuple[Coefficients, dict[str, dict[str, float]]]] = {}
    for basis in ("read", "words"):
        rows = [row for folder, collection in folders for row in _rows(folder, collection, basis)]
        if not rows:
            continue
        fitted = calibrate(rows[::2])
        figures = {
            name: found
            for name in dict.fromkeys(row.collection for row in rows)
            if (found := _figures(rows[1::2], name, fitted))
        }
        stored[basis] = calibrate(rows), figures
        for name, found in figures.items():
            yield f"{name} ({basis}): " + ", ".join(
                f"{figure} {value:.3f}" for figure, value in found.items()
            )
    write_coefficients(stored)
    yield f"written down in {STORED}"


def _rows(folder: Path, collection: Collection, basis: Basis) -> Iterator[Row]:
    """The questions of a folder as they are judged where sentences are read, or as if none was; and those that ask of
    somebody else, which it does not answer."""
    questions = read_questions(folder)
    read = collection.read if basis == "read" else None
    for name, asked in [
        *((folder.name, asked) for asked in questions),
        *((f"{folder.name}{SWAPPED}", asked) for asked in with_names_swapped(questions)),
    ]:
        measured = measured_in(collection, asked, read)
        if measured.basis == basis:
            yield Row(measured, bool(asked.gold), name)


def with_names_swapped(questions: Sequence[GoldQuestion]) -> Iterator[GoldQuestion]:
    """Questions with a name that belongs to another article in the place of their own, after Rajpurkar, Jia and Liang
    (2018), SQuAD 2.0, whose unanswerable questions were often made so. The same ones for the same questions.
    """
    chance = random.Random(0)
    known = [(one.gold[0].article, _longest_name(one.question)) for one in questions if one.gold]
    for asked in questions:
        name = _longest_name(asked.question)
        if not asked.gold or asked.history or not name:
            continue
        others = [other for article, other in known if other and article != asked.gold[0].article]
        other = chance.choice(others) if others else name
        if other.casefold() != name.casefold():
            yield replace(asked, question=asked.question.replace(name, other, 1), gold=())


def _longest_name(question: str) -> str:
    return max(asked_names(read_question(question, "en")), key=len, default="")


def measured_in(collection: Collection, asked: GoldQuestion, read: Read | None) -> Measured:
    return measure(gather(collection.search(asked.question, asked.history), asked.question, read))


def calibrate(rows: Sequence[Row]) -> Coefficients:
    """Fit by iteratively reweighted least squares; deterministic. ValueError: only one of the two answers occurs."""
    if len({row.answerable for row in rows}) < 2:
        raise ValueError(
            "Calibration needs questions that the collection answers and questions that it does not."
        )
    names = sorted(rows[0].measured.features)
    talking = np.array([row.measured.goes_on for row in rows])
    x = np.array([[row.measured.features[name] for name in names] for row in rows])
    y = np.array([row.answerable for row in rows])
    share = _shares(rows)
    center, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    standard = np.column_stack([(x - center) / spread, talking, np.ones(len(x))])
    fitted = _logistic(standard, y.astype(float), share)[: len(names)]
    weights = fitted / spread
    intercept = -float(weights @ x[~talking].mean(axis=0)) if (~talking).any() else -float(weights @ center)
    p = 1 / (1 + np.exp(-(x @ weights + intercept)))
    alone, among = y & ~talking, y & talking
    threshold = _quantile(p[alone], share[alone], 1 - ANSWERED)
    return Coefficients(
        {name: float(weight) for name, weight in zip(names, weights, strict=True)},
        intercept,
        threshold,
        _quantile(p[among], share[among], 1 - ANSWERED_IN_CONVERSATION) if among.any() else threshold,
    )


def _shares(rows: Sequence[Row]) -> np.ndarray:
    """What each row counts: collections alike, and answerable and absent alike within each."""
    groups: dict[tuple[str, bool], int] = {}
    for row in rows:
        group = (row.collection, row.answerable)
        groups[group] = groups.get(group, 0) + 1
    share = np.array([_weight(row) / groups[row.collection, row.answerable] for row in rows])
    return share * len(rows) / share.sum()


def _weight(row: Row) -> float:
    return SWAPPED_WEIGHT if row.collection.endswith(SWAPPED) else 1.0


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


def _quantile(values: np.ndarray, share: np.ndarray, below: float) -> float:
    """The value that this part of the whole weight lies below."""
    order = np.argsort(values)
    reached = np.cumsum(share[order]) / share.sum()
    return float(values[order][np.searchsorted(reached, below)])


def _figures(rows: Sequence[Row], collection: str, fitted: Coefficients) -> dict[str, float]:
    judged = [
        (is_answered(row.measured, fitted), row.answerable) for row in rows if row.collection == collection
    ]
    figures = {
        "refusal precision": [not answerable for answered, answerable in judged if not answered],
        "refusal recall": [not answered for answered, answerable in judged if not answerable],
        "answered": [answered for answered, answerable in judged if answerable],
    }
    return {name: round(mean(values), 4) for name, values in figures.items() if values}


def write_coefficients(
    fitted: Mapping[Basis, tuple[Coefficients, Mapping[str, object]]], path: Path = STORED
) -> None:
    """Each with the figures that were measured with it; a basis that was not fitted keeps what it has."""
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for basis, (one, figures) in fitted.items():
        stored[basis] = {
            "intercept": round(one.intercept, 4),
            "threshold": round(one.threshold, 4),
            "threshold_in_conversation": round(one.threshold_in_conversation, 4),
            "weights": {name: round(weight, 4) for name, weight in one.weights.items()},
            "held out": figures,
        }
    path.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    stored_coefficients.cache_clear()
