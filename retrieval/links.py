"""A link that opens an article at the quoted sentence: the text fragment `#:~:text=start,end`.

https://wicg.github.io/scroll-to-text-fragment/ says what may stand in it: percent-encoded UTF-8, in which "-", "," and
"&" are encoded too because they are its syntax.
"""

import re
from urllib.parse import quote, urlsplit, urlunsplit

WHOLE = 100  # characters; a longer quote is linked by its first and last words
EDGE_WORDS = 5
UNSPACED_EDGE = 12  # characters, where a script has no spaces

_SPACE = re.compile(r"\s+")
_UNSAFE_EDGES = re.compile(r"^[^\w]+|[^\w]+$")


def sentence_link(url: str, quoted: str) -> str:
    """`url` with the fragment that scrolls to `quoted`; "" unless `url` is one of the web.

    A line break inside the quote ends the fragment's text: browsers match within one block only.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        return ""
    directive = _directive(quoted)
    if not directive:
        return url
    parts = urlsplit(url)
    fragment = parts.fragment.split(":~:", 1)[0]
    return urlunsplit(parts._replace(fragment=f"{fragment}:~:text={directive}"))


def _directive(quoted: str) -> str:
    lines = [line for line in (_plain(line) for line in quoted.splitlines()) if line]
    if not lines:
        return ""
    text = " ".join(lines)
    if len(lines) == 1 and len(text) <= WHOLE:
        return _encoded(text)
    start, end = _edge(lines[0], first=True), _edge(lines[-1], first=False)
    return f"{_encoded(start)},{_encoded(end)}" if start != end else _encoded(start)


def _plain(line: str) -> str:
    """Without what a web page may show otherwise at the edges: quotation marks, bullets, brackets."""
    return _UNSAFE_EDGES.sub("", _SPACE.sub(" ", line))


def _edge(line: str, first: bool) -> str:
    words = line.split(" ")
    if len(words) <= EDGE_WORDS and len(line) > WHOLE:  # a script without spaces
        return line[:UNSPACED_EDGE] if first else line[-UNSPACED_EDGE:]
    return " ".join(words[:EDGE_WORDS] if first else words[-EDGE_WORDS:])


def _encoded(text: str) -> str:
    return quote(text, safe="").replace("-", "%2D")
