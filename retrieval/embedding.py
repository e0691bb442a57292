"""Which model embeds, and how it is loaded: the embedded one on onnxruntime, any other by sentence-transformers."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_SAME = {"", DEFAULT_MODEL.casefold(), f"sentence-transformers/{DEFAULT_MODEL}".casefold()}

_SMT = Path("/sys/devices/system/cpu/smt/active")  # "1" where a physical core shows as two
_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # microseconds of processor time in a period of so many, or "max"


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text's tokens as a model reads them in their context, without those past its limit."""

    vectors: "np.ndarray"  # float32 (t, d), each of length 1
    spans: "np.ndarray"  # int64 (t, 2): where each stands in the text, in characters


class Embedder(Protocol):
    """A model that embeds, safe to call from several threads at once. It has the methods of a LangChain `Embeddings`,
    and is one to `isinstance` once `retrieval.chain` is imported: LangChain takes longer to load than the model."""

    name: str  # what an index remembers its model by
    dimension: int

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        """The vectors of texts, float32 (n, dimension), in their order, each of length 1."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> "np.ndarray":
        """The same for what is searched with: some models are trained to read a query in another way."""
        ...

    def embed_batches(self, texts: Sequence[str]) -> Iterator[tuple["np.ndarray", "np.ndarray"]]:
        """`embed` in small steps: places in `texts`, int64 (b,), and their vectors, float32 (b, dimension).

        The places come in any order, each once. Between two steps a caller may stop, or show how far it is.
        """
        ...

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...

    def embed_query(self, text: str) -> list[float]: ...


class Reader(Embedder, Protocol):
    """A model that gives the vectors of a text's tokens too."""

    def read(self, texts: Sequence[str]) -> list[TokenVectors]: ...


def model_name(model: str) -> str:
    """The one name of a model: the embedded one has several."""
    return DEFAULT_MODEL if model.strip().casefold() in _SAME else model.strip()


def load_embedder(
    model: str = DEFAULT_MODEL, cache: Path | None = None, threads: int | None = None
) -> Embedder:
    """The embedded model, or any other by its sentence-transformers name or path.

    `cache` is a folder to remember in that the weights were checked; by default the user's cache folder.
    `threads` is by default the number of physical cores that this process may use.
    FootnoteError: the model does not exist, is damaged, or cannot be fetched.
    """
    name = model_name(model)
    if name == DEFAULT_MODEL:
        import platformdirs

        from retrieval.minilm import load_minilm

        return load_minilm(cache or platformdirs.user_cache_path("footnote"), threads or available_cores())
    from retrieval.sentence_transformer import load_sentence_transformer

    return load_sentence_transformer(name, threads)


def available_cores() -> int:
    """Physical cores that this process may use: its affinity and its control group's quota taken into account."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if _read(_SMT) == "1":
        cores //= 2
    quota, _, period = _read(_QUOTA).partition(" ")
    if quota.isdigit() and period.isdigit():
        cores = min(cores, round(int(quota) / int(period)))
    return max(cores, 1)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
