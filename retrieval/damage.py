"""What Chroma and tantivy raise where their files are damaged, missing or half-written, as one error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import FootnoteError, IndexDamaged

_PANIC = "PanicException"  # of Rust, by way of pyo3: a BaseException that no module exports

_FULL = ("no space left", "disk is full", "quota exceeded", "os error 28")


@contextmanager
def damage_named(index: str, *kinds: type[Exception]) -> Iterator[None]:
    """A full disk told as such, IndexDamaged in place of `kinds` and of a panic. `index` says which index it is."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, kinds) and type(error).__name__ != _PANIC:
            raise
        reason = next(iter(str(error).splitlines()), type(error).__name__)[:200]
        if any(words in str(error).lower() for words in _FULL):
            raise FootnoteError(
                f"{index} cannot be written, because the disk is full: free some room and run the command again;"
                " nothing stored is lost."
            ) from error
        raise IndexDamaged(
            f"{index} cannot be used ({reason}): run 'footnote doctor --repair' to make it again."
        ) from error


def make_folder(folder: Path) -> None:
    """Make an index's folder, in the place of a file that has its name or that of the folder above it."""
    for place in (folder.parent, folder):
        if place.is_file():
            place.unlink()
    folder.mkdir(parents=True, exist_ok=True)
