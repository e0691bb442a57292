"""Answers made of the articles' own sentences: what is quoted, what is refused, what is said first."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answer import Turn
from retrieval.collection import Collection, open_collection
from retrieval.question import asked_names, holds_answer, read_question
from retrieval.referents import with_referent

SUMMIT = """Ministers meet on the island

The foreign ministers of Freedonia and Sylvania met on Tuesday on the island of Brac, where the two of them spent more
than six hours in talks and visited the lighthouse.
An Unusual Guest List
Freedonia's minister, Rufus Firefly, offered timber in exchange for grain, according to the news agency FNA. Sylvania's
spokeswoman, Gloria Teasdale, called the offer "generous".
"""


@pytest.fixture(scope="module")
def collection(samples: Path) -> Iterator[Collection]:
    with open_collection(samples) as opened:
        yield opened


@pytest.fixture(scope="module")
def summit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """A collection of one short article, with a heading in its midst."""
    folder = tmp_path_factory.mktemp("summit")
    (folder / "summit.txt").write_text(SUMMIT)
    with open_collection(folder / "data", create=True) as opened:
        list(opened.ingest([folder / "summit.txt"]))
        yield opened


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How long did they talk?", "more than six hours"),
        ("Where did the ministers meet?", "island of Brac"),
        ("What did Gloria Teasdale say?", "generous"),
        ("According to whom did Firefly offer timber?", "FNA"),
        ("What did Firefly offer in exchange for grain?", "timber"),
    ],
)
def test_one_short_article_answers(summit: Collection, question: str, said: str) -> None:
    """The sentence that answers is quoted to the letter, and no heading with it."""
    answer = summit.ask(question)
    assert answer.answered and said in " ".join(answer.text.split())
    assert "Guest List" not in answer.text
    for citation in answer.citations:
        text = summit.catalogue.text(citation.article.key, citation.start, citation.end)
        assert text == citation.quote


@pytest.mark.parametrize(
    "question",
    [
        "How old is Rufus Firefly?",
        "How much did the trip cost?",
        "How far is the island from the mainland?",
        "What did the president of France say?",
        "What was the weather like?",
        "banana bread",
        "Thanks!",
        "???",
    ],
)
def test_what_is_not_there_is_refused(summit: Collection, question: str) -> None:
    """A measure that no sentence states, people who do not occur, other matters, and what is no question."""
    answer = summit.ask(question)
    assert not answer.answered and not answer.citations and answer.nearest


@pytest.mark.parametrize(
    "said", ["Who is the president of France?", "How tall is the Eiffel Tower?", "thanks", "👍"]
)
def test_a_conversation_does_not_answer_for_others(summit: Collection, said: str) -> None:
    """After an answer, what has nothing to do with it is refused as it would be alone."""
    asked = "Where did the ministers meet?"
    history = [Turn("user", asked), Turn("assistant", summit.ask(asked).text)]
    assert not summit.ask(said, history).answered
    assert summit.ask("How long did they talk?", history).answered


def test_articles_that_disagree_are_told_apart(tmp_path: Path) -> None:
    """Different numbers of the same thing on different days are both said, each with its day, the newest last."""
    for day, dead in ((13, "12"), (20, "15")):
        text = f"---\ntitle: The flood\ndate: 2023-09-{day}\n---\nThe flood in the valley has killed {dead} people.\n"
        (tmp_path / f"{day}.md").write_text(text)
    with open_collection(tmp_path / "data", create=True) as collection:
        list(collection.ingest([tmp_path / "13.md", tmp_path / "20.md"]))
        text = collection.ask("How many people has the flood in the valley killed?").text
    assert text.index("On 13 September 2023") < text.index("12 people") < text.index("On 20 September 2023")
    assert text.index("15 people") > text.index("On 20 September 2023")


def test_a_time_is_answered_from_its_articles_alone(collection: Collection) -> None:
    """A question for a time is answered from articles of that time alone."""
    answer = collection.ask("What happened last week between Putin and Kim?", as_of=date(2024, 6, 26))
    assert {citation.article.name for citation in answer.citations} == {"putin-kim-treaty-pyongyang-2024.md"}


def test_a_title_is_answered_with_how_its_article_begins(collection: Collection) -> None:
    """Whoever taps a title wants to know what stands below it."""
    for article in collection.catalogue.all_articles():
        if article.language == "en" and not article.title.endswith("?"):
            answer = collection.ask(article.title)
            assert answer.answered, article.title
            assert answer.citations[0].article.key == article.key, article.title


@pytest.mark.parametrize(
    ("question", "language", "sentence", "holds"),
    [
        ("How long did they talk?", "en", "They engaged in more than four hours of discussions.", 1.0),
        ("How long did they talk?", "en", "The two nations talked.", 0.0),
        ("How old is she?", "en", "She is 39 years old.", 1.0),
        ("How old is she?", "en", "It was the first meeting in more than four years.", 0.0),
        ("How much did it cost?", "en", "It cost $5 million.", 1.0),
        ("How much did it cost?", "en", "It took 5 years.", 0.0),
        ("What percentage of them came?", "en", "About half of them came.", 1.0),
        ("Wie lange dauerte es?", "de", "Es dauerte sechs lange Tage.", 1.0),
        ("¿Cuánto tiempo duró?", "es", "Duró tres semanas.", 1.0),
        ("Сколько лет ему было?", "ru", "Ему было 27 лет.", 1.0),
        ("How many ships were there?", "en", "There were 400 ships.", 1.0),
    ],
)
def test_a_quantity_is_of_the_kind_asked_for(
    question: str, language: str, sentence: str, holds: float
) -> None:
    """A number alone is no duration, no age and no price."""
    assert holds_answer(read_question(question, language), sentence, language) == holds


@pytest.mark.parametrize(
    ("question", "language", "names"),
    [
        ("What did Macron tell Angela Merkel?", "en", ["Macron", "Angela", "Merkel"]),
        ("Who won? Was it Italy?", "en", ["Italy"]),
        ("What is it?", "en", []),
        ("Was sagte die Regierung?", "de", []),
    ],
)
def test_names_are_found_in_questions(question: str, language: str, names: list[str]) -> None:
    """Words written large that do not begin a sentence, where other nouns are not written so."""
    assert asked_names(read_question(question, language)) == names


def test_a_pronoun_gets_its_referent_where_it_is_plain() -> None:
    """The subject before it, in the passage's own words; nothing where two could be meant."""
    before = ["Kim Jong Un accepted the invitation on Tuesday."]
    assert with_referent("He left at once.", before, "", "en") == "He [Kim Jong Un] left at once."
    doubtful = ["On Tuesday Putin met Kim Jong Un in Moscow."]
    assert with_referent("He left at once.", doubtful, "", "en") == "He left at once."


@given(
    st.text(max_size=200), st.text(max_size=200), st.sampled_from(["en", "de", "es", "ru", "zh", "ar", "und"])
)
def test_any_question_and_sentence_can_be_judged(question: str, sentence: str, language: str) -> None:
    """Whether a sentence holds what is asked for is a share, whatever the two say."""
    asked = read_question(question, language)
    assert 0 <= holds_answer(asked, sentence, language) <= 1
    assert all(name in question.replace("’", "'") for name in asked_names(asked))
