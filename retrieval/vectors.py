"""Passages by their vectors: Chroma keeps them on disk, and a small collection is searched exactly, in memory.

Exact search takes 0.1 ms a thousand passages, starts without Chroma's second of imports, and sees what another
process stored at its next question; Chroma's approximate search is for collections that are too large for that.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.catalogue import Catalogue
from corpus.errors import FootnoteError
from retrieval.damage import damage_named

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

BATCH = 2000  # vectors an upsert; Chroma refuses more than about 5,400
SAME = 0.99  # cosine of a vector with itself: the catalogue keeps half-precision floats

Nearest = dict[int, float]  # passage keys and their cosines, best first


class ExactVectors:
    """The vectors of one model as one matrix, kept in step with the catalogue by its changes.

    With `since`, those alone that came after that change. Safe to ask from several threads.
    """

    def __init__(self, catalogue: Catalogue, model: str, since: int | None = None) -> None:
        self._catalogue, self._model, self._lock = catalogue, model, Lock()
        self.changed: set[int] = set()  # keys that came or went since
        if since is None:
            self._seen = catalogue.newest_change()
            self._keys, self._matrix = catalogue.all_vectors(model)
        else:
            self._seen = since
            self._keys, self._matrix = np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.float32)

    def query(self, vectors: np.ndarray, k: int) -> list[Nearest]:
        """For each row of `vectors`, float32 (v, d): the cosine of the best k passages by key, best first."""
        keys, matrix = self._caught_up()
        if not len(keys):
            return [{} for _ in vectors]
        found = []
        for cosines in vectors @ matrix.T:
            best = np.argpartition(-cosines, min(k, len(cosines)) - 1)[:k]
            best = best[np.argsort(-cosines[best], kind="stable")]
            found.append({int(keys[i]): float(cosines[i]) for i in best})
        return found

    def _caught_up(self) -> tuple[np.ndarray, np.ndarray]:
        with self._lock:
            seen, changed = self._catalogue.changes_after(self._seen)
            if seen != self._seen:
                keys, matrix = self._catalogue.vectors(self._model, changed)
                kept = ~np.isin(self._keys, changed)
                left = self._matrix[kept]
                if keys:
                    left = np.vstack([left, matrix]) if len(left) else matrix
                self._matrix, self._seen = left, seen
                self._keys = np.concatenate([self._keys[kept], np.array(keys, dtype=np.int64)])
                self.changed.update(changed)
            return self._keys, self._matrix


class ChromaVectors:
    """The vectors of one model in a Chroma collection, in a folder or on a server.

    A client never sees what another process wrote after it opened, and nothing warns: open another. IndexDamaged: the
    folder's files are damaged, or another process is writing them.
    """

    def __init__(self, folder: Path, url: str = "", name: str = "passages") -> None:
        self._folder, self._url, self._name = folder, url, name
        with _damage_named(folder):
            self._collection = self._client().get_or_create_collection(
                name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )

    def _client(self) -> "ClientAPI":
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if not self._url:
            forget_clients()  # one that was opened before would go on with what was there then
            return chromadb.PersistentClient(str(self._folder), settings)
        from urllib.parse import urlsplit

        address = urlsplit(self._url)
        secure = address.scheme == "https"
        try:
            return chromadb.HttpClient(
                address.hostname or "", address.port or (443 if secure else 8000), secure, settings=settings
            )
        except ValueError as error:
            raise FootnoteError(
                f"No Chroma server answers at {self._url}: start it, or unset FOOTNOTE_CHROMA_URL."
            ) from error

    def add(self, keys: Sequence[int], vectors: np.ndarray) -> None:
        for first in range(0, len(keys), BATCH):
            ids = [str(key) for key in keys[first : first + BATCH]]
            with _damage_named(self._folder):
                self._collection.upsert(ids, embeddings=vectors[first : first + BATCH])

    def remove(self, keys: Iterable[int]) -> None:
        ids = [str(key) for key in keys]
        for first in range(0, len(ids), BATCH):
            with _damage_named(self._folder):
                self._collection.delete(ids[first : first + BATCH])

    def keys(self) -> set[int]:
        with _damage_named(self._folder):
            return {int(id_) for id_ in self._collection.get(include=[])["ids"]}

    def query(self, vectors: np.ndarray, k: int) -> list[Nearest]:
        """For each row of `vectors`, float32 (v, d): the cosine of about the best k passages by key, best first."""
        with _damage_named(self._folder):
            found: Any = self._collection.query(query_embeddings=vectors, n_results=k, include=["distances"])
        return [
            {int(id_): 1 - float(distance) for id_, distance in zip(ids, distances, strict=True)}
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]

    def finds(self, vectors: np.ndarray) -> int:
        """How many of `vectors`, (n, d), it finds when it is asked for them."""
        if not len(vectors):
            return 0
        return sum(max(near.values(), default=0.0) > SAME for near in self.query(vectors, 3))

    def clear(self) -> None:
        """Take out all there is: for a server, whose files are not ours to delete."""
        self.remove(self.keys())


def delete_vectors(folder: Path) -> None:
    """Take a Chroma folder away, open or not."""
    forget_clients()
    if folder.is_file():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def forget_clients() -> None:
    """Chroma keeps one client a folder for the life of the process; this makes it open anew."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    from chromadb.errors import ChromaError

    with damage_named(
        f"Chroma's index in {folder}", ChromaError, sqlite3.Error, OSError, ValueError, KeyError, RuntimeError
    ):
        yield
