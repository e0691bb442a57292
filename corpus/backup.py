"""The whole collection in one file, made and put back while others read.

A backup is a copy of the catalogue: articles, metadata, sources, embeddings. The indexes are made from it again.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from corpus.catalogue import IDENTITY, Catalogue
from corpus.errors import FootnoteError
from corpus.schema import SCHEMA_VERSION

# In this order, so that what is referred to is there first. `changes` is not copied: its triggers write it anew.
_ROWS = {
    "sources": "key, location, options",
    "articles": (
        "key, name, origin, title, language, content_hash, length, published, updated, author, publisher, url, place,"
        " text"
    ),
    "places": "location, source, stamp",
    "signatures": "article, minhash, story",
    "signature_bands": "band, article",
    "former_hashes": "origin, content_hash, replaced",
    "notes": "name, value",
}
_PASSAGES = 'article, start, "end", text, embedded'


def backup(catalogue: Catalogue, file: Path) -> None:
    """Copy the catalogue as it is now, in one piece, whoever writes meanwhile. FootnoteError: it cannot be written."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as copy:
            catalogue.database.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        unfinished.replace(file)
    except (sqlite3.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        raise FootnoteError(
            f"{file} cannot be written ({error}): choose another place for the backup."
        ) from error


def restore(catalogue: Catalogue, file: Path) -> None:
    """Put what a backup holds in the place of what is there, in one transaction. Keys of passages are given anew, so
    that indexes and readers follow as they follow any change. FootnoteError: the file is no whole backup."""
    check_backup(file)
    catalogue.database.execute("ATTACH ? AS backup", (str(file),))
    try:
        with catalogue.writing():
            revision, identity = catalogue.revision(), catalogue.note(IDENTITY) or ""
            _replace_rows(catalogue.database)
            catalogue.set_note(IDENTITY, identity)
            catalogue.set_note("revision", str(max(revision, catalogue.revision()) + 1))
    finally:
        catalogue.database.execute("DETACH backup")


def _replace_rows(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM passages")
    for table in reversed(_ROWS):
        db.execute(f"DELETE FROM {table}")
    for table, columns in _ROWS.items():
        db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM backup.{table}")
    db.execute(f"INSERT INTO passages ({_PASSAGES}) SELECT {_PASSAGES} FROM backup.passages ORDER BY key")
    db.execute("INSERT OR IGNORE INTO embeddings SELECT * FROM backup.embeddings")


def check_backup(file: Path) -> None:
    """FootnoteError: the file is no whole backup."""
    problem = "it is not there"
    if file.is_file():
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                sound = db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            problem = "" if sound and version == SCHEMA_VERSION else "it is of another version"
        except sqlite3.Error as error:
            problem = str(error)
    if problem:
        raise FootnoteError(
            f"{file} is no backup of a collection ({problem}): choose one that 'footnote backup' made."
        )
