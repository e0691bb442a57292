"""What a sentence commits itself to: its numbers, dates, units, names, negations and quotations, with offsets.

Every fact has a form that is the same however it is written: "1,600,000,000", "1.6 billion" and "1600 million"
are one number, "2024-09-13", "13.09.2024" and "13 September 2024" the same three words, "U.S." is "us".
Number words are read by text2num, the names of months in most languages come from dateparser.
"""

import importlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from retrieval.polarity import function_words, negations, stem

Kind = Literal["number", "month", "name", "negation", "unit", "word", "function"]
NEGATION = "!not"  # the form of every negation
NUMBER_WORD_LANGUAGES = ("en", "fr", "es", "pt", "it", "de", "nl")  # that text2num reads
NOUN_CAPITALS = ("de", "lb")  # languages where a capital means a noun, not a name
DECIMAL_POINT = ("en", "zh", "ja", "ko", "he", "th", "ar")  # elsewhere the comma is the decimal sign

_HAN = "\u3400-\u9fff"
_WORD = re.compile(
    r"(?P<iso>(?<!\d)\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<dotted>(?<!\d)\d{1,2}\.\d{1,2}\.\d{4}(?!\d))"
    r"|(?P<slashed>(?<!\d)\d{1,2}/\d{1,2}/\d{4}(?!\d))"
    r"|(?P<number>\d+(?:[.,٫٬]\d+)*)"
    r"|(?P<initials>(?:[^\W\d_]\.){2,})"
    rf"|(?P<han>[{_HAN}])"
    rf"|(?P<word>(?:(?![{_HAN}])[^\W_])+(?:[’'](?:(?![{_HAN}])[^\W\d_])+)*)"
    r"|(?P<sign>[%$€£¥])"
)
_OPENING = re.compile(r"(?:^|[.!?:;•*#\n。！？；])[\s\"'“”‘’«»„`(\[*_-]*$")
_GROUPED = re.compile(r"\d{1,3}(?:[.,٬]\d{3})+")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|e|o|a|й|я|го|м)", re.IGNORECASE)
_SIGNS = {"%": "percent", "$": "dollar", "€": "euro", "£": "sterling", "¥": "yen"}
_SCALES = {
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "tausend": 3, "millionen": 6, "milliarde": 9,
    "milliarden": 9, "mil": 3, "millón": 6, "millones": 6, "mille": 3, "millions": 6, "milliard": 9,
    "milliards": 9, "тысяч": 3, "тысячи": 3, "миллион": 6, "миллиона": 6, "миллионов": 6, "миллиард": 9,
    "миллиарда": 9, "миллиардов": 9, "ألف": 3, "مليون": 6, "مليار": 9, "万": 4, "萬": 4, "亿": 8, "億": 8,
}  # fmt: skip
_QUOTATION = re.compile(r"“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]|``(.+?)''|\"([^\"]+)\"|「([^「」]+)」")
_ALSO_WORDS = ("may", "march", "mar", "ago")  # months only with a capital
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """`start` and `end` are character offsets; `opening`: it opens a sentence, so its capital means little."""

    form: str
    kind: Kind
    start: int
    end: int
    capital: bool = False
    opening: bool = False


def words(text: str, language: str = "en") -> list[Word]:
    """The words of `text` in order; one date gives up to three that share a span."""
    found = [word for match in _WORD.finditer(text) for word in _read(match, text, language)]
    return list(_scaled(_with_number_words(found, text, language), text))


def quotations(text: str) -> Iterator[str]:
    """What stands between quotation marks, two words or more."""
    for match in _QUOTATION.finditer(text):
        quoted = next(group for group in match.groups() if group)
        if len(quoted.split()) > 1:
            yield quoted


def with_names(
    found: list[Word], lower: Collection[str], names: Collection[str], language: str
) -> list[Word]:
    """The same words, names marked. `lower` and `names` are forms that another text has in lower case or as
    names: they tell what the first word of a sentence is, and all words of one without capitals.
    """
    marked = list(found)
    typed_small = not any(word.capital and not word.opening for word in found)
    if _shouts(found):
        return marked
    for i, word in enumerate(found):
        follows = found[i + 1] if i + 1 < len(found) else None
        small = typed_small and word.form in names and word.form not in lower
        if word.kind == "word" and (small or (word.capital and _is_name(word, follows, lower, names))):
            marked[i] = replace(word, kind="name")
    return marked


def _is_name(word: Word, follows: Word | None, lower: Collection[str], names: Collection[str]) -> bool:
    if not word.opening:
        return True
    if word.form in lower:
        return False
    joined = (
        follows is not None and follows.capital and follows.kind == "word" and follows.start - word.end == 1
    )
    return joined or word.form in names


def _shouts(found: list[Word]) -> bool:
    """Most words carry a capital, as in a headline: capitals mean nothing there."""
    letters = [word for word in found if word.kind == "word"]
    return len(letters) > 5 and sum(word.capital for word in letters) > 0.8 * len(letters)


def _read(match: re.Match[str], text: str, language: str) -> Iterator[Word]:
    start, end, written = match.start(), match.end(), match.group()
    if match["iso"] or match["dotted"] or match["slashed"]:
        for form, kind in _date(
            [int(part) for part in re.split(r"[-./]", written)], bool(match["slashed"]), language
        ):
            yield Word(form, kind, start, end)
    elif match["number"]:
        yield Word(_number(written, language), "number", start, end)
    elif match["sign"]:
        yield Word(_SIGNS[written], "unit", start, end)
    else:
        yield from _read_letters(written, text, start, language)


def _date(parts: list[int], slashed: bool, language: str) -> Iterator[tuple[str, Kind]]:
    """Day, month and year, from the year first or last; with slashes English has the month first if it can."""
    first, second, year = parts[::-1] if parts[0] > 31 else parts
    if slashed and (second > 12 or (language == "en" and first <= 12)):
        first, second = second, first
    yield f"#{first}", "number"
    yield f"@{second}", "month"
    yield f"#{year}", "number"


def _read_letters(written: str, text: str, start: int, language: str) -> Iterator[Word]:
    end, capital = start + len(written), written[0].isupper()
    opening = capital and (start == 0 or bool(_OPENING.search(text, max(0, start - 6), start)))
    for form, kind in _meaning(written, language):
        yield Word(form, kind, start, end, capital, opening)


@lru_cache(maxsize=50_000)
def _meaning(written: str, language: str) -> tuple[tuple[str, Kind], ...]:
    """The form and kind of each word in `written`: two for "cannot", one for most."""
    lower = written.lower().replace("’", "'")
    if language == "en" and (lower == "cannot" or lower.endswith("n't")):
        plain = {"cannot": "can", "can't": "can", "won't": "will"}.get(lower, lower[:-3])
        return (stem(plain, language), "function"), (NEGATION, "negation")
    if language in ("fr", "it"):
        pieces = [piece for piece in lower.split("'") if piece]
    else:
        pieces = [re.sub(r"(?<=.)'(?:s|re|ve|ll|d|m)?$", "", lower)]
    return tuple(_meaning_of(piece, written[0].isupper(), language) for piece in pieces)


def _meaning_of(piece: str, capital: bool, language: str) -> tuple[str, Kind]:
    if piece in negations(language) or (language == "fr" and piece == "n"):
        return NEGATION, "negation"
    if piece in _months(language) and (capital or piece not in _ALSO_WORDS):
        return f"@{_months(language)[piece]}", "month"
    kind: Kind = "function" if piece in function_words(language) else "word"
    return (piece.replace(".", "") if "." in piece else stem(piece, language)), kind


def _number(written: str, language: str) -> str:
    """The form of a number in digits: no separators of thousands, a point for decimals, no idle zeros."""
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in written)
    if _GROUPED.fullmatch(digits) and (language not in DECIMAL_POINT or "." not in digits):
        digits = re.sub(r"\D", "", digits)
    elif language in DECIMAL_POINT:
        digits = re.sub(r"[,٬](?=\d{3}(?!\d))", "", digits).replace("٫", ".")
    elif digits.count(",") == 1:
        digits = digits.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d+\.\d+", digits):
        digits = digits.rstrip("0").rstrip(".")
    return "#" + (digits.lstrip("0") or "0")


@lru_cache
def _months(language: str) -> dict[str, int]:
    """Names of months in lower case, abbreviations among them, to their numbers."""
    try:
        info = importlib.import_module(f"dateparser.data.date_translation_data.{language}").info
    except ModuleNotFoundError:
        return {}
    found = {
        name.lower().rstrip("."): n for n, month in enumerate(_MONTHS, 1) for name in info.get(month, ())
    }
    return {name: n for name, n in found.items() if not name[0].isdigit() and len(name) > 2}


class _Spoken:
    """A word as text2num wants it."""

    __slots__ = ("apart", "written")

    def __init__(self, written: str, apart: bool) -> None:
        self.written, self.apart = written, apart

    def text(self) -> str:
        return self.written

    def nt_separated(self, previous: "_Spoken") -> bool:
        return self.apart

    def not_a_number_part(self) -> bool:
        return False


# Words that are numbers only beside another one: "one of them", "a second look", "millions".
_DOUBTFUL = frozenset(
    (
        "one",
        "first",
        "second",
        "o",
        "un",
        "une",
        "ein",
        "eine",
        "uno",
        "una",
        "il",
        "premier",
        "seconde",
        "zweite",
        "mille",
    )
)


def _with_number_words(found: list[Word], text: str, language: str) -> list[Word]:
    from text_to_num import find_numbers  # type: ignore[import-untyped]

    if language not in NUMBER_WORD_LANGUAGES:
        return found
    spoken, end = [], 0
    for word in found:
        written = text[word.start : word.end] if word.kind in ("word", "function") else "."
        spoken.append(_Spoken(written, bool(text[end : word.start].strip(" -\n\t"))))
        end = word.end
    for number in reversed(find_numbers(spoken, language, 0)):
        first, last = found[number.start], found[number.end - 1]
        written = text[first.start : last.end].lower()
        digits = re.sub(r"\D", "", number.text)
        if digits and written not in _DOUBTFUL and written not in _SCALES:
            found[number.start : number.end] = [Word(_number(digits, "en"), "number", first.start, last.end)]
    return found


def _scaled(found: list[Word], text: str) -> Iterator[Word]:
    """Numbers with what belongs to them: "1.6 billion" is one number, "18th" is 18, "per cent" is a unit."""
    pending: Word | None = None
    for word in found:
        written = text[word.start : word.end].lower()
        touching = pending is not None and word.start == pending.end
        if pending and pending.kind == "number" and word.kind != "number":
            near = word.start - pending.end <= 1
            if touching and _ORDINAL.fullmatch(written):
                pending = replace(pending, end=word.end)
                continue
            if near and written in _SCALES and re.fullmatch(r"#\d+(?:\.\d+)?", pending.form):
                pending = replace(pending, form=_times(pending.form, _SCALES[written]), end=word.end)
                continue
        if pending and pending.form == "per" and word.form in ("cent", "cents"):
            pending = Word("percent", "unit", pending.start, word.end)
            continue
        if pending:
            yield pending
        pending = word
    if pending:
        yield pending


def _times(form: str, power: int) -> str:
    whole, _, part = form[1:].partition(".")
    digits = whole + part.ljust(power, "0")
    point = len(whole) + power
    rest = digits[point:].rstrip("0")
    return "#" + (digits[:point].lstrip("0") or "0") + (f".{rest}" if rest else "")
