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
from corpus.errors import UnreadableArticle
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


def context(article: Article) -> str:
    """What is searched with a passage beside its text: the article's title, unless it says no more than the file's
    name, and its date."""
    title = "" if article.title == readable_name(article.name) else article.title
    return f"{title} ({article.published:%d %B %Y})" if article.published else title


def embedding_text(article: Article, text: str) -> str:
    """What the embedder sees of a passage: its context, then the passage."""
    before = context(article)
    return f"{before}\n{text}" if before else text


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: `places` counts files and links, in parts while one is embedded."""

    name: str  # what is at hand
    places: float
    passages: int  # embedded in this run


def _silent(step: Step) -> None:
    pass


class Ingestion:
    """One run over places, storing what it finds.

    `gone` are articles whose files have vanished: one that turns up elsewhere with the same text has moved,
    and keeps its identity; `moved` takes up its key. `told` hears how far the run is, `stored` when some articles have
    been stored together.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        model: str,
        embed: Embed,
        gone: Iterable[Article] = (),
        moved: set[int] | None = None,
        told: Callable[[Step], None] = _silent,
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        self._catalogue, self._model, self._embed = catalogue, model, embed
        self._sources = Sources(catalogue)
        self._gone: dict[str, list[Article]] = {}
        for article in gone:
            self._gone.setdefault(article.content_hash, []).append(article)
        self._moved = set() if moved is None else moved
        self._told, self._when_stored = told, stored
        self._places, self._passages = 0, 0
        self._waiting: list[_Prepared | _Finished] = []
        self._failed: set[str] = set()  # places of which something could not be taken in
        self._last_stored = monotonic()

    def run(self, places: Iterable[Place], *, store: bool = True) -> Iterator[Outcome]:
        """Bring the catalogue in step with what the places hold. An outcome comes when its article is stored for
        good; with `store` off nothing is stored, and the outcomes say what would become of the articles.

        Stopping between two outcomes loses nothing: what was reported is stored, the rest is as it was before.
        """
        for place in places:
            self._told(Step(place.location, self._places, self._passages))
            if self._sources.stamp(place.location) == place.stamp:
                stored = self._catalogue.articles_of_place(place.location)
                yield from (Outcome(article.name, "unchanged") for article in stored)
                self._places += 1
            else:
                yield from self._read(place, store)
        yield from self._store_waiting()

    def _is_full(self) -> bool:
        """Enough waits to be embedded together, or it has waited long: links come slowly."""
        waiting = sum(len(one.spans) for one in self._waiting if isinstance(one, _Prepared))
        return waiting >= BATCH or monotonic() - self._last_stored > PATIENCE

    def _read(self, place: Place, store: bool) -> Iterator[Outcome]:
        origins: set[str] = set()
        for item in place.load():
            if isinstance(item, UnreadableArticle):
                yield self._failure(place, item.name, str(item))
                continue
            origins.add(item.article.origin)
            prepared = self._prepare(place, item)
            if isinstance(prepared, Outcome):
                yield prepared
            elif store:
                if len(prepared.spans) >= BATCH:  # the others do not wait for a long one
                    yield from self._store_waiting()
                self._waiting.append(prepared)
                if self._is_full():
                    yield from self._store_waiting()
            else:
                yield Outcome(item.article.name, prepared.status, passages=len(prepared.spans))
        if store:
            self._waiting.append(_Finished(place, origins))
            if self._is_full():
                yield from self._store_waiting()
        else:
            self._places += 1

    def _failure(self, place: Place, name: str, reason: str) -> Outcome:
        """A place with failures keeps what was stored from it, and is read again the next time."""
        self._failed.add(place.location)
        if self._catalogue.articles_of_place(place.location):
            reason += " What was taken in from it before stays."
        return Outcome(name, "failed", reason)

    def _prepare(self, place: Place, loaded: LoadedArticle) -> _Prepared | Outcome:
        article = loaded.article
        stored = self._catalogue.by_origin(article.origin)
        if stored and _same(stored, article):
            return Outcome(stored.name, "unchanged")
        spans = list(passage_spans(loaded.text, article.language, loaded.body))
        if not spans:
            return self._failure(
                place, article.name, f"{article.name} holds no text: add some, or leave it out."
            )
        same = [] if stored else self._gone.get(article.content_hash, [])
        moved_from = same.pop() if same else None
        if moved_from:
            self._moved.add(moved_from.key)
        texts = [embedding_text(article, loaded.text[start:end]) for start, end in spans]
        status = "updated" if stored else "moved" if moved_from else "added"
        return _Prepared(place, loaded, status, spans, texts, [_hash(text) for text in texts], moved_from)

    def _store_waiting(self) -> Iterator[Outcome]:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._embed_all([one for one in waiting if isinstance(one, _Prepared)])
        for one in waiting:
            if isinstance(one, _Finished):
                yield from self._finish(one)
            else:
                yield self._store(one)
        self._last_stored = monotonic()
        self._when_stored()

    def _embed_all(self, prepared: list[_Prepared]) -> None:
        pairs = chain.from_iterable(zip(article.hashes, article.texts, strict=True) for article in prepared)
        places = len({article.place.location for article in prepared})

        def told(done: int, total: int, texts: int) -> None:
            self._passages += texts
            name = prepared[-1].place.location
            self._told(Step(name, self._places + places * done / total, self._passages))

        embed_missing(self._catalogue, self._model, self._embed, dict(pairs), told)

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
            self._sources.begin(prepared.place)
        if prepared.moved_from:
            return Outcome(stored.name, "moved", f"from {prepared.moved_from.name}", len(prepared.spans))
        reason = f"the same text as {twin.name}" if twin and twin.key != stored.key else ""
        return Outcome(stored.name, prepared.status, reason, len(prepared.spans))

    def _finish(self, finished: _Finished) -> Iterator[Outcome]:
        self._places += 1
        location = finished.place.location
        if location in self._failed:
            return
        stored = self._catalogue.articles_of_place(location)
        gone = [article for article in stored if article.origin not in finished.origins]
        with self._catalogue.writing():
            for article in gone:
                self._catalogue.remove(article.key)
            self._sources.remember(finished.place)
        yield from (Outcome(article.name, "removed") for article in gone)


def embed_missing(
    catalogue: Catalogue,
    model: str,
    embed: Embed,
    texts: dict[bytes, str],
    told: Callable[[int, int, int], None] = lambda done, total, batch: None,
) -> None:
    """Embed and keep those of `texts` (by hash) that the model has not embedded before, BATCH at a time.

    What is kept is not embedded again, wherever it stops. `told` hears the number done, of all, and of the batch.
    """
    missing = sorted(catalogue.unknown_embeddings(model, texts), key=lambda hash_: len(texts[hash_]))
    for first in range(0, len(missing), BATCH):
        batch = missing[first : first + BATCH]
        vectors = embed([texts[hash_] for hash_ in batch])
        with catalogue.writing():
            catalogue.keep_embeddings(model, dict(zip(batch, vectors, strict=True)))
        told(first + len(batch), len(missing), len(batch))


def embed_stored(
    catalogue: Catalogue, model: str, embed: Embed, progress: Callable[[int, int], None] = lambda d, t: None
) -> None:
    """Embed every stored passage with a model; what it has embedded before is not embedded again. `progress` hears
    the number of passages done and of all."""
    total, done = catalogue.passage_count(), 0
    for key, article in catalogue.articles(catalogue.passage_counts()).items():
        texts = [embedding_text(article, passage.text) for passage in catalogue.passages_of(key)]

        def told(embedded: int, missing: int, batch: int, known: int = done + len(texts)) -> None:
            progress(known - missing + embedded, total)

        embed_missing(catalogue, model, embed, {_hash(text): text for text in texts}, told)
        done += len(texts)
        progress(done, total)


def embedding_hashes(loaded: LoadedArticle, spans: Iterable[Span]) -> list[bytes]:
    """For each span of an article, the hash of what is embedded for it."""
    return [_hash(embedding_text(loaded.article, loaded.text[start:end])) for start, end in spans]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _same(stored: Article, article: Article) -> bool:
    """Whether nothing that is known of an article has changed; its name may be another in the catalogue."""
    return all(
        getattr(stored, column) == getattr(article, column)
        for column in Article.__slots__
        if column not in ("name", "key")
    )
