"""How well a collection is searched and answered, measured on questions whose evidence is known.

The format of the questions and what counts as found are those of README's section on measuring: a passage finds gold
that has a text by holding all of it, and gold without a text by overlapping it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

from corpus.errors import FootnoteError
from retrieval.answer import Answer, Citation, Hit, Turn
from retrieval.collection import Collection

CUTOFF = 10  # ranks that are looked at


@dataclass(frozen=True, slots=True)
class Gold:
    """Evidence: `article[start:end]` answers; `text` is what must be said, None where any of it will do."""

    article: str
    start: int
    end: int
    text: str | None


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    id: str
    question: str
    history: tuple[Turn, ...]
    gold: tuple[Gold, ...]  # none: the collection holds no answer


@dataclass(frozen=True, slots=True)
class Result:
    """A question, what was answered, and the rank (from 1) of the first passage that holds gold, if one does."""

    asked: GoldQuestion
    answer: Answer
    rank: int | None
    seconds: float


def read_questions(folder: Path) -> list[GoldQuestion]:
    """The questions of a folder. FootnoteError: there are none, or a line is not one."""
    path = folder / "questions.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise FootnoteError(
            f"{path} cannot be read ({error.strerror}): it holds one question a line."
        ) from error
    return [_question(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(path: Path, number: int, line: str) -> GoldQuestion:
    try:
        read = json.loads(line)
        history = tuple(Turn(turn["role"], turn["content"]) for turn in read.get("history", ()))
        gold = tuple(Gold(one["article"], one["start"], one["end"], one["text"]) for one in read["gold"])
        return GoldQuestion(str(read["id"]), read["question"], history, gold)
    except (ValueError, KeyError, TypeError) as error:
        raise FootnoteError(
            f"Line {number} of {path} is not a question with gold ({error!r}): mend or remove it."
        ) from error


def evaluate(collection: Collection, questions: Iterable[GoldQuestion]) -> Iterator[Result]:
    """Ask every question; a result comes as each is answered."""
    for asked in questions:
        started = perf_counter()
        answer = collection.ask(asked.question, asked.history)
        yield Result(asked, answer, _rank(answer.hits, asked.gold), perf_counter() - started)


def _rank(hits: Sequence[Hit], gold: Sequence[Gold]) -> int | None:
    ranks = (rank for rank, hit in enumerate(hits[:CUTOFF], start=1) if any(_holds(hit, one) for one in gold))
    return next(ranks, None)


def _holds(hit: Hit, gold: Gold) -> bool:
    passage = hit.passage
    if hit.article.name != gold.article:
        return False
    if gold.text is None:
        return passage.start < gold.end and gold.start < passage.end
    return passage.start <= gold.start and gold.end <= passage.end


def measures(results: Sequence[Result]) -> dict[str, float | int | None]:
    """Recall@1 and @5, MRR, nDCG@5, answers and refusals, citations, length, latency; None: no such question."""
    present = [result for result in results if result.asked.gold]
    absent = [result for result in results if not result.asked.gold]
    answered = [result for result in present if result.answer.answered]
    seconds = sorted(result.seconds for result in results)
    return {
        "questions": len(results),
        "recall@1": _mean(result.rank == 1 for result in present),
        "recall@5": _mean(result.rank is not None and result.rank <= 5 for result in present),
        "mrr@10": _mean(1 / result.rank if result.rank else 0.0 for result in present),
        "ndcg@5": _mean(_ndcg(result, 5) for result in present),
        "answered_when_answerable": _mean(result.answer.answered for result in present),
        "refused_when_absent": _mean(not result.answer.answered for result in absent),
        "citation_hits_gold": _mean(_cites_gold(result) for result in present),
        "answer_characters_median": median(len(result.answer.text) for result in answered)
        if answered
        else None,
        "seconds_p50": _quantile(seconds, 0.5),
        "seconds_p95": _quantile(seconds, 0.95),
    }


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return round(mean(listed), 4) if listed else None


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4) if ordered else None


def _ndcg(result: Result, k: int) -> float:
    """Järvelin and Kekäläinen, 2002, with each gold counted once, at the first passage that holds it."""
    wanted = list(result.asked.gold)
    if any(gold.text is not None for gold in wanted):  # several texts are several ways to say one answer
        return 1 / math.log2(result.rank + 1) if result.rank and result.rank <= k else 0.0
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))
    gained = 0.0
    for rank, hit in enumerate(result.answer.hits[:k], start=1):
        found = [gold for gold in wanted if _holds(hit, gold)]
        if found:
            gained += 1 / math.log2(rank + 1)
            wanted = [gold for gold in wanted if gold not in found]
    return gained / ideal


def _cites_gold(result: Result) -> bool:
    return any(
        _overlaps(citation, gold) for citation in result.answer.citations for gold in result.asked.gold
    )


def _overlaps(citation: Citation, gold: Gold) -> bool:
    return citation.article.name == gold.article and citation.start < gold.end and gold.start < citation.end


def failed(result: Result) -> str:
    """What went wrong with a question, in a few words; "" if nothing did."""
    if not result.asked.gold:
        return "answered what is not there" if result.answer.answered else ""
    if result.rank is None or result.rank > 5:
        return "evidence not among the first five"
    if not result.answer.answered:
        return "refused though it is there"
    return "" if _cites_gold(result) else "cited something else"


def result_json(result: Result) -> Mapping[str, Any]:
    return {
        "id": result.asked.id,
        "question": result.asked.question,
        "failed": failed(result),
        "rank": result.rank,
        "answered": result.answer.answered,
        "answer": result.answer.text,
        "seconds": round(result.seconds, 4),
    }
