"""The two indexes of a collection, Chroma's vectors and the lexical one, as a search sees them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from time import monotonic, sleep

import numpy as np

from corpus.analysis import ANALYSIS
from corpus.catalogue import Catalogue
from retrieval.in_step import Progress
from retrieval.lexical import Lexical
from retrieval.vectors import Nearest
from retrieval.vectors_in_step import VectorsInStep
from retrieval.words_in_step import WordsInStep

PATIENCE = 5.0  # seconds
MODEL = "model"  # the catalogue's note of the embedding model that the index was made with


def _silent(done: int, total: int) -> None:
    pass


class Index:
    """What finds passages by vector and by word; `model` names the embedder whose vectors are searched."""

    def __init__(self, catalogue: Catalogue, data: Path, model: str, chroma_url: str = "") -> None:
        self._catalogue, self._model = catalogue, model
        folder = _folder_name(model)
        place = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[
            :12
        ]  # one server for many collections
        name = f"footnote-{place}-{folder}"[:500].rstrip(".-_")
        self._words = WordsInStep(catalogue, data / "lexical" / str(ANALYSIS))
        self._vectors = VectorsInStep(catalogue, data / "vectors" / folder, model, chroma_url, name)

    def behind(self) -> bool:
        """Whether an index lacks changes that the catalogue has."""
        return self._words.behind() or self._vectors.behind()

    def words_behind(self) -> bool:
        """As `behind`, for the lexical index alone: without Chroma's a search finds all the same."""
        return self._words.behind()

    def wait_for_words(self) -> None:
        """Wait a moment for another process to make a lexical index, where there is none at all."""
        deadline = monotonic() + PATIENCE
        while self._words.lexical.needs_rebuild and monotonic() < deadline:
            sleep(0.05)

    def catch_up(self, progress: Progress = _silent) -> None:
        """Take in what the catalogue has and an index lacks. One process at a time."""
        self.catch_up_words(progress)
        if self._vectors.behind():
            self._vectors.catch_up(progress)

    def catch_up_words(self, progress: Progress = _silent) -> None:
        """As `catch_up`, for the lexical index alone: it takes a moment, and Chroma has to be loaded first."""
        if self._words.behind():
            self._words.catch_up(progress)

    def rebuild(self, progress: Progress = _silent) -> None:
        """Make both indexes again from the catalogue, each beside the old one, which answers until then."""
        self._words.rebuild(progress)
        self._vectors.rebuild(progress)

    def rebuild_words(self, progress: Progress = _silent) -> None:
        self._words.rebuild(progress)

    def repair(self, progress: Progress = _silent) -> list[str]:
        """Make again what differs from the catalogue. Returns what was wrong."""
        wanted = set(self._catalogue.passage_keys())
        found = []
        for index in (self._words, self._vectors):
            if difference := index.difference(wanted):
                found.append(difference)
                index.rebuild(progress)
        return found

    @property
    def lexical(self) -> Lexical:
        """The lexical index as last committed by any process."""
        return self._words.lexical

    def query(self, vectors: np.ndarray, k: int) -> list[Nearest]:
        """For each row of `vectors`, float32 (v, d): the cosine of the best k passages by key, best first."""
        return self._vectors.query(vectors, k)

    def cosines(self, vectors: np.ndarray, keys: Iterable[int]) -> dict[int, np.ndarray]:
        """The cosine of each passage among `keys` with each row of `vectors`, (v,)."""
        found, matrix = self._catalogue.vectors(self._model, keys)
        return dict(zip(found, matrix @ vectors.T, strict=True)) if found else {}

    def differences(self) -> list[str]:
        """What the indexes hold otherwise than the catalogue: one sentence each."""
        wanted = set(self._catalogue.passage_keys())
        found = (index.difference(wanted) for index in (self._words, self._vectors))
        return [difference for difference in found if difference]


def _folder_name(model: str) -> str:
    """A model's name as a folder's; two models never share one."""
    name = "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in model).strip(".")
    return name if name == model else f"{name[-80:]}-{hashlib.sha256(model.encode()).hexdigest()[:8]}"
