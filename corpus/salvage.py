"""What can still be read of a damaged catalogue, in a new one; the damaged file is kept beside it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from corpus.article import Article, LoadedArticle, content_hash
from corpus.catalogue import ARTICLE, IDENTITY, Catalogue, article_of
from corpus.chunking import passage_spans
from corpus.ingestion import embedding_hashes

GIVE_UP = 1000  # rows in a row that cannot be read: the rest of the table is lost
_TABLES = {
    "sources": "key, location, options",
    "embeddings": "model, embedded, vector",
    "former_hashes": "origin, content_hash, replaced",
    "notes": "name, value",
}


def set_aside(path: Path) -> Path:
    """Rename a damaged catalogue. Returns its new name."""
    aside = path.with_name(f"{path.stem}.damaged-{datetime.now():%Y%m%d-%H%M%S}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def salvage(path: Path) -> tuple[Path, int]:
    """Make a new catalogue of what can be read of the one at `path`. Belongs under the writer lock.

    Articles are taken whose text is as it was stored; no file's stamp is, so that the next sync reads every file again
    and brings what is missing. Returns the damaged file's new name and the number of articles.
    """
    aside = set_aside(path)
    count = 0
    with closing(Catalogue(path, create=True)) as new, closing(sqlite3.connect(aside)) as old:
        old.execute(
            "PRAGMA writable_schema = ON"
        )  # otherwise SQLite reads nothing of a file that was cut off
        for table, columns in _TABLES.items():
            with new.writing():
                marks = ", ".join("?" * (columns.count(",") + 1))
                new.database.executemany(
                    f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", _rows(old, table, columns)
                )
        with new.writing():
            new.set_note(IDENTITY, uuid4().hex)  # so that the indexes are made anew
        for row in _by_key(old, f"{ARTICLE}, place, text"):
            place, text = row[-2:]
            article = article_of(row[:-2])
            if isinstance(text, str) and content_hash(text) == article.content_hash:
                _store(new, article, text, place, _body(old, article))
                count += 1
    return aside, count


def _store(new: Catalogue, article: Article, text: str, place: str, body: int) -> None:
    spans = list(passage_spans(text, article.language, body))
    loaded = LoadedArticle(article, text, body)
    with new.writing():
        new.store(loaded, spans, embedding_hashes(loaded, spans), place)


def _body(old: sqlite3.Connection, article: Article) -> int:
    """Where the article's text begins after its front matter: where its first passage does."""
    try:
        query = "SELECT min(start) FROM passages WHERE article = ?"
        return old.execute(query, (article.key,)).fetchone()[0] or 0
    except sqlite3.DatabaseError:
        return 0


def _rows(old: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple]:
    """The rows up to the first that cannot be read."""
    try:
        yield from old.execute(f"SELECT {columns} FROM {table}")
    except sqlite3.DatabaseError:
        return


def _by_key(old: sqlite3.Connection, columns: str) -> Iterator[tuple]:
    """The rows of `articles`, without those that cannot be read."""
    key, unreadable = 0, 0
    while unreadable < GIVE_UP:
        try:
            query = f"SELECT {columns} FROM articles WHERE key > ? ORDER BY key LIMIT 1"
            row = old.execute(query, (key,)).fetchone()
            if row is None:
                return
            key, unreadable = row[0], 0
            yield row
        except sqlite3.DatabaseError:
            key, unreadable = key + 1, unreadable + 1
