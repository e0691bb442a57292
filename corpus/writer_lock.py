"""One writer at a time: a lock on the data directory that the system lets go of when its holder dies."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import CollectionLocked, FootnoteError

WAIT = 600.0  # seconds


@contextmanager
def writer_lock(data: Path, wait: float = WAIT) -> Iterator[None]:
    """Hold the lock on `data`. CollectionLocked: another process still holds it after `wait` seconds."""
    holder = data / "writer.json"
    lock = FileLock(data / "writer.lock")
    try:
        lock.acquire(timeout=wait)
        holder.write_text(json.dumps({"pid": os.getpid(), "since": f"{datetime.now():%H:%M:%S}"}))
    except Timeout as error:
        raise CollectionLocked(
            f"{_who(holder)} is writing to {data}: wait until it is done and try again."
        ) from error
    except OSError as error:
        raise FootnoteError(
            f"{data} cannot be written ({error.strerror}): mend that, or choose another folder with --data."
        ) from error
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _who(holder: Path) -> str:
    try:
        noted = json.loads(holder.read_text())
        return f"Process {noted['pid']} (since {noted['since']})"
    except (OSError, ValueError, KeyError):
        return "Another process"
