"""Links, feeds and sitemaps over real HTTP from this machine; and which machines are never asked."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from corpus.connecting import is_public
from corpus.errors import UnreadableArticle
from corpus.feeds import feed_links, sitemap_links
from corpus.fetching import Fetched, Fetcher, FetchLimits
from corpus.formats.draft import Metadata
from corpus.links import Link, canonical, kind_of, load_link

LIMITS = FetchLimits(size=200_000, seconds=5.0, silence=0.5, pause=0.0)
PROSE = (
    "The fishermen of Kelva built the bridge over the river in 1878, when the ferry had sunk for the third time. "
    "It is 120 metres long and carries forty waggons a day, as the toll book in the town hall says. "
)
PAGE = (
    "<html lang=en><head><title>{title}</title></head><body><nav>Home Sport</nav><article><h1>{title}</h1>"
    f"<p>{PROSE}</p><p>{PROSE}</p></article></body></html>"
)

Answering = Callable[[BaseHTTPRequestHandler], None]


def say(body: str | bytes, kind: str = "text/html", status: int = 200, **headers: str) -> Answering:
    """An answer that a site gives."""
    data = body.encode() if isinstance(body, str) else body

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def redirect(to: str, status: int = 302) -> Answering:
    return say("", status=status, Location=to)


class Site:
    """A site on this machine: what it answers by path, and what it was asked, when and with which headers."""

    def __init__(self) -> None:
        self.answers: dict[str, Answering] = {}
        self.asked: list[tuple[str, float, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.asked.append((self.path, time.monotonic(), headers))
                site.answers.get(self.path, say("nothing here", status=404))(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked if path != "/robots.txt"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(LIMITS, allow_private=True) as opened:
        yield opened


def refusal(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(UnreadableArticle) as raised:
        fetcher.fetch(url)
    assert "\n" not in str(raised.value) and str(raised.value).startswith(url)
    return str(raised.value)


# Which machines are asked


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::127.0.0.1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    """Loopback, private, link-local, shared, reserved and multicast addresses, and IPv6 that carries one."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    """The open internet, in either version of its protocol."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "0",
        "10.0.0.1",
    ],
)
def test_the_inside_of_a_network_is_refused(site: Site, host: str) -> None:
    """However an inside address is written, nothing is asked of it unless that is allowed."""
    with Fetcher(LIMITS) as fetcher:
        port = site.url.rpartition(":")[2]
        assert "not a public address" in refusal(fetcher, f"http://{host}:{port}/latest/meta-data")
    assert site.asked == []


def test_a_name_is_checked_by_its_addresses(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with one inside address among its own is refused; a connection is made to the address that was checked."""
    answers = {"mixed.example": ["8.8.8.8", "10.0.0.1"], "rebound.example": ["127.0.0.1"]}
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *options: object, **named: object) -> list[object]:
        if host not in answers:
            return list(real(host, *options, **named))  # type: ignore[arg-type]
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, options[0])) for address in answers[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with Fetcher(LIMITS) as fetcher:
        assert "10.0.0.1" in refusal(fetcher, "http://mixed.example/")
    site.answers["/"] = say(PAGE.format(title="Bridge"))
    asked.clear()
    port = site.url.rpartition(":")[2]
    with Fetcher(LIMITS, allow_private=True, heed_robots=False) as fetcher:
        fetcher.fetch(f"http://rebound.example:{port}/")
    assert asked == ["rebound.example"]
    assert site.asked[-1][2]["host"] == f"rebound.example:{port}"


def test_redirects_are_checked_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that redirects to an inside address is refused there."""
    monkeypatch.setattr("corpus.connecting.is_public", lambda address: address != "127.0.0.2")
    site.answers["/page"] = redirect(site.url.replace("127.0.0.1", "127.0.0.2") + "/secret")
    with Fetcher(LIMITS) as fetcher:
        assert "127.0.0.2, which is not a public address" in refusal(fetcher, f"{site.url}/page")
    assert site.paths() == ["/page"]


# How they are asked


def test_conditional_requests(site: Site, fetcher: Fetcher) -> None:
    """What a server said of a page's version is sent along the next time, and no change is understood."""
    site.answers["/page"] = say("one", ETag='"v1"', Last_Modified="Tue, 05 Mar 2024 10:00:00 GMT")
    first = fetcher.fetch(f"{site.url}/page")
    site.answers["/page"] = say("", status=304)
    second = fetcher.fetch(f"{site.url}/page", first.etag, first.last_modified)
    assert (first.changed, second.changed) == (True, False)
    sent = site.asked[-1][2]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"v1"', "Tue, 05 Mar 2024 10:00:00 GMT")


def test_robots(site: Site, fetcher: Fetcher) -> None:
    """What robots.txt forbids is not fetched; it is read once, and a site that fails to give it is left alone."""
    site.answers["/robots.txt"] = say("User-agent: *\nDisallow: /private\n", "text/plain")
    site.answers["/open"] = site.answers["/private"] = say("text", "text/plain")
    fetcher.fetch(f"{site.url}/open")
    assert "robots.txt forbids" in refusal(fetcher, f"{site.url}/private")
    assert [path for path, _, _ in site.asked] == ["/robots.txt", "/open"]
    site.answers["/robots.txt"] = say("", status=503)
    with Fetcher(LIMITS, allow_private=True) as other:
        assert "503" in refusal(other, f"{site.url}/open")
    with Fetcher(LIMITS, allow_private=True, heed_robots=False) as heedless:
        assert heedless.fetch(f"{site.url}/private").data == b"text"


def test_pause(site: Site) -> None:
    """Between two requests to one host there is a pause, and a longer one where the site asks for it."""
    site.answers["/a"] = say("text")
    with Fetcher(replace(LIMITS, pause=0.15), allow_private=True) as fetcher:
        fetcher.fetch(f"{site.url}/a")
        fetcher.fetch(f"{site.url}/a")
    site.answers["/robots.txt"] = say("User-agent: *\nCrawl-delay: 0.3\n", "text/plain")
    with Fetcher(replace(LIMITS, pause=0.15), allow_private=True) as fetcher:
        fetcher.fetch(f"{site.url}/a")
        fetcher.fetch(f"{site.url}/a")
    times = [when for _, when, _ in site.asked]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] >= 0.14 and gaps[1] >= 0.14 and gaps[-1] >= 0.28


def test_redirects_are_followed(site: Site, fetcher: Fetcher) -> None:
    """Relative and absolute redirects lead to the page, with the cookies given on the way."""
    site.answers["/a"] = say("", status=301, Location="b", Set_Cookie="seen=1; Path=/")
    site.answers["/b"] = redirect(f"{site.url}/c")
    site.answers["/c"] = say("there", "text/plain; charset=iso-8859-1")
    fetched = fetcher.fetch(f"{site.url}/a")
    assert (fetched.url, fetched.data) == (f"{site.url}/c", b"there")
    assert (fetched.content_type, fetched.charset) == ("text/plain", "iso-8859-1")
    assert site.asked[-1][2]["cookie"] == "seen=1"


def silent(request: BaseHTTPRequestHandler) -> None:
    time.sleep(20)


def trickle(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(200):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.1)


def trickling_head(request: BaseHTTPRequestHandler) -> None:
    for character in b"HTTP/1.0 200 OK\r\nX-Slow: " + b"y" * 200:
        request.wfile.write(bytes([character]))
        request.wfile.flush()
        time.sleep(0.1)


BOMB = gzip.compress(bytes(30_000_000))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (redirect("/page"), "redirects more than 5 times"),
        (redirect("file:///etc/passwd"), "no web link"),
        (redirect("http://[bad/"), "its name is not known"),
        (silent, "does not answer in time"),
        (trickle, "does not answer in time"),
        (trickling_head, "does not answer in time"),
        (say("x" * 200_001), "is larger than"),
        (say(BOMB, Content_Encoding="gzip"), "is larger than"),
        (say("not gzip", Content_Encoding="gzip"), "cannot be understood"),
        (lambda request: request.wfile.write(b"220 mail ready\r\n"), "cannot be understood"),
        (lambda request: None, "cannot be understood"),
        (say("", status=404), "answers 404 Not Found; check the address"),
        (say("", status=401), "asks for a login"),
        (say("", status=503), "answers 503 Service Unavailable; try again later"),
        (say("", status=799), "answers 799"),
    ],
)
def test_sites_that_misbehave(site: Site, answer: Answering, reason: str) -> None:
    """A site that is silent, slow, endless, broken or sends one in circles costs one sentence, and no more time than is
    set: those that take their time would take 20 seconds."""
    site.answers["/page"] = answer
    site.answers["/robots.txt"] = say("", status=404)
    started = time.monotonic()
    with Fetcher(replace(LIMITS, seconds=1.0), allow_private=True) as fetcher:
        assert reason in refusal(fetcher, f"{site.url}/page")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/x", "file:///etc/passwd", "https://", "http://" + "a" * 300 + ".example/"),
        *(
            "http://xn--/",
            "http://a b/",
            "http://example.org:99999/",
            "//example.org",
            "http://no-such-name.invalid/",
        ),
    ],
)
def test_links_that_are_none(url: str, fetcher: Fetcher) -> None:
    """Other schemes, broken links and unknown names are one sentence."""
    assert refusal(fetcher, url)


def test_nobody_listens(fetcher: Fetcher) -> None:
    """A port that nobody listens at is one sentence."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert "cannot be reached" in refusal(fetcher, f"http://127.0.0.1:{unused.getsockname()[1]}/")


# What links lead to


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://example.org/a?utm_source=rss&id=7&fbclid=x#top", "https://example.org/a?id=7"),
        ("https://example.org/a?b=%20c&d", "https://example.org/a?b=%20c&d"),
        ("https://example.org/#!/article/5", "https://example.org/#!/article/5"),
    ],
)
def test_canonical_links(url: str, clean: str) -> None:
    """One article has one link, however its readers are counted."""
    assert canonical(url) == clean


def test_a_page_behind_a_link(site: Site, fetcher: Fetcher) -> None:
    """A page is an article whose name and origin are its link."""
    site.answers["/old-bridge"] = say(
        PAGE.format(title="The old bridge"), "text/html; charset=utf-8", ETag='"v1"'
    )
    answer = load_link(Link(f"{site.url}/old-bridge"), fetcher)
    (loaded,) = answer.articles
    article = loaded.article
    assert PROSE.strip() in loaded.text and "Sport" not in loaded.text
    assert article.name == article.origin == article.url == f"{site.url}/old-bridge"
    assert (article.title, answer.etag) == ("The old bridge", '"v1"')


@pytest.mark.parametrize(
    ("path", "kind", "body", "text"),
    [
        ("/notes.md", "text/plain", "# Notes\n\nBuilt in 1878.", "# Notes\n\nBuilt in 1878."),
        ("/data", "application/json", '{"title": "A", "text": "Built in 1878."}', "Built in 1878."),
        ("/x.txt", "application/octet-stream", "Built in 1878.", "Built in 1878."),
        ("/latin", "text/plain; charset=iso-8859-1", "Brücke 1878".encode("latin-1"), "Brücke 1878"),
        ("/strange", "text/x-unknown", "Built in 1878.", "Built in 1878."),
    ],
)
def test_documents_behind_links(
    site: Site, fetcher: Fetcher, path: str, kind: str, body: str | bytes, text: str
) -> None:
    """What a server calls its document, or its name, says how it is read."""
    site.answers[path] = say(body, kind)
    (loaded,) = load_link(Link(site.url + path), fetcher).articles
    assert loaded.text == text


def test_a_picture_behind_a_link(site: Site, fetcher: Fetcher) -> None:
    """What holds no text is one sentence."""
    site.answers["/x"] = say(b"\x89PNG", "image/png")
    with pytest.raises(UnreadableArticle, match=r"image/png"):
        load_link(Link(f"{site.url}/x"), fetcher)


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Example Times</title><language>en-gb</language>
<item><title>First &amp; best</title><link>{url}/first?utm_source=rss</link><author>Ada Lind</author>
<pubDate>Tue, 05 Mar 2024 23:30:00 -0800</pubDate><description>A teaser.</description></item>
<item><title>Second</title><link>/second</link><pubDate>Mon, 04 Mar 2024 10:00:00 GMT</pubDate>
<content:encoded><![CDATA[<p>%s</p><script>no()</script>]]></content:encoded></item>
<item><title>Third</title><guid isPermaLink="false">tag:3</guid><description>Only here, all of it.</description></item>
</channel></rss>""" % (PROSE * 4)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Times</title>
<entry><title type="html">A &lt;b&gt;bold&lt;/b&gt; one</title><link href="{url}/one"/>
<updated>2024-03-05T10:00:00Z</updated>
<published>2024-03-04T10:00:00Z</published><author><name>Ada Lind</name></author></entry></feed>"""


def feed_of(text: str, url: str, kind: str = "application/rss+xml") -> Fetched:
    return Fetched(f"{url}/feed", text.replace("{url}", url).encode(), kind, "", "", "")


def test_rss() -> None:
    """The entries of a feed: clean links, dates as their writers meant them, titles without markup."""
    first, second, third = feed_links(feed_of(RSS, "https://example.org"))
    assert first.url == "https://example.org/first"
    assert (first.metadata.title, first.metadata.published) == ("First & best", date(2024, 3, 5))
    assert first.text == "A teaser."
    assert second.url == "https://example.org/second"
    assert second.text == (PROSE * 4).strip()
    assert third.alone and third.url == "https://example.org/feed#tag:3"
    assert (third.metadata.publisher, third.metadata.language) == ("The Example Times", "en")


def test_atom() -> None:
    """Atom gives both dates and its author."""
    (one,) = feed_links(feed_of(ATOM, "https://example.org", "application/atom+xml"))
    assert one.metadata == Metadata("A bold one", "Ada Lind", date(2024, 3, 4), date(2024, 3, 5))
    assert one.changed == date(2024, 3, 5)


def test_chosen_entries() -> None:
    """A limit and a first day are kept to; entries without a date are not lost."""
    feed = feed_of(RSS, "https://example.org")
    assert [link.metadata.title for link in feed_links(feed, limit=2)] == ["First & best", "Second"]
    assert [link.metadata.title for link in feed_links(feed, since=date(2024, 3, 5))] == [
        "First & best",
        "Third",
    ]


@pytest.mark.parametrize(
    "damage", [("</item>", ""), ("&amp;", "&"), ("</channel></rss>", ""), ("<title>", "<title>\x0b")]
)
def test_feeds_with_broken_xml(damage: tuple[str, str]) -> None:
    """A feed that is not well-formed gives what can be read of it."""
    links = list(feed_links(feed_of(RSS.replace(*damage), "https://example.org")))
    assert links[0].url == "https://example.org/first"


@pytest.mark.parametrize("text", ["", "<html><body>No feed</body></html>", "\0\1", "<rss", "{}"])
def test_what_is_no_feed(text: str) -> None:
    """Something else under a feed's address is one sentence."""
    with pytest.raises(UnreadableArticle):
        list(feed_links(feed_of(text, "https://example.org")))


def test_articles_behind_a_feed(site: Site, fetcher: Fetcher) -> None:
    """The page behind each entry, or the feed's own text where that is all there is or the page is not to be had."""
    site.answers["/first"] = say(PAGE.format(title="Some other title"))
    site.answers["/second"] = say("gone", status=410)
    first, second, third = (
        load_link(link, fetcher).articles[0] for link in feed_links(feed_of(RSS, site.url))
    )
    assert PROSE.strip() in first.text
    assert (first.article.title, first.article.published) == ("First & best", date(2024, 3, 5))
    assert (second.article.name, second.text) == (f"{site.url}/second", (PROSE * 4).strip())
    assert (third.article.title, third.text) == ("Third", "Only here, all of it.")
    with pytest.raises(UnreadableArticle, match="404"):
        load_link(Link(f"{site.url}/missing", text="A teaser."), fetcher)


SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>{url}/old</loc><lastmod>2020-01-01</lastmod></url>
<url><loc> {url}/new </loc><lastmod>2024-03-05T10:00:00+00:00</lastmod></url>
<url><loc>{url}/undated</loc></url><url><loc>javascript:x</loc></url><url/></urlset>"""


def test_sitemaps(site: Site, fetcher: Fetcher) -> None:
    """A sitemap's pages newest first, those of the sitemaps it names too, packed ones too; a broken one is told of."""
    index = (
        "<sitemapindex><sitemap><loc>/a.xml.gz</loc></sitemap><sitemap><loc>/missing.xml</loc></sitemap>"
        "<sitemap><loc>/index.xml</loc></sitemap><sitemap><loc>/b.xml</loc><lastmod>2019-01-01</lastmod></sitemap>"
        "</sitemapindex>"
    )
    site.answers["/index.xml"] = say(index, "application/xml")
    site.answers["/a.xml.gz"] = say(
        gzip.compress(SITEMAP.replace("{url}", site.url).encode()), "application/gzip"
    )
    site.answers["/b.xml"] = say(f"<urlset><url><loc>{site.url}/b</loc></url></urlset>", "text/xml")
    fetched = fetcher.fetch(f"{site.url}/index.xml")
    failures: list[UnreadableArticle] = []
    links = list(sitemap_links(fetched, fetcher, failed=failures.append))
    assert kind_of(fetched) == "sitemap"
    assert [link.url.removeprefix(site.url) for link in links] == ["/b", "/new", "/old", "/undated"]
    assert links[1].changed == date(2024, 3, 5)
    assert any("missing.xml" in str(failure) for failure in failures)
    site.asked.clear()
    chosen = sitemap_links(fetched, fetcher, 2, date(2023, 1, 1), failures.append)
    assert [link.url.removeprefix(site.url) for link in chosen] == ["/new", "/undated"]
    assert "/b.xml" not in site.paths()


def test_sitemap_bombs(site: Site, fetcher: Fetcher, tmp_path: Path) -> None:
    """Entities in a sitemap are not expanded, files not opened, endless sitemaps and packed bombs not followed."""
    (tmp_path / "secret").write_text("http://example.org/SECRET")
    entities = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    text = (
        f'<!DOCTYPE u [<!ENTITY l0 "http://example.org/ha">{entities}<!ENTITY f SYSTEM "file://{tmp_path}/secret">]>'
        "<urlset><url><loc>http://example.org/&l9;</loc></url><url><loc>&f;</loc></url>"
        "<url><loc>http://example.org/good</loc></url></urlset>"
    )
    links = list(sitemap_links(feed_of(text, site.url), fetcher))
    assert all(len(link.url) < 100 and "SECRET" not in link.url for link in links)
    packed = Fetched(f"{site.url}/x.gz", gzip.compress(bytes(60_000_000)), "", "", "", "")
    with pytest.raises(UnreadableArticle, match="unpacks to more"):
        list(sitemap_links(packed, fetcher))
    with pytest.raises(UnreadableArticle, match="no sitemap"):
        list(sitemap_links(feed_of("<html/>", site.url), fetcher))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (RSS, "feed"),
        (ATOM, "feed"),
        (SITEMAP, "sitemap"),
        (PAGE, "page"),
        ("<!DOCTYPE html><p>how to write <rss> feeds", "page"),
        ("plain", "page"),
    ],
)
def test_kinds_of_links(text: str, kind: str) -> None:
    """Whether a link is a feed, a sitemap or a page is told by what it holds."""
    assert kind_of(feed_of(text, "https://example.org")) == kind
