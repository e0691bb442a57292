"""The two indexes of a collection, Chroma's vectors and the lexical one, kept in step with the catalogue.

Each index remembers the number of the last catalogue change it has taken in, in a file of its own folder. Catching up
is the same work after an ingest, after a crash and after a folder was deleted: it takes in every change since that
number, and doing so twice is harmless.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus.analysis import ANALYSIS, tokens
from corpus.catalogue import Catalogue
from retrieval.lexical import Lexical
from retrieval.vectors import ChromaVectors, ExactVectors, delete_vectors

EXACT_LIMIT = 50_000  # passages; their matrix takes 75 MB, a question 5 ms
BATCH = 2000  # passages taken in between two commits
APPLIED = "applied"
MODEL = "model"  # the catalogue's note of the embedding model that the index was made with

Progress = Callable[[int, int], None]  # passages done, passages to do


class Index:
    """What finds passages by vector and by word; `model` names the embedder whose vectors are searched."""

    def __init__(self, catalogue: Catalogue, data: Path, model: str, chroma_url: str = "") -> None:
        self._catalogue, self._model, self._chroma_url = catalogue, model, chroma_url
        self._vectors_folder = data / "vectors" / _folder_name(model)
        self._lexical_folder = data / "lexical" / str(ANALYSIS)
        self._exact: ExactVectors | None = None
        self._chroma: ChromaVectors | None = None
        self._chroma_change = -1
        self._lexical: Lexical | None = None
        self._lexical_change = -1
        self._counted_change, self._small = -1, True

    def behind(self) -> bool:
        """Whether an index lacks changes that the catalogue has."""
        newest = self._catalogue.newest_change()
        return any(_applied(folder) < newest for folder in (self._vectors_folder, self._lexical_folder))

    def catch_up(self, progress: Progress = lambda done, total: None) -> None:
        """Take in what the catalogue has and an index lacks. One process at a time."""
        self.catch_up_words(progress)
        if _applied(self._vectors_folder) < self._catalogue.newest_change():
            self._catch_up(self._vectors_folder, self._index_vectors, progress)

    def catch_up_words(self, progress: Progress = lambda done, total: None) -> None:
        """As `catch_up`, for the lexical index alone: it takes a moment, and Chroma has to be loaded first."""
        if _applied(self._lexical_folder) < self._catalogue.newest_change():
            self._catch_up(self._lexical_folder, self._index_words, progress)

    def rebuild(self, progress: Progress = lambda done, total: None) -> None:
        """Delete both indexes and make them again from the catalogue."""
        self._lexical = self._chroma = None
        if self._vectors_folder.exists():
            delete_vectors(self._vectors_folder)
        shutil.rmtree(self._lexical_folder.parent, ignore_errors=True)
        self.catch_up(progress)

    def _catch_up(
        self, folder: Path, apply: Callable[[list[int], list[int]], None], progress: Progress
    ) -> None:
        newest, changed = self._catalogue.changes_after(_applied(folder))
        folder.mkdir(parents=True, exist_ok=True)
        for first in range(0, len(changed), BATCH):
            batch = changed[first : first + BATCH]
            existing = self._catalogue.passages(batch)
            apply(sorted(existing), [key for key in batch if key not in existing])
            progress(first + len(batch), len(changed))
        _write_applied(folder, newest)

    def _index_words(self, added: list[int], gone: list[int]) -> None:
        lexical = self._open_lexical()
        lexical.remove(gone)
        lexical.add(self._entries(added))
        lexical.commit()

    def _entries(self, keys: Sequence[int]) -> Iterable[tuple[int, int, list[str], list[str]]]:
        passages = self._catalogue.passages(keys)
        articles = self._catalogue.articles(passage.article for passage in passages.values())
        for key, passage in passages.items():
            article = articles[passage.article]
            context = f"{article.title} {article.published:%d %B %Y}" if article.published else article.title
            yield key, article.key, tokens(context, article.language), tokens(passage.text, article.language)

    def _index_vectors(self, added: list[int], gone: list[int]) -> None:
        chroma = self._open_chroma()
        chroma.remove(gone)
        keys, vectors = self._catalogue.vectors(self._model, added)
        chroma.add(keys, vectors)

    def _open_lexical(self) -> Lexical:
        if self._lexical is None:
            self._lexical = Lexical(self._lexical_folder)
        return self._lexical

    def _open_chroma(self) -> ChromaVectors:
        if self._chroma is None:
            self._vectors_folder.mkdir(parents=True, exist_ok=True)
            self._chroma = ChromaVectors(self._vectors_folder, self._chroma_url)
        return self._chroma

    @property
    def lexical(self) -> Lexical:
        """The lexical index as last committed by any process."""
        lexical = self._open_lexical()
        applied = _applied(self._lexical_folder)
        if applied != self._lexical_change:
            lexical.reload()
            self._lexical_change = applied
        return lexical

    def query(self, vectors: np.ndarray, k: int) -> list[dict[int, float]]:
        """For each row of `vectors`, float32 (v, d): the cosine of the best k passages by key, best first."""
        if self._is_small():
            if self._exact is None:
                self._exact = ExactVectors(self._catalogue, self._model)
            return self._exact.query(vectors, k)
        self._exact = None
        chroma = self._open_chroma()
        applied = _applied(self._vectors_folder)
        if applied != self._chroma_change and self._chroma_change != -1:
            chroma.reopen()
        self._chroma_change = applied
        return chroma.query(vectors, k)

    def _is_small(self) -> bool:
        newest = self._catalogue.newest_change()
        if newest != self._counted_change:
            self._counted_change, self._small = newest, self._catalogue.passage_count() <= EXACT_LIMIT
        return self._small

    def cosines(self, vectors: np.ndarray, keys: Iterable[int]) -> dict[int, np.ndarray]:
        """The cosine of each passage among `keys` with each row of `vectors`, (v,)."""
        found, matrix = self._catalogue.vectors(self._model, keys)
        return dict(zip(found, matrix @ vectors.T, strict=True)) if found else {}

    def differences(self) -> list[str]:
        """What the indexes hold otherwise than the catalogue: one sentence each."""
        wanted = set(self._catalogue.passage_keys())
        found = {"Chroma": self._open_chroma().keys(), "the lexical index": self.lexical.keys()}
        return [
            f"{name} lacks {len(wanted - keys)} passages and has {len(keys - wanted)} too many"
            for name, keys in found.items()
            if keys != wanted
        ]


def _folder_name(model: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in model).strip(".")


def _applied(folder: Path) -> int:
    try:
        return int((folder / APPLIED).read_text())
    except (OSError, ValueError):
        return -1


def _write_applied(folder: Path, number: int) -> None:
    new = folder / f"{APPLIED}.new"
    new.write_text(str(number))
    new.replace(folder / APPLIED)
