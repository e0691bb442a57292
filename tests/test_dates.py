"""Time in a question: which days are meant, in four languages."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.dates import Time, question_event, question_time
from retrieval.search import date_effects

TODAY = date(2023, 9, 20)  # a Wednesday


def days(since: str = "", until: str = "", latest: bool = False) -> Time:
    first, last = (date.fromisoformat(day) if day else None for day in (since, until))
    return Time(first, last, latest)


@pytest.mark.parametrize(
    ("language", "question", "meant"),
    [
        ("en", "What happened in September 2023?", days("2023-09-01", "2023-09-30")),
        ("en", "What was said last week?", days("2023-09-11", "2023-09-17")),
        ("en", "Who met on 13 September 2023?", days("2023-09-13", "2023-09-13")),
        ("en", "Who attended the Sept. 13 meeting?", days("2023-09-13", "2023-09-13")),
        ("en", "What has changed since March?", days("2023-03-01")),
        ("en", "Who won in 2015?", days("2015-01-01", "2015-12-31")),
        ("en", "What is the latest figure?", days(latest=True)),
        ("de", "Was geschah im September 2023?", days("2023-09-01", "2023-09-30")),
        ("de", "Was geschah vor 3 Tagen?", days("2023-09-17", "2023-09-17")),
        ("de", "Was sind die neuesten Zahlen?", days(latest=True)),
        ("es", "¿Qué pasó en septiembre de 2023?", days("2023-09-01", "2023-09-30")),
        ("es", "¿Qué pasó la semana pasada?", days("2023-09-11", "2023-09-17")),
        ("es", "¿Qué ha cambiado desde marzo?", days("2023-03-01")),
        ("ru", "Что произошло в сентябре 2023?", days("2023-09-01", "2023-09-30")),
        ("ru", "Что было на прошлой неделе?", days("2023-09-11", "2023-09-17")),
        ("ru", "Какие последние новости?", days(latest=True)),
    ],
)
def test_a_time_is_understood(language: str, question: str, meant: Time) -> None:
    """Absolute and relative dates become first and last day; "latest" becomes a preference."""
    assert question_time(question, language, TODAY) == meant


@pytest.mark.parametrize(
    "question",
    ["What may happen?", "How many ships?", "the march on Rome", "on 31 February 2023", "", "🙂 12 13"],
)
def test_what_is_no_time_changes_nothing(question: str) -> None:
    """Verbs that look like months and dates that do not exist are passed over."""
    assert question_time(question, "en", TODAY) is None


def test_before_a_day_leaves_that_day_out() -> None:
    """An article of the day itself is not from before it."""
    meant = question_time("What was known before 14 September 2023?", "en", TODAY)
    assert meant and meant.holds(date(2023, 9, 10)) and not meant.holds(date(2023, 9, 14))


@given(st.text(max_size=200), st.sampled_from(["en", "de", "es", "ru", "zh", "und"]), st.dates())
def test_any_question_has_a_time_or_none(question: str, language: str, today: date) -> None:
    """Nothing that can be typed is an error."""
    question_time(question, language, today)


def test_the_newer_of_two_that_fit_alike_is_preferred() -> None:
    """Where the latest is asked for; a passage that fits far less well does not profit."""
    published = [date(2023, 9, 1), date(2023, 9, 20), date(2024, 1, 1), None]
    effects = date_effects(published, np.array([0.8, 0.78, 0.2, 0.8]), Time(latest=True))
    assert effects[1] > effects[0] > 0 == effects[2] == effects[3]


def test_a_time_without_articles_changes_nothing() -> None:
    """A day before every article is no reason to find nothing."""
    effects = date_effects([date(2023, 9, 1), None], np.array([0.8, 0.7]), days("1999-01-01", "1999-12-31"))
    assert not effects.any()


@pytest.mark.parametrize(
    ("question", "name", "before"),
    [
        ("What did Seoul say before the summit in Pyongyang?", "summit in Pyongyang", True),
        ("What has changed since the treaty?", "treaty", False),
        ("Was geschah vor dem Gipfel?", "Gipfel", True),
        ("¿Qué dijo antes del encuentro?", "encuentro", True),
        ("¿Qué pasó después de la cumbre?", "cumbre", False),
        ("Что говорили до саммита?", "саммита", True),
    ],
)
def test_a_time_is_named_by_an_event(question: str, name: str, before: bool) -> None:
    """Before and after an event, in four languages."""
    event = question_event(question)
    assert event and (event.name, event.before) == (name, before)
    meant = event.time(date(2023, 9, 13))
    assert meant.holds(date(2023, 9, 12)) is before
    assert meant.holds(date(2023, 9, 13)) is not before
