"""Articles put into the catalogue: loaded, cut into passages, embedded, stored, each in one transaction.

What it does not know: which model embeds (it is handed a function), and the indexes made from the catalogue.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from corpus.article import Article, LoadedArticle
from corpus.catalogue import Catalogue
from corpus.chunking import passage_spans
from corpus.errors import FootnoteError
from corpus.sentences import Span

Embed = Callable[[Sequence[str]], np.ndarray]  # texts to unit vectors, float32 (n, d)
BATCH = 64  # passages embedded together: enough to keep the model busy, little enough to stop soon


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article or file."""

    name: str
    status: str  # "added", "updated", "unchanged", "failed" or "removed"
    reason: str = ""  # why it failed, or what else is worth knowing
    passages: int = 0


@dataclass(frozen=True, slots=True)
class _Prepared:
    loaded: LoadedArticle
    status: str
    spans: list[Span]
    texts: list[str]
    hashes: list[bytes]


def embedding_text(article: Article, text: str) -> str:
    """What the embedder sees of a passage: title and date as context, then the passage."""
    context = f"{article.title} ({article.published:%d %B %Y})" if article.published else article.title
    return f"{context}\n{text}"


def ingest(
    catalogue: Catalogue, loaded: Iterable[LoadedArticle | Outcome], model: str, embed: Embed
) -> Iterator[Outcome]:
    """Bring the catalogue in step with what was loaded. An outcome comes when its article is stored for good.

    Stopping between two outcomes loses nothing: what was reported is stored, the rest is as it was before.
    """
    waiting: list[_Prepared] = []
    for item in loaded:
        if isinstance(item, Outcome):
            yield item
            continue
        prepared = _prepare(catalogue, item)
        if isinstance(prepared, Outcome):
            yield prepared
            continue
        waiting.append(prepared)
        if sum(len(article.spans) for article in waiting) >= BATCH:
            yield from _store(catalogue, waiting, model, embed)
            waiting = []
    yield from _store(catalogue, waiting, model, embed)


def embed_missing(catalogue: Catalogue, model: str, embed: Embed, texts: dict[bytes, str]) -> None:
    """Embed and keep those of `texts` (by hash) that the model has not embedded before, BATCH at a time."""
    missing = sorted(catalogue.unknown_embeddings(model, texts), key=lambda hash_: len(texts[hash_]))
    for first in range(0, len(missing), BATCH):
        batch = missing[first : first + BATCH]
        vectors = embed([texts[hash_] for hash_ in batch])
        with catalogue.writing():
            catalogue.keep_embeddings(model, dict(zip(batch, vectors, strict=True)))


def embed_stored(catalogue: Catalogue, model: str, embed: Embed, progress: Callable[[int, int], None]) -> None:
    """Embed every stored passage with a model; what it has embedded before is not embedded again."""
    articles = catalogue.all_articles()
    for done, article in enumerate(articles, start=1):
        texts = [embedding_text(article, passage.text) for passage in catalogue.passages_of(article.key)]
        embed_missing(catalogue, model, embed, {_hash(text): text for text in texts})
        progress(done, len(articles))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _prepare(catalogue: Catalogue, loaded: LoadedArticle) -> _Prepared | Outcome:
    article = loaded.article
    stored = catalogue.by_origin(article.origin)
    if stored and _same(stored, article):
        return Outcome(stored.name, "unchanged")
    spans = list(passage_spans(loaded.text, article.language, loaded.body))
    if not spans:
        return Outcome(article.name, "failed", f"{article.name} holds no text: add some, or leave it out.")
    texts = [embedding_text(article, loaded.text[start:end]) for start, end in spans]
    hashes = [_hash(text) for text in texts]
    return _Prepared(loaded, "updated" if stored else "added", spans, texts, hashes)


def _same(stored: Article, article: Article) -> bool:
    ignored = {"name", "key"}
    return all(
        getattr(stored, column) == getattr(article, column)
        for column in Article.__slots__
        if column not in ignored
    )


def _store(catalogue: Catalogue, waiting: list[_Prepared], model: str, embed: Embed) -> Iterator[Outcome]:
    pairs = chain.from_iterable(zip(article.hashes, article.texts, strict=True) for article in waiting)
    embed_missing(catalogue, model, embed, dict(pairs))
    for prepared in waiting:
        try:
            twin = catalogue.by_hash(prepared.loaded.article.content_hash)
            with catalogue.writing():
                stored = catalogue.store(prepared.loaded, prepared.spans, prepared.hashes)
        except FootnoteError as error:
            yield Outcome(prepared.loaded.article.name, "failed", str(error))
            continue
        same = twin is not None and twin.key != stored.key
        reason = f"the same text as {twin.name}" if same and twin else ""
        yield Outcome(stored.name, prepared.status, reason, len(prepared.spans))
