"""The two nouns of the collection: an article, and a passage of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Article:
    """What is known of one article, its text aside: the text stays in the catalogue.

    `name` is unique in a collection: the path below the folder that was ingested, or the URL. `origin` is where
    it came from (absolute path or URL) and is its identity: a changed text under the same origin is an update.
    """

    name: str
    origin: str
    title: str
    language: str  # ISO 639-1, "und" where it cannot be told
    content_hash: str  # SHA-256 of the text
    length: int  # characters
    published: date | None = None
    updated: date | None = None
    author: str = ""
    publisher: str = ""
    url: str = ""
    key: int = 0  # the catalogue's own number, never used twice; 0 while it is not stored


@dataclass(frozen=True, slots=True)
class LoadedArticle:
    """An article fresh from its file: `text[body:]` is what may be cited, what stands before is front matter."""

    article: Article
    text: str
    body: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is the article's text from `start` to `end` (character offsets), to the letter."""

    article: int  # the article's key
    start: int
    end: int
    text: str = field(repr=False)
    key: int = 0  # the catalogue's own number, never used twice; 0 while it is not stored


def content_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
