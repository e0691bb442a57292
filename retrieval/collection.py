"""One collection of articles, opened: put articles in, search them, ask them.

This is the door to the layers below for every front end and for Python programs:

    with open_collection(Path("data"), create=True) as collection:
        for outcome in collection.ingest([Path("articles")]):
            print(outcome.name, outcome.status)
        print(collection.ask("Who met whom?").text)
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from corpus.article import LoadedArticle
from corpus.catalogue import Catalogue
from corpus.errors import CollectionLocked, FootnoteError, NothingIngested, UnreadableArticle
from corpus.ingestion import Outcome, embed_stored, ingest
from corpus.loading import article_files, load_file
from corpus.writer_lock import writer_lock
from retrieval.answer import Answer, Turn
from retrieval.index import Index, Progress

if TYPE_CHECKING:
    import numpy as np

    from langchain_core.runnables import Runnable

    from retrieval.chain import Question
    from retrieval.embedding import Embedder
    from retrieval.search import Found, Searcher

CATALOGUE = "catalogue.sqlite"
CATCH_UP_SECONDS = 1.0  # how long a stored article may wait for the lexical index
MODEL = "model"  # the catalogue's note of the embedding model that its index was made with


def open_collection(
    data: Path,
    *,
    model: str = "",
    reranker: str = "",
    chroma_url: str = "",
    create: bool = False,
    check: bool = True,
) -> "Collection":
    """The collection in the folder `data`; `create` makes one where there is none.

    `model` and `reranker` are sentence-transformers names or paths; "" is the embedded model, and no reranker.
    `check` makes sure that the index was made with this model; who makes a new one leaves it out.
    FootnoteError: there is none, it is damaged, or another model made its index.
    """
    from retrieval.embedding import DEFAULT_MODEL

    collection = Collection(
        data, Catalogue(data / CATALOGUE, create=create), model or DEFAULT_MODEL, reranker, chroma_url
    )
    if check:
        collection.check_model()
    return collection


class Collection:
    """Reading is safe from several threads. Models are loaded when they are first needed, or by `warm_up`."""

    def __init__(self, data: Path, catalogue: Catalogue, model: str, reranker: str, chroma_url: str) -> None:
        self.data, self.catalogue, self.model = data, catalogue, model
        self._reranker = reranker
        self._loading = Lock()
        self.index = Index(catalogue, data, model, chroma_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.catalogue.close()

    def check_model(self) -> None:
        """FootnoteError: the index was made with another model than this one."""
        made_with = self.catalogue.note(MODEL)
        if made_with and made_with != self.model:
            raise FootnoteError(
                f"The collection in {self.data} was indexed with {made_with}, not with {self.model}: "
                f"run 'footnote reindex', or set FOOTNOTE_EMBEDDING_MODEL={made_with}."
            )

    @cached_property
    def embedder(self) -> "Embedder":
        from retrieval.embedding import load_embedder

        return load_embedder(self.model)

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        """Unit vectors of texts, float32 (n, d)."""
        with self._loading:
            embedder = self.embedder
        return embedder.embed(texts)

    @cached_property
    def searcher(self) -> "Searcher":
        from retrieval.search import Searcher

        return Searcher(self.catalogue, self.index, self.embed)

    def warm_up(self) -> None:
        """Load everything a question needs, so that the first one does not wait for it."""
        self.embed(["warm"])
        if self.catalogue.passage_count():
            self.search("warm", limit=1)

    def ask(self, question: str, history: Sequence[Turn] = (), *, as_of: date | None = None) -> Answer:
        """The answer to a question. NothingIngested: the collection is empty."""
        from retrieval.chain import Question

        self._check_question(question)
        return self._chain.invoke(Question(question, tuple(history), as_of))

    @cached_property
    def _chain(self) -> "Runnable[Question, Answer]":
        from retrieval.chain import answering_chain

        return answering_chain(self.searcher, self.embed, self.catalogue.text)

    def search(
        self, words: str, history: Sequence[Turn] = (), *, limit: int = 10, as_of: date | None = None
    ) -> "Found":
        """The passages that fit best. NothingIngested: the collection is empty."""
        self._check_question(words)
        return self.searcher.search(words, history, limit=limit, as_of=as_of)

    def _check_question(self, question: str) -> None:
        if not question.strip():
            raise FootnoteError("The question is empty: type what you want to know.")
        if not self.catalogue.passage_count():
            raise NothingIngested(f"Nothing is in the collection yet ({self.data}): run 'footnote ingest FOLDER'.")
        if self.index.behind():
            self._heal()

    def _heal(self) -> None:
        """Take in what a killed process or a deleted folder left out, unless a writer is at it already."""
        try:
            with writer_lock(self.data, wait=0):
                self.index.catch_up()
        except CollectionLocked:
            return

    def ingest(self, paths: Sequence[Path]) -> Iterator[Outcome]:
        """Put files and folders in; an outcome comes when its article is stored for good."""
        with writer_lock(self.data):
            if not self.catalogue.note(MODEL):
                with self.catalogue.writing():
                    self.catalogue.set_note(MODEL, self.model)
            caught_up = monotonic()
            try:
                for outcome in ingest(self.catalogue, _loaded(paths), self.model, self.embed):
                    if monotonic() - caught_up > CATCH_UP_SECONDS:
                        self.index.catch_up_words()
                        caught_up = monotonic()
                    yield outcome
            finally:
                self.index.catch_up()

    def reindex(self, progress: Progress = lambda done, total: None) -> None:
        """Make both indexes again from the catalogue, with this collection's model; embeddings kept serve again."""
        with writer_lock(self.data):
            embed_stored(self.catalogue, self.model, self.embed, progress)
            with self.catalogue.writing():
                self.catalogue.set_note(MODEL, self.model)
            self.index.rebuild()

    def problems(self) -> list[str]:
        """What is wrong with catalogue, indexes or model: one sentence each."""
        damaged = self.catalogue.check()
        if damaged:
            return [f"The catalogue is damaged ({damaged}): restore it from a backup."]
        found = [f"{difference}: run 'footnote reindex'." for difference in self.index.differences()]
        if not self.catalogue.passage_count():
            found.append("Nothing is in the collection yet: run 'footnote ingest FOLDER'.")
        try:
            self.embed(["a"])
        except FootnoteError as error:
            found.append(str(error))
        return found


def _loaded(paths: Sequence[Path]) -> Iterator[LoadedArticle | Outcome]:
    """What the files and folders hold: articles, and failures in their places."""
    for given in paths:
        failures: list[UnreadableArticle] = []
        for path in article_files(given, failed=failures.append):
            name = path.relative_to(given).as_posix() if given.is_dir() else path.name
            try:
                yield from load_file(path, name, str(path.absolute()), failed=failures.append)
            except UnreadableArticle as error:
                failures.append(error)
            yield from _outcomes(failures)
        yield from _outcomes(failures)


def _outcomes(failures: list[UnreadableArticle]) -> Iterator[Outcome]:
    while failures:
        error = failures.pop(0)
        yield Outcome(error.name, "failed", str(error))
