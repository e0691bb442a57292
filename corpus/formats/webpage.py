"""Web pages: the article without the menus around it, by trafilatura, and plain HTML as text."""

import codecs
import logging
import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any, BinaryIO

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Metadata, Source, as_date, as_language, clean, words
from corpus.formats.plain import MEANT, guessed_encoding

MAX_PAGE = 20_000_000  # bytes; trafilatura gives up beyond
_MODIFIED = "//meta[@property='article:modified_time' or @itemprop='dateModified']/@content"
SEPARATOR = r"(\s+[|\-–—·•»«/]+\s+|:\s)"

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w:.-]+)""", re.IGNORECASE
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_html(file: BinaryIO, source: Source) -> Iterator[Draft]:
    data = file.read()
    if len(data) > MAX_PAGE:
        raise UnreadableArticle(source.name, "is too large for a web page; save its text and ingest that")
    yield page_draft(decoded_page(data, source.charset), source)


def decoded_page(data: bytes, charset: str = "") -> str:
    """The page as text: UTF-8 wherever it is that, whatever the page or its server claims."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(data[:4096])
    for claimed in (charset, declared[1].decode("ascii", "replace") if declared else ""):
        text = _decoded_as(data, claimed)
        if text is not None:
            return text
    return data.decode(guessed_encoding(data) or "cp1252", "replace")


def _decoded_as(data: bytes, claimed: str) -> str | None:
    """`data` in the encoding that was claimed for it, unless it is unknown or plainly not that."""
    try:
        encoding = codecs.lookup(claimed.strip()).name if claimed else "utf-8"
        text = data.decode(MEANT.get(encoding, encoding), "replace")
    except (LookupError, ValueError):
        return None
    wrong = text.count("\ufffd")
    return text if wrong * 200 < sum(character > "\x7f" for character in text) + 1 else None


def page_draft(page: str, source: Source) -> Draft:
    """The main text of a page with what the page says of itself. UnreadableArticle: it has none."""
    import trafilatura

    for name in ("trafilatura", "htmldate"):  # they tell of every oddity of a page
        logging.getLogger(name).setLevel(logging.CRITICAL)

    tree = trafilatura.load_html(page)
    if tree is None:
        raise UnreadableArticle(source.name, "is no web page; check the address or the file")
    found: Any = trafilatura.bare_extraction(
        tree, url=source.url or None, with_metadata=True, include_comments=False, include_formatting=False
    )
    text = spaced(found.text or "") if found else ""
    if not text:
        text = spaced(trafilatura.baseline(page)[1])
    if not text:
        raise UnreadableArticle(
            source.name, "holds no article text; it may be made by scripts, which are not run"
        )
    return Draft(text, _page_metadata(tree, found, text))


def _page_metadata(tree: Any, found: Any, text: str) -> Metadata:
    published = as_date(found.date) if found else None
    updated = as_date(" ".join(tree.xpath(_MODIFIED)[:1]))
    publisher = words(found.sitename) if found else ""
    return Metadata(
        title=headline(tree, words(found.title), (publisher, words(found.hostname))) if found else "",
        author=words(found.author).replace("; ", ", ") if found else "",
        published=published,
        updated=updated if updated != published else None,
        publisher=publisher,
        url=words(found.url) if found else "",
        # What a page declares is often its template's language: it counts where the text is too short.
        language=as_language(words(tree.get("lang"))) if len(text) < 200 else "",
    )


def headline(tree: Any, title: str, site: tuple[str, ...]) -> str:
    """The title without the site's name at its end or head; `site` is what the site may be called."""
    title = title.strip(" |-–—·•")
    parts = re.split(SEPARATOR, title)
    headings = {words(" ".join(heading.itertext())) for heading in tree.xpath("//h1 | //h2")[:50]}
    names = {_bare(name) for name in site if _bare(title) not in _bare(name)}
    for cut in range(1, len(parts), 2):
        head, tail = "".join(parts[:cut]), "".join(parts[cut + 1 :])
        if ":" not in parts[cut] and (
            (head in headings and tail not in headings) or _is_site(tail, names, cut + 2 == len(parts))
        ):
            return head
    return "".join(parts[2:]) if len(parts) > 1 and _is_site(parts[0], names, True) else title


def _is_site(part: str, names: set[str], alone: bool) -> bool:
    """Whether this part of a title is the site's name; `alone`: or has it in itself."""
    part = _bare(part)
    return len(part) > 2 and any(
        part == name or (len(name) > 3 and (part in name or (alone and name in part))) for name in names
    )


def _bare(name: str) -> str:
    return re.sub(r"\Awww\.|\Athe\b|\.\w{2,3}\Z|[\W_]", "", name.lower())


def spaced(text: str) -> str:
    """Trafilatura's blocks, one a line, as paragraphs: a blank line between them but in lists and tables."""
    lines = [line.strip() for line in clean(text).split("\n") if line.strip()]
    apart = ("\n" if _is_row(line) and _is_row(following) else "\n\n" for line, following in pairwise(lines))
    return "".join(chain.from_iterable(zip(lines, chain(apart, [""]), strict=False)))


def _is_row(line: str) -> bool:
    return line.startswith(("- ", "|")) or line.endswith("|")
