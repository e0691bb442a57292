"""Passages and sentences: their offsets are exact for any text."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.chunking import MAX_PASSAGE, passage_spans
from corpus.sentences import sentence_spans

LANGUAGES = st.sampled_from(["en", "de", "ru", "zh", "ar", "und"])
WORDS = st.sampled_from(
    [
        "The",
        "minister",
        "Dr.",
        "said",
        "3.5",
        "“no”",
        "naïve",
        "Москва",
        "北京。",
        "قال",
        "👩‍🚀",
        "e\u0301",
        "U.S.",
        "a.m.",
        "—",
        "[1]",
    ]
)
ENDS = st.sampled_from(
    [" ", " ", " ", ". ", "! ", "?\n", "\n", "\n\n", " \r", "…", "\u2028", "\u00a0", "\t\n \n"]
)
PROSE = st.lists(st.tuples(WORDS, ENDS), max_size=400).map(lambda parts: "".join(a + b for a, b in parts))
TEXTS = st.one_of(
    PROSE, st.text(max_size=500), st.text("ab \n.", max_size=4000), st.text("x", min_size=1000, max_size=4000)
)


def assert_covers(text: str, spans: list[tuple[int, int]], start: int = 0) -> None:
    """In order, not overlapping, trimmed, and nothing but white space between them."""
    position = start
    for first, last in spans:
        assert position <= first < last <= len(text)
        assert not text[position:first].strip()
        assert text[first:last] == text[first:last].strip()
        position = last
    assert not text[position:].strip()


@given(TEXTS, LANGUAGES)
def test_sentences_cover_any_text(text: str, language: str) -> None:
    """Every character that is not white space is in exactly one sentence."""
    assert_covers(text, list(sentence_spans(text, language)))


@given(TEXTS, LANGUAGES, st.integers(0, 50))
def test_passages_cover_any_text(text: str, language: str, start: int) -> None:
    """Every character from `start` on that is not white space is in exactly one passage, none too long."""
    spans = list(passage_spans(text, language, min(start, len(text))))
    assert_covers(text, spans, min(start, len(text)))
    assert all(last - first <= MAX_PASSAGE for first, last in spans)


def test_a_passage_ends_where_a_sentence_ends() -> None:
    """A long paragraph is cut between its sentences, into passages of about equal length."""
    text = "The minister went to the capital and said nothing of it. " * 60
    passages = [text[start:end] for start, end in passage_spans(text, "en")]
    assert all(passage.startswith("The minister") and passage.endswith("of it.") for passage in passages)
    assert min(map(len, passages)) > MAX_PASSAGE / 2


def test_a_heading_goes_with_what_stands_below_it() -> None:
    """A heading opens a passage, it does not close one."""
    paragraph = "Ships waited on both sides of the canal for six days, and insurers counted. " * 5
    text = f"{paragraph}\n\nWhat it cost\n\n{paragraph}"
    passages = [text[start:end] for start, end in passage_spans(text, "en")]
    assert [passage.split("\n")[0][:12] for passage in passages] == ["Ships waited", "What it cost"]


def test_abbreviations_do_not_end_sentences() -> None:
    """Dr. Müller's sentence is one sentence."""
    text = "Dr. Müller came on 5. Mai z. B. by train. He left."
    assert [text[a:b] for a, b in sentence_spans(text, "de")] == [
        "Dr. Müller came on 5. Mai z. B. by train.",
        "He left.",
    ]


def test_a_wrapped_line_does_not_end_a_sentence() -> None:
    """Lines that an editor broke are one paragraph; a heading above them is not part of the sentence."""
    text = (
        "The treaty was signed in the capital after two days of talks between the\n"
        "delegations, who had met before. It has 23 articles, and no\nannex."
    )
    assert len(list(sentence_spans(text, "en"))) == 2
    assert (
        len(list(sentence_spans("What it says\nThe treaty has 23 articles and it was signed in June.", "en")))
        == 2
    )
