"""Receipts: what an answer rested on, and what has become of it since."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.receipts import receipt_markdown, write_receipt
from corpus.article import content_hash
from corpus.errors import FootnoteError
from retrieval.collection import Collection, open_collection
from retrieval.receipt import (
    Checked,
    CitedQuote,
    Receipt,
    altered_sentences,
    check_citation,
    read_receipt,
    receipt_json,
    receipt_of,
)

ARTICLE = """The Aldermoor bridge

The Aldermoor bridge was opened on 15 September 1931 by Queen Ingrid of Norland. It is 1,240 metres long and cost \
£3.5 million. The engineer Paul Hartmann designed the towers.
"""
QUESTION = "When was the Aldermoor bridge opened?"


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "articles" / "bridge.txt"
    path.parent.mkdir()
    path.write_text(ARTICLE, encoding="utf-8")
    return path


@pytest.fixture
def collection(tmp_path: Path, article: Path) -> Collection:
    opened = open_collection(tmp_path / "data", create=True)
    list(opened.ingest([article]))
    return opened


def receipt(collection: Collection) -> Receipt:
    answer = collection.ask(QUESTION)
    assert answer.citations
    return receipt_of(answer, datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "0.1.0", {"llm": ""})


def checked(made: Receipt, collection: Collection) -> Checked:
    return check_citation(made.citations[0], collection.catalogue)


def rewrite(article: Path, collection: Collection, text: str) -> None:
    article.write_text(text, encoding="utf-8")
    assert [outcome.status for outcome in collection.ingest([article])] == ["updated"]


def test_a_receipt_says_all_that_a_citation_rests_on(collection: Collection, article: Path) -> None:
    """Article, origin, hash of its text, offsets and quote: enough to check it without Footnote."""
    made = receipt(collection)
    cited = made.citations[0]
    text = article.read_text(encoding="utf-8")
    assert text[cited.start : cited.end] == cited.quote
    assert (cited.article, cited.origin, cited.content_hash) == (
        "bridge.txt",
        str(article),
        content_hash(text),
    )
    assert (made.question, made.asked, made.written_by) == (QUESTION, "2026-03-01T12:30:00+00:00", "")


def test_what_has_not_changed_stands(collection: Collection) -> None:
    """The quote is where it was."""
    made = receipt(collection)
    one = checked(made, collection)
    assert (one.state, one.start, one.end) == ("stands", made.citations[0].start, made.citations[0].end)
    assert altered_sentences(made, collection.embed) == []


def test_an_article_that_changed_around_the_quote(collection: Collection, article: Path) -> None:
    """The quote still stands, and it is said where."""
    made = receipt(collection)
    rewrite(article, collection, "Corrected on 2 March.\n\n" + ARTICLE)
    one = checked(made, collection)
    assert (one.state, one.stands) == ("article changed", True)
    assert article.read_text(encoding="utf-8")[one.start : one.end] == made.citations[0].quote
    assert "has changed since" in one.reason
    assert f"{one.start}–{one.end}" in one.reason


def test_a_quote_that_was_rewritten_is_gone(collection: Collection, article: Path) -> None:
    """The article no longer says it."""
    made = receipt(collection)
    rewrite(article, collection, ARTICLE.replace("15 September", "16 September"))
    one = checked(made, collection)
    assert (one.state, one.stands) == ("quote gone", False)


def test_an_article_that_was_taken_out_is_gone(collection: Collection) -> None:
    """There is nothing left to check against."""
    made = receipt(collection)
    with collection.catalogue.writing():
        collection.catalogue.remove(collection.catalogue.all_articles()[0].key)
    assert checked(made, collection).state == "article gone"


def test_an_article_that_moved_is_found_by_its_text(collection: Collection, article: Path) -> None:
    """Another path, the same text: it stands."""
    made = receipt(collection)
    with collection.catalogue.writing():
        collection.catalogue.remove(collection.catalogue.all_articles()[0].key)
    list(collection.ingest([article.rename(article.with_name("renamed.txt"))]))
    one = checked(made, collection)
    assert one.state == "stands"
    assert one.article is not None
    assert one.article.name == "renamed.txt"


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "The Aldermoor bridge was opened on 13 September 1931."},
        {"start": 3, "end": 9},
        {"quote": ""},
    ],
    ids=["quote", "offsets", "empty"],
)
def test_an_altered_citation_does_not_stand(
    change: dict[str, object], collection: Collection, tmp_path: Path
) -> None:
    """The article is the same and does not say this there."""
    given = json.loads(receipt_json(receipt(collection)))
    given["citations"][0] |= change
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    one = checked(read_receipt(path), collection)
    assert (one.state, one.stands) == ("quote gone", False)
    assert "altered" in one.reason


def test_an_altered_answer_is_told(collection: Collection, tmp_path: Path) -> None:
    """A sentence that its own quotes do not prove was not in the answer that Footnote gave."""
    given = json.loads(receipt_json(receipt(collection)))
    given["answer"] = given["answer"].replace("1931", "1932")
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    assert len(altered_sentences(read_receipt(path), collection.embed)) == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "not JSON", '{"receipt": 1}', '{"receipt": "one"}', "\x00", "[" * 5000]
)
def test_what_is_no_receipt_is_refused(text: str, tmp_path: Path) -> None:
    """One sentence that names the file."""
    path = tmp_path / "some.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FootnoteError, match=r"some\.json is no receipt"):
        read_receipt(path)


@given(
    text=st.text(st.characters(codec="utf-8"), max_size=300), quote=st.text(max_size=40), n=st.integers(1, 99)
)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_a_receipt(
    text: str, quote: str, n: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """JSON gives back what was put in, and the Markdown can always be written."""
    cited = CitedQuote(
        n, quote, text, quote, "", None, "und", "", "", 3, 9, quote.encode(errors="replace").decode()
    )
    made = Receipt(1, "0.1.0", "2026", text, True, text, quote, "", {"a": text}, (cited,))
    path = tmp_path_factory.mktemp("receipt") / "r.json"
    path.write_text(receipt_json(made), encoding="utf-8", errors="surrogatepass")
    if not any("\ud800" <= character <= "\udfff" for character in quote):
        assert read_receipt(path) == made
    assert receipt_markdown(made).startswith("# ")


def test_markdown_of_a_receipt_shows_articles_to_the_letter(collection: Collection) -> None:
    """What an article says is no markup."""
    text = "# Not a heading\n- *not* an item [nor a link](http://example.com)"
    made = receipt(collection)
    hostile = replace(made.citations[0], quote=text, title=text)
    markdown = receipt_markdown(replace(made, citations=(hostile,), question=text))
    assert "> \\# Not a heading\n> \\- \\*not\\* an item \\[nor a link\\](http://example.com)\n" in markdown
    assert markdown.count("\n# ") == 0
    assert hostile.content_hash in markdown


def test_a_receipt_overwrites_nothing(collection: Collection, tmp_path: Path) -> None:
    """Where either file exists, neither is written."""
    (tmp_path / "answer.md").write_text("mine", encoding="utf-8")
    with pytest.raises(FootnoteError, match=r"answer\.md exists already"):
        write_receipt(receipt(collection), tmp_path / "answer.json")
    assert not (tmp_path / "answer.json").exists()
    assert (tmp_path / "answer.md").read_text(encoding="utf-8") == "mine"


def test_ask_writes_a_receipt_that_verify_checks(
    collection: Collection, article: Path, tmp_path: Path, run: Run
) -> None:
    """As JSON and as Markdown; exit code 0 while every quote stands, 3 when one does not."""
    collection.close()
    done = run("--data", tmp_path / "data", "ask", QUESTION, "--receipt", "answer.md")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "answer.md").read_text(encoding="utf-8").startswith(f"# {QUESTION}")
    verified = run("--data", tmp_path / "data", "verify", "answer.json", "--json")
    assert verified.returncode == 0, verified.stderr
    assert [one["state"] for one in json.loads(verified.stdout)["citations"]] == ["stands"]
    article.write_text(ARTICLE.replace("15 September", "16 September"), encoding="utf-8")
    assert run("--data", tmp_path / "data", "ingest", article).returncode == 0
    again = run("--data", tmp_path / "data", "verify", "answer.md")
    assert again.returncode == 3
    assert "[1] quote gone: bridge.txt: the article has changed since, and the quote is gone" in again.stdout
