"""When to bring a collection in step again: at once when a folder changes, and at intervals for links."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from corpus.sources import Sources

if TYPE_CHECKING:
    from watchfiles import Change

    from retrieval.collection import Collection

POLL = 1.0  # seconds until a source that another process has added is followed too


def rounds(collection: "Collection", seconds: float) -> Iterator[bool]:
    """Yields at the start, then whenever a source's files changed or `seconds` have passed: whether it is the links'
    turn too."""
    follower = _Follower((), collection.data)
    due = monotonic()
    while True:
        paths = _followed(collection)
        if paths != follower.paths:
            follower.stop()
            follower = _Follower(paths, collection.data)
        links = monotonic() >= due
        if links:
            due = monotonic() + seconds
        follower.changed.clear()
        yield links
        while not follower.changed.wait(POLL) and monotonic() < due and _followed(collection) == paths:
            pass


def _followed(collection: "Collection") -> tuple[Path, ...]:
    locations = (
        Path(source.location) for source in Sources(collection.catalogue).all() if not source.is_link
    )
    return tuple(location for location in locations if location.exists())


class _Follower:
    """Follows files and folders in a thread; what changes before the first round ends is not missed."""

    def __init__(self, paths: tuple[Path, ...], data: Path) -> None:
        self.paths, self._data = paths, data.resolve()
        self.changed, self._ended, self._ready = Event(), Event(), Event()
        if paths:
            Thread(target=self._follow, daemon=True).start()
            self._ready.wait(10)

    def stop(self) -> None:
        self._ended.set()

    def _follow(self) -> None:
        from watchfiles import watch

        try:
            for changes in watch(
                *self.paths,
                watch_filter=self._counts,
                stop_event=self._ended,
                rust_timeout=500,
                yield_on_timeout=True,
            ):
                self._ready.set()
                if changes:
                    self.changed.set()
        except (
            OSError
        ):  # a folder that went, or more folders than the system lets us follow: the interval is left
            self._ready.set()

    def _counts(self, change: "Change", path: str) -> bool:
        """What lies in the collection's own folder changes with every round."""
        name = Path(path).name
        return not name.startswith((".", "~$")) and not Path(path).is_relative_to(self._data)
