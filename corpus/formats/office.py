"""Documents of word processors: DOCX by python-docx, RTF by striprtf, ODT by its XML."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from corpus.errors import UnreadableArticle
from corpus.formats.archive import opened_zip
from corpus.formats.draft import (
    Draft,
    Metadata,
    Source,
    as_date,
    as_language,
    clean,
    metadata_from,
    parsing,
    words,
)
from corpus.formats.markup import values_of, xml_root

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # a compound file: what Word makes of a document with a password
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RTF_WORDS = re.compile(r"\\(title|author|company)\b[^\\{};]*(?:\\'..[^\\{};]*)*")
_RTF_DAY = re.compile(r"\\(creatim|revtim)\\yr(\d+)\\mo(\d+)\\dy(\d+)")


def read_docx(file: BinaryIO, source: Source) -> Iterator[Draft]:
    import docx
    from docx.opc.exceptions import OpcError

    _not_encrypted(file, source)
    with opened_zip(file, source, "Word document"), parsing(source.name, "Word document", OpcError):
        document = docx.Document(file)
        body = document.element.body
        blocks = [*_word_blocks(body), *_word_notes(document.part)]
        metadata = _docx_metadata(document.core_properties)
    yield Draft(clean("\n\n".join(blocks)), metadata)


def _not_encrypted(file: BinaryIO, source: Source) -> None:
    start = file.read(4)
    file.seek(0)
    if start == _OLD_OFFICE:
        reason = "is encrypted or in an old format; save it as .docx without a password and ingest that"
        raise UnreadableArticle(source.name, reason)


def _word_blocks(root: Any) -> Iterator[str]:
    """Paragraphs, and the rows of tables with their cells apart by a bar; what was deleted is left out."""
    for element in root.iter(_WORD + "p", _WORD + "tr"):
        inside = {ancestor.tag for ancestor in element.iterancestors()}
        if _WORD + "tr" in inside or _FALLBACK in inside:
            continue
        if element.tag == _WORD + "tr":
            cells = (" ".join(_word_text(cell).split()) for cell in element.iterchildren(_WORD + "tc"))
            text = " | ".join(cell for cell in cells if cell)
        else:
            text = _word_text(element).strip()
        if text:
            yield text


def _word_text(root: Any) -> str:
    pieces = []
    for element in root.iter(_WORD + "t", _WORD + "tab", _WORD + "br", _WORD + "cr", _WORD + "p"):
        if any(ancestor.tag == _FALLBACK for ancestor in element.iterancestors()):
            continue
        name = etree.QName(element).localname
        pieces.append(element.text or "" if name == "t" else " " if name in ("tab", "p") else "\n")
    return "".join(pieces)


def _word_notes(part: Any) -> Iterator[str]:
    for relation in part.rels.values():
        if relation.reltype in (_NOTES + "footnotes", _NOTES + "endnotes") and not relation.is_external:
            yield from _word_blocks(xml_root(relation.target_part.blob))


def _docx_metadata(properties: Any) -> Metadata:
    published, updated = as_date(properties.created), as_date(properties.modified)
    if "python-docx" in (properties.comments or ""):  # the dates and the author are its template's
        published = updated = None
    return Metadata(
        title=words(properties.title),
        author=words(properties.author).removeprefix("python-docx"),
        published=published,
        updated=updated if updated != published else None,
        language=as_language(words(properties.language)),
    )


def read_odt(file: BinaryIO, source: Source) -> Iterator[Draft]:
    """OpenDocument Format 1.3, part 3: paragraphs and headings of content.xml, metadata of meta.xml."""
    with opened_zip(file, source, "OpenDocument text") as archive:
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise UnreadableArticle(
                source.name, "is encrypted; save a copy without its password and ingest that"
            )
        blocks = list(_odt_blocks(xml_root(archive.read("content.xml"))))
        names = ("title", "creator", "initial-creator", "creation-date", "date", "language")
        known = (
            values_of(xml_root(archive.read("meta.xml")), names) if "meta.xml" in archive.namelist() else {}
        )
    published, updated = as_date(known.get("creation-date")), as_date(known.get("date"))
    author = words(known.get("initial-creator") or known.get("creator"))
    language = as_language(known.get("language", ""))
    changed = updated if updated != published else None
    metadata = Metadata(words(known.get("title")), author, published, changed, language=language)
    yield Draft(clean("\n\n".join(blocks)), metadata)


def _odt_blocks(root: Any) -> Iterator[str]:
    etree.strip_elements(root, _TEXT + "tracked-changes", _OFFICE + "annotation", with_tail=False)
    for element in root.iter(_TEXT + "h", _TEXT + "p", _TABLE + "table-row"):
        inside = {ancestor.tag for ancestor in element.iterancestors()}
        if inside & {_TABLE + "table-row", _TEXT + "p", _TEXT + "h"}:
            continue
        if element.tag == _TABLE + "table-row":
            cells = (" ".join(_odt_text(cell).split()) for cell in element)
            text = " | ".join(cell for cell in cells if cell)
        else:
            text = _odt_text(element).strip()
        if text:
            yield text


def _odt_text(root: Any) -> str:
    pieces = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            pieces.append(element.tail or "" if element is not root else "")
            continue
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        breaks = {"s": " ", "tab": " ", "line-break": "\n", "p": " ", "note": " "}
        pieces += [breaks.get(name, ""), element.text or "" if name != "note-citation" else ""]
    return "".join(pieces)


def read_rtf(file: BinaryIO, source: Source) -> Iterator[Draft]:
    from striprtf.striprtf import rtf_to_text

    data = file.read()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableArticle(source.name, "is not RTF; give it the ending of its kind")
    raw = data.decode("latin-1")
    with parsing(source.name, "RTF document"):
        text = clean(rtf_to_text(raw, errors="replace"))
        metadata = _rtf_metadata(raw[:20_000])
    # RTF ends a paragraph with one line break; more than one stands for empty paragraphs.
    blocks = (line.strip(" \t|") for line in text.split("\n"))
    yield Draft("\n\n".join(block for block in blocks if block), metadata)


def _rtf_metadata(head: str) -> Metadata:
    from striprtf.striprtf import rtf_to_text

    days = {name: f"{year}-{month}-{day}" for name, year, month, day in _RTF_DAY.findall(head)}
    values: dict[object, object] = {"published": days.get("creatim"), "updated": days.get("revtim")}
    for found in _RTF_WORDS.finditer(head):
        body = found[0].removeprefix("\\" + found[1])
        values[found[1]] = rtf_to_text("{\\rtf1\\ansi " + body + "}", errors="replace").strip()
    return metadata_from(values)
