"""What is loaded behind the prompt, while the reader types: settings, the collection, the models."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

import click

from bot import opening
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from bot.settings import Settings
    from corpus.article import Article
    from retrieval.collection import Collection

HEAD_START = 0.3  # seconds at most that loading waits for the prompt, so as not to hold it up

Result = TypeVar("Result")


class Backstage:
    """Loads in a thread of its own, from the moment that `prompt_shown` is set. `as_of` is what counts as today."""

    def __init__(self, context: click.Context, as_of: date | None = None) -> None:
        self._context, self.as_of = context, as_of
        self.prompt_shown = Event()
        self._thread = ThreadPoolExecutor(1)
        self._settings: Future[Settings] = self._thread.submit(self._load_settings)
        self._collection: Future[Collection] = self._thread.submit(self._open)
        self._warm: Future[None] = self._thread.submit(self._warm_up)

    def _load_settings(self) -> "Settings":
        self.prompt_shown.wait(HEAD_START)
        return opening.settings(self._context)

    def _open(self) -> "Collection":
        self._settings.result()
        return opening.collection(self._context)

    def _warm_up(self) -> None:
        self._collection.result().warm_up()

    def when_failed(self, tell: Callable[[BaseException], None]) -> None:
        """Call `tell` with what went wrong, as soon as the collection turns out not to open."""

        def look(opened: "Future[Collection]") -> None:
            error = opened.exception()
            if error:
                tell(error)

        self._collection.add_done_callback(look)

    @property
    def ready(self) -> bool:
        return self._warm.done()

    def settings(self) -> "Settings":
        return self._settings.result()

    def catalogued(self) -> "Collection":
        """The collection as soon as its catalogue can be read."""
        return self._collection.result()

    def collection(self) -> "Collection":
        """The collection when a question can be asked without loading anything more."""
        self._warm.result()
        return self._collection.result()

    def folder(self) -> Path | None:
        """The collection's folder, once it is known to be one."""
        try:
            return self._collection.result().data
        except FootnoteError:
            return None

    def articles(self) -> "Iterable[Article]":
        """The articles, none while the collection is being opened."""
        opened = self._collection
        return opened.result().catalogue.all_articles() if opened.done() and not opened.exception() else ()
