"""A search: candidates by vector and by word, for every view of the conversation, ranked by one score.

What it does not know: where vectors and texts are kept, which model embeds, and what is made of the hits.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import Protocol

import numpy as np

from corpus.analysis import tokens
from corpus.article import Article, Passage
from corpus.language import question_language
from retrieval.answer import Hit, Turn
from retrieval.lexical import Lexical
from retrieval.views import View, query_views, standalone_question

CANDIDATES = 100  # passages that each view brings from each side
DENSE = 0.5  # share of the cosine in the score, BM25 has the rest

Embed = Callable[[Sequence[str]], np.ndarray]  # texts to unit vectors, float32 (n, d)


class Catalogue(Protocol):
    def passages(self, keys: Iterable[int]) -> dict[int, Passage]: ...

    def articles(self, keys: Iterable[int]) -> dict[int, Article]: ...

    def languages(self) -> Collection[str]: ...


class Index(Protocol):
    """The two indexes: `query` gives each vector's best passages with their cosines, `cosines` those of given
    ones.
    """

    @property
    def lexical(self) -> Lexical: ...

    def query(self, vectors: np.ndarray, k: int) -> list[dict[int, float]]: ...

    def cosines(self, vectors: np.ndarray, keys: Iterable[int]) -> dict[int, np.ndarray]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found and what it searched for: `tokens`, `vectors` and `views` are parallel, the
    question first.
    """

    question: str
    standalone_question: str
    language: str  # of the question, as it was analysed
    hits: tuple[Hit, ...]  # best first
    views: tuple[View, ...]
    tokens: tuple[tuple[str, ...], ...]  # index tokens of each view
    vectors: np.ndarray  # float32 (views, d), unit length
    idf: Mapping[str, float]  # of every token of the views: how much it says in this collection
    seconds: dict[str, float]  # wall time by stage


@dataclass(frozen=True, slots=True)
class Searcher:
    catalogue: Catalogue
    index: Index
    embed: Embed

    def search(
        self,
        question: str,
        history: Sequence[Turn] = (),
        limit: int = 10,
        as_of: date | None = None,
        rewritten: str = "",
    ) -> Found:
        """The `limit` passages that fit best, best first. Any text is a question; none raises for what it
        says. `rewritten` is one more view of the conversation, a language model's.
        """
        started = perf_counter()
        lexical = self.index.lexical
        views = query_views(question, history, rewritten)
        language = question_language(question, sorted(self.catalogue.languages()))
        words = tuple(tuple(tokens(view.text, language)) for view in views)
        analysed = perf_counter()
        vectors = self.embed([view.text for view in views])
        embedded = perf_counter()
        found = [
            *self.index.query(vectors, CANDIDATES),
            *(lexical.search(view, CANDIDATES) for view in words),
        ]
        keys = sorted({key for hits in found for key in hits})
        cosines = self._cosines(vectors, keys, found[: len(views)])
        bm25 = lexical.scores(words, keys)
        scored = self._hits(keys, cosines, bm25, views, limit)
        done = perf_counter()
        return Found(
            question=question,
            standalone_question=standalone_question(question, history),
            language=language,
            hits=scored,
            views=views,
            tokens=words,
            vectors=vectors,
            idf=lexical.idf(token for view in words for token in view),
            seconds={"analyse": analysed - started, "embed": embedded - analysed, "search": done - embedded},
        )

    def _cosines(self, vectors: np.ndarray, keys: list[int], found: list[dict[int, float]]) -> np.ndarray:
        """Cosines (views, keys); those that the vector index has just given are not computed again."""
        missing = [key for key in keys if not all(key in hits for hits in found)]
        computed = self.index.cosines(vectors, missing)
        nothing = np.zeros(len(vectors))
        columns = [
            computed[key] if key in computed else [hits.get(key, 0.0) for hits in found] for key in keys
        ]
        return np.array(columns).T if columns else nothing[:, None][:, :0]

    def _hits(
        self, keys: list[int], cosines: np.ndarray, bm25: np.ndarray, views: Sequence[View], limit: int
    ) -> tuple[Hit, ...]:
        if not keys:
            return ()
        best = bm25.max(axis=1, keepdims=True)
        lexical = bm25 / np.where(best > 0, best, 1)
        weights = np.array([view.weight for view in views])
        weights /= weights.sum()
        scores = weights @ (DENSE * cosines.clip(0, 1) + (1 - DENSE) * lexical)
        order = np.argsort(-scores, kind="stable")
        passages = self.catalogue.passages(keys[i] for i in order[: 2 * limit])
        articles = self.catalogue.articles({passage.article for passage in passages.values()})
        hits = []
        for i in order[: 2 * limit]:
            passage = passages.get(keys[i])
            if passage is not None and passage.article in articles:
                hits.append(
                    Hit(
                        passage=passage,
                        article=articles[passage.article],
                        score=float(scores[i]),
                        dense=float(cosines[0, i]),
                        lexical=float(lexical[0, i]),
                    )
                )
        return tuple(hits[:limit])
