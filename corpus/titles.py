"""What the head of a text says of it: its title and its date; and what its file's name says, where it does not."""

import re
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from corpus.formats.draft import as_date

MAX_TITLE = 120  # characters

_HEADING = re.compile(r"^#{1,3}[ \t]+(\S.*?)[ \t]*#*[ \t]*$|^(\S.*)\n(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
_DATED = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")
_PUBLISHED = re.compile(
    r"(?:published|posted|date|veröffentlicht|datum|publié|publicado|fecha|pubblicato|опубликовано|дата)"
    r"(?: (?:on|am|le|el|il))?:?\s+",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"(?:[^\W\d_][\w .'-]{1,40},\s+){1,3}"
    r"([^\W\d_]{3,12}\.? \d{1,2}, \d{4}|\d{1,2}\.? [^\W\d_]{3,12}\.? \d{4}|\d{4}-\d\d-\d\d)"
    r"\s*(?:\([^)]{2,30}\)|/[\w ]{2,30}/)?\s*[—–-]{1,2}\s"
)
_SUFFIX = re.compile(r"\.\w{2,8}")
_CLOSED = tuple(".。।۔:;,|")


def title_of(text: str, body: int = 0) -> str:
    """The first heading, or the first line if that is short and stands apart; "" where there is neither."""
    head = text[body : body + 5000].lstrip("\ufeff \t\n\f")
    first, _, rest = head.partition("\n")
    heading = _HEADING.search(head)
    if heading and not head[: heading.start()].strip():
        return _plain(heading[1] or heading[2])
    apart = rest[:1] in ("\n", "") or len(rest.partition("\n")[0]) > MAX_TITLE
    if rest.strip() and apart and len(first) < MAX_TITLE and not first.rstrip().endswith(_CLOSED):
        return _plain(first)
    return _plain(heading[1] or heading[2]) if heading else ""


def dateline(text: str, body: int = 0) -> date | None:
    """The day that stands at the head of the text, in a line of its own below the title or before a dash:
    "VOSTOCHNY, Russia, Sept. 13, 2023 (AP) — ". None where it could be anything else, a date in a sentence.
    """
    lines = [line.strip() for line in text[body : body + 1500].split("\n") if line.strip()][:4]
    for number, line in enumerate(lines):
        if opened := _DATELINE.match(line):
            return as_date(opened[1])
        labelled = _PUBLISHED.match(line)
        if _DATED.search(line) and len(line) <= 60 and (number or labelled):
            found = as_date(line[labelled.end() :] if labelled else line)
            if found:
                return found
    return None


def _plain(line: str) -> str:
    """A heading without the marks of Markdown; "" where no word is left."""
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)
    line = " ".join(re.sub(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}", r"\1", line).lstrip("#=> ").split())
    return line[:300] if re.search(r"\w", line) else ""


def readable_name(name: str) -> str:
    """Of "old-stone_bridge.txt" "Old stone bridge"; "" for a number or a checksum, which nobody reads."""
    if re.match(r"https?://", name):
        address = urlsplit(name)
        path = PurePosixPath(unquote(address.path) if address.path.strip("/") else address.netloc + ".x")
    else:
        pieces = [PurePosixPath(piece) for piece in reversed(name.replace("\\", "/").split("#"))]
        path = next((piece for piece in pieces if _SUFFIX.fullmatch(piece.suffix)), pieces[-1])
    if re.fullmatch(r"[\W\d_]*|[0-9a-fA-F-]{8,}", path.stem):
        return ""
    words = re.sub(r"[-_\s]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:]
