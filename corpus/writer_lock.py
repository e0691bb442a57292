"""One writer at a time: a lock on the data directory that the system lets go of when its holder dies."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import CollectionLocked, FootnoteError

WAIT = 600.0  # seconds
PATIENCE = 0.5  # seconds before it is told that there is a wait: a reader that mends an index is done by then

Told = Callable[[str], None]  # what is said to whoever waits


@contextmanager
def writer_lock(data: Path, wait: float = WAIT, told: Told = lambda sentence: None) -> Iterator[None]:
    """Hold the lock on `data`. `told` hears whom it waits for, if it has to. CollectionLocked: another process still
    holds it after `wait` seconds."""
    holder = data / "writer.json"
    lock = FileLock(data / "writer.lock")
    try:
        _acquire(lock, holder, wait, told)
        holder.write_text(json.dumps({"pid": os.getpid(), "since": f"{datetime.now():%H:%M:%S}"}))
    except Timeout as error:
        raise CollectionLocked(
            f"{who_writes(data)} is writing to {data}: wait until it is done and try again."
        ) from error
    except OSError as error:
        lock.release()
        raise FootnoteError(
            f"{data} cannot be written ({error.strerror}): mend that, or choose another folder with --data."
        ) from error
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, holder: Path, wait: float, told: Told) -> None:
    try:
        lock.acquire(timeout=min(wait, PATIENCE))
    except Timeout:
        if wait <= PATIENCE:
            raise
        told(f"{who_writes(holder.parent)} is writing to {holder.parent}: waiting until it is done.")
        lock.acquire(timeout=wait - PATIENCE)


def who_writes(data: Path) -> str:
    """The process that holds the lock, as it noted itself."""
    try:
        noted = json.loads((data / "writer.json").read_text())
        return f"Process {noted['pid']} (since {noted['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"
