"""Articles put into the catalogue: loaded, cut into passages, embedded, stored, each in one transaction.

What it does not know: which model embeds (it is handed a function), and the indexes made from the catalogue.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from time import monotonic

import numpy as np

from corpus.article import Article, LoadedArticle
from corpus.catalogue import Catalogue
from corpus.chunking import passage_spans
from corpus.duplicates import signature, store_signature
from corpus.errors import FootnoteError, UnreadableArticle
from corpus.loading import readable_name
from corpus.sentences import Span
from corpus.sources import Place, Sources

Embed = Callable[[Sequence[str]], np.ndarray]  # texts to unit vectors, float32 (n, d)
PATIENCE = 5.0  # seconds that an article waits for others to be embedded with
BATCH = 64  # passages embedded together: enough to keep the model busy, little enough to stop soon


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article or file."""

    name: str
    status: str  # "added", "updated", "moved", "unchanged", "removed" or "failed"
    reason: str = ""  # why it failed, or what else is worth knowing
    passages: int = 0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article ready to be stored, but for its vectors."""

    place: Place
    loaded: LoadedArticle
    status: str
    spans: list[Span]
    texts: list[str]
    hashes: list[bytes]
    moved_from: Article | None


@dataclass(frozen=True, slots=True)
class _Finished:
    """A place is read to its end: what was stored from it before and is not in it any more goes."""

    place: Place
    origins: set[str]
    failed: bool


def context(article: Article) -> str:
    """What is searched with a passage beside its text: the article's title, unless it says no more than the file's
    name, and its date."""
    title = "" if article.title == readable_name(article.name) else article.title
    return f"{title} ({article.published:%d %B %Y})" if article.published else title


def embedding_text(article: Article, text: str) -> str:
    """What the embedder sees of a passage: its context, then the passage."""
    before = context(article)
    return f"{before}\n{text}" if before else text


class Ingestion:
    """One run over places, storing what it finds.

    `gone` are stored articles whose files have vanished: one that turns up elsewhere with the same text has moved,
    and keeps its identity; `moved` takes up its key.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        model: str,
        embed: Embed,
        gone: Iterable[Article] = (),
        moved: set[int] | None = None,
    ) -> None:
        self._catalogue, self._model, self._embed = catalogue, model, embed
        self._sources = Sources(catalogue)
        self._gone = {article.content_hash: article for article in gone}
        self._moved = set() if moved is None else moved
        self._waiting: list[_Prepared | _Finished] = []
        self._stored = monotonic()

    def run(self, places: Iterable[Place], *, store: bool = True) -> Iterator[Outcome]:
        """Bring the catalogue in step with what the places hold. An outcome comes when its article is stored for
        good; with `store` off nothing is stored, and the outcomes say what would become of the articles.

        Stopping between two outcomes loses nothing: what was reported is stored, the rest is as it was before.
        """
        for place in places:
            if self._sources.stamp(place.location) == place.stamp:
                stored = self._catalogue.articles_of_place(place.location)
                yield from (Outcome(article.name, "unchanged") for article in stored)
                continue
            yield from self._read(place, store)
            if self._is_full():
                yield from self._store_waiting()
        yield from self._store_waiting()

    def _is_full(self) -> bool:
        """Enough waits to be embedded together, or it has waited long: links come slowly."""
        waiting = sum(len(one.spans) for one in self._waiting if isinstance(one, _Prepared))
        return waiting >= BATCH or monotonic() - self._stored > PATIENCE

    def _read(self, place: Place, store: bool) -> Iterator[Outcome]:
        origins: set[str] = set()
        failed = False
        for item in place.load():
            if isinstance(item, UnreadableArticle):
                failed = True
                yield Outcome(item.name, "failed", str(item))
                continue
            origins.add(item.article.origin)
            prepared = self._prepare(place, item)
            if isinstance(prepared, Outcome):
                failed = failed or prepared.status == "failed"
                yield prepared
            elif store:
                self._waiting.append(prepared)
            else:
                yield Outcome(item.article.name, prepared.status, passages=len(prepared.spans))
        if store:
            self._waiting.append(_Finished(place, origins, failed))

    def _prepare(self, place: Place, loaded: LoadedArticle) -> _Prepared | Outcome:
        article = loaded.article
        stored = self._catalogue.by_origin(article.origin)
        if stored and _same(stored, article):
            return Outcome(stored.name, "unchanged")
        spans = list(passage_spans(loaded.text, article.language, loaded.body))
        if not spans:
            return Outcome(
                article.name, "failed", f"{article.name} holds no text: add some, or leave it out."
            )
        moved_from = None if stored else self._gone.pop(article.content_hash, None)
        if moved_from:
            self._moved.add(moved_from.key)
        texts = [embedding_text(article, loaded.text[start:end]) for start, end in spans]
        status = "updated" if stored else "moved" if moved_from else "added"
        return _Prepared(place, loaded, status, spans, texts, [_hash(text) for text in texts], moved_from)

    def _store_waiting(self) -> Iterator[Outcome]:
        waiting, self._waiting = self._waiting, []
        self._stored = monotonic()
        prepared = [one for one in waiting if isinstance(one, _Prepared)]
        pairs = chain.from_iterable(zip(article.hashes, article.texts, strict=True) for article in prepared)
        embed_missing(self._catalogue, self._model, self._embed, dict(pairs))
        failed: set[str] = set()
        for one in waiting:
            if isinstance(one, _Finished):
                yield from self._finish(one, one.failed or one.place.location in failed)
                continue
            try:
                yield self._store(one)
            except FootnoteError as error:
                failed.add(one.place.location)
                yield Outcome(one.loaded.article.name, "failed", str(error))

    def _store(self, prepared: _Prepared) -> Outcome:
        twin = self._catalogue.by_hash(prepared.loaded.article.content_hash)
        minhash = signature(prepared.loaded)
        with self._catalogue.writing():
            stored = self._catalogue.store(
                prepared.loaded,
                prepared.spans,
                prepared.hashes,
                prepared.place.location,
                prepared.moved_from,
            )
            store_signature(self._catalogue, stored.key, minhash)
        if prepared.moved_from:
            return Outcome(stored.name, "moved", f"from {prepared.moved_from.name}", len(prepared.spans))
        reason = f"the same text as {twin.name}" if twin and twin.key != stored.key else ""
        return Outcome(stored.name, prepared.status, reason, len(prepared.spans))

    def _finish(self, finished: _Finished, failed: bool) -> Iterator[Outcome]:
        """A place with failures keeps what was stored from it, and is read again the next time."""
        if failed:
            return
        stored = self._catalogue.articles_of_place(finished.place.location)
        gone = [article for article in stored if article.origin not in finished.origins]
        with self._catalogue.writing():
            for article in gone:
                self._catalogue.remove(article.key)
            self._sources.remember(finished.place)
        yield from (Outcome(article.name, "removed") for article in gone)


def embed_missing(catalogue: Catalogue, model: str, embed: Embed, texts: dict[bytes, str]) -> None:
    """Embed and keep those of `texts` (by hash) that the model has not embedded before, BATCH at a time."""
    missing = sorted(catalogue.unknown_embeddings(model, texts), key=lambda hash_: len(texts[hash_]))
    for first in range(0, len(missing), BATCH):
        batch = missing[first : first + BATCH]
        vectors = embed([texts[hash_] for hash_ in batch])
        with catalogue.writing():
            catalogue.keep_embeddings(model, dict(zip(batch, vectors, strict=True)))


def embed_stored(
    catalogue: Catalogue, model: str, embed: Embed, progress: Callable[[int, int], None]
) -> None:
    """Embed every stored passage with a model; what it has embedded before is not embedded again."""
    articles = catalogue.all_articles()
    for done, article in enumerate(articles, start=1):
        texts = [embedding_text(article, passage.text) for passage in catalogue.passages_of(article.key)]
        embed_missing(catalogue, model, embed, {_hash(text): text for text in texts})
        progress(done, len(articles))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _same(stored: Article, article: Article) -> bool:
    """Whether nothing that is known of an article has changed; its name may be another in the catalogue."""
    return all(
        getattr(stored, column) == getattr(article, column)
        for column in Article.__slots__
        if column not in ("name", "key")
    )
