"""The best passages put in a better order by a cross-encoder, which reads question and passage together.

Nogueira and Cho, Passage Re-ranking with BERT, 2019. It is slow: only the top candidates are read.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

TOP = 30  # passages that are read
SHARE = 0.7  # of the cross-encoder in the new score


class Reranker:
    """Any sentence-transformers CrossEncoder, by name or path, loaded when it is first needed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: CrossEncoder | None = None

    def rescored(self, question: str, texts: Sequence[str], scores: np.ndarray) -> np.ndarray:
        """New scores, 0 to 1, of the passages with these texts and scores; their order may change."""
        if not texts:
            return scores
        read = np.asarray(self._loaded().predict([(question, text) for text in texts]), dtype=float).reshape(
            -1
        )
        likely = 1 / (1 + np.exp(-np.clip(read, -50, 50))) if read.min() < 0 or read.max() > 1 else read
        return SHARE * likely + (1 - SHARE) * scores

    def _loaded(self) -> "CrossEncoder":
        if self._model is None:
            os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "10")
            from sentence_transformers import CrossEncoder

            try:
                self._model = CrossEncoder(self._name)
            except (OSError, ValueError) as error:
                raise FootnoteError(
                    f"The reranker {self._name} cannot be loaded: check the name or path in FOOTNOTE_RERANKER."
                ) from error
        return self._model
