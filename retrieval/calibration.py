"""The decision to refuse, fitted to questions whose answers are known, and checked on those it was not fitted to."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from retrieval.collection import Collection
from retrieval.evaluation import GoldQuestion, read_questions
from retrieval.evidence import find_evidence, question_weights, ranked
from retrieval.question import read_question
from retrieval.refusal import Coefficients, Row, calibrate, is_answered, measure, write_coefficients


def calibrate_on(folders: Sequence[tuple[Path, Collection]]) -> Iterator[str]:
    """Fit on every other question of each folder, report on the rest, and write down a fit to all of them.

    Yields lines for the reader: precision and recall of refusals, and what is answered, on the questions held out.
    """
    rows = [row for folder, collection in folders for row in _rows(folder, collection)]
    fitted = calibrate(rows[::2])
    measured: dict[str, object] = {}
    for folder, _ in folders:
        held_out = [row for row in rows[1::2] if row.collection == folder.name]
        measured[folder.name] = figures = _figures(held_out, fitted)
        yield f"{folder.name}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    final = calibrate(rows)
    write_coefficients(final, measured)
    yield f"threshold {final.threshold:.3f} written down"


def _rows(folder: Path, collection: Collection) -> Iterator[Row]:
    for asked in read_questions(folder):
        yield Row(features_of(collection, asked), bool(asked.gold), folder.name)


def features_of(collection: Collection, asked: GoldQuestion) -> dict[str, float]:
    found = collection.search(asked.question, asked.history)
    read = read_question(asked.question, found.language)
    weights = question_weights(found, read)
    return measure(found, read, weights, ranked(find_evidence(found, read, weights), found, collection.embed))


def _figures(rows: Sequence[Row], fitted: Coefficients) -> dict[str, float]:
    answered = [is_answered(row.features, fitted) for row in rows]
    refused_absent = [not yes for yes, row in zip(answered, rows, strict=True) if not row.answerable]
    answered_present = [yes for yes, row in zip(answered, rows, strict=True) if row.answerable]
    absent_of_refused = [not row.answerable for yes, row in zip(answered, rows, strict=True) if not yes]
    figures = {
        "refusal precision": absent_of_refused,
        "refusal recall": refused_absent,
        "answered": answered_present,
    }
    return {name: round(mean(values), 4) for name, values in figures.items() if values}
