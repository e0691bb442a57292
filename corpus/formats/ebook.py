"""EPUB: the chapters in reading order as one text (EPUB 3.3: container, package, spine)."""

import posixpath
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree

from corpus.errors import UnreadableArticle
from corpus.formats.archive import opened_zip
from corpus.formats.draft import Draft, Metadata, Source, as_date, as_language, clean, words
from corpus.formats.markup import html_text, values_of, xml_root
from corpus.formats.webpage import decoded_page

_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read_epub(file: BinaryIO, source: Source) -> Iterator[Draft]:
    with opened_zip(file, source, "EPUB") as archive:
        names = set(archive.namelist())
        if "META-INF/rights.xml" in names or b"aes" in _read(archive, "META-INF/encryption.xml").lower():
            reason = "is protected by its publisher; only books without protection can be taken in"
            raise UnreadableArticle(source.name, reason)
        container = xml_root(archive.read("META-INF/container.xml"))
        package = next(element.get("full-path") for element in _named(container, "rootfile"))
        book = xml_root(archive.read(package))
        chapters = (html_text(decoded_page(_read(archive, name))) for name in _spine(book, package))
        text = "\n\n".join(chapter for chapter in chapters if chapter)
    yield Draft(clean(text), _metadata(book))


def _read(archive: ZipFile, name: str) -> bytes:
    """A member, or nothing where the book names one that it does not have."""
    return archive.read(name) if name in archive.NameToInfo else b""


def _named(root: Any, name: str) -> Iterator[Any]:
    return (element for element in root.iter(etree.Element) if etree.QName(element).localname == name)


def _spine(book: Any, package: str) -> Iterator[str]:
    folder = posixpath.dirname(package)
    items = {item.get("id"): item for item in _named(book, "item")}
    for reference in _named(book, "itemref"):
        item = items.get(reference.get("idref"))
        if (
            item is not None
            and item.get("media-type") in _CHAPTERS
            and "nav" not in item.get("properties", "")
        ):
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _metadata(book: Any) -> Metadata:
    known = values_of(book, ("title", "creator", "date", "publisher", "language"))
    return Metadata(
        title=words(known.get("title")),
        author=words(known.get("creator")),
        published=as_date(known.get("date")),
        publisher=words(known.get("publisher")),
        language=as_language(known.get("language", "")),
    )
