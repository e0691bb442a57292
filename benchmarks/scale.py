"""How search time, memory and disk grow with the collection.

    python benchmarks/scale.py [PASSAGES ...]        # 10000 100000 1000000 if none are given

Makes passages of real words, drawn as often as they occur in the sample collection, with real vectors, turned by
random noise, and asks them questions of six words. The time to embed a question is left out: it is the same everywhere.
"""

import random
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from corpus.article import Article, LoadedArticle, content_hash
from corpus.catalogue import Catalogue
from retrieval.collection import open_collection
from retrieval.index import Index
from retrieval.minilm import DEFAULT_MODEL
from retrieval.search import Searcher

SAMPLES = Path(__file__).parents[1] / "corpus" / "samples"
WORDS = 80  # of a passage
PER_ARTICLE = 20
QUESTIONS = 200
NOISE = 0.6  # length of what is added to a vector of length 1: neighbours stay neighbours, none is the same


def real_words_and_vectors(data: Path) -> tuple[list[str], np.ndarray]:
    with open_collection(data, create=True) as collection:
        list(collection.ingest([SAMPLES]))
        catalogue = collection.catalogue
        texts = (catalogue.text(article.key) for article in catalogue.all_articles())
        _, vectors = catalogue.all_vectors(collection.model)
        return [word for text in texts for word in text.split()], vectors


def perturbed(vectors: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    """`count` unit vectors, float32, each near one of `vectors`."""
    chosen = vectors[chance.integers(len(vectors), size=count)]
    noise = chance.standard_normal(chosen.shape, dtype=np.float32)
    turned = chosen + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def fill(catalogue: Catalogue, passages: int, words: Sequence[str], vectors: np.ndarray) -> None:
    chance, numbers = random.Random(1), np.random.default_rng(1)
    for first in range(0, passages, 1000):
        with catalogue.writing():
            for start in range(first, first + 1000, PER_ARTICLE):
                texts = [" ".join(chance.choices(words, k=WORDS)) for _ in range(PER_ARTICLE)]
                spans, position = [], 0
                for text in texts:
                    spans.append((position, position + len(text)))
                    position += len(text) + 2
                whole = "\n\n".join(texts)
                hashes = [f"{start + i}".encode() for i in range(PER_ARTICLE)]
                article = Article(f"{start}.txt", f"/{start}.txt", "", "en", content_hash(whole), len(whole))
                catalogue.store(LoadedArticle(article, whole), spans, hashes)
                made = perturbed(vectors, PER_ARTICLE, numbers)
                catalogue.keep_embeddings(DEFAULT_MODEL, dict(zip(hashes, made, strict=True)))


def measure(passages: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        words, vectors = real_words_and_vectors(Path(folder) / "real")
        data = Path(folder) / "data"
        catalogue = Catalogue(data / "catalogue.sqlite", create=True)
        fill(catalogue, passages, words, vectors)
        started = perf_counter()
        index = Index(catalogue, data, DEFAULT_MODEL)
        index.catch_up()
        indexed = perf_counter() - started
        numbers, chance = np.random.default_rng(2), random.Random(2)
        searcher = Searcher(catalogue, index, lambda texts: perturbed(vectors, len(texts), numbers))
        seconds = sorted(_timed(searcher, " ".join(chance.sample(words, 6))) for _ in range(QUESTIONS))[:-1]
        disk = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return (
            f"{passages:>9} passages: p50 {1000 * seconds[len(seconds) // 2]:6.1f} ms, "
            f"p95 {1000 * seconds[int(0.95 * len(seconds))]:6.1f} ms, indexed in {indexed:6.0f} s, "
            f"{disk / 2**20:6.0f} MB on disk, {memory:6.0f} MB of memory at most"
        )


def _timed(searcher: Searcher, question: str) -> float:
    started = perf_counter()
    searcher.search(question)
    return perf_counter() - started


def main(sizes: Sequence[str]) -> Iterator[str]:
    for size in sizes or ("10000", "100000", "1000000"):
        yield measure(int(size))


if __name__ == "__main__":
    for line in main(sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
