"""Search over the sample collection: real vectors, a real lexical index, real articles."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Passage
from retrieval.answer import Hit, Turn
from retrieval.collection import Collection, open_collection
from retrieval.diversity import diverse
from retrieval.search import DEAF, HEARING, dense_share, one_of_each_story
from retrieval.widening import STRETCH


@pytest.fixture(scope="module")
def collection(samples: Path) -> Iterator[Collection]:
    with open_collection(samples) as opened:
        yield opened


def first(collection: Collection, question: str, *history: Turn, as_of: date | None = None) -> str:
    return collection.search(question, history, as_of=as_of).hits[0].article.name


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("Which ship blocked the canal?", "ever-given-refloated.md"),
        ("Wer öffnete die Mauer in Berlin?", "mauerfall-berlin.md"),
        ("¿Cuántos mineros quedaron atrapados?", "rescate-mineros-chile.md"),
        ("Кто первым полетел в космос?", "gagarin-pyatdesyat-let.md"),
    ],
)
def test_each_language_finds_its_own(collection: Collection, question: str, article: str) -> None:
    """A mixed collection answers in each of its languages, those the embedder does not know among them."""
    assert first(collection, question) == article


def test_what_is_handed_on_is_the_articles_text(collection: Collection) -> None:
    """Stretches are to the letter, of bounded length, and none lies in another."""
    hits = collection.search("How was the ship freed from the canal?", limit=20).hits
    for hit in hits:
        passage = hit.passage
        assert collection.catalogue.text(passage.article, passage.start, passage.end) == passage.text
        assert len(passage.text) <= STRETCH
    places = [(hit.passage.article, hit.passage.start, hit.passage.end) for hit in hits]
    assert len(set(places)) == len(places)


def test_a_time_prefers_the_articles_of_that_time(collection: Collection) -> None:
    """The same question about another month finds another article."""
    found = {
        month: first(collection, f"What did Putin and Kim agree in {month}?")
        for month in ("June 2024", "April 2019")
    }
    assert found == {
        "June 2024": "putin-kim-treaty-pyongyang-2024.md",
        "April 2019": "putin-kim-vladivostok-2019.md",
    }


def test_a_relative_time_counts_from_the_given_day(collection: Collection) -> None:
    """`as_of` is what today is."""
    question = "What happened last week between Putin and Kim?"
    assert first(collection, question, as_of=date(2024, 6, 26)) == "putin-kim-treaty-pyongyang-2024.md"


def test_a_time_can_be_called_by_an_event(collection: Collection) -> None:
    """Articles from before or after what the question names are preferred."""
    found = collection.search("What did Putin say about sanctions before the meeting at Vostochny?")
    assert found.time and found.time.until and found.time.until < date(2023, 9, 13)
    assert found.hits[0].article.published and found.hits[0].article.published < date(2023, 9, 13)
    after = collection.search("What happened after the treaty was ratified?")
    assert after.time and after.time.since == date(2024, 11, 13)
    assert collection.search("What did they eat before the unheard-of gala?").time is None


def test_a_follow_up_is_understood_from_what_was_said(collection: Collection) -> None:
    """A pronoun finds what it stands for; a change of topic is not dragged back."""
    history = (
        Turn("user", "Tell me about the Chilean miners"),
        Turn("assistant", "33 mineros quedaron atrapados."),
    )
    assert first(collection, "¿Quién fue el último en salir?", *history) == "rescate-mineros-chile.md"
    assert first(collection, "When did smallpox end?", *history) == "smallpox-eradicated.md"


def test_a_hit_tells_why_it_was_found(collection: Collection) -> None:
    """Its parts are what its score is made of."""
    found = collection.search("Which ship blocked the canal?")
    hit = found.hits[0]
    assert hit.views == ("question",) and hit.date_effect == 0
    assert hit.score == pytest.approx(found.dense * hit.dense + (1 - found.dense) * hit.lexical, abs=0.02)


def test_trust_in_the_embedder_follows_the_words() -> None:
    """Close to what the words find: trusted; as close to anything else: not; never an exception."""
    bm25 = np.linspace(1, 0, 50)
    assert dense_share(bm25, bm25) == HEARING
    assert dense_share(bm25[::-1].copy(), bm25) == DEAF
    assert DEAF < dense_share(np.zeros(0), np.zeros(0)) < HEARING
    assert DEAF < dense_share(np.ones(30), np.ones(30)) < HEARING


def test_hits_tell_different_things() -> None:
    """What repeats the text of a better hit comes after what does not; each part of a comparison is covered."""

    def hit(article: int, start: int, text: str, score: float) -> Hit:
        known = Article(f"{article}.txt", f"/{article}.txt", "", "en", "", 99, key=article)
        return Hit(Passage(article, start, start + 100, text), known, score)

    hits = [
        hit(1, 0, "otters", 0.9),
        hit(1, 20, "otters", 0.8),
        hit(2, 0, "otters", 0.7),
        hit(3, 0, "seals", 0.6),
    ]
    assert [hits.index(one) for one in diverse(hits, {}, 4)] == [0, 2, 3, 1]
    parts = {"otter": 1.0, "seal": 1.0}
    assert [hits.index(one) for one in diverse(hits, parts, 2)] == [0, 3]


@pytest.mark.parametrize(
    "question",
    [
        "the of and",
        "🙂🙂",
        "ship " * 4000,
        'title:(a AND b) OR "x" ~2 ^3 \\',
        "ꦲꦏ꧀ꦱꦫ",
        "31.02.2023",
        "\x00\u202e",
    ],
)
def test_odd_questions_find_the_best_there_is(collection: Collection, question: str) -> None:
    """Stop words, emoji, 20,000 characters, query syntax, unknown scripts: never an exception."""
    assert len(collection.search(question, as_of=date(1900, 1, 1)).hits) <= 10


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=300).filter(str.strip))
def test_any_question_is_searched(collection: Collection, question: str) -> None:
    """Nothing that can be typed is an error."""
    collection.search(question)


def test_near_duplicates_are_one_hit() -> None:
    """The best stands for its story and names the others; two passages of one article are two hits."""

    def hit(article: int, start: int) -> Hit:
        known = Article(f"{article}.txt", f"/{article}.txt", "", "en", "", 9, key=article)
        return Hit(Passage(article, start, start + 9, "x" * 9), known, 0.5)

    hits = one_of_each_story([hit(1, 0), hit(2, 0), hit(1, 50), hit(3, 0)], {1: 7, 2: 7, 3: 9}, 10)
    assert [(one.article.key, [other.key for other in one.also_in]) for one in hits] == [
        (1, [2]),
        (1, []),
        (3, []),
    ]
