"""HTML and XML as plain text, all of it: for books, letters and feeds, which have no menus around them."""

import re
from collections.abc import Container, Iterator
from typing import Any

from lxml import etree, html

BLOCKS = frozenset(
    """address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hr html main nav ol p pre section summary table tbody tfoot thead
    ul""".split()  # noqa: SIM905 - a list of words to read
)
LINES = frozenset({"br", "li", "tr"})
HIDDEN = frozenset(
    """audio button head iframe math noscript object script select style svg template video""".split()  # noqa: SIM905 - likewise
)

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)


def html_text(page: str) -> str:
    """The text of a piece of HTML: a blank line between paragraphs, a line break between items and rows."""
    if not page.strip():
        return ""
    # lxml refuses str with an encoding declaration, and bytes without one are Latin-1 to it.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return ""
    return "".join(tidied(_pieces(root)))


def _pieces(root: Any) -> Iterator[str]:
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            yield _mark(tag)
            if tag in HIDDEN or _HIDDEN_STYLE.search(element.get("style") or ""):
                walk.skip_subtree()
            else:
                yield element.text or ""
        else:
            yield _mark(tag)
            yield " | " if tag in ("td", "th") and element.getnext() is not None else ""
            yield element.tail or ""


def _mark(tag: str) -> str:
    """Breaks are written as characters that a parser never leaves in the text."""
    return "\x02" if tag in BLOCKS else "\x01" if tag in LINES else ""


def tidied(pieces: Iterator[str]) -> Iterator[str]:
    """Pieces of text with their white space collapsed, \\x02 as a blank line and \\x01 as a line break."""
    for number, block in enumerate(part for part in re.split("\x02+", "".join(pieces)) if _has_words(part)):
        lines = (" ".join(line.split()) for line in block.split("\x01"))
        yield ("\n\n" if number else "") + "\n".join(line for line in lines if line.strip(" |"))


def _has_words(text: str) -> bool:
    return bool(text.strip(" |\x01\n\t\xa0\u200b\u200c\u034f\u00ad"))


def xml_root(data: bytes) -> Any:
    """XML parsed without entities, without the network and without trust in its size."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    root = etree.fromstring(data, parser)
    if root is None:
        raise ValueError("no XML")
    return root


def values_of(root: Any, names: Container[str]) -> dict[str, str]:
    """The first text of each element with one of these local names."""
    found: dict[str, str] = {}
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name in names and name not in found and (element.text or "").strip():
            found[name] = element.text.strip()
    return found
