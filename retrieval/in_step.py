"""What an index that is kept in step with the catalogue has in its folder.

Each remembers the number of the last catalogue change it has taken in, in a file of its own folder. Catching up is
the same work after an ingest, after a crash and after a folder was deleted: it takes in every change since that
number, and doing so twice is harmless. What is damaged is made again beside, and put in place when it is whole.

Writing is for whoever holds the writer lock; reading is safe from several threads, while any process writes.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from corpus.catalogue import IDENTITY, Catalogue

BATCH = 2000  # passages taken in between two commits
APPLIED = "applied"
NONE, FOREIGN = -1, -2

Progress = Callable[[int, int], None]  # passages done, passages to do


def applied(folder: Path, catalogue: Catalogue) -> int:
    """The number of the last change that the index in `folder` has taken in; NONE, or FOREIGN if it was made from
    another catalogue."""
    try:
        number, _, identity = (folder / APPLIED).read_text().partition(" ")
        return int(number) if identity == (catalogue.note(IDENTITY) or "") else FOREIGN
    except (OSError, ValueError):
        return NONE


def note_applied(folder: Path, catalogue: Catalogue, number: int) -> None:
    new = folder / f"{APPLIED}.new"
    new.write_text(f"{number} {catalogue.note(IDENTITY) or ''}")
    new.replace(folder / APPLIED)


def put_in_place(new: Path, folder: Path) -> None:
    """`new` becomes `folder`; who has files of the former one open can go on reading them."""
    former = folder.with_name(f".former {folder.name}")
    delete(former)
    if folder.exists():
        folder.rename(former)
    new.rename(folder)
    delete(former)


def delete(folder: Path) -> None:
    if folder.is_file():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def difference(index: str, wanted: set[int], found: set[int]) -> str:
    """How what an index holds differs from the catalogue's passages; empty if it does not."""
    lacking, too_many = len(wanted - found), len(found - wanted)
    return f"{index} lacks {lacking} passages and has {too_many} too many" if lacking or too_many else ""
