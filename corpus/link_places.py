"""A link that was asked to be taken in, as places: the page itself, or the pages behind a feed or a sitemap.

What a server or a feed says has not changed is not fetched again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from corpus.article import LoadedArticle, content_hash
from corpus.errors import UnreadableArticle
from corpus.feeds import feed_links, sitemap_links
from corpus.fetching import Fetched, Fetcher
from corpus.links import Answer, Link, canonical, kind_of, load_fetched, load_link
from corpus.sources import Loading, Place, Source


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What is remembered of a link: what its server and its feed said when it was fetched, and what it held."""

    etag: str = ""
    last_modified: str = ""
    changed: str = ""  # the day that a feed or sitemap gives
    held: str = ""  # hash of the texts

    @classmethod
    def read(cls, stamp: str | None) -> "_Stamp":
        return cls(**json.loads(stamp)) if stamp else cls()

    def __str__(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


def link_places(
    source: Source,
    stamps: Mapping[str, str],
    fetcher: Fetcher,
    failed: Callable[[UnreadableArticle], None],
) -> Iterator[Place]:
    """The places of a link source; `stamps` are the remembered ones. `failed` is told of links that cannot be had.

    The source's options: `limit` (entries of a feed or sitemap) and `since` (ISO date).
    """
    location = canonical(source.location)
    known = _Stamp.read(stamps.get(location))
    try:
        fetched = fetcher.fetch(location, known.etag, known.last_modified)
        if not fetched.changed:
            yield Place(location, source.key, stamps[location], lambda: iter(()))
            return
        kind = kind_of(fetched)
        if kind == "page":
            articles = tuple(load_fetched(fetched, Link(location), failed=failed))
            yield _place(source, location, _answered(articles, fetched), "")
            return
        yield from _entries(source, fetched, kind, stamps, fetcher, failed)
        stamp = _Stamp(fetched.etag, fetched.last_modified, held=content_hash(repr(fetched.data)))
        yield Place(location, source.key, str(stamp), lambda: iter(()))
    except UnreadableArticle as error:
        failed(error)


def _entries(
    source: Source,
    fetched: Fetched,
    kind: str,
    stamps: Mapping[str, str],
    fetcher: Fetcher,
    failed: Callable[[UnreadableArticle], None],
) -> Iterator[Place]:
    limit = int(source.options.get("limit", "0"))
    since = date.fromisoformat(source.options["since"]) if source.options.get("since") else None
    if kind == "feed":
        links = feed_links(fetched, limit, since)
    else:
        links = sitemap_links(fetched, fetcher, limit, since, failed)
    for link in links:
        known = _Stamp.read(stamps.get(link.url))
        changed = link.changed.isoformat() if link.changed else ""
        if link.url in stamps and changed and known.changed == changed:
            yield Place(link.url, source.key, stamps[link.url], lambda: iter(()))
            continue
        try:
            answer = load_link(link, fetcher, known.etag, known.last_modified, failed=failed)
        except UnreadableArticle as error:
            failed(error)
            continue
        if answer.changed:
            yield _place(source, link.url, answer, changed)
        else:
            yield Place(link.url, source.key, stamps[link.url], lambda: iter(()))


def _answered(articles: tuple[LoadedArticle, ...], fetched: Fetched) -> Answer:
    return Answer(articles, fetched.etag, fetched.last_modified)


def _place(source: Source, location: str, answer: Answer, changed: str) -> Place:
    held = content_hash("\0".join(loaded.article.content_hash for loaded in answer.articles))
    stamp = _Stamp(answer.etag, answer.last_modified, changed, held)

    def load() -> Loading:
        yield from answer.articles

    return Place(location, source.key, str(stamp), load)
