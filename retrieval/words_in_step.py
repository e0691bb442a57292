"""The lexical index, kept in step with the catalogue."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import RLock

from corpus.analysis import tokens
from corpus.catalogue import Catalogue
from corpus.database import clear_errors
from corpus.errors import IndexDamaged
from corpus.sentences import sentence_spans
from retrieval.in_step import (
    BATCH,
    FOREIGN,
    Progress,
    applied,
    delete,
    difference,
    note_applied,
    put_in_place,
)
from retrieval.lexical import Entry, Lexical, is_current


class WordsInStep:
    """The lexical index."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self._catalogue, self._folder, self._lock = catalogue, folder, RLock()
        self._lexical: Lexical | None = None
        self._change = -1

    def _applied(self) -> int:
        return applied(self._folder, self._catalogue)

    def behind(self) -> bool:
        return not is_current(self._folder) or self._applied() != self._catalogue.newest_change()

    @property
    def lexical(self) -> Lexical:
        """The index as last committed by any process; an empty one while there is none."""
        with self._lock:
            now = self._applied()
            if self._lexical is None or self._lexical.needs_rebuild:
                self._lexical = Lexical(self._folder, create=False)
            elif now != self._change:
                try:
                    self._lexical.reload()
                except IndexDamaged:  # or just now put in the place of the former: that one still reads
                    return self._lexical
            self._change = now
            return self._lexical

    def catch_up(self, progress: Progress) -> None:
        if self._applied() == FOREIGN:
            self.rebuild(progress)
            return
        with self._lock, clear_errors(self._catalogue.path):
            try:
                lexical = self._writable()
                newest, changed = self._catalogue.changes_after(self._applied())
                self._take_in(lexical, changed, progress)
                note_applied(self._folder, self._catalogue, newest)
            except IndexDamaged:
                self.rebuild(progress)

    def rebuild(self, progress: Progress) -> None:
        """Make the index again beside the old one, which goes on answering until then."""
        with self._lock, clear_errors(self._catalogue.path):
            new = self._folder.with_name(f".new {self._folder.name}")
            delete(new)
            newest = self._catalogue.newest_change()
            self._take_in(Lexical(new), sorted(self._catalogue.passage_keys()), progress)
            note_applied(new, self._catalogue, newest)
            put_in_place(new, self._folder)
            self._lexical = None

    def _writable(self) -> Lexical:
        if self._lexical is None or self._lexical.needs_rebuild or self._applied() < 0:
            self._lexical = Lexical(self._folder)
        return self._lexical

    def _take_in(self, lexical: Lexical, keys: Sequence[int], progress: Progress) -> None:
        for first in range(0, len(keys), BATCH):
            batch = keys[first : first + BATCH]
            passages = self._catalogue.passages(batch)
            try:
                lexical.remove(key for key in batch if key not in passages)
                lexical.add(self._entries(batch))
                lexical.commit()
            except BaseException:
                lexical.discard()
                raise
            progress(first + len(batch), len(keys))

    def _entries(self, keys: Sequence[int]) -> Iterable[Entry]:
        passages = self._catalogue.passages(keys)
        articles = self._catalogue.articles(passage.article for passage in passages.values())
        for key, passage in passages.items():
            article = articles[passage.article]
            context = f"{article.title} {article.published:%d %B %Y}" if article.published else article.title
            language, text = article.language, passage.text
            sentences = [tokens(text[start:end], language) for start, end in sentence_spans(text, language)]
            yield key, article.key, tokens(context, language), sentences

    def difference(self, wanted: set[int]) -> str:
        """How the index differs from `wanted`, the catalogue's passages; empty if it does not."""
        try:
            return difference("the lexical index", wanted, Lexical(self._folder, create=False).keys())
        except IndexDamaged as error:
            return str(error)
