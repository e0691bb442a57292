"""The shipped question sets: that search and answers do not fall, and what `footnote eval` prints and writes."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import ROOT, Run

from corpus.article import Article, Passage
from retrieval.answer import Answer, Hit
from retrieval.calibration import calibrate, with_names_swapped
from retrieval.evaluation import Gold, GoldQuestion, Result, measures, read_questions
from retrieval.refusal import Coefficients, Measured, probability

FACTS, CONVERSATIONS = ROOT / "benchmarks" / "facts", ROOT / "benchmarks" / "conversations"

# A little below what was measured; `footnote eval benchmarks/facts benchmarks/conversations` prints the figures.
FLOORS = {
    FACTS: {
        "recall@1": 0.86,
        "recall@5": 0.97,
        "ndcg@5": 0.93,
        "answered_when_answerable": 0.9,
        "refused_when_absent": 0.5,
        "citation_hits_gold": 0.75,
    },
    CONVERSATIONS: {
        "recall@1": 0.8,
        "recall@5": 0.92,
        "ndcg@5": 0.87,
        "answered_when_answerable": 0.9,
        "refused_when_absent": 0.5,
        "citation_hits_gold": 0.55,
    },
}


def test_search_and_answers_have_not_fallen(run: Run, tmp_path: Path) -> None:
    """Both question sets over the sample collection, side by side with the same again, on a page that stands alone."""
    done = run(
        "eval",
        *FLOORS,
        "--json",
        "--compare",
        "embedding_model=all-MiniLM-L6-v2",
        "--html",
        tmp_path / "page.html",
        env={"XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert done.returncode == 0, done.stderr
    for line, (folder, floors) in zip(done.stdout.splitlines(), FLOORS.items(), strict=True):
        found = json.loads(line)
        assert found["folder"] == str(folder)
        measured, again = found["measures"].values()
        fallen = {name: measured[name] for name, floor in floors.items() if measured[name] < floor}
        assert not fallen
        assert {name: again[name] for name in floors} == {name: measured[name] for name in floors}
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 4 and page.count("<table") == 2
    assert "refused though it is there" in page or "cited something else" in page
    reader = _Links()
    reader.feed(page)
    assert not reader.outside


class _Links(HTMLParser):
    """What a page would fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outside += [f"{tag} {value}" for name, value in attrs if name in ("src", "href")]


def test_a_folder_that_cannot_be_measured_is_told(run: Run, tmp_path: Path) -> None:
    """No questions, a line that is none, a comparison that is none: a sentence and no traceback."""
    (tmp_path / "set").mkdir()
    assert "questions.jsonl cannot be read" in run("eval", tmp_path / "set").stderr
    (tmp_path / "set" / "questions.jsonl").write_text('{"id": 1}\n')
    done = run("eval", tmp_path / "set")
    assert done.returncode == 1 and "Line 1" in done.stderr and "Traceback" not in done.stderr
    assert run("eval", FACTS, "--compare", "reranker").returncode == 2


def test_measures_are_what_they_are_called() -> None:
    """Recall, MRR and nDCG of one question found at rank 2, one not found, and one rightly refused."""

    def result(rank: int | None, gold: bool, answered: bool) -> Result:
        article = Article("a.txt", "/a.txt", "", "en", "", 99, key=1)
        hits = tuple(Hit(Passage(1, i * 10, i * 10 + 10, "x" * 10), article, 1 - i / 10) for i in range(5))
        start = 10 * (rank - 1) if rank else 900
        wanted = (Gold("a.txt", start, start + 5, "xxxxx"),) if gold else ()
        answer = Answer("?", "?", answered, "xxxxx", (), hits)
        return Result(GoldQuestion("1", "?", (), wanted), answer, rank, 0.1)

    found = measures([result(2, True, True), result(None, True, False), result(None, False, False)])
    assert found["recall@1"] == 0 and found["recall@5"] == 0.5 and found["mrr@10"] == 0.25
    assert found["ndcg@5"] == pytest.approx(0.63093 / 2, abs=1e-4)
    assert found["answered_when_answerable"] == 0.5 and found["refused_when_absent"] == 1


def test_a_calibration_tells_apart_what_it_was_shown() -> None:
    """The fit separates the two answers, and lets the share through that it promises."""
    from retrieval.calibration import ANSWERED, Row

    rows = [
        Row(Measured({"coverage": i / 100, "title": 0.5}, "words", False), i >= 50, "one") for i in range(100)
    ]
    fitted = calibrate(rows)
    assert isinstance(fitted, Coefficients) and fitted.weights["coverage"] > 0
    let_through = [probability(row.measured, fitted) >= fitted.threshold for row in rows if row.answerable]
    assert sum(let_through) / len(let_through) == pytest.approx(ANSWERED, abs=0.03)


def test_swapped_names_ask_of_somebody_else() -> None:
    """Each swapped question differs from its own in one name and has no gold; the same ones every time."""
    questions = read_questions(FACTS)
    swapped = list(with_names_swapped(questions))
    assert len(swapped) > 10 and swapped == list(with_names_swapped(questions))
    own = {asked.id: asked for asked in questions}
    assert all(not asked.gold and asked.question != own[asked.id].question for asked in swapped)
