"""Feeds and sitemaps: the links to articles that a site publishes, newest first, and what it says of each."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from corpus.errors import UnreadableArticle
from corpus.fetching import Fetched, Fetcher
from corpus.formats.draft import Metadata, as_date, as_language, clean, parsing, words
from corpus.formats.markup import html_text, values_of, xml_root
from corpus.links import Link, canonical, unpacked
from corpus.loading import Failed, fail

MAX_SITEMAPS = 100  # read for one link
MAX_NESTING = 3


def feed_links(fetched: Fetched, limit: int = 0, since: date | None = None) -> Iterator[Link]:
    """The entries of an RSS or Atom feed in its order, at most `limit` (0: all), none dated before `since`.

    A feed that is not well-formed gives what can be read of it. UnreadableArticle: nothing can.
    """
    import feedparser

    headers = {"content-location": fetched.url, "content-type": fetched.content_type}
    if fetched.charset:
        headers["content-type"] += f"; charset={fetched.charset}"
    with parsing(fetched.url, "feed"):
        feed = feedparser.parse(io.BytesIO(unpacked(fetched)), response_headers=headers)
    if not feed.entries and (feed.bozo or not feed.get("version")):
        raise UnreadableArticle(fetched.url, "is no feed that can be read; check the address or give a page")
    links = (_entry_link(entry, feed.feed, fetched.url) for entry in feed.entries)
    yield from _chosen(links, limit, since)


def _entry_link(entry: Any, feed: Any, feed_url: str) -> Link:
    contents = [_content(content) for content in entry.get("content", [])]
    text = max([*contents, html_text(entry.get("summary", ""))], key=len)
    url = entry.get("link", "")
    alone = not re.match(r"https?://", url)
    published, updated = (_entry_day(entry, name) for name in ("published", "updated"))
    metadata = Metadata(
        title=words(html_text(entry.get("title", ""))),
        author=words(entry.get("author")),
        published=published or updated,
        updated=updated if published and updated != published else None,
        publisher=words(html_text(feed.get("title", ""))) if alone else "",
        language=as_language(feed.get("language", "")) if alone else "",
    )
    if alone:
        url = f"{canonical(feed_url)}#{words(entry.get('id')) or metadata.title}"
    return Link(url if alone else canonical(url), metadata, updated or published, clean(text), alone)


def _content(content: Any) -> str:
    value = content.get("value", "")
    return html_text(value) if "html" in content.get("type", "html") else str(value)


def _entry_day(entry: Any, name: str) -> date | None:
    if name not in entry:  # asked for "updated", feedparser answers with "published"
        return None
    parsed = entry.get(f"{name}_parsed")
    return as_date(entry.get(name)) or (date(*parsed[:3]) if parsed else None)


def sitemap_links(
    fetched: Fetched, fetcher: Fetcher, limit: int = 0, since: date | None = None, failed: Failed = fail
) -> Iterator[Link]:
    """The pages of a sitemap and of those it names, newest first in each, at most `limit` (0: all).

    Pages changed before `since` are left out, pages without a date are not. `failed` is told of the sitemaps in it
    that cannot be read. UnreadableArticle: it is no sitemap itself.
    """
    yield from _chosen(_Sitemaps(fetcher, since, failed).links(fetched), limit, since)


@dataclass(slots=True)
class _Sitemaps:
    """A walk through sitemaps that name sitemaps (sitemaps.org, protocol 0.9)."""

    fetcher: Fetcher
    since: date | None
    failed: Failed
    read: int = 0

    def links(self, fetched: Fetched, depth: int = 0) -> Iterator[Link]:
        self.read += 1
        with parsing(fetched.url, "sitemap"):
            items = _sitemap_items(unpacked(fetched), fetched.url)
        for is_sitemap, url, changed in items:
            if self.since and changed and changed < self.since:
                continue
            if not is_sitemap:
                yield Link(canonical(url), changed=changed)
            elif depth < MAX_NESTING and self.read < MAX_SITEMAPS:
                yield from self._links_below(url, depth + 1)

    def _links_below(self, url: str, depth: int) -> Iterator[Link]:
        try:
            yield from self.links(self.fetcher.fetch(url), depth)
        except UnreadableArticle as failure:
            self.failed(failure)


def _sitemap_items(data: bytes, url: str) -> list[tuple[bool, str, date | None]]:
    """Of each entry: whether it is a sitemap itself, its address, when it changed; newest first."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = data.decode("utf-8", "replace").split()
        items: list[tuple[bool, str, date | None]] = [(False, line, None) for line in lines if _is_link(line)]
    else:
        items = [item for element in xml_root(data).iter(etree.Element) if (item := _item(element, url))]
    if not items:
        raise UnreadableArticle(url, "is no sitemap that can be read; check the address")
    return sorted(items, key=lambda item: item[2] or date.min, reverse=True)


def _item(element: Any, base: str) -> tuple[bool, str, date | None] | None:
    kind = etree.QName(element).localname
    if kind not in ("url", "sitemap"):
        return None
    known = values_of(element, ("loc", "lastmod", "publication_date"))
    address = urljoin(base, known.get("loc", ""))
    changed = as_date(known.get("lastmod") or known.get("publication_date"))
    return (kind == "sitemap", address, changed) if known.get("loc") and _is_link(address) else None


def _is_link(text: str) -> bool:
    return re.match(r"https?://[^\s/]", text) is not None


def _chosen(links: Iterator[Link], limit: int, since: date | None) -> Iterator[Link]:
    """Each link once, until there are enough."""
    seen: set[str] = set()
    for link in links:
        if link.url in seen or (since and link.changed and link.changed < since):
            continue
        seen.add(link.url)
        yield link
        if limit and len(seen) >= limit:
            return
