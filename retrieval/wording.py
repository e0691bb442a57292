"""The words that questions and answers are told by, read from wording.toml beside this file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from corpus.analysis import tokens

UNSPACED = frozenset({"zh", "ja", "th"})  # written without spaces: a word may stand inside a run


class Kind(StrEnum):
    """What a question asks for."""

    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    HOW_MANY = "how_many"
    WHY = "why"
    HOW = "how"
    YES_NO = "yes_no"
    LIST = "list"
    COMPARE = "compare"
    HAPPENED = "happened"
    SUMMARISE = "summarise"
    WHAT = "what"


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of quantity: how it is asked for, and what a sentence holds that states one."""

    asks: re.Pattern[str]
    stated: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's words; `asking` is tried in its order, the narrower kind before the wider."""

    asking: tuple[tuple[Kind, re.Pattern[str]], ...]
    numbers: re.Pattern[str]
    dates: re.Pattern[str]
    reasons: re.Pattern[str]
    measures: Mapping[str, Measure]  # by name, the same in every language
    person_pronouns: re.Pattern[str]  # these three match at the beginning of a sentence
    thing_pronouns: re.Pattern[str]
    leaning: re.Pattern[str]  # words by which a sentence leans on the one before it
    function_tokens: frozenset[str]  # as index tokens


@cache
def wording(language: str) -> Wording | None:
    """None: the language has no table."""
    table = _tables().get(language)
    if table is None:
        return None
    return Wording(
        asking=tuple((Kind(kind), _pattern(table["asking"][kind])) for kind in table["asking"]),
        numbers=_words(table["numbers"], language),
        dates=_words(table["dates"], language),
        reasons=_words(table["reasons"], language),
        measures={name: _measure(one, table["numbers"]) for name, one in table.get("measures", {}).items()},
        person_pronouns=_opening(table["person_pronouns"], language),
        thing_pronouns=_opening(table["thing_pronouns"], language),
        leaning=_opening(table["leaning_words"], language),
        function_tokens=frozenset(tokens(table["function_words"], language)),
    )


@cache
def _tables() -> dict[str, dict]:
    return tomllib.loads(Path(__file__).with_name("wording.toml").read_text(encoding="utf-8"))


def _pattern(alternatives: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


def _words(alternatives: list[str], language: str) -> re.Pattern[str]:
    words = "|".join(alternatives)
    return re.compile(words if language in UNSPACED else rf"\b(?:{words})\b", re.IGNORECASE)


def _measure(table: dict[str, list[str]], numbers: list[str]) -> Measure:
    """Stated is a number with one of the units at most two words behind it, or one of the other signs."""
    number, units = "|".join(numbers), "|".join(table["units"])
    counted = rf"(?:\d|\b(?:{number})\b)[\w.,]*(?:\W+\w+){{0,2}}?\W+(?:{units})\b"
    return Measure(_pattern(table["asks"]), _pattern([counted, *table["also"]]))


def _opening(alternatives: list[str], language: str) -> re.Pattern[str]:
    """Words that a sentence opens with, after a quotation mark perhaps; no words match nothing."""
    words = "|".join(alternatives) or "(?!)"
    return re.compile(rf"[\W_]*(?:{words})" + ("" if language in UNSPACED else r"\b"), re.IGNORECASE)
