"""What a format gives: a draft of an article, with as much metadata as the file itself knows."""

import lzma
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from zipfile import BadZipFile

from lxml.etree import LxmlError

from corpus.errors import UnreadableArticle


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in before a file is refused."""

    article_bytes: int = 100 * 2**20  # a file that holds one article
    container_bytes: int = 4 * 2**30  # a file that holds many
    pages: int = 10_000
    entries: int = 20_000  # files in an archive
    expanded_bytes: int = 2 * 2**30  # all of an archive unpacked
    ratio: int = 200  # unpacked bytes for a packed one
    nesting: int = 2  # archives in archives


@dataclass(frozen=True, slots=True)
class Source:
    """What a format is told of the file it reads."""

    name: str  # as messages call it
    limits: Limits = field(default_factory=Limits)
    fields: Mapping[str, str] = field(default_factory=dict)  # title, text, id ... -> the file's own names
    url: str = ""  # where it was fetched from
    charset: str = ""  # what the server said
    depth: int = 0  # how many archives it lies in


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str = ""
    author: str = ""
    published: date | None = None
    updated: date | None = None
    publisher: str = ""
    url: str = ""
    language: str = ""  # ISO 639-1

    def over(self, other: "Metadata") -> "Metadata":
        """Each value of this one, and the other's where this one has none."""
        known = {known.name: getattr(self, known.name) for known in fields(self)}
        return replace(other, **{name: value for name, value in known.items() if value})


@dataclass(frozen=True, slots=True)
class Draft:
    """`text[body:]` is the article. `part` names it among the articles of one file; "" if it is alone."""

    text: str
    metadata: Metadata = field(default_factory=Metadata)
    body: int = 0
    part: str = ""


# In order: the first name that has a value counts. Case, hyphens, underscores and spaces do not.
NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline", "heading", "name", "subject"),
    "author": ("author", "authors", "byline", "creator", "writer"),
    "published": (
        "published",
        "date",
        "publishedat",
        "publishedon",
        "pubdate",
        "datepublished",
        "publicationdate",
    ),
    "updated": ("updated", "updatedat", "modified", "lastmod", "lastmodified", "datemodified"),
    "publisher": ("publisher", "source", "site", "sitename", "newspaper", "outlet"),
    "url": ("url", "link", "canonical", "canonicalurl", "permalink", "sourceurl", "href"),
    "language": ("language", "lang", "locale"),
}


def metadata_from(values: Mapping[Any, Any], names: Mapping[str, str] | None = None) -> Metadata:
    """Metadata from keys and values as people write them; `names` says which key holds what, if unusual."""
    known = {re.sub(r"[\W_]", "", str(key).lower()): value for key, value in values.items()}

    def value(name: str) -> object:
        if names and name in names:
            return values.get(names[name])
        return next((known[key] for key in NAMES[name] if known.get(key)), None)

    publisher, url = words(value("publisher")), words(value("url"))
    if _is_url(publisher):
        publisher, url = "", url or publisher
    return Metadata(
        title=words(value("title")),
        author=words(value("author")),
        published=as_date(value("published")),
        updated=as_date(value("updated")),
        publisher=publisher,
        url=url if _is_url(url) else "",
        language=as_language(words(value("language"))),
    )


def _is_url(text: str) -> bool:
    return re.match(r"https?://[^\s/]+", text, re.IGNORECASE) is not None and not re.search(r"\s", text)


def words(value: object) -> str:
    """A value as one line: a list as its items, a mapping as its name, anything else nested as nothing."""
    if isinstance(value, list | tuple):
        items = (words(item) for item in value[:20] if not isinstance(item, list | tuple))
        return ", ".join(item for item in items if item)
    if isinstance(value, Mapping):
        name = value.get("name") or value.get("title")
        return words(name) if isinstance(name, str) else ""
    if value is None or isinstance(value, bool | bytes | set):
        return ""
    return " ".join(clean(str(value)[:2000]).split())[:500]


def clean(text: str) -> str:
    """Text that a parser made, without the characters that no article has: controls and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff]", "", text)


def as_language(value: str) -> str:
    """Gives "en" of "en", "en-GB" and "EN_us"; "" for anything that is not ISO 639-1."""
    code = re.match(r"([a-z]{2})(?:[-_].*)?\Z", value.strip().lower())
    return code[1] if code else ""


_DAY = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")


def as_date(value: object) -> date | None:
    """The day that a value names, as its writer saw it; None if it names none or can be read two ways."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value if value < 10**11 else value / 1000
        return datetime.fromtimestamp(seconds, UTC).date() if 10**8 <= seconds < 10**11 else None
    if not isinstance(value, str) or not value.strip():
        return None
    return _written_date(unicodedata.normalize("NFKC", value[:100]))


def _written_date(value: str) -> date | None:
    if day := _DAY.match(value):
        return _day(*map(int, day.groups()))
    if re.fullmatch(r"\s*\d{8}\s*", value):
        value = value.strip()
        return _day(int(value[:4]), int(value[4:6]), int(value[6:]))
    try:
        return parsedate_to_datetime(value).date()
    except (ValueError, TypeError, IndexError):
        return _spoken_date(value)


def _spoken_date(value: str) -> date | None:
    import dateparser

    readings = set()
    for order in ("DMY", "MDY"):
        whole = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
        found = dateparser.parse(value, settings={"DATE_ORDER": order, **whole})
        readings.add(found.date() if found else None)
    return readings.pop() if len(readings) == 1 else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@contextmanager
def parsing(name: str, kind: str, *errors: type[Exception]) -> Iterator[None]:
    """What parsers raise over broken input, and `errors` of their own, as one sentence."""
    broken = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError, TypeError)
    try:
        yield
    except (
        *broken,
        ValueError,
        struct.error,
        zlib.error,
        lzma.LZMAError,
        BadZipFile,
        LxmlError,
        *errors,
    ) as error:
        raise UnreadableArticle(name, f"is a damaged {kind}; save it anew and ingest it again") from error
