"""PDF: the text of each page with its lines joined into paragraphs, a form feed between pages."""

import re
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Metadata, Source, as_date, clean, parsing, words

MAX_SECONDS = 300.0  # for all pages together
MARGIN = 2  # lines at the head and foot of a page that may be a running title
FULL = 0.75  # of the width of its page's lines: one that ends before ends a paragraph
LARGE = 1.2  # times the usual type: a title
NARROW = 30  # characters: a page of narrower lines is a list, not prose
DIVIDED = "\x02"  # what PDFium writes for a hyphen at the end of a line, and for the line break

_one_at_a_time = threading.Lock()  # PDFium may not be called from two threads

_LIGATURES = re.compile("[ﬀ-ﬆ]")
_NUMBERS = frozenset({"#", "- # -", "page #", "page # of #"})  # the shapes of page numbers
_BULLET = re.compile(r"[•‣▪◦●–—*-]\s|\(?\d{1,2}[.)]\s|\d+(?:\.\d+)+\s")
_HYPHENATED = re.compile(r"([^\W\d_]+)[-\u00ad]\Z")
_CLOSED = re.compile(r"[.!?…。！？।:][\"'”’»)\]]*\Z")
_JUNK_TITLE = re.compile(
    r"untitled|^microsoft|^document\d*$|\.\w{2,4}$|^\W*$|^slide \d|^(?:pdf|doc|print)\b", re.IGNORECASE
)


def read_pdf(file: BinaryIO, source: Source) -> Iterator[Draft]:
    import pypdfium2

    with _one_at_a_time, parsing(source.name, "PDF", pypdfium2.PdfiumError):
        document = _opened(file, source)
        try:
            pages = list(_pages(document, source))
            metadata = _metadata(document)
        finally:
            document.close()
    text = "".join(_joined(_without_margins(pages)))
    if not text.strip():
        mend = "run text recognition over it, for instance ocrmypdf"
        raise UnreadableArticle(source.name, f"has no text: its pages are pictures or empty; {mend}")
    yield Draft(text, metadata)


def page_of(text: str, offset: int) -> int:
    """The number of the page, from 1, that holds the character at `offset`."""
    return 1 + text.count("\f", 0, offset)


def _opened(file: BinaryIO, source: Source) -> Any:
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) != FPDF_ERR_PASSWORD:
            raise
        mend = "save a copy without its password and ingest that"
        raise UnreadableArticle(source.name, f"is encrypted; {mend}") from error
    most = source.limits.pages
    if len(document) > most:
        reason = f"has {len(document):,} pages, and {most:,} are taken in; split it"
        document.close()
        raise UnreadableArticle(source.name, reason)
    return document


def _pages(document: Any, source: Source) -> Iterator[list[str]]:
    """The lines of each page. A page that is broken is empty: the others go in all the same."""
    import pypdfium2

    deadline = time.monotonic() + MAX_SECONDS
    for number in range(len(document)):
        if time.monotonic() > deadline:
            raise UnreadableArticle(source.name, f"takes longer than {MAX_SECONDS:.0f} s to read; split it")
        try:
            text = document[number].get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError:
            text = ""
        text = clean(text.replace(DIVIDED, "-\n"))
        text = _LIGATURES.sub(lambda ligature: unicodedata.normalize("NFKC", ligature[0]), text)
        yield [" ".join(line.split()) for line in text.split("\n")]


def _without_margins(pages: list[list[str]]) -> list[list[str]]:
    """The pages without running titles and page numbers: lines at their edges that many of them share."""

    def shape(line: str) -> str:
        return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.lower())

    pages = [_trimmed(page) for page in pages]
    if len(pages) < 3:
        return pages
    edges = Counter(shape(line) for page in pages for line in {*page[:MARGIN], *page[-MARGIN:]})
    often = max(3, 0.3 * len(pages))
    margins = _NUMBERS | {line for line, count in edges.items() if count >= often}
    return [
        [
            line
            for number, line in enumerate(page)
            if not ((number < MARGIN or number >= len(page) - MARGIN) and shape(line) in margins)
        ]
        for page in pages
    ]


def _trimmed(page: list[str]) -> list[str]:
    while page and not page[0]:
        page = page[1:]
    while page and not page[-1]:
        page = page[:-1]
    return page


def _joined(pages: list[list[str]]) -> Iterator[str]:
    known = Counter(
        word for page in pages for line in page for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", line)
    )
    last = ""
    for number, page in enumerate(pages):
        text = _paragraphs(page, known)
        if number:
            runs_on = last and not _CLOSED.search(last) and text[:1].islower()
            yield "\f" if runs_on else "\n\f\n"
        yield text
        last = text or last


def _paragraphs(lines: list[str], known: Counter[str]) -> str:
    """Lines joined where a sentence runs on, parted by a blank line where it does not."""
    widths = sorted(len(line) for line in lines if line)
    width = widths[int(0.9 * (len(widths) - 1))] if widths else 0
    text, last = "", ""
    for line in lines:
        if not line:
            last = ""
        elif not text:
            text = last = line
        elif not last or _parts(last, line, width):
            text, last = f"{text}\n\n{line}", line
        else:
            text, last = _continued(text, line, known), line
    return text


def _parts(last: str, line: str, width: int) -> bool:
    """Whether a new paragraph begins with `line`."""
    if line[:1].islower() or _HYPHENATED.search(last):
        return False
    return width < NARROW or len(last) < FULL * width or bool(_BULLET.match(line))


def _continued(text: str, line: str, known: Counter[str]) -> str:
    """`line` after `text`, a word that was divided at the end of the line made whole."""
    divided = _HYPHENATED.search(text, max(0, len(text) - 60))
    rest = re.match(r"[^\W\d_]+", line)
    if not divided or not rest or not rest[0][0].islower():
        return f"{text} {line}"
    if known[f"{divided[1]}-{rest[0]}"] > known[divided[1] + rest[0]]:
        return text + line
    return text[:-1] + line


def _metadata(document: Any) -> Metadata:
    found = document.get_metadata_dict()
    published, updated = (_pdf_date(found.get(key)) for key in ("CreationDate", "ModDate"))
    title = words(found.get("Title"))
    if _JUNK_TITLE.search(title) or not title:
        title = largest_line(document[0].get_textpage())
    return Metadata(title, words(found.get("Author")), published, updated if updated != published else None)


def _pdf_date(value: object) -> date | None:
    """Of "D:20240103093826+01'00'" its day (ISO 32000-1, 7.9.4)."""
    day = re.match(r"(?:D:)?(\d{8})", str(value))
    return as_date(day[1]) if day else None


def largest_line(page: Any) -> str:
    """What is set in the largest type on a page, as a rule its title; "" if hardly larger than the rest."""
    text = page.get_text_range(0, min(page.count_chars(), 3000))
    heights: dict[int, list[str]] = {}
    for index, character in enumerate(text):
        if not character.isspace():
            _, bottom, _, top = page.get_charbox(index, loose=True)
            heights.setdefault(round(top - bottom), []).append(character)
        elif heights:
            for run in heights.values():
                run.append(" ")
    usual = max(heights, key=lambda height: len(heights[height]), default=0)
    largest = words("".join(heights[max(heights)])) if heights and max(heights) > LARGE * usual else ""
    return largest if 8 <= len(largest) <= 200 else ""
