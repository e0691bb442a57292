"""Passages by their vectors: Chroma keeps them on disk, and a small collection is searched exactly, in memory.

Exact search takes 0.1 ms a thousand passages, starts without Chroma's second of imports, and sees what another
process stored at its next question; Chroma's approximate search is for collections that are too large for that.
"""

import logging
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.catalogue import Catalogue
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

BATCH = 2000  # vectors an upsert; Chroma refuses more than about 5,400


class ExactVectors:
    """The vectors of one model as one matrix, kept in step with the catalogue by its changes."""

    def __init__(self, catalogue: Catalogue, model: str) -> None:
        self._catalogue, self._model = catalogue, model
        self._seen = catalogue.newest_change()
        self._keys, self._matrix = catalogue.all_vectors(model)

    def query(self, vectors: np.ndarray, k: int) -> list[dict[int, float]]:
        """For each row of `vectors`, float32 (v, d): the cosine of the best k passages by key, best first."""
        self._catch_up()
        if not len(self._keys):
            return [{} for _ in vectors]
        found = []
        for cosines in vectors @ self._matrix.T:
            best = np.argpartition(-cosines, min(k, len(cosines)) - 1)[:k]
            best = best[np.argsort(-cosines[best], kind="stable")]
            found.append({int(self._keys[i]): float(cosines[i]) for i in best})
        return found

    def _catch_up(self) -> None:
        seen, changed = self._catalogue.changes_after(self._seen)
        if seen == self._seen:
            return
        keys, matrix = self._catalogue.vectors(self._model, changed)
        kept = ~np.isin(self._keys, changed)
        self._matrix = np.vstack([self._matrix[kept], matrix]) if len(keys) else self._matrix[kept]
        self._keys = np.concatenate([self._keys[kept], np.array(keys, dtype=np.int64)])
        self._seen = seen


class ChromaVectors:
    """The vectors of one model in a Chroma collection, in a folder or on a server.

    A client never sees what another process wrote after it opened, and nothing warns: `reopen` does.
    """

    def __init__(self, folder: Path, url: str = "", name: str = "passages") -> None:
        self._folder, self._url, self._name = folder, url, name
        self._open()

    def _open(self) -> None:
        client = self._client()
        self._collection = client.get_or_create_collection(
            self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def _client(self) -> "ClientAPI":
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if not self._url:
            if not (self._folder / "chroma.sqlite3").exists():
                _forget_clients()  # one of a folder that was deleted would go on writing to the deleted files
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

    def reopen(self) -> None:
        """See what other processes have written since this one opened."""
        _forget_clients()
        self._open()

    def add(self, keys: Sequence[int], vectors: np.ndarray) -> None:
        for first in range(0, len(keys), BATCH):
            ids = [str(key) for key in keys[first : first + BATCH]]
            self._collection.upsert(ids, embeddings=vectors[first : first + BATCH])

    def remove(self, keys: Iterable[int]) -> None:
        ids = [str(key) for key in keys]
        for first in range(0, len(ids), BATCH):
            self._collection.delete(ids[first : first + BATCH])

    def keys(self) -> set[int]:
        return {int(id_) for id_ in self._collection.get(include=[])["ids"]}

    def query(self, vectors: np.ndarray, k: int) -> list[dict[int, float]]:
        """For each row of `vectors`, float32 (v, d): the cosine of about the best k passages by key, best first."""
        found: Any = self._collection.query(query_embeddings=vectors, n_results=k, include=["distances"])
        return [
            {int(id_): 1 - float(distance) for id_, distance in zip(ids, distances, strict=True)}
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]


def delete_vectors(folder: Path) -> None:
    """Take a Chroma folder away, open or not."""
    _forget_clients()
    shutil.rmtree(folder, ignore_errors=True)


def _forget_clients() -> None:
    """Chroma keeps one client a folder for the life of the process; this makes it open anew."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
