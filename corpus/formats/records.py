"""Articles as records: JSON, JSON Lines and CSV, one article an object or row."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Source, clean, metadata_from, parsing, words
from corpus.formats.markup import html_text
from corpus.formats.plain import SAMPLE, decoded, guessed_encoding

# In order: the first that holds a text counts.
TEXTS = ("text", "body", "content", "article", "articlebody", "fulltext", "maintext", "contenttext")
LATER_TEXTS = ("contenthtml", "html", "description", "summary", "abstract")
IDS = ("id", "_id", "guid", "uuid", "key", "slug", "url", "link")
LISTS = ("articles", "items", "entries", "documents", "docs", "results", "records", "posts", "data")

_MARKUP = re.compile(r"</?(?:p|div|br|h[1-6]|li|ul|a|span|em|strong)\b[^>]*>", re.IGNORECASE)


def read_json(file: BinaryIO, source: Source) -> Iterator[Draft | UnreadableArticle]:
    """A list of articles, an object that holds such a list, or one article."""
    text = decoded(file.read(), source)
    with parsing(source.name, "JSON file"):
        value = json.loads(text.lstrip("\ufeff"))
    del text
    records = (
        value if isinstance(value, list) else next(_lists(value), None) if isinstance(value, dict) else None
    )
    if records is not None:
        yield from _drafts(records, source)
    elif isinstance(value, dict):
        yield _draft(value, source, "")
    else:
        raise UnreadableArticle(source.name, "holds no articles; a list of objects with a text is expected")


def _lists(value: Mapping[str, Any]) -> Iterator[list[Any]]:
    if not _text(value, {}):
        for name in LISTS:
            if isinstance(value.get(name), list):
                yield value[name]


def read_jsonl(file: BinaryIO, source: Source) -> Iterator[Draft | UnreadableArticle]:
    yield from _drafts(_json_lines(file, source), source)


def _json_lines(file: BinaryIO, source: Source) -> Iterator[Any]:
    longest = source.limits.article_bytes
    while line := file.readline(longest + 1):
        if len(line) > longest:
            raise UnreadableArticle(
                source.name, f"has a line longer than {longest / 2**20:,.0f} MB; cut it up"
            )
        if not line.strip():
            continue
        try:
            yield json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            yield None


def read_csv(file: BinaryIO, source: Source) -> Iterator[Draft | UnreadableArticle]:
    """The first row names the columns; what parts them is found out."""
    sample = file.read(SAMPLE)
    file.seek(0)
    if b"\0" in sample.replace(b"\xff\xfe", b"")[:1] or _is_binary(sample):
        raise UnreadableArticle(source.name, "is not a CSV file; save it as CSV and ingest it again")
    encoding = _encoding(sample)
    csv.field_size_limit(source.limits.article_bytes)
    with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as lines:
        head = lines.read(20_000)
        lines.seek(0)
        with parsing(source.name, "CSV file", csv.Error):
            yield from _drafts(csv.DictReader(lines, dialect=_dialect(head)), source)


def _is_binary(sample: bytes) -> bool:
    return sample.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or b"\0\0" in sample


def _encoding(sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        sample[: sample.rfind(b"\n") + 1 or len(sample)].decode("utf-8")
    except UnicodeDecodeError:
        return guessed_encoding(sample) or "cp1252"
    return "utf-8-sig"


def _dialect(head: str) -> type[csv.Dialect]:
    first = head.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t|", key=first.count)

    return Found


def _drafts(records: Iterable[Any], source: Source) -> Iterator[Draft | UnreadableArticle]:
    number = 0
    for number, record in enumerate(records, 1):
        part = str(number)
        if not isinstance(record, dict):
            yield UnreadableArticle(
                f"{source.name}#{part}", "is no object with fields; mend or remove that line"
            )
        elif not _text(record, source.fields):
            missing = source.fields.get("text", "text")
            yield UnreadableArticle(
                f"{source.name}#{part}", f'has no text; say which field holds it, if not "{missing}"'
            )
        else:
            yield _draft(record, source, _id(record, source.fields) or part)
    if not number:
        raise UnreadableArticle(source.name, "holds no articles; there is nothing to take in")


def _draft(record: Mapping[str, Any], source: Source, part: str) -> Draft:
    return Draft(_text(record, source.fields), metadata_from(record, source.fields), part=part)


def _id(record: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    names = (fields["id"],) if "id" in fields else IDS
    found = next((value for name in names if (value := words(record.get(name)))), "")
    return found[:200]


def _text(record: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    if "text" in fields:
        value = record.get(fields["text"])
    else:
        lowered = {re.sub(r"[\W_]", "", str(key).lower()): value for key, value in record.items()}
        found = (lowered.get(name) for name in (*TEXTS, *LATER_TEXTS))
        value = next((text for text in found if isinstance(text, str | list) and text), "")
    if isinstance(value, list):
        value = "\n\n".join(item for item in value if isinstance(item, str))
    text = value if isinstance(value, str) else ""
    return clean(html_text(text) if len(_MARKUP.findall(text[:5000])) > 1 else text)
