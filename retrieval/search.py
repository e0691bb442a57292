"""A search: candidates by vector and by word, for every view of the conversation, ranked by one score.

What it does not know: where vectors and texts are kept, which model embeds, and what is made of the hits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from time import perf_counter
from typing import Protocol

import numpy as np

from corpus.analysis import tokens
from corpus.article import Article, Passage
from corpus.language import question_language, stop_words
from retrieval.answer import Hit, Turn
from retrieval.dates import Time, question_event, question_time
from retrieval.diversity import diverse
from retrieval.lexical import Lexical
from retrieval.question import LONG_KINDS, read_question
from retrieval.rerank import TOP, Reranker
from retrieval.views import View, query_views, standalone_question
from retrieval.widening import stretches

CANDIDATES = 100  # passages that each view brings from each side
EVENT_PASSAGES = 5  # that may tell when an event was
POOL = 2  # times as many hits as are handed on are there to choose from
DATED = 2  # times as many where the question speaks of a time: most of them will not be of that time
DEAF = (
    0.4  # share of the cosine in the score, BM25 has the rest, where the embedder does not hear the question,
)
HEARING = 0.6  # and where it does,
HEARD = (-0.5, 1.0)  # by how many standard deviations closer in meaning than other candidates are
BEST = 5  # the passages that fit best by their words
SAYS = 0.3  # the score from which on a view is said to have found a passage
IN_TIME = 0.2  # what an article of the time that the question speaks of gains
NEWER = 0.2  # what the newest gains where the latest is asked for, the others less by their order
TWINS = 0.9  # share of common words (Jaccard) from which on passages of near-duplicates are one hit
ALIKE = 0.6  # the share of the best score from which on passages fit alike

Embed = Callable[[Sequence[str]], np.ndarray]  # texts to unit vectors, float32 (n, d)


class Catalogue(Protocol):
    def passages(self, keys: Iterable[int]) -> dict[int, Passage]: ...

    def articles(self, keys: Iterable[int]) -> dict[int, Article]: ...

    def languages(self) -> Sequence[str]: ...

    def stories(self, articles: Iterable[int]) -> dict[int, int]: ...

    def passages_near(self, article: int, start: int, end: int) -> list[Passage]: ...

    def text(self, article: int, start: int = 0, end: int | None = None) -> str: ...


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
    time: Time | None  # the time that the question speaks of
    dense: float  # share of meaning in the scores, words have the rest: less where the embedder does not hear them
    seconds: dict[str, float]  # wall time by stage


@dataclass(frozen=True, slots=True)
class Searcher:
    catalogue: Catalogue
    index: Index
    embed: Embed
    reranker: Reranker | None = None

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
        language = question_language(question, self.catalogue.languages())
        words = tuple(tuple(tokens(view.text, language)) for view in views)
        wanted = question_time(question, language, as_of or date.today()) or self._event_time(
            question, language
        )
        analysed = perf_counter()
        vectors = self.embed([view.text for view in views])
        embedded = perf_counter()
        most = CANDIDATES * (DATED if wanted else 1)
        found = [*self.index.query(vectors, most), *(lexical.search(view, most) for view in words)]
        keys = sorted({key for hits in found for key in hits})
        cosines = self._cosines(vectors, keys, found[: len(views)])
        bm25 = lexical.scores(words, keys, _function_tokens(language))
        idf = lexical.idf(token for view in words for token in view)
        dense = dense_share(cosines[0], bm25[0])
        candidates = _Candidates(keys, cosines, bm25, views, dense)
        found_hits = self._hits(candidates, question, wanted, POOL * limit)
        in_parts = read_question(question, language).kind in LONG_KINDS
        hits = diverse(found_hits, {token: idf[token] for token in words[0]} if in_parts else {}, limit)
        done = perf_counter()
        return Found(
            question=question,
            standalone_question=standalone_question(question, history),
            language=language,
            hits=hits,
            views=views,
            tokens=words,
            vectors=vectors,
            idf=idf,
            time=wanted,
            dense=dense,
            seconds={"analyse": analysed - started, "embed": embedded - analysed, "search": done - embedded},
        )

    def _event_time(self, question: str, language: str) -> Time | None:
        """The time before or after an event that the question names, by the day of the dated article that fits the
        event's name best.
        """
        event = question_event(question)
        if event is None:
            return None
        name = [token for token in tokens(event.name, language) if token not in _function_tokens(language)]
        best_first = self.index.lexical.search(name, EVENT_PASSAGES)
        passages = self.catalogue.passages(best_first)
        articles = self.catalogue.articles({passage.article for passage in passages.values()})
        for passage in (passages[key] for key in best_first if key in passages):
            article = articles.get(passage.article)
            if article and article.published and name[0] in _tokens_of(article, passage):
                return event.time(article.published)
        return None

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
        self, candidates: "_Candidates", question: str, wanted: Time | None, limit: int
    ) -> tuple[Hit, ...]:
        scores = candidates.scores
        order = np.argsort(-scores, kind="stable")[: max(TOP, 2 * limit) * (DATED if wanted else 1)]
        passages = self.catalogue.passages(candidates.keys[i] for i in order)
        articles = self.catalogue.articles({passage.article for passage in passages.values()})
        place = {key: i for i, key in enumerate(candidates.keys)}
        known = [passages[candidates.keys[i]] for i in order if candidates.keys[i] in passages]
        known = [passage for passage in known if passage.article in articles]
        base = np.array([scores[place[passage.key]] for passage in known])
        if self.reranker and known:
            texts = [passage.text for passage in known[:TOP]]
            base[: len(texts)] = self.reranker.rescored(question, texts, base[: len(texts)])
        effects = date_effects([articles[passage.article].published for passage in known], base, wanted)
        ranking = np.argsort(-(base + effects), kind="stable")
        ranked = [(known[i], articles[known[i].article]) for i in ranking]
        final = {known[i].key: (float(base[i] + effects[i]), float(effects[i])) for i in ranking}
        hits = (
            candidates.hit(place[passage.key], passage, articles[passage.article], *final[passage.key])
            for passage in stretches(
                ranked, {key: score for key, (score, _) in final.items()}, self.catalogue
            )
        )
        return one_of_each_story(hits, self.catalogue.stories(articles), limit)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Passages that a search looks at: `cosines` and `bm25` are (views, keys), each view counts with its weight."""

    keys: list[int]
    cosines: np.ndarray
    bm25: np.ndarray
    views: tuple[View, ...]

    dense: float  # share of the cosines in the score

    @property
    def by_view(self) -> np.ndarray:
        return self.dense * self.cosines.clip(0, 1) + (1 - self.dense) * self.bm25

    @property
    def scores(self) -> np.ndarray:
        weights = np.array([view.weight for view in self.views])
        return weights / weights.sum() @ self.by_view

    def hit(self, i: int, passage: Passage, article: Article, score: float, effect: float) -> Hit:
        said = self.by_view[:, i]
        views = tuple(view.name for view, share in zip(self.views, said, strict=True) if share >= SAYS)
        dense, lexical = float(self.cosines[0, i]), float(self.bm25[0, i])
        return Hit(passage, article, score, dense, lexical, effect, views)


def dense_share(cosines: np.ndarray, bm25: np.ndarray) -> float:
    """How far the embedder is trusted with a question, by the scores of its candidates, both (keys,).

    An embedder that knows the question's language is close to what the words find; one that does not is close to
    anything. Only candidates that share a word with the question tell: in a mixed collection, those of its language.
    """
    known = bm25 > 0
    if known.sum() < 2 * BEST or not cosines[known].std():
        return (DEAF + HEARING) / 2
    best = np.argsort(-bm25, kind="stable")[:BEST]
    heard = (cosines[best].mean() - cosines[known].mean()) / cosines[known].std()
    return float(np.interp(heard, HEARD, (DEAF, HEARING)))


def date_effects(days: Sequence[date | None], scores: np.ndarray, wanted: Time | None) -> np.ndarray:
    """What the question's time adds to the score of each passage, by the day its article was published.

    A time that no article was published in changes nothing; "latest" prefers the newer of passages that fit alike.
    """
    effects = np.zeros(len(days))
    if wanted is None or not len(days):
        return effects
    effects[[i for i, day in enumerate(days) if wanted.holds(day)]] += IN_TIME
    close = [i for i, day in enumerate(days) if day and scores[i] >= ALIKE * scores.max()]
    if wanted.latest and close:
        newest_first = sorted({days[i] for i in close}, key=lambda day: day or date.min, reverse=True)
        for i in close:
            effects[i] += NEWER * (1 - newest_first.index(days[i]) / len(newest_first))
    return effects


def one_of_each_story(hits: Iterable[Hit], stories: Mapping[int, int], limit: int) -> tuple[Hit, ...]:
    """The hits without those that near-duplicates repeat, which are named in the hit that stands for them."""
    kept: list[Hit] = []
    for hit in hits:
        story = stories.get(hit.article.key, -hit.article.key)
        same = [i for i, one in enumerate(kept) if stories.get(one.article.key, -one.article.key) == story]
        others = (i for i in same if kept[i].article.key != hit.article.key)
        twin = next((i for i in others if _say_the_same(kept[i].passage, hit.passage)), None)
        if twin is None:
            kept.append(hit)
        elif hit.article not in kept[twin].also_in:
            kept[twin] = replace(kept[twin], also_in=(*kept[twin].also_in, hit.article))
        if len(kept) == limit + 1:
            break
    return tuple(kept[:limit])


def _say_the_same(one: Passage, other: Passage) -> bool:
    """Whether two passages share nearly all their words: versions of an article may differ just where it matters."""
    words, others = set(one.text.casefold().split()), set(other.text.casefold().split())
    return len(words & others) >= TWINS * len(words | others)


def _tokens_of(article: Article, passage: Passage) -> set[str]:
    return set(tokens(f"{article.title}\n{passage.text}", article.language))


@lru_cache
def _function_tokens(language: str) -> frozenset[str]:
    return frozenset(token for word in stop_words(language) for token in tokens(word, language))
