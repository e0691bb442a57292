"""Pages, feeds and sitemaps as sources, fetched over real HTTP from this machine."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from retrieval.collection import Collection, open_collection
from retrieval.upkeep import ingest, sync

PAGE = """<html lang=en><head><title>{title}</title></head><body><nav>Home About</nav><article><h1>{title}</h1>
<p>{text} The harbour master said that the work would go on for as long as the weather allowed it, and that every
ship would be told a day before it was her turn to leave.</p></article></body></html>"""
FEED = """<rss version="2.0"><channel><title>The Harbour News</title>{items}</channel></rss>"""
ITEM = "<item><title>{title}</title><link>{url}</link><pubDate>{date}</pubDate></item>"


class Site:
    """A site on this machine: its pages by path, and what was asked of it."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[tuple[str, int]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.pages.get(self.path)
                etag = f'"{hash(body)}"'
                status = 404 if body is None else 304 if self.headers["If-None-Match"] == etag else 200
                site.asked.append((self.path, status))
                self.send_response(status)
                self.send_header("ETag", etag)
                self.send_header(
                    "Content-Type", "text/html" if "page" in self.path else "application/rss+xml"
                )
                self.end_headers()
                if status == 200 and body is not None:
                    self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, path: str, title: str, text: str) -> None:
        self.pages[path] = PAGE.format(title=title, text=text)

    def feed(self, *entries: tuple[str, str, str]) -> None:
        items = (ITEM.format(title=title, url=self.url + path, date=date) for title, path, date in entries)
        self.pages["/feed"] = FEED.format(items="".join(items))

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with open_collection(tmp_path / "data", create=True) as opened:
        yield opened


def test_a_page_is_taken_in_and_asked_for_changes_alone(site: Site, collection: Collection) -> None:
    """Main text and title go in; the second time the server says that nothing is new."""
    site.publish("/page", "The canal is free", "Tugs pulled the ship free on Monday.")
    (outcome,) = ingest(collection, [f"{site.url}/page"], allow_private=True)
    assert outcome.status == "added"
    (article,) = collection.catalogue.all_articles()
    assert (article.title, article.url) == ("The canal is free", f"{site.url}/page")
    assert "About" not in collection.catalogue.text(article.key)
    assert [one.status for one in sync(collection, allow_private=True)] == ["unchanged"]
    assert site.asked[-1] == ("/page", 304)
    site.publish("/page", "The canal is free", "Tugs pulled the ship free on Tuesday.")
    assert [one.status for one in sync(collection, allow_private=True)] == ["updated"]


def test_a_feed_brings_the_articles_behind_its_entries(site: Site, collection: Collection) -> None:
    """Each entry's page is an article with the entry's date; known entries are not fetched again."""
    site.publish("/page1", "First", "The first ship left the harbour in the morning.")
    site.publish("/page2", "Second", "The second ship left the harbour at noon.")
    first = ("First", "/page1", "Mon, 29 Mar 2021 10:00:00 GMT")
    site.feed(first)
    assert [one.status for one in ingest(collection, [f"{site.url}/feed"], allow_private=True)] == ["added"]
    (article,) = collection.catalogue.all_articles()
    assert article.published and article.published.isoformat() == "2021-03-29"
    site.feed(("Second", "/page2", "Tue, 30 Mar 2021 10:00:00 GMT"), first)
    site.asked.clear()
    told = {one.name: one.status for one in sync(collection, allow_private=True)}
    assert told == {f"{site.url}/page2": "added", f"{site.url}/page1": "unchanged"}
    assert ("/page1", 200) not in site.asked


def test_a_link_that_is_gone_takes_nothing_out(site: Site, collection: Collection) -> None:
    """A page that answers no more is told of, and stays in the collection."""
    site.publish("/page", "The canal is free", "Tugs pulled the ship free on Monday.")
    list(ingest(collection, [f"{site.url}/page"], allow_private=True))
    del site.pages["/page"]
    assert [one.status for one in sync(collection, allow_private=True)] == ["failed"]
    assert len(collection.catalogue.all_articles()) == 1


def test_private_addresses_are_refused(site: Site, collection: Collection) -> None:
    """Unless a setting allows it, a link does not lead into this machine."""
    (outcome,) = ingest(collection, [f"{site.url}/page"])
    assert outcome.status == "failed" and not site.asked
