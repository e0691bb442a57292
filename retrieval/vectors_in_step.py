"""The vectors of one model, kept in step with the catalogue: Chroma's, and what of them is in memory."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import RLock

import numpy as np

from corpus.catalogue import Catalogue
from corpus.database import clear_errors
from corpus.errors import IndexDamaged
from retrieval.damage import make_folder
from retrieval.in_step import (
    BATCH,
    FOREIGN,
    Progress,
    applied,
    difference,
    note_applied,
    put_in_place,
)
from retrieval.vectors import ChromaVectors, ExactVectors, Nearest, delete_vectors, forget_clients

EXACT_LIMIT = 50_000  # passages; their matrix takes 75 MB, a question 5 ms
SAMPLE = 20  # vectors that Chroma is asked for when it is checked
FOUND = 0.9  # share of them that it has to find: its search is approximate
WRITING = "writing"  # a file that is there while Chroma's files are written, and after a crash


class VectorsInStep:
    """The vectors of one model: Chroma's, and what is in memory for a collection that is small enough."""

    def __init__(self, catalogue: Catalogue, folder: Path, model: str, url: str = "", name: str = "") -> None:
        """`url` and `name`: the server that keeps them, and what they are called there."""
        self._catalogue, self._folder, self._model, self._lock = catalogue, folder, model, RLock()
        self._url, self._name = url, name if url else "passages"
        self._exact: ExactVectors | None = None
        self._chroma: ChromaVectors | None = None
        self._recent: ExactVectors | None = None  # what Chroma lacks since it was opened
        self._change = -1  # that Chroma had taken in when it was opened
        self._counted, self._small = -1, True

    def _applied(self) -> int:
        return applied(self._folder, self._catalogue)

    def behind(self) -> bool:
        return self._is_written() or self._applied() != self._catalogue.newest_change()

    def query(self, vectors: np.ndarray, k: int) -> list[Nearest]:
        """For each row of `vectors`, float32 (v, d): the cosine of the best k passages by key, best first."""
        if not self._is_small():
            try:
                found = self._approximate(vectors, k)
            except IndexDamaged:
                found = None
                self._close()
            if found is not None:
                self._exact = None
                return found
        with self._lock:
            exact = self._exact = self._exact or ExactVectors(self._catalogue, self._model)
        return exact.query(vectors, k)

    def _is_small(self) -> bool:
        newest = self._catalogue.newest_change()
        if newest != self._counted:
            self._small, self._counted = self._catalogue.passage_count() <= EXACT_LIMIT, newest
        return self._small

    def _approximate(self, vectors: np.ndarray, k: int) -> list[Nearest] | None:
        """What Chroma finds, and what has come since it was opened; None while it cannot be opened."""
        with self._lock:
            if self._applied() != self._change:
                self._open_to_read(vectors)
            chroma, recent = self._chroma, self._recent
        if chroma is None or recent is None:
            return None
        newer = recent.query(vectors, k)
        return [
            _best({key: cosine for key, cosine in old.items() if key not in recent.changed} | new, k)
            for old, new in zip(chroma.query(vectors, k), newer, strict=True)
        ]

    def _open_to_read(self, vectors: np.ndarray) -> None:
        """Open Chroma's folder as it is, unless it is being written: the files are read at the first query."""
        now = self._applied()
        if now < 0 or self._is_written():
            return
        opened = ChromaVectors(self._folder, self._url, self._name)
        opened.query(vectors[:1], 1)
        if self._applied() == now and not self._is_written():
            self._chroma, self._change = opened, now
            self._recent = ExactVectors(self._catalogue, self._model, since=now)

    def _is_written(self) -> bool:
        return (self._folder / WRITING).exists() and not self._url

    def _close(self) -> None:
        with self._lock:
            self._chroma = self._recent = None
            self._change = -1

    def catch_up(self, progress: Progress) -> None:
        with self._lock, clear_errors(self._catalogue.path):
            try:
                crashed, foreign = self._is_written(), self._applied() == FOREIGN
                if not foreign:
                    self._take_in_changes(progress)
                sound = not (foreign or (crashed and self.difference(set(self._catalogue.passage_keys()))))
            except IndexDamaged:
                sound = False
            if not sound:
                self.rebuild(progress)

    def _take_in_changes(self, progress: Progress) -> None:
        make_folder(self._folder)
        before = self._applied()
        chroma = self._chroma if self._chroma and self._change == before >= 0 else None
        (self._folder / WRITING).touch()
        chroma = chroma or ChromaVectors(self._folder, self._url, self._name)
        newest, changed = self._catalogue.changes_after(before)
        self._take_in(chroma, changed, progress)
        note_applied(self._folder, self._catalogue, newest)
        (self._folder / WRITING).unlink()
        self._chroma, self._change = chroma, newest
        self._recent = ExactVectors(self._catalogue, self._model, since=newest)

    def _take_in(self, chroma: ChromaVectors, keys: Sequence[int], progress: Progress) -> None:
        for first in range(0, len(keys), BATCH):
            batch = keys[first : first + BATCH]
            found, vectors = self._catalogue.vectors(self._model, batch)
            chroma.remove(set(batch) - set(found))
            chroma.add(found, vectors)
            progress(first + len(batch), len(keys))

    def rebuild(self, progress: Progress) -> None:
        """Make the index again beside the old one, which goes on answering until then."""
        with self._lock, clear_errors(self._catalogue.path):
            self._close()
            new = self._folder if self._url else self._folder.with_name(f".new {self._folder.name}")
            delete_vectors(new)
            make_folder(new)
            newest = self._catalogue.newest_change()
            chroma = ChromaVectors(new, self._url, self._name)
            if self._url:
                chroma.clear()
            self._take_in(chroma, sorted(self._catalogue.passage_keys()), progress)
            note_applied(new, self._catalogue, newest)
            if not self._url:
                forget_clients()
                put_in_place(new, self._folder)

    def difference(self, wanted: set[int]) -> str:
        """How Chroma differs from `wanted`, the catalogue's passages; empty if it does not."""
        if not (self._folder.is_dir() or self._url):
            return difference("Chroma", wanted, set())
        try:
            chroma = ChromaVectors(self._folder, self._url, self._name)
            keys = chroma.keys()
            sample = Random(0).sample(sorted(wanted & keys), min(SAMPLE, len(wanted & keys)))
            known, vectors = self._catalogue.vectors(self._model, sample)
            if keys == wanted and chroma.finds(vectors) < FOUND * len(known):
                return "Chroma does not find passages that it holds"
        except IndexDamaged as error:
            return str(error)
        return difference("Chroma", wanted, keys)


def _best(cosines: Nearest, k: int) -> Nearest:
    return dict(sorted(cosines.items(), key=lambda item: -item[1])[:k])
