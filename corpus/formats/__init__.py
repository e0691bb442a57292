"""One file a family of formats, one function a format, one row in this table."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Source
from corpus.formats.plain import read_text
from corpus.formats.webpage import read_html

Reader = Callable[[BinaryIO, Source], Iterator[Draft | UnreadableArticle]]

READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_text,
    ".markdown": read_text,
    ".rst": read_text,
    ".org": read_text,
    ".adoc": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
}
CONTAINERS = frozenset[str]()  # files of many articles
