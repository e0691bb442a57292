"""The catalogue: what is stored is stored whole, and stays."""

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, LoadedArticle, content_hash
from corpus.catalogue import Catalogue
from corpus.errors import FootnoteError
from corpus.ingestion import Ingestion, Outcome
from corpus.salvage import salvage
from corpus.sources import Place, Source, Sources

TEXT = "The canal was blocked for six days. 👩‍🚀 Ships waited."


def loaded(name: str, text: str = TEXT, **known: object) -> LoadedArticle:
    values = {
        "title": name.title(),
        "language": "en",
        "content_hash": content_hash(text),
        "length": len(text),
    } | known
    return LoadedArticle(Article(name=name, origin=f"/articles/{name}", **values), text)  # type: ignore[arg-type]


class Embedder:
    """Stands in for a model where only the number of embedded texts matters."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: object) -> np.ndarray:
        batch = list(texts)  # type: ignore[call-overload]
        self.texts += batch
        return np.full((len(batch), 4), 0.5, dtype=np.float32)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalogue.sqlite", create=True)


def put(catalogue: Catalogue, *articles: LoadedArticle, embed: Embedder | None = None) -> list[Outcome]:
    """Ingest articles as if each stood in a file that has just been written."""
    with catalogue.writing():
        source = Sources(catalogue).register(Source("/articles"))
    places = [
        Place(one.article.origin, source.key, one.article.content_hash, lambda one=one: iter([one]))
        for one in articles
    ]
    return list(Ingestion(catalogue, "model", embed or Embedder()).run(places))


def test_a_passage_is_the_articles_text_to_the_letter(catalogue: Catalogue) -> None:
    """Offsets count characters, whatever they are made of."""
    put(catalogue, loaded("canal.txt"))
    article = catalogue.by_name("canal.txt")
    assert article
    for passage in catalogue.passages_of(article.key):
        assert catalogue.text(article.key, passage.start, passage.end) == passage.text == TEXT
    assert catalogue.text(article.key, 36, 39) == "👩‍🚀"


def test_ingesting_again_changes_and_embeds_nothing(catalogue: Catalogue) -> None:
    """The second time everything is unchanged."""
    put(catalogue, loaded("a.txt"), loaded("b.txt", "Other text."))
    revision, embed = catalogue.revision(), Embedder()
    outcomes = put(catalogue, loaded("a.txt"), loaded("b.txt", "Other text."), embed=embed)
    assert [outcome.status for outcome in outcomes] == ["unchanged", "unchanged"]
    assert (catalogue.revision(), embed.texts) == (revision, [])


def test_an_update_keeps_the_identity_and_the_former_hash(catalogue: Catalogue) -> None:
    """The key stays, the passages are new, the former content hash is remembered."""
    put(catalogue, loaded("a.txt"))
    before = catalogue.by_name("a.txt")
    assert before
    old_keys = [passage.key for passage in catalogue.passages_of(before.key)]
    assert [outcome.status for outcome in put(catalogue, loaded("a.txt", "New text."))] == ["updated"]
    after = catalogue.by_name("a.txt")
    assert after and after.key == before.key
    assert not set(old_keys) & {passage.key for passage in catalogue.passages_of(after.key)}
    assert catalogue.former_hashes(after.origin) == [before.content_hash]


def test_changes_name_every_passage_that_came_or_went(catalogue: Catalogue) -> None:
    """Who indexes passages learns of each one stored, replaced or removed."""
    put(catalogue, loaded("a.txt"), loaded("b.txt", "Other text."))
    newest, changed = catalogue.changes_after(0)
    assert changed == sorted(catalogue.passage_keys())
    article = catalogue.by_name("a.txt")
    assert article
    (gone,) = catalogue.passages_of(article.key)
    with catalogue.writing():
        catalogue.remove(article.key)
    assert catalogue.changes_after(newest)[1] == [gone.key]
    assert catalogue.passages([gone.key]) == {}


def test_two_articles_of_one_text_both_go_in(catalogue: Catalogue) -> None:
    """The second is embedded from what is kept, and the outcome says which article it equals."""
    embed = Embedder()
    outcomes = put(catalogue, loaded("a.txt", title="T"), loaded("b.txt", title="T"), embed=embed)
    assert [(outcome.status, outcome.reason) for outcome in outcomes] == [
        ("added", ""),
        ("added", "the same text as a.txt"),
    ]
    assert len(embed.texts) == 1


def test_a_taken_name_gets_its_folder(catalogue: Catalogue) -> None:
    """Two files of one name in two folders are two articles under two names."""
    first, second = loaded("a.txt"), LoadedArticle(loaded("a.txt", "Two.").article, "Two.")
    moved = Article(
        **{slot: getattr(second.article, slot) for slot in Article.__slots__} | {"origin": "/other/a.txt"}
    )
    put(catalogue, first, LoadedArticle(moved, "Two."))
    assert {article.name for article in catalogue.all_articles()} == {"a.txt", "other/a.txt"}


def test_an_interrupted_transaction_leaves_nothing(catalogue: Catalogue) -> None:
    """Ctrl-C between two statements rolls both back."""
    put(catalogue, loaded("a.txt"))
    with pytest.raises(KeyboardInterrupt), catalogue.writing():
        catalogue.store(loaded("a.txt", "Half."), [(0, 5)], [b"1"])
        raise KeyboardInterrupt
    article = catalogue.by_name("a.txt")
    assert article and catalogue.text(article.key) == TEXT


@pytest.mark.parametrize("span", [(0, None), (0, 3), (5, 12), (8, None), (14, 30), (14, 400), (40, 50)])
def test_a_nul_character_hides_nothing(catalogue: Catalogue, span: tuple[int, int | None]) -> None:
    """SQLite's own functions end a text at a NUL; its offsets count all the same."""
    text = "The tower\0 stands. It was built in 1856."
    put(catalogue, loaded("a.txt", text))
    article = catalogue.by_name("a.txt")
    assert article and catalogue.text(article.key, *span) == text[slice(*span)]


def test_a_long_article_does_not_hold_up_others(catalogue: Catalogue) -> None:
    """What was read before a long one is stored before that is embedded."""
    long = loaded("long.txt", "\n\n".join(f"{n}. {TEXT * 8}" for n in range(200)))

    def stopped(texts: object) -> np.ndarray:
        batch = list(texts)  # type: ignore[call-overload]
        if len(batch) > 1:
            raise KeyboardInterrupt
        return np.full((len(batch), 4), 0.5, dtype=np.float32)

    with pytest.raises(KeyboardInterrupt):
        put(catalogue, loaded("a.txt"), long, embed=stopped)  # type: ignore[arg-type]
    assert [article.name for article in catalogue.all_articles()] == ["a.txt"]


def test_another_connection_sees_a_commit_at_once(catalogue: Catalogue) -> None:
    """A reader that opened before finds what was stored after."""
    reader = Catalogue(catalogue.path)
    put(catalogue, loaded("a.txt"))
    assert [article.name for article in reader.all_articles()] == ["a.txt"]


def test_a_newer_catalogue_is_left_alone(catalogue: Catalogue) -> None:
    """A data directory from a newer version is refused with the mend, and not touched."""
    with sqlite3.connect(catalogue.path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(FootnoteError, match="newer Footnote: upgrade"):
        Catalogue(catalogue.path)


def test_a_damaged_catalogue_is_named(tmp_path: Path) -> None:
    """What is no database is said to be damaged, with the mend, and is not overwritten."""
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(FootnoteError, match="damaged"):
        Catalogue(path, create=True)
    assert path.read_bytes().startswith(b"no database")


def test_a_catalogue_that_was_cut_off_is_saved_in_part(catalogue: Catalogue) -> None:
    """SQLite reads nothing of it by itself; what still stands in the file is taken over."""
    for n in range(200):
        put(catalogue, loaded(f"{n}.txt", f"{n}: {TEXT}"))
    catalogue.close()
    path = catalogue.path
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(FootnoteError, match="damaged"):
        Catalogue(path).all_articles()
    aside, count = salvage(path)
    assert aside.exists()
    assert 0 < count == len(Catalogue(path).all_articles()) < 200


def test_a_catalogue_that_nobody_can_write_is_read(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that is mounted to be read only, and in a folder of somebody else's."""
    put(catalogue, loaded("a.txt"))
    catalogue.close()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    reader = Catalogue(catalogue.path)
    assert [article.name for article in reader.all_articles()] == ["a.txt"]
    with pytest.raises(FootnoteError, match="cannot be written"), reader.writing():
        reader.set_note("revision", "7")
