"""Plain text in any encoding, with or without front matter: Markdown stays as it is written."""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import yaml

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Metadata, Source, metadata_from

SAMPLE = 200_000  # bytes from which the encoding is told
MAX_FRONT_MATTER = 65_536  # characters
BYTE_ORDER_MARK = "\ufeff"

_FRONT_MATTER = re.compile(r"(-{3,}|\+{3,})[ \t]*\n(.*?)^\1[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_PAIR = re.compile(r"^(\w[\w -]*):[ \t]*(\S.*)$", re.MULTILINE)
_MARKS = (  # in this order: the mark of UTF-16 begins that of UTF-32
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is called by one name and meant by another (WHATWG Encoding Standard).
MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "euc_kr": "cp949",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_KINDS = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"{\\rtf": "an RTF document",
}


def read_text(file: BinaryIO, source: Source) -> Iterator[Draft]:
    text = decoded(file.read(), source)
    metadata, body = front_matter(text)
    yield Draft(text, metadata, body)


def decoded(data: bytes, source: Source) -> str:
    """The text of `data` with universal newlines, to the letter if it is UTF-8: a byte order mark stays."""
    for magic, kind in _KINDS.items():
        if data.startswith(magic):
            raise UnreadableArticle(source.name, f"is {kind}, not text; give it the ending of its kind")
    text = _decode(data, source)
    sample = text[:SAMPLE]
    if len(_CONTROL.findall(sample)) > len(sample) / 100:
        raise UnreadableArticle(source.name, "is not text; save it as text and ingest it again")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decode(data: bytes, source: Source) -> str:
    if b"\0" not in data[:SAMPLE] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if _is_damaged(data, error.start):
                return data.decode("utf-8", "replace")
    try:
        return data.decode(_encoding(data, source), "replace")
    except LookupError as error:
        raise UnreadableArticle(source.name, "is in an unknown encoding; save it as UTF-8") from error


def _is_damaged(data: bytes, position: int) -> bool:
    """Whether this is UTF-8 in which a few bytes are wrong, and not another encoding."""
    sample = data[max(0, position - SAMPLE) : position + SAMPLE].decode("utf-8", "replace")
    wrong = sample.count("\ufffd")
    return 20 * wrong < sum(character > "\x7f" for character in sample)


def _encoding(data: bytes, source: Source) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    encoding = source.charset or guessed_encoding(data)
    if not encoding:
        raise UnreadableArticle(source.name, "is not text; save it as text and ingest it again")
    return encoding


def guessed_encoding(data: bytes) -> str:
    """The encoding that the bytes look like; "" where they look like no text at all."""
    import chardet

    found = chardet.detect(data[:SAMPLE])["encoding"]
    return MEANT.get(codecs.lookup(found).name, found) if found else ""


def front_matter(text: str) -> tuple[Metadata, int]:
    """What the YAML or TOML at the head of the text says, and where the article begins after it."""
    start = 1 if text.startswith(BYTE_ORDER_MARK) else 0
    block = _FRONT_MATTER.match(text, start, start + MAX_FRONT_MATTER)
    if not block:
        return Metadata(), start
    values = _toml(block[2]) if block[1].startswith("+") else _yaml(block[2])
    return (metadata_from(values), block.end()) if values is not None else (Metadata(), start)


def _yaml(text: str) -> Mapping[object, object] | None:
    """The pairs of a YAML block; of a broken one the lines that are whole; None if it is no front matter."""
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {key: value.strip(" \t'\"") for key, value in _PAIR.findall(text)} or None
    if values is None:
        return {}
    return values if isinstance(values, dict) else None


def _toml(text: str) -> Mapping[object, object] | None:
    import tomllib

    try:
        return {key: value for key, value in tomllib.loads(text).items()}  # noqa: C416 - str is no object
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
