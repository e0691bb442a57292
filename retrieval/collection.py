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
from typing import TYPE_CHECKING, Self, cast

from corpus.catalogue import Catalogue
from corpus.errors import ArticleChanged, FootnoteError, IndexDamaged, NothingIngested
from corpus.writer_lock import Told, writer_lock
from retrieval.answer import Answer, Turn
from retrieval.index import MODEL, Index

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.runnables import Runnable

    from corpus.ingestion import Outcome
    from retrieval.answering import Answering, Question
    from retrieval.citing import Proof
    from retrieval.embedding import Embedder, Reader, TokenVectors
    from retrieval.in_step import Progress
    from retrieval.language_model import LanguageModel, LanguageModelChoice
    from retrieval.search import Found, Searcher
    from retrieval.streaming import Event

CATALOGUE = "catalogue.sqlite"
A_MOMENT = 1.0  # seconds
TRIES = 5  # of one question, while articles change under it


def open_collection(
    data: Path,
    *,
    model: str = "",
    reranker: str = "",
    chroma_url: str = "",
    llm: "LanguageModelChoice | None" = None,
    create: bool = False,
    check: bool = True,
    told: Told = lambda sentence: None,
) -> "Collection":
    """The collection in the folder `data`; `create` makes one where there is none.

    `model` and `reranker` are sentence-transformers names or paths; "" is the model that made the collection's index,
    the embedded one for a new collection, and no reranker.
    `llm` is the language model that writes answers; without one they are made of the articles' own sentences.
    `told` hears whom a writer has to wait for.
    `check` makes sure that the index was made with this model; who makes a new one leaves it out.
    FootnoteError: there is none, it is damaged, or another model made its index.
    """
    catalogue = Catalogue(data / CATALOGUE, create=create)
    collection = Collection(data, catalogue, model, reranker, chroma_url, llm, told)
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
        told: Told = lambda sentence: None,
    ) -> None:
        self.data, self.catalogue, self.told, self._llm = data, catalogue, told, llm
        self._language_model: LanguageModel | None = None
        self._model, self._reranker, self._chroma_url = model, reranker, chroma_url
        self._loading = Lock()
        self._embedders: dict[str, Embedder] = {}
        self._indexes: dict[str, Index] = {}
        self._asked_with = ""

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
        """The embedding model that made the index, which another process may change; of a new one, the one set."""
        from retrieval.embedding import model_name

        return model_name(self.catalogue.note(MODEL) or self._model)

    def check_model(self) -> None:
        """FootnoteError: the index was made with another model than the one that is set."""
        from retrieval.embedding import model_name

        chosen = model_name(self._model)
        if self._model and chosen != self.model:
            raise FootnoteError(
                f"The collection in {self.data} was indexed with {self.model}, not with {chosen}: "
                f"run 'footnote reindex --model {chosen}', or set FOOTNOTE_EMBEDDING_MODEL={self.model}."
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

    def read(self, texts: Sequence[str]) -> "list[TokenVectors]":
        """Token vectors of texts by the embedded model, whichever embeds: the judgement of answers is fitted to it."""
        from retrieval.embedding import DEFAULT_MODEL

        return cast("Reader", self.embedder_of(DEFAULT_MODEL)).read(texts)

    def index_of(self, model: str) -> Index:
        if model not in self._indexes:
            self._indexes[model] = Index(self.catalogue, self.data, model, self._chroma_url)
        return self._indexes[model]

    @property
    def index(self) -> Index:
        return self.index_of(self.model)

    @cached_property
    def searcher(self) -> "Searcher":
        from retrieval.rerank import Reranker
        from retrieval.search import Searcher

        model = self.model
        reranker = Reranker(self._reranker) if self._reranker else None
        return Searcher(self.catalogue, self.index_of(model), self.embedder_of(model).embed, reranker)

    def warm_up(self) -> None:
        """Load everything a question needs, so that the first one does not wait for it."""
        self.embed(["warm"])
        if not self.catalogue.is_empty():
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
        from retrieval.answering import Question

        asked = Question(question, tuple(history), as_of)
        for try_ in range(1, TRIES + 1):
            self._check_question(question)
            try:
                answering = self._answering
                yield from answering.events(asked, answering.search(asked))
                return
            except (ArticleChanged, IndexDamaged) as error:
                self._mend(error, last=try_ == TRIES)

    @cached_property
    def _answering(self) -> "Answering":
        from retrieval.answering import Answering

        searcher = self.searcher
        return Answering(searcher, searcher.embed, self.catalogue.text, self.language_model(), self.read)

    def chain(self) -> "Runnable[Question, Answer]":
        """The answering as a LangChain runnable, to be put together with others."""
        from retrieval.chain import answering_chain

        return answering_chain(self._answering)

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
        try:
            return self.searcher.search(words, history, limit=limit, as_of=as_of)
        except IndexDamaged as error:
            self._mend(error)
        return self.searcher.search(words, history, limit=limit, as_of=as_of)

    def _check_question(self, question: str) -> None:
        if not question.strip():
            raise FootnoteError("The question is empty: type what you want to know.")
        if self.catalogue.is_empty():
            raise NothingIngested(
                f"Nothing is in the collection yet ({self.data}): run 'footnote ingest FOLDER'."
            )
        if self._asked_with != self.model:
            self._asked_with = self.model
            for made_for_another in ("searcher", "_answering"):
                self.__dict__.pop(made_for_another, None)
        if self.index.words_behind():
            self._heal()

    def _heal(self) -> None:
        """Take in what a killed process or a deleted folder left out. While another process writes, that is its work:
        what it has not got to yet is found by meaning alone."""
        try:
            with writer_lock(self.data, wait=0):
                self.index.catch_up_words(self._told_if_long())
        except FootnoteError:
            self.index.wait_for_words()

    def _told_if_long(self) -> "Progress":
        """Progress that says once what is being waited for, if that takes more than a moment."""
        began, said = monotonic(), False

        def progress(done: int, total: int) -> None:
            nonlocal said
            if not said and done < total and monotonic() - began > A_MOMENT:
                said = True
                self.told(
                    f"The words of {total - done} passages are still to be indexed, which is done first."
                )

        return progress

    def _mend(self, error: FootnoteError, *, last: bool = False) -> None:
        """Make the next try worth while, or raise the error."""
        if last:
            raise error
        if isinstance(error, IndexDamaged):
            with writer_lock(self.data, told=self.told):
                self.index.rebuild_words()

    def ingest(self, given: Sequence[Path | str]) -> Iterator["Outcome"]:
        """Put files, folders and links in; an outcome comes when its article is stored for good."""
        from retrieval import upkeep

        return upkeep.ingest(self, [str(one) for one in given])

    def problems(self) -> list[str]:
        """What is wrong with catalogue, indexes or model: one sentence each."""
        from retrieval.health import examine

        return examine(self).problems
