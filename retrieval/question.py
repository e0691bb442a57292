"""What a question asks for, and whether a sentence holds a thing of that kind.

Words decide, not a model: each language has its own asking words, and a language without them asks for anything.
"""

import re
from dataclasses import dataclass

import regex

from corpus.analysis import tokens
from retrieval.wording import Kind, wording

LONG_KINDS = frozenset(
    {Kind.LIST, Kind.COMPARE, Kind.SUMMARISE, Kind.HAPPENED}
)  # a sentence seldom is enough

NOUNS_WRITTEN_LARGE = frozenset({"de", "lb"})

_ASKS = re.compile(r"[?？؟]\s*$")
_OPTIONS = re.compile(
    r"\b(which|what|who|one) (\w+ )?(of|among) (the )?(following|these|those|options|statements)\b"
    r"|\b(among|of) the following\b|\bwhich (\w+ )?(statement|sentence|option|answer)s?\b"
    r"|\bwelche[rs]? (der|dieser) (folgenden|aussagen)\b|\bcuál de (las|los) siguientes\b"
    r"|\bчто из (перечисленного|следующего)\b|下列|以下哪",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d{2}|[3-9]\d{2})(?!\d)|\d{1,2}[.:/]\d{2}")
_NAME = regex.compile(r"\b\p{Lu}[\p{L}\p{M}'’.-]+")
_INSIDE = re.compile(
    r"[^\s.!?:\"“„«(][\s\"“„«(]+\Z"
)  # what stands before a word that does not begin a sentence
_UNCASED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Arabic}\p{Hebrew}\p{Thai}\p{Devanagari}]"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """`options_missing`: the question is about choices that do not stand in it ("which of the following")."""

    text: str
    language: str
    kind: Kind
    is_question: bool  # False for a string of search words
    options_missing: bool = False
    measure: str = ""  # the kind of quantity that is asked for, by its name in wording.toml


def read_question(text: str, language: str) -> Asked:
    """`language` is the question's, ISO 639-1."""
    plain = text.strip().replace("’", "'")
    words = wording(language)
    kind = next((kind for kind, pattern in words.asking if pattern.search(plain)), None) if words else None
    is_question = kind is not None or words is None or bool(_ASKS.search(plain))
    measures = words.measures.items() if words and kind is Kind.HOW_MANY else ()
    measure = next((name for name, one in measures if one.asks.search(plain)), "")
    return Asked(plain, language, kind or Kind.WHAT, is_question, bool(_OPTIONS.search(plain)), measure)


def stated_measure(asked: Asked, sentence: str, language: str) -> re.Match[str] | None:
    """Where `sentence`, in `language`, states a quantity of the kind asked for."""
    words = wording(language)
    return (
        words.measures[asked.measure].stated.search(sentence)
        if words and asked.measure in words.measures
        else None
    )


def content_tokens(text: str, language: str) -> frozenset[str]:
    """Index tokens of the words that name something; all of them where there are only function words."""
    words = wording(language)
    found = frozenset(tokens(text, language))
    return (found - words.function_tokens or found) if words else found


def asked_names(asked: Asked) -> list[str]:
    """The names in a question: words that are written large where a sentence does not begin, in a language that does
    not write other nouns so."""
    if asked.language in NOUNS_WRITTEN_LARGE:
        return []
    found = _NAME.finditer(asked.text)
    return [name.group().rstrip(".'’-") for name in found if _INSIDE.search(asked.text, 0, name.start())]


def holds_answer(asked: Asked, sentence: str, language: str) -> float:
    """Whether `sentence`, in `language`, holds a thing of the kind asked for: 1 yes, 0 no, .5 words do not tell.

    What stands in the question already is no answer to it.
    """
    if asked.kind is Kind.HOW_MANY:
        return _holds_measure(asked, sentence, language)
    if asked.kind is Kind.WHEN:
        return _holds_date(asked.text, sentence, language)
    if asked.kind in (Kind.WHO, Kind.WHERE):
        return _holds_name(asked.text, sentence)
    words = wording(language)
    if asked.kind is Kind.WHY and words:
        return float(bool(words.reasons.search(sentence)))
    return 0.5


def _holds_measure(asked: Asked, sentence: str, language: str) -> float:
    """A quantity of the kind asked for; any other number is one only where no kind is, or its signs are not known."""
    words = wording(language)
    if not words or asked.measure not in words.measures:
        return _holds_number(asked.text, sentence, language)
    return float(stated_measure(asked, sentence, language) is not None)


def _holds_number(question: str, sentence: str, language: str) -> float:
    given = set(re.findall(r"\d+", question))
    if any(number not in given for number in re.findall(r"\d+", sentence)):
        return 1.0
    words = wording(language)
    return 0.5 if words is None else float(bool(words.numbers.search(sentence)))


def _holds_date(question: str, sentence: str, language: str) -> float:
    """A year or an hour is one; a word such as "after" or "century" may be."""
    given = {match.group() for match in _YEAR.finditer(question)}
    if any(match.group() not in given for match in _YEAR.finditer(sentence)):
        return 1.0
    words = wording(language)
    return 0.5 if words is None or words.dates.search(sentence) else 0.0


def _holds_name(question: str, sentence: str) -> float:
    if _UNCASED.search(sentence):
        return 0.5
    given = set(re.findall(r"\w+", question.casefold()))
    names = [name.group() for name in _NAME.finditer(sentence)]
    for name in names:
        new = any(part not in given for part in re.findall(r"\w+", name.casefold()))
        if new and (len(names) == 1 or not sentence.startswith(name)):
            return 1.0
    return 0.0
