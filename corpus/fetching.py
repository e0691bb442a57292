"""Pages and feeds fetched over HTTP: politely, within limits, and never from the inside of a network.

Every address that a name stands for is checked, and the connection is made to the very address that was checked, so
that a name cannot mean one machine while it is checked and another while it is fetched. Each redirect is a request of
its own, checked like the first.
"""

import http
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from functools import cache
from ssl import SSLContext
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore
import httpx
from protego import Protego

from corpus.connecting import GuardedBackend, RefusedAddress
from corpus.errors import UnreadableArticle

USER_AGENT = "Footnote/0.1"
MAX_ROBOTS = 500 * 1024  # bytes (RFC 9309, 2.5)
MAX_PAUSE = 30.0  # seconds: a site that asks for more between two requests is asked this often all the same
LATER = "try again later"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bytes, redirects and seconds that a link may take; `pause` is kept between two requests to one host."""

    size: int = 50 * 2**20
    redirects: int = 5
    seconds: float = 60.0  # for one answer
    silence: float = 15.0  # without a byte
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `changed` is False where the server says that nothing is new since `etag` and `last_modified`."""

    url: str  # after redirects
    data: bytes
    content_type: str  # "text/html"
    charset: str
    etag: str
    last_modified: str
    changed: bool = True


class Fetcher:
    """Fetches one link after the other, remembering what each site's robots.txt says and when it was asked last.

    For one thread. `allow_private` lets it fetch from this machine and its networks.
    """

    def __init__(
        self,
        limits: FetchLimits | None = None,
        allow_private: bool = False,
        heed_robots: bool = True,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._heed_robots = heed_robots
        self._user_agent = user_agent
        self._backend = GuardedBackend(allow_private)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(), network_backend=self._backend, max_keepalive_connections=0
        )
        self._robots: dict[str, Protego | str] = {}  # by origin: the rules, or why they cannot be read
        self._pauses: dict[str, float] = {}  # by host: what its robots.txt asks for
        self._next: dict[str, float] = {}  # by host: when it may be asked again

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Fetched:
        """What a link answers. UnreadableArticle: it answers nothing that can be used, or may not be asked."""
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        asked, cookies = url, httpx.Cookies()
        for _ in range(self._limits.redirects + 1):
            if self._heed_robots:
                self._check_robots(asked, url)
            answer = self._ask(
                asked, url, {name: value for name, value in conditions.items() if value}, cookies
            )
            if not isinstance(answer, str):
                return answer
            asked = answer
        raise UnreadableArticle(url, f"redirects more than {self._limits.redirects} times; check the address")

    def _ask(
        self, asked: str, url: str, conditions: dict[str, str], cookies: httpx.Cookies, size: int = 0
    ) -> Fetched | str:
        """One request: the answer, or where it redirects to."""
        try:
            request = httpx.Request("GET", asked, headers=self._headers(conditions), cookies=cookies)
            if request.url.scheme not in ("http", "https") or not request.url.host:
                raise UnreadableArticle(url, "is no web link; give one that begins with https://")
            answer = _answer(self._pool, self._backend, request, self._limits)
            with self._turn(request.url.host), answer as response:
                cookies.extract_cookies(response)
                if response.has_redirect_location:
                    return str(request.url.join(response.headers["location"]))
                return self._fetched(response, url, size or self._limits.size)
        except RefusedAddress as error:
            raise UnreadableArticle(
                url, f"{error}; allow private addresses in the settings to fetch it"
            ) from error
        except httpcore.TimeoutException as error:
            raise UnreadableArticle(url, f"does not answer in time; {LATER}") from error
        except (httpcore.NetworkError, OSError) as error:
            raise UnreadableArticle(url, f"cannot be reached ({_cause(error)}); check the address") from error
        except (httpcore.ProtocolError, httpx.DecodingError, httpcore.UnsupportedProtocol) as error:
            raise UnreadableArticle(url, f"answers in a way that cannot be understood; {LATER}") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise UnreadableArticle(url, "is no web link; check the address") from error

    def _headers(self, conditions: dict[str, str]) -> dict[str, str]:
        return {
            "User-Agent": self._user_agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Encoding": "gzip, deflate",
            **conditions,
        }

    def _fetched(self, response: httpx.Response, url: str, size: int) -> Fetched:
        if response.status_code != http.HTTPStatus.NOT_MODIFIED and not response.is_success:
            raise _BadStatus(url, response.status_code)
        header = Message()
        header["Content-Type"] = response.headers.get("content-type", "application/octet-stream")
        return Fetched(
            url=str(response.request.url),
            data=_body(response, url, size),
            content_type=header.get_content_type(),
            charset=str(header.get_content_charset("")),
            etag=response.headers.get("etag", ""),
            last_modified=response.headers.get("last-modified", ""),
            changed=response.status_code != http.HTTPStatus.NOT_MODIFIED,
        )

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """Waits until a host may be asked again, and has the next one wait from the end of its answer on."""
        time.sleep(max(0.0, self._next.get(host, 0.0) - time.monotonic()))
        try:
            yield
        finally:
            self._next[host] = time.monotonic() + max(self._limits.pause, self._pauses.get(host, 0.0))

    def _check_robots(self, asked: str, url: str) -> None:
        address = urlsplit(asked)
        origin = f"{address.scheme}://{address.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._rules(f"{origin}/robots.txt")
        rules = self._robots[origin]
        if isinstance(rules, str):
            raise UnreadableArticle(url, rules)
        if not rules.can_fetch(asked, self._user_agent):
            raise UnreadableArticle(
                url, "may not be fetched: the site's robots.txt forbids it; save the page yourself"
            )
        host = address.hostname or ""
        self._pauses[host] = min(float(rules.crawl_delay(self._user_agent) or 0), MAX_PAUSE)

    def _rules(self, url: str) -> Protego | str:
        """A site's rules; where it has none all is allowed, where it fails to give them nothing (RFC 9309, 2.3.1)."""
        asked, cookies = url, httpx.Cookies()
        try:
            for _ in range(self._limits.redirects + 1):
                answer = self._ask(asked, url, {}, cookies, MAX_ROBOTS)
                if isinstance(answer, Fetched):
                    return Protego.parse(answer.data.decode("utf-8", "replace"))
                asked = answer
        except _BadStatus as failure:
            if failure.status >= 500:
                return f"may not be fetched: the site's robots.txt cannot be read ({failure.status}); {LATER}"
        except UnreadableArticle as failure:
            return failure.reason
        return Protego.parse("")


@cache
def _certificates() -> SSLContext:
    """The authorities that are trusted: read once, they take a tenth of a second."""
    return httpx.create_ssl_context()


class _BadStatus(UnreadableArticle):
    def __init__(self, url: str, status: int) -> None:
        phrase = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else "an unknown status"
        mend = {401: "it asks for a login; save the page yourself", 403: "save the page yourself"}
        super().__init__(
            url,
            f"answers {status} {phrase}; {mend.get(status, LATER if status >= 429 else 'check the address')}",
        )
        self.status = status


@contextmanager
def _answer(
    pool: httpcore.ConnectionPool, backend: GuardedBackend, request: httpx.Request, limits: FetchLimits
) -> Iterator[httpx.Response]:
    """A response being read; its connection is closed at the end, whatever happened."""
    backend.deadline = time.monotonic() + limits.seconds
    silence = dict.fromkeys(("connect", "read", "write", "pool"), limits.silence)
    raw = pool.handle_request(
        httpcore.Request(
            "GET", str(request.url), headers=request.headers.raw, extensions={"timeout": silence}
        )
    )
    response = httpx.Response(raw.status, headers=raw.headers, stream=_Stream(raw), request=request)
    try:
        yield response
    finally:
        response.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, raw: httpcore.Response) -> None:
        self._raw = raw

    def __iter__(self) -> Iterator[bytes]:
        yield from self._raw.iter_stream()

    def close(self) -> None:
        self._raw.close()


def _body(response: httpx.Response, url: str, size: int) -> bytes:
    """The decoded body; `size` bounds it packed and unpacked."""
    pieces, length = [], 0
    for piece in response.iter_bytes():
        length += len(piece)
        if length > size:
            raise UnreadableArticle(
                url, f"is larger than {size / 2**20:,.0f} MB; save it as a file in smaller parts"
            )
        pieces.append(piece)
    return b"".join(pieces)


def _cause(error: BaseException) -> str:
    text = str(error).lower()
    if "certificate" in text or "ssl" in text:
        return "its certificate is not trusted"
    if "getaddrinfo" in text or "name or service" in text or "resolution" in text or "no address" in text:
        return "its name is not known"
    return "refused" if "refused" in text else "the connection broke"
