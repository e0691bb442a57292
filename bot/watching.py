"""When to bring a collection in step again: at once when a folder changes, and at intervals for links."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.sources import Sources

if TYPE_CHECKING:
    from retrieval.collection import Collection


def rounds(collection: "Collection", seconds: float) -> Iterator[None]:
    """Yields once at the start, then whenever a source's files changed or `seconds` have passed, until Ctrl-C."""
    from watchfiles import watch

    yield
    while True:
        locations = [
            Path(source.location) for source in Sources(collection.catalogue).all() if not source.is_link
        ]
        followed = [location for location in locations if location.exists()]
        if not followed:
            followed = [collection.data / "catalogue.sqlite"]
        changes = watch(
            *followed, rust_timeout=int(seconds * 1000), yield_on_timeout=True, raise_interrupt=True
        )
        next(changes)
        yield
