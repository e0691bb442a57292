"""One file a family of formats, one function a format, one row in this table."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from corpus.errors import UnreadableArticle
from corpus.formats.archive import read_zip
from corpus.formats.draft import Draft, Source
from corpus.formats.ebook import read_epub
from corpus.formats.letters import read_eml, read_mbox
from corpus.formats.office import read_docx, read_odt, read_rtf
from corpus.formats.pdf import read_pdf
from corpus.formats.plain import read_text
from corpus.formats.records import read_csv, read_json, read_jsonl
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
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".odt": read_odt,
    ".rtf": read_rtf,
    ".epub": read_epub,
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".eml": read_eml,
    ".mbox": read_mbox,
}
READERS[".zip"] = partial(read_zip, readers=READERS)
CONTAINERS = frozenset({".jsonl", ".ndjson", ".csv", ".tsv", ".mbox", ".zip"})  # read piece by piece
