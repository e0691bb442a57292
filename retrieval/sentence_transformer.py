"""Any sentence-transformers model, by name or path. Importing this module is fast; loading a model is not."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 16  # texts
HUB_SECONDS = 10.0  # to wait for the first word from the model hub
_UNUSABLE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    RuntimeError,
    ImportError,
)  # what a bad model may raise


class SentenceTransformerEmbedder(Embeddings):
    """A loaded sentence-transformers model, which one thread at a time uses: its tokenizer allows no more."""

    def __init__(self, name: str, model: "SentenceTransformer") -> None:
        self.name = name
        self._model, self._turn = model, Lock()
        self.dimension = self._encode(["a"]).shape[1]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return self._in_order(texts, query=False)

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._in_order(texts, query=True)

    def embed_batches(self, texts: Sequence[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return self._batches(texts, query=False)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_queries([text])[0].tolist()

    def _in_order(self, texts: Sequence[str], query: bool) -> np.ndarray:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for places, batch in self._batches(texts, query):
            vectors[places] = batch
        return vectors

    def _batches(self, texts: Sequence[str], query: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for first in range(0, len(order), BATCH):
            places = order[first : first + BATCH]
            yield np.array(places), self._encode([texts[i] for i in places], query)

    def _encode(self, texts: list[str], query: bool = False) -> np.ndarray:
        encode = self._model.encode_query if query else self._model.encode_document
        texts = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._turn:
            vectors = encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def load_sentence_transformer(name: str, threads: int | None = None) -> SentenceTransformerEmbedder:
    """A model from a folder, from the hub's cache, or fetched from the hub.

    FootnoteError: there is no such model, it is damaged, or the hub cannot be reached.
    """
    path = Path(name).expanduser()
    if not path.is_dir() and _is_path(name):
        raise FootnoteError(
            f"The embedding model {name} is not a folder that exists: mend FOOTNOTE_EMBEDDING_MODEL."
        )
    here = path.is_dir() or _in_hub_cache(name)
    if not here:
        _ask_hub(name)
    _quieten(threads)
    from huggingface_hub.errors import HTTPError
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    source = str(path) if path.is_dir() else name
    try:
        return SentenceTransformerEmbedder(name, SentenceTransformer(source, local_files_only=here))
    except (*_UNUSABLE, HTTPError, SafetensorError) as error:
        reason = str(error).strip().split("\n")[0][:200].rstrip(".:")
        raise FootnoteError(
            f"The embedding model {name} cannot be loaded ({reason}): "
            "fetch it again, or set FOOTNOTE_EMBEDDING_MODEL to another."
        ) from error


def _is_path(name: str) -> bool:
    """A hub name is `model` or `owner/model`."""
    return name.startswith((".", "~", "/")) or "\\" in name or name.count("/") > 1


def _hub_names(name: str) -> list[str]:
    return [name] if "/" in name else [f"sentence-transformers/{name}", name]


def _in_hub_cache(name: str) -> bool:
    """Whether sentence-transformers has loaded the model before: then nothing is asked of the network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return any(isinstance(try_to_load_from_cache(hub, "modules.json"), str) for hub in _hub_names(name))
    except HFValidationError as error:
        raise FootnoteError(_unknown(name)) from error


def _ask_hub(name: str) -> None:
    """FootnoteError: the hub does not know the model or does not answer.

    One question first: loading alone would ask for each file in turn, many times, for more than a minute.
    """
    from huggingface_hub import model_info
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError

    for hub in _hub_names(name):
        try:
            model_info(hub, timeout=HUB_SECONDS)
            return
        except RepositoryNotFoundError:
            continue
        except (OSError, HTTPError) as error:
            raise FootnoteError(
                f"The embedding model {name} is not on this machine and huggingface.co cannot be asked for it: "
                "connect to the network, or set FOOTNOTE_EMBEDDING_MODEL to a folder or leave it out."
            ) from error
    raise FootnoteError(_unknown(name))


def _unknown(name: str) -> str:
    return (
        f"The embedding model {name} does not exist here or on huggingface.co: "
        "set FOOTNOTE_EMBEDDING_MODEL to a sentence-transformers name or a folder, or leave it out."
    )


def _quieten(threads: int | None) -> None:
    """No progress bars and advice from the libraries between a user's lines."""
    import logging

    import torch
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    if threads:
        torch.set_num_threads(threads)
