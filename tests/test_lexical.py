"""Words: how they are made comparable, and how they find passages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.analysis import tokens
from corpus.language import detect_language, question_language
from retrieval.lexical import Lexical


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "The ships were blocked", "ship block"),
        ("de", "Die Verträge", "Vertrag"),
        ("ru", "спутников", "спутник"),
        ("ar", "الكتاب", "كتاب"),
        ("es", "JAPÓN", "japon"),
    ],
)
def test_forms_of_a_word_are_one_token(language: str, one: str, other: str) -> None:
    """Inflections, accents, capitals and articles do not keep a question from its passage."""
    assert set(tokens(other, language)) <= set(tokens(one, language))


def test_writing_without_spaces_is_cut_into_pairs() -> None:
    """Two characters of Chinese, Japanese, Korean or Thai are a token."""
    assert tokens("北京大学", "zh") == ["北京", "京大", "大学"]


@given(st.text(max_size=300), st.sampled_from(["en", "ru", "zh", "ar", "th", "und", "xx"]))
def test_any_text_has_tokens_without_white_space(text: str, language: str) -> None:
    """What the index cuts at white space was not cut by us."""
    assert all(token and not any(letter.isspace() for letter in token) for token in tokens(text, language))


def test_languages_are_told_apart() -> None:
    """An article's by its words, a question's among those that the collection has."""
    assert detect_language("Die Mauer fiel in der Nacht, und niemand hatte damit gerechnet.") == "de"
    assert question_language("Wer hat die Mauer geöffnet?", ["de", "en", "ru"]) == "de"
    assert question_language("Кто открыл стену?", ["de", "en", "ru"]) == "ru"


@pytest.fixture
def lexical(tmp_path: Path) -> Lexical:
    index = Lexical(tmp_path / "lexical")
    entries = {
        1: "The canal was blocked. Ships waited.",
        2: "The treaty was signed in Pyongyang.",
        3: "Ships sail.",
    }
    index.add(
        (key, key, [], [tokens(line, "en") for line in text.split(". ")]) for key, text in entries.items()
    )
    index.commit()
    return index


def test_passages_are_found_by_their_words(lexical: Lexical) -> None:
    """The passage with the rarer word comes first, and one that shares none is not found."""
    assert list(lexical.search(tokens("blocked ships", "en"), 5)) == [1, 3]


def test_a_sentence_that_holds_all_beats_two_that_share(tmp_path: Path) -> None:
    """Of two passages with the same words, the one that has them in one sentence scores higher."""
    index = Lexical(tmp_path)
    together, apart = [["ship", "canal"], ["sea", "wind"]], [["ship", "sea"], ["canal", "wind"]]
    index.add([(1, 1, [], together), (2, 2, [], apart)])
    index.commit()
    scores = index.scores([["ship", "canal"]], [1, 2, 99])[0]
    assert scores[0] > scores[1] > scores[2] == 0


def test_words_that_share_their_beginning_count(lexical: Lexical) -> None:
    """A form that no stemmer brings together still finds the passage."""
    assert list(lexical.search(["treatment"], 5)) == [2]


def test_what_is_removed_or_replaced_is_not_found(lexical: Lexical) -> None:
    """A key stands for what was added last under it."""
    lexical.remove([1])
    lexical.add([(3, 3, [], [["wind"]])])
    lexical.commit()
    assert lexical.keys() == {2, 3}
    assert not lexical.search(["ship"], 5) and list(lexical.search(["wind"], 5)) == [3]
