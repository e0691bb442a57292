"""One SQLite file: a connection a thread, transactions that are stored whole or not at all, errors as sentences."""

import errno
import os
import shutil
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import CatalogueDamaged, CollectionLocked, FootnoteError

BUSY = 30.0  # seconds that a statement waits for another process's transaction
FULL = 2**17  # bytes; with less free, SQLite cannot make the file that its readers share


class _Connection:
    """Closed when the thread that holds it ends."""

    def __init__(self, path: Path) -> None:
        self.sqlite = _connected(path.absolute().as_uri() + ("?immutable=1" if _lies_still(path) else ""))
        self.sqlite.execute("PRAGMA foreign_keys = ON")
        weakref.finalize(self, self.sqlite.close)


def _connected(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, timeout=BUSY, isolation_level=None, check_same_thread=False, uri=True)


def _lies_still(path: Path) -> bool:
    """Whether nobody can write here, not even the files that SQLite's readers share: it is read without them."""
    log = path.with_name(f"{path.name}-wal")
    return (
        path.is_file() and not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    )


class Database:
    """A file with one schema. Each thread sees what any process committed, and nothing that is half done."""

    def __init__(self, path: Path, schema: str, version: int, *, create: bool) -> None:
        """FootnoteError: the file cannot be used; the sentence says why."""
        self.path = path
        self._threads = threading.local()
        with clear_errors(path):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            found = self.connection.execute("PRAGMA user_version").fetchone()[0]
            if found > version:
                raise FootnoteError(
                    f"The collection in {path.parent} was made by a newer Footnote: "
                    "upgrade with 'pip install -U footnote'."
                )
            if found == 0:
                self._create(schema, version)

    def _create(self, schema: str, version: int) -> None:
        self.connection.execute("PRAGMA journal_mode = WAL")
        with self.writing() as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _statements(schema):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version}")

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's own."""
        held: _Connection | None = getattr(self._threads, "held", None)
        if held is None:
            held = self._threads.held = _Connection(self.path)
        return held.sqlite

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is stored, or nothing is."""
        with clear_errors(self.path):
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk may have rolled it back already
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close this thread's connection. Others close with their threads: to take one away in the middle of a
        statement would crash the process."""
        held: _Connection | None = getattr(self._threads, "held", None)
        if held is not None:
            held.sqlite.close()


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """SQLite's and the file system's errors about the file at `path` as sentences."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise  # ours, and no fault of the file
    except (sqlite3.DatabaseError, OSError) as error:
        raise _told(path, error) from error


def _told(path: Path, error: sqlite3.DatabaseError | OSError) -> FootnoteError:
    folder = path.parent
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return FootnoteError(_full(folder))
        reason = (error.strerror or "an error").lower()
        return FootnoteError(
            f"{folder} cannot be used as a data directory ({reason}): choose another with --data."
        )
    kind = "_".join((getattr(error, "sqlite_errorname", None) or "").split("_")[:2])
    match kind:
        case "SQLITE_FULL":
            return FootnoteError(_full(folder))
        case "SQLITE_READONLY" | "SQLITE_CANTOPEN" | "SQLITE_PERM":
            return FootnoteError(
                f"{folder} cannot be written: give the folder write permission, or choose another with --data."
            )
        case "SQLITE_BUSY" | "SQLITE_LOCKED":
            return CollectionLocked(
                f"Another process is writing to {folder}: wait until it is done and try again."
            )
        case "SQLITE_IOERR" if shutil.disk_usage(folder).free < FULL:
            return FootnoteError(_full(folder))
        case "SQLITE_IOERR":
            return FootnoteError(
                f"{path} can be neither read nor written at the moment ({error}): look at the disk and try again."
            )
    return CatalogueDamaged(
        f"{path} is damaged ({error}): run 'footnote doctor --repair', or restore it from a backup."
    )


def _full(folder: Path) -> str:
    return (
        f"The disk with {folder} is full: free some room and run the command again; nothing stored is lost."
    )


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
