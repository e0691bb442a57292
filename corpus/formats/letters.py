"""Newsletters as mail: one .eml, or an mbox of many."""

import mailbox
import re
import shutil
import tempfile
from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, BinaryIO

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Metadata, Source, clean, parsing, words
from corpus.formats.markup import html_text

SHORT = 200  # characters: a plain part that only says that there is an HTML part


def read_eml(file: BinaryIO, source: Source) -> Iterator[Draft]:
    with parsing(source.name, "message", MessageError):
        message = message_from_binary_file(file, policy=policy.default)
        draft = _draft(message, "")
    if not draft.text.strip():
        raise UnreadableArticle(source.name, "has no text, or no message; there is nothing to take in")
    yield draft


def read_mbox(file: BinaryIO, source: Source) -> Iterator[Draft | UnreadableArticle]:
    with tempfile.NamedTemporaryFile(suffix=".mbox") as copy:
        name = getattr(file, "name", None)
        if not isinstance(name, str):  # the standard library reads an mbox from its path alone
            shutil.copyfileobj(file, copy)
            copy.flush()
        path = name if isinstance(name, str) else copy.name
        box = mailbox.mbox(path, factory=_parsed, create=False)  # type: ignore[arg-type]
        try:
            yield from _messages(box, source)
        finally:
            box.close()


def _parsed(file: BinaryIO) -> EmailMessage:
    return message_from_binary_file(file, policy=policy.default)


def _messages(box: mailbox.mbox, source: Source) -> Iterator[Draft | UnreadableArticle]:
    number = 0
    for number, key in enumerate(box.iterkeys(), 1):
        name = f"{source.name}#{number}"
        try:
            with parsing(name, "message", MessageError):
                message: Any = box[key]
                draft = _draft(message, words(message["message-id"]).strip("<>") or str(number))
        except UnreadableArticle as failure:
            yield failure
            continue
        yield (
            draft
            if draft.text.strip()
            else UnreadableArticle(name, "has no text; there is nothing to take in")
        )
    if not number:
        raise UnreadableArticle(source.name, "holds no messages; there is nothing to take in")


def _draft(message: EmailMessage, part: str) -> Draft:
    sender, address = parseaddr(words(message["from"]))
    link = re.search(r"https?://[^\s<>]+", words(message["archived-at"]))
    return Draft(
        re.sub(r"^>(>*From )", r"\1", clean(_text(message)).strip(), flags=re.MULTILINE),
        Metadata(
            title=words(message["subject"]),
            author=sender or address,
            published=_day(message),
            publisher=words(message["list-id"]).partition("<")[0].strip(' "'),
            url=link[0] if link else "",
        ),
        part=part,
    )


def _day(message: EmailMessage) -> Any:
    try:
        return parsedate_to_datetime(words(message["date"])).date()
    except (ValueError, TypeError, IndexError):
        return None


def _text(message: EmailMessage) -> str:
    """The plain part, or the text of the HTML part where the plain one is a stub or missing."""
    plain, page = (message.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    text = _content(plain) if plain else ""
    if len(text.strip()) >= SHORT or not page:
        return text
    return max(text, html_text(_content(page)), key=lambda found: len(found.strip()))


def _content(part: Any) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an unknown charset
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
