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
from types import TracebackType
from typing import TYPE_CHECKING, Self

from corpus.catalogue import Catalogue
from corpus.errors import CollectionLocked, FootnoteError, NothingIngested
from corpus.writer_lock import writer_lock
from retrieval.answer import Answer, Turn
from retrieval.index import MODEL, Index

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.runnables import Runnable

    from corpus.ingestion import Outcome
    from retrieval.chain import Question
    from retrieval.citing import Proof
    from retrieval.embedding import Embedder
    from retrieval.language_model import LanguageModel, LanguageModelChoice
    from retrieval.search import Found, Searcher
    from retrieval.streaming import Event

CATALOGUE = "catalogue.sqlite"


def open_collection(
    data: Path,
    *,
    model: str = "",
    reranker: str = "",
    chroma_url: str = "",
    llm: "LanguageModelChoice | None" = None,
    create: bool = False,
    check: bool = True,
) -> "Collection":
    """The collection in the folder `data`; `create` makes one where there is none.

    `model` and `reranker` are sentence-transformers names or paths; "" is the model that made the collection's index,
    the embedded one for a new collection, and no reranker.
    `llm` is the language model that writes answers; without one they are made of the articles' own sentences.
    `check` makes sure that the index was made with this model; who makes a new one leaves it out.
    FootnoteError: there is none, it is damaged, or another model made its index.
    """
    catalogue = Catalogue(data / CATALOGUE, create=create)
    collection = Collection(data, catalogue, model, reranker, chroma_url, llm)
    if check:
        collection.check_model()
    return collection


class Collection:
    """Reading is safe from several threads. Models are loaded when they are first needed, or by `warm_up`."""

    def __init__(
        self,
        data: Path,
        catalogue: Catalogue,
        model: str,
        reranker: str,
        chroma_url: str,
        llm: "LanguageModelChoice | None" = None,
    ) -> None:
        self.data, self.catalogue, self._llm = data, catalogue, llm
        self._language_model: LanguageModel | None = None
        self._model, self._reranker, self._chroma_url = model, reranker, chroma_url
        self._loading = Lock()
        self._embedders: dict[str, Embedder] = {}
        self._indexes: dict[str, Index] = {}
        self._answering = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.catalogue.close()

    @property
    def model(self) -> str:
        """The embedding model that is set, or else the one that made the index, which another process may change."""
        from retrieval.embedding import model_name

        return model_name(self._model or self.catalogue.note(MODEL) or "")

    def check_model(self) -> None:
        """FootnoteError: the index was made with another model than this one."""
        made_with = self.catalogue.note(MODEL)
        if made_with and made_with != self.model:
            raise FootnoteError(
                f"The collection in {self.data} was indexed with {made_with}, not with {self.model}: "
                f"run 'footnote reindex', or set FOOTNOTE_EMBEDDING_MODEL={made_with}."
            )

    def embedder_of(self, model: str) -> "Embedder":
        from retrieval.embedding import load_embedder

        with self._loading:
            if model not in self._embedders:
                self._embedders[model] = load_embedder(model)
            return self._embedders[model]

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        """Unit vectors of texts, float32 (n, d)."""
        return self.embedder_of(self.model).embed(texts)

    def index_of(self, model: str) -> Index:
        if model not in self._indexes:
            self._indexes[model] = Index(self.catalogue, self.data, model, self._chroma_url)
        return self._indexes[model]

    @property
    def index(self) -> Index:
        return self.index_of(self.model)

    @cached_property
    def searcher(self) -> "Searcher":
        from retrieval.search import Searcher

        return Searcher(self.catalogue, self.index, self.embed)

    def warm_up(self) -> None:
        """Load everything a question needs, so that the first one does not wait for it."""
        self.embed(["warm"])
        if self.catalogue.passage_count():
            self.search("warm", limit=1)
        self.language_model()

    def ask(self, question: str, history: Sequence[Turn] = (), *, as_of: date | None = None) -> Answer:
        """The answer to a question. NothingIngested: the collection is empty."""
        from retrieval.streaming import answer_of

        return answer_of(self.stream(question, history, as_of=as_of))

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, as_of: date | None = None
    ) -> Iterator["Event"]:
        """As `ask`, told while it happens; the last event is the Answer.

        A language model that fails after some of its sentences were told leaves an Answer with another text than
        theirs: they are withdrawn. Closing the stream stops the model.
        """
        from retrieval.chain import Question

        self._check_question(question)
        yield from self._chain.stream(Question(question, tuple(history), as_of))

    @cached_property
    def _chain(self) -> "Runnable[Question, Event]":
        from retrieval.chain import answering_chain

        return answering_chain(self.searcher, self.embed, self.catalogue.text, self.language_model())

    def language_model(self) -> "LanguageModel | None":
        """What writes the answers, if one is chosen. FootnoteError: its provider is unknown, missing or has no key."""
        from retrieval.language_model import load_language_model

        with self._loading:
            if self._llm and self._language_model is None:
                self._language_model = load_language_model(self._llm)
            return self._language_model

    def prove(self, sentence: str) -> "Proof":
        """Whether the collection supports a sentence, with what it rests on. NothingIngested: it is empty."""
        from retrieval.citing import prove_from_any

        if not sentence.strip():
            raise FootnoteError("There is no sentence to prove: write one.")
        return prove_from_any(sentence, self.search(sentence).hits, self.embed)

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
            raise NothingIngested(
                f"Nothing is in the collection yet ({self.data}): run 'footnote ingest FOLDER'."
            )
        if self._answering != self.model:
            self._answering = self.model
            for made_for_another in ("searcher", "_chain"):
                self.__dict__.pop(made_for_another, None)
        if self.index.behind():
            self._heal()

    def _heal(self) -> None:
        """Take in what a killed process or a deleted folder left out, unless a writer is at it already."""
        try:
            with writer_lock(self.data, wait=0):
                self.index.catch_up()
        except CollectionLocked:
            return

    def ingest(self, given: Sequence[Path | str]) -> Iterator["Outcome"]:
        """Put files, folders and links in; an outcome comes when its article is stored for good."""
        from retrieval import upkeep

        return upkeep.ingest(self, [str(one) for one in given])

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
            self.language_model()
        except FootnoteError as error:
            found.append(str(error))
        return found
