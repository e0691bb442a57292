"""The sample collection and the question sets over it hold what they promise."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from corpus.article import LoadedArticle
from corpus.loading import article_files, load_file

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "corpus" / "samples"
QUESTION_SETS = [ROOT / "benchmarks" / name / "questions.jsonl" for name in ("facts", "conversations")]
REQUIRED = {"title", "date", "language", "source", "url"}


@pytest.fixture(scope="module")
def articles() -> dict[str, LoadedArticle]:
    paths = list(article_files(SAMPLES))
    return {path.name: next(load_file(path, path.name, str(path))) for path in paths}


def questions(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def front_matter(text: str) -> dict[str, str]:
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert head, "no front matter"
    return dict(line.split(": ", 1) for line in head[1].splitlines())


def test_the_collection_is_large_enough_and_speaks_several_languages(
    articles: dict[str, LoadedArticle],
) -> None:
    """At least 15 short articles, some German, Spanish and Russian among them."""
    assert len(articles) >= 15
    assert {"en", "de", "es", "ru"} <= {loaded.article.language for loaded in articles.values()}
    for name, loaded in articles.items():
        words = len(loaded.text[loaded.body :].split())
        assert 250 <= words <= 500, f"{name} has {words} words"


def test_front_matter_is_complete_and_understood(articles: dict[str, LoadedArticle]) -> None:
    """Every article states title, date, language, source and address, and all of it reaches the catalogue."""
    for name, loaded in articles.items():
        stated = front_matter(loaded.text)
        assert stated.keys() >= REQUIRED, name
        article = loaded.article
        assert article.title == stated["title"].strip('"'), name
        assert article.published == date.fromisoformat(stated["date"]), name
        assert article.published <= date.today(), name
        assert article.language == stated["language"], name
        assert article.publisher == stated["source"], name
        assert article.url == stated["url"], name
        assert article.url.startswith("https://"), name


def test_the_running_story_spans_years(articles: dict[str, LoadedArticle]) -> None:
    """Articles on one story carry different dates, so that "latest" and "in September 2023" can be tried."""
    story = [loaded.article for loaded in articles.values() if "North Korea" in loaded.text]
    days = {article.published for article in story if article.published}
    assert len(days) >= 6
    assert {day.year for day in days} >= {2019, 2023, 2024}
    assert len([day for day in days if (day.year, day.month) == (2023, 9)]) >= 2


@pytest.mark.parametrize("path", QUESTION_SETS, ids=lambda path: path.parent.name)
def test_gold_evidence_stands_in_the_articles(path: Path, articles: dict[str, LoadedArticle]) -> None:
    """Every gold span is its text to the letter, below the front matter of an article that is there."""
    for question in questions(path):
        for gold in question["gold"]:
            loaded = articles[gold["article"]]
            file_text = (SAMPLES / gold["article"]).read_text(encoding="utf-8")
            assert gold["text"].strip(), question["id"]
            assert file_text[gold["start"] : gold["end"]] == gold["text"], question["id"]
            assert loaded.text[gold["start"] : gold["end"]] == gold["text"], question["id"]
            assert gold["start"] >= loaded.body, question["id"]


@pytest.mark.parametrize("path", QUESTION_SETS, ids=lambda path: path.parent.name)
def test_questions_are_well_formed(path: Path) -> None:
    """Questions have unique ids, and histories take turns that end with the assistant."""
    rows = questions(path)
    assert len({row["id"] for row in rows}) == len(rows) >= 25
    assert len({(row["question"], json.dumps(row["history"])) for row in rows}) == len(rows)
    for row in rows:
        assert row.keys() == {"id", "question", "history", "gold"}, row["id"]
        assert row["question"].strip(), row["id"]
        roles = [turn["role"] for turn in row["history"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2), row["id"]
        assert all(turn["content"].strip() for turn in row["history"]), row["id"]


def test_the_question_sets_try_what_they_are_for() -> None:
    """The facts hold questions without an answer and in four languages, the conversations follow-ups."""
    facts, conversations = (questions(path) for path in QUESTION_SETS)
    assert sum(not row["gold"] for row in facts) >= 12
    articles = {row["gold"][0]["article"] for row in facts if row["gold"]}
    assert {"mauerfall-berlin.md", "rescate-mineros-chile.md", "gagarin-pyatdesyat-let.md"} <= articles
    assert not any(row["history"] for row in facts)
    assert sum(bool(row["history"]) for row in conversations) >= 20
