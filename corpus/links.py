"""What a link leads to: a page, a document, a feed or a sitemap, and the articles behind it."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from corpus.article import LoadedArticle
from corpus.errors import UnreadableArticle
from corpus.fetching import Fetched, Fetcher
from corpus.formats import READERS
from corpus.formats.draft import Draft, Limits, Metadata, Source
from corpus.loading import LIMITS, Failed, fail, loaded

WHOLE = 500  # characters: a text in a feed from this length on is an article, below it a teaser
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/json": ".json",
    "application/feed+json": ".json",
    "application/x-ndjson": ".jsonl",
    "text/csv": ".csv",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "message/rfc822": ".eml",
    "application/mbox": ".mbox",
    "application/zip": ".zip",
    "application/epub+zip": ".epub",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|igshid", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|rdf|urlset|sitemapindex|html|!doctype html)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to one article, with what the feed or sitemap that named it says of it."""

    url: str
    metadata: Metadata = field(default_factory=Metadata)
    changed: date | None = None  # when its publisher last touched it, if that is said
    text: str = ""  # what a feed carries of the article itself
    alone: bool = False  # there is no page behind it: the text is all


@dataclass(frozen=True, slots=True)
class Answer:
    """The articles behind a link, and what to send along the next time to hear only of changes."""

    articles: tuple[LoadedArticle, ...]
    etag: str = ""
    last_modified: str = ""
    changed: bool = True


def canonical(url: str) -> str:
    """A link without its fragment and the parameters that only count visitors: the identity of its article."""
    scheme, host, path, query, fragment = urlsplit(url.strip())
    kept = [(name, value) for name, value in parse_qsl(query, True) if not _TRACKING.fullmatch(name)]
    query = urlencode(kept) if len(kept) < len(parse_qsl(query, True)) else query
    return urlunsplit(
        (scheme.lower(), host.lower(), path or "/", query, fragment if fragment[:1] == "!" else "")
    )


def kind_of(fetched: Fetched) -> str:
    """What was fetched: "feed", "sitemap" or "page" (everything else)."""
    root = _ROOT.search(unpacked(fetched)[:3000])
    name = root[1].lower() if root else b""
    if name in (b"rss", b"feed", b"rdf"):
        return "feed"
    return "sitemap" if name in (b"urlset", b"sitemapindex") else "page"


def unpacked(fetched: Fetched, most: int = 50 * 2**20) -> bytes:
    """The data, unzipped where it is a .gz (sitemaps often are). UnreadableArticle: damaged, or a bomb."""
    if not fetched.data.startswith(b"\x1f\x8b"):
        return fetched.data
    try:
        with gzip.open(io.BytesIO(fetched.data)) as file:
            data = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableArticle(fetched.url, "is damaged; try again later") from error
    if len(data) > most:
        raise UnreadableArticle(
            fetched.url, f"unpacks to more than {most / 2**20:.0f} MB; give a smaller part of it"
        )
    return data


def load_link(
    link: Link,
    fetcher: Fetcher,
    etag: str = "",
    last_modified: str = "",
    limits: Limits = LIMITS,
    failed: Failed = fail,
) -> Answer:
    """The articles behind a link: the page, or what the feed carries of it where that is more, or the page is not
    to be had. UnreadableArticle: neither is.
    """
    if link.alone:
        return Answer(tuple(_from_feed(link, limits)))
    try:
        fetched = fetcher.fetch(link.url, etag, last_modified)
        if not fetched.changed:
            return Answer((), fetched.etag or etag, fetched.last_modified or last_modified, changed=False)
        articles = tuple(load_fetched(fetched, link, limits, failed))
    except UnreadableArticle:
        if len(link.text) < WHOLE:
            raise
        return Answer(tuple(_from_feed(link, limits)))
    if len(link.text) >= WHOLE and sum(len(article.text) for article in articles) < len(link.text) / 2:
        articles = tuple(_from_feed(link, limits))
    return Answer(articles, fetched.etag, fetched.last_modified)


def _from_feed(link: Link, limits: Limits) -> Iterator[LoadedArticle]:
    return loaded(iter([Draft(link.text)]), Source(link.url, limits), link.url, link.metadata)


def load_fetched(
    fetched: Fetched, link: Link, limits: Limits = LIMITS, failed: Failed = fail
) -> Iterator[LoadedArticle]:
    """The articles in what a link answered; name and origin of each are the link."""
    suffix = suffix_of(fetched)
    source = Source(link.url, limits, url=fetched.url, charset=fetched.charset)
    if len(fetched.data) > limits.article_bytes:
        raise UnreadableArticle(link.url, "is too large; save it as a file in smaller parts")
    yield from loaded(
        READERS[suffix](io.BytesIO(fetched.data), source), source, link.url, link.metadata, failed
    )


def suffix_of(fetched: Fetched) -> str:
    """Which reader an answer is for: by its first bytes, its type, its name. UnreadableArticle: for none."""
    start = fetched.data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf-"):
        return ".pdf"
    if start.startswith((b"<!doctype html", b"<html")):
        return ".html"
    suffix = PurePosixPath(unquote(urlsplit(fetched.url).path)).suffix.lower()
    if fetched.content_type in _TYPES and not (fetched.content_type == "text/plain" and suffix in READERS):
        return _TYPES[fetched.content_type]
    if suffix in READERS:
        return suffix
    if fetched.content_type.startswith("text/"):
        return ".txt"
    raise UnreadableArticle(
        fetched.url,
        f"is of a kind that is not read ({fetched.content_type}); give the link of a page or document",
    )
