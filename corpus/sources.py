"""What was asked to be taken in, remembered, so that it can be brought in step again."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from corpus.article import LoadedArticle
from corpus.catalogue import Catalogue
from corpus.errors import UnreadableArticle
from corpus.loading import SIDE_SUFFIXES, article_files, is_utf8, load_file

UNFINISHED = ""  # the stamp of a place that was not read to its end

Loading = Iterator[LoadedArticle | UnreadableArticle]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, a folder or a link; `options` are those it was given with (of links: feed, sitemap, since, limit)."""

    location: str  # absolute path or URL
    options: Mapping[str, str] = field(default_factory=dict)
    key: int = 0

    @property
    def is_link(self) -> bool:
        return is_link(self.location)


@dataclass(frozen=True, slots=True)
class Place:
    """One file or link that holds articles. What has the stamp that is remembered for it has not changed."""

    location: str  # absolute path or URL
    source: int
    stamp: str
    load: Callable[[], Loading]


def is_link(location: str) -> bool:
    return urlsplit(location).scheme in ("http", "https")


def source_of(given: str, options: Mapping[str, str] | None = None) -> Source:
    """The source that somebody named by a path or a link: `..` is worked out, a symbolic link stays one."""
    return Source(given if is_link(given) else os.path.abspath(given), options or {})  # noqa: PTH100


class Sources:
    """The sources and places of one catalogue. Writing belongs inside `catalogue.writing`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @property
    def _db(self) -> sqlite3.Connection:
        return self._catalogue.database

    def all(self) -> list[Source]:
        rows = self._db.execute("SELECT location, options, key FROM sources ORDER BY key")
        return [Source(location, json.loads(options), key) for location, options, key in rows]

    def register(self, source: Source) -> Source:
        """Remember a source; one that lies in a folder that is remembered already is that folder's."""
        for known in self.all():
            if known.location == source.location and known.options == source.options:
                return known
            if not source.is_link and Path(known.location) in Path(source.location).parents:
                return Source(source.location, source.options, known.key)
        self._db.execute(
            "INSERT INTO sources (location, options) VALUES (?, ?)"
            " ON CONFLICT (location) DO UPDATE SET options = excluded.options",
            (source.location, json.dumps(source.options)),
        )
        query = "SELECT key FROM sources WHERE location = ?"
        return Source(
            source.location, source.options, self._db.execute(query, (source.location,)).fetchone()[0]
        )

    def forget(self, source: Source) -> None:
        self._db.execute("DELETE FROM sources WHERE key = ?", (source.key,))

    def stamps(self, source: Source) -> dict[str, str]:
        """The remembered stamp of each place of a source."""
        rows = self._db.execute("SELECT location, stamp FROM places WHERE source = ?", (source.key,))
        return dict(rows.fetchall())

    def stamp(self, location: str) -> str | None:
        row = self._db.execute("SELECT stamp FROM places WHERE location = ?", (location,)).fetchone()
        return row[0] if row else None

    def remember(self, place: Place) -> None:
        row = (place.location, place.source, place.stamp)
        self._db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", row)

    def begin(self, place: Place) -> None:
        """Know a place whose articles are being stored, so that they go with it even if it is never read to its end."""
        row = (place.location, place.source, UNFINISHED)
        self._db.execute("INSERT OR IGNORE INTO places VALUES (?, ?, ?)", row)

    def forget_place(self, location: str) -> None:
        self._db.execute("DELETE FROM places WHERE location = ?", (location,))


def file_places(source: Source, failed: Callable[[UnreadableArticle], None]) -> Iterator[Place]:
    """The files of a file or folder source; `failed` is told of folders that cannot be read."""
    root = Path(source.location)
    for path in article_files(root, failed=failed):
        name = path.relative_to(root).as_posix() if path != root else path.name
        if not is_utf8(str(path)):
            shown = str(path).encode("utf-8", "replace").decode()
            failed(UnreadableArticle(shown, "has a name that is not UTF-8; rename it and ingest it again"))
            continue
        try:
            stamp = _file_stamp(path)
        except OSError as error:
            failed(UnreadableArticle(name, f"cannot be read ({(error.strerror or 'an error').lower()})"))
            continue
        yield Place(str(path), source.key, stamp, partial(_load, path, name))


def _load(path: Path, name: str) -> Loading:
    failures: list[UnreadableArticle] = []
    try:
        for loaded in load_file(path, name, str(path), failed=failures.append):
            yield from failures
            failures.clear()
            yield loaded
    except UnreadableArticle as error:
        failures.append(error)
    yield from failures


def _file_stamp(path: Path) -> str:
    """Size and time of the last change, of the file and of its side file."""
    sides = (path.with_name(path.name + suffix) for suffix in SIDE_SUFFIXES)
    stats = [path.stat(), *(side.stat() for side in sides if side.is_file())]
    return " ".join(f"{stat.st_size}:{stat.st_mtime_ns}" for stat in stats)
