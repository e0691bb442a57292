"""The catalogue: every article's text, metadata and passages in one SQLite file. It is the truth; vectors and the
lexical index are made from it and can be made again.

What it does not know: models, indexes, questions.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from uuid import uuid4

import numpy as np

from corpus.article import Article, LoadedArticle, Passage
from corpus.database import Database, clear_errors
from corpus.errors import NothingIngested
from corpus.schema import SCHEMA, SCHEMA_VERSION
from corpus.sentences import Span

_COLUMNS = tuple(field.name for field in fields(Article) if field.name != "key")
ARTICLE = "articles.key, " + ", ".join(f"articles.{column}" for column in _COLUMNS)
IDENTITY = "identity"  # the note that tells one catalogue from another in the same place
_BATCH = 500  # SQLite takes 32,766 parameters a statement; this keeps statements short


class Catalogue:
    """A reader sees what any process committed, at once; writing takes one process at a time."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """NothingIngested: there is none and none is to be made. FootnoteError: it cannot be used; the sentence says
        why."""
        if not create and not path.exists():
            raise NothingIngested(
                f"There is no collection in {path.parent} yet: put articles in with 'footnote ingest FOLDER'."
            )
        self.path = path
        self._languages: tuple[int, list[str]] | None = None  # as of a change
        self._file = Database(path, SCHEMA, SCHEMA_VERSION, create=create)
        self.close = self._file.close
        self.writing = self._file.writing
        if create and self.note(IDENTITY) is None:
            with self.writing():
                self.database.execute("INSERT OR IGNORE INTO notes VALUES (?, ?)", (IDENTITY, uuid4().hex))

    @property
    def database(self) -> sqlite3.Connection:
        """This thread's connection."""
        return self._file.connection

    _db = database

    def revision(self) -> int:
        """A number that changes whenever any process commits a change to articles."""
        return int(self.note("revision") or 0)

    def note(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_note(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def store(
        self,
        loaded: LoadedArticle,
        spans: Iterable[Span],
        embedded: Iterable[bytes],
        place: str = "",
        moved_from: Article | None = None,
    ) -> Article:
        """Put an article in, or in the place of what came from the same origin. Belongs inside `writing`.

        `embedded` holds for each span the hash of what is embedded for it; `place` is the file or link that holds
        the article. An article that was `moved_from` another origin keeps its identity. Returns the article as
        stored: with its key, and another name where its own was taken.
        """
        article, text = loaded.article, loaded.text
        former = moved_from or self.by_origin(article.origin)
        name = former.name if former and not moved_from else self._free_name(article)
        values = {column: _to_column(getattr(article, column)) for column in _COLUMNS}
        values |= {"name": name, "text": text, "place": place or article.origin}
        if former:
            if former.content_hash != article.content_hash:
                self._db.execute(
                    "INSERT OR REPLACE INTO former_hashes (origin, content_hash) VALUES (?, ?)",
                    (former.origin, former.content_hash),
                )
            assignments = ", ".join(f"{column} = :{column}" for column in values)
            self._db.execute(
                f"UPDATE articles SET {assignments} WHERE key = :key", values | {"key": former.key}
            )
            self._db.execute("DELETE FROM passages WHERE article = ?", (former.key,))
            key = former.key
        else:
            names, marks = ", ".join(values), ", ".join(f":{column}" for column in values)
            key = self._db.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", values).lastrowid or 0
        self._db.executemany(
            'INSERT INTO passages (article, start, "end", text, embedded) VALUES (?, ?, ?, ?, ?)',
            (
                (key, start, end, text[start:end], hash_)
                for (start, end), hash_ in zip(spans, embedded, strict=True)
            ),
        )
        self._changed()
        return self.articles([key])[key]

    def remove(self, key: int) -> None:
        """Take an article and its passages out. Belongs inside `writing`."""
        self._db.execute("DELETE FROM articles WHERE key = ?", (key,))
        self._changed()

    def _changed(self) -> None:
        self.set_note("revision", str(self.revision() + 1))

    def _free_name(self, article: Article) -> str:
        folder = Path(article.origin.removesuffix(article.name)).name
        for name in (article.name, f"{folder}/{article.name}", article.origin):
            if not self._db.execute("SELECT 1 FROM articles WHERE name = ?", (name,)).fetchone():
                return name
        return article.origin

    def unknown_embeddings(self, model: str, embedded: Iterable[bytes]) -> set[bytes]:
        """Those of the hashes for which the model's vector is not kept yet."""
        query = "SELECT embedded FROM embeddings WHERE model = ? AND embedded IN"
        wanted = set(embedded)
        return wanted - {row[0] for row in self._rows(query, sorted(wanted), model)}

    def keep_embeddings(self, model: str, vectors: Mapping[bytes, np.ndarray]) -> None:
        """Keep vectors by what was embedded, as half-precision floats. Belongs inside `writing`."""
        rows = ((model, hash_, vector.astype(np.float16).tobytes()) for hash_, vector in vectors.items())
        self._db.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)

    def vectors(self, model: str, keys: Iterable[int]) -> tuple[list[int], np.ndarray]:
        """The keys among `keys` of passages that the model has embedded, and their vectors, float32 (n, d)."""
        query = """SELECT passages.key, vector FROM passages JOIN embeddings USING (embedded)
            WHERE model = ? AND passages.key IN"""
        rows = list(self._rows(query, sorted(keys), model))
        return [row[0] for row in rows], _matrix(row[1] for row in rows)

    def all_vectors(self, model: str) -> tuple[np.ndarray, np.ndarray]:
        """The keys of all passages that the model has embedded, int64 (n,), and their vectors, float32 (n, d)."""
        query = "SELECT passages.key, vector FROM passages JOIN embeddings USING (embedded) WHERE model = ?"
        with clear_errors(self.path):
            rows = self._db.execute(query, (model,)).fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64), _matrix(row[1] for row in rows)

    def count_not_embedded(self, model: str) -> int:
        """The number of passages for which the model's vector is not kept."""
        query = """SELECT count(*) FROM passages
            WHERE embedded NOT IN (SELECT embedded FROM embeddings WHERE model = ?)"""
        with clear_errors(self.path):
            return self._db.execute(query, (model,)).fetchone()[0]

    def passage_count(self) -> int:
        with clear_errors(self.path):
            return self._db.execute("SELECT count(*) FROM passages").fetchone()[0]

    def is_empty(self) -> bool:
        with clear_errors(self.path):
            return not self._db.execute("SELECT EXISTS (SELECT 1 FROM passages)").fetchone()[0]

    def newest_change(self) -> int:
        with clear_errors(self.path):
            return self._db.execute("SELECT max(number) FROM changes").fetchone()[0] or 0

    def changes_after(self, number: int) -> tuple[int, list[int]]:
        """The number of the newest change, and the keys of passages that came or went after change `number`."""
        with clear_errors(self.path):
            rows = self._db.execute(
                "SELECT number, passage FROM changes WHERE number > ?", (number,)
            ).fetchall()
        return max((row[0] for row in rows), default=number), sorted({row[1] for row in rows})

    def by_origin(self, origin: str) -> Article | None:
        return self._one("origin = ?", origin)

    def by_name(self, name: str) -> Article | None:
        return self._one("name = ?", name)

    def by_hash(self, content_hash: str) -> Article | None:
        return self._one("content_hash = ?", content_hash)

    def _one(self, condition: str, value: str) -> Article | None:
        with clear_errors(self.path):
            row = self._db.execute(f"SELECT {ARTICLE} FROM articles WHERE {condition}", (value,)).fetchone()
        return article_of(row) if row else None

    def all_articles(self) -> list[Article]:
        """Every article, newest first, the undated last."""
        with clear_errors(self.path):
            rows = self._db.execute(
                f"SELECT {ARTICLE} FROM articles ORDER BY published IS NULL, published DESC, name"
            )
            return [article_of(row) for row in rows]

    def articles(self, keys: Iterable[int]) -> dict[int, Article]:
        rows = self._rows(f"SELECT {ARTICLE} FROM articles WHERE key IN", sorted(set(keys)))
        return {row[0]: article_of(row) for row in rows}

    def passages(self, keys: Iterable[int]) -> dict[int, Passage]:
        """The passages that still exist among `keys`."""
        rows = self._rows(
            'SELECT key, article, start, "end", text FROM passages WHERE key IN', sorted(set(keys))
        )
        return {row[0]: _passage(row) for row in rows}

    def passages_of(self, article: int) -> list[Passage]:
        with clear_errors(self.path):
            rows = self._db.execute(
                'SELECT key, article, start, "end", text FROM passages WHERE article = ? ORDER BY start',
                (article,),
            )
            return [_passage(row) for row in rows]

    def stories(self, articles: Iterable[int]) -> dict[int, int]:
        """The story of each of the articles that has one: near-duplicates of each other have the same."""
        query = "SELECT article, story FROM signatures WHERE article IN"
        return dict(self._rows(query, sorted(set(articles))))

    def passages_near(self, article: int, start: int, end: int) -> list[Passage]:
        """The passages of an article that begin between two offsets, in order."""
        with clear_errors(self.path):
            rows = self._db.execute(
                'SELECT key, article, start, "end", text FROM passages'
                " WHERE article = ? AND start BETWEEN ? AND ? ORDER BY start",
                (article, start, end),
            )
            return [_passage(row) for row in rows]

    def passage_keys(self) -> dict[int, int]:
        """Every passage's key with its article's."""
        with clear_errors(self.path):
            return dict(self._db.execute("SELECT key, article FROM passages"))

    def passage_counts(self) -> Mapping[int, int]:
        """The number of passages of each article, by the article's key."""
        with clear_errors(self.path):
            return dict(self._db.execute("SELECT article, count(*) FROM passages GROUP BY article"))

    def text(self, article: int, start: int = 0, end: int | None = None) -> str:
        """The article's text between two character offsets."""
        asked = 2**30 if end is None else end - start
        with clear_errors(self.path):
            query = "SELECT substr(text, ?, ?), length FROM articles WHERE key = ?"
            row = self._db.execute(query, (start + 1, asked, article)).fetchone()
            if row is None:
                return ""
            text, length = row
            if len(text) < min(
                asked, length - start
            ):  # SQLite's functions see nothing behind a NUL character
                query = "SELECT text FROM articles WHERE key = ?"
                text = self._db.execute(query, (article,)).fetchone()[0][start:end]
        return text

    def articles_of_place(self, place: str) -> list[Article]:
        with clear_errors(self.path):
            rows = self._db.execute(f"SELECT {ARTICLE} FROM articles WHERE place = ? ORDER BY key", (place,))
            return [article_of(row) for row in rows]

    def languages(self) -> list[str]:
        """The languages of the articles, the commonest first; read again only when passages have come or gone."""
        newest = self.newest_change()
        if self._languages is None or self._languages[0] != newest:
            query = "SELECT language FROM articles GROUP BY language ORDER BY count(*) DESC, language"
            with clear_errors(self.path):
                self._languages = newest, [row[0] for row in self._db.execute(query)]
        return self._languages[1]

    def former_hashes(self, origin: str) -> list[str]:
        """Content hashes that this origin had before, oldest first."""
        rows = self._db.execute(
            "SELECT content_hash FROM former_hashes WHERE origin = ? ORDER BY replaced", (origin,)
        )
        return [row[0] for row in rows]

    def check(self) -> str:
        """What SQLite itself finds wrong with the file; empty if nothing."""
        with clear_errors(self.path):
            found = self._db.execute("PRAGMA quick_check").fetchone()[0]
        return "" if found == "ok" else str(found)

    def _rows(self, query: str, keys: Sequence[object], *values: object) -> Iterator[tuple]:
        for first in range(0, len(keys), _BATCH):
            batch = keys[first : first + _BATCH]
            marks = ", ".join("?" * len(batch))
            with clear_errors(self.path):
                yield from self._db.execute(f"{query} ({marks})", [*values, *batch]).fetchall()


def _matrix(blobs: Iterable[bytes]) -> np.ndarray:
    rows = [np.frombuffer(blob, dtype=np.float16) for blob in blobs]
    return np.array(rows, dtype=np.float32) if rows else np.zeros((0, 0), dtype=np.float32)


def _to_column(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def article_of(row: tuple) -> Article:
    """The article in a row of the columns ARTICLE."""
    values = dict(zip(_COLUMNS, row[1:], strict=True))
    for column in ("published", "updated"):
        values[column] = date.fromisoformat(values[column]) if values[column] else None
    return Article(key=row[0], **values)


def _passage(row: tuple) -> Passage:
    key, article, start, end, text = row
    return Passage(article=article, start=start, end=end, text=text, key=key)
