"""Entities of messages: UTF-16 offsets, Telegram's own finds, its trimming and its refusals."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bot_api.refusals import bad_request

Entity = dict[str, Any]
MOST_ENTITIES = 100
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]»”])"
    r"|(?<![\w.+-])(?P<email>[\w.+-]{1,64}@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@[A-Za-z]\w{2,31})?)(?![\w/])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z]\w{2,31})\b"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
)
WHOLE_ALONE = {"pre", "code"}
QUOTES = {"blockquote", "expandable_blockquote"}


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def utf16_slice(text: str, start: int, end: int) -> str:
    """The text between two offsets in UTF-16 units; UnicodeDecodeError where one splits a character."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def marked(text: str, entity: Any) -> str:
    """The part of a text that an entity marks; the entity is a dict or has the fields as attributes."""
    fields = entity if isinstance(entity, dict) else {"offset": entity.offset, "length": entity.length}
    start, end = fields["offset"], fields["offset"] + fields["length"]
    if not 0 <= start < end <= utf16_length(text):
        raise ValueError(f"the entity at {start}-{end} is not inside a text of {utf16_length(text)} units")
    return utf16_slice(text, start, end)


def found_entities(text: str) -> list[Entity]:
    """The commands, mentions, hashtags, addresses and links that Telegram finds by itself."""
    return [
        {
            "type": str(match.lastgroup),
            "offset": utf16_length(text[: match.start()]),
            "length": utf16_length(match[0]),
        }
        for match in FOUND.finditer(text)
    ]


def settled(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Text and entities as a message keeps them: checked, trimmed, joined with the found ones, at most 100.

    Raises:
        Refusal: an entity that does not lie within the text, splits a character, or links to no address.
    """
    entities = [e for e in entities if e["offset"] >= 0 and e["length"] > 0]
    check_bounds(text, entities)
    for entity in entities:
        if entity["type"] == "text_link" and not is_link(entity.get("url", "")):
            raise bad_request(f"entity URL '{entity.get('url', '')}' is invalid: Wrong HTTP URL")
    kept = list(without_forbidden_nesting(entities))
    trimmed_text, trimmed = trimmed_to(text, kept)
    for found in found_entities(trimmed_text):
        if not any(
            overlaps(found, e) for e in trimmed if e["type"] not in QUOTES | {"bold", "italic", "underline"}
        ):
            trimmed.append(found)
    trimmed.sort(key=lambda e: (e["offset"], -e["length"]))
    return trimmed_text, trimmed[:MOST_ENTITIES]


def check_bounds(text: str, entities: list[Entity]) -> None:
    """Refuse, as Telegram does, entities outside the text or in the middle of a character."""
    size = utf16_length(text)
    boundaries = character_boundaries(text)
    for entity in sorted(entities, key=lambda e: e["offset"]):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start >= size:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {start}")
        if end > size:
            words = f"entity beginning at UTF-16 offset {start} ends after the end of the text"
            raise bad_request(f"{words} at UTF-16 offset {end}")
        if start not in boundaries:
            raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {start}")
        if end not in boundaries:
            raise bad_request(
                f"entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol"
            )


def character_boundaries(text: str) -> set[int]:
    """The offsets in UTF-16 units at which a character begins or the text ends."""
    boundaries, position = {0}, 0
    for character in text:
        position += 2 if ord(character) > 0xFFFF else 1
        boundaries.add(position)
    return boundaries


def is_link(url: str) -> bool:
    """Whether Telegram takes an address as a link."""
    if re.search(r"\s", url):
        return False
    parts = urlsplit(url if "://" in url or url.startswith("tg:") else f"http://{url}")
    if parts.scheme in {"tg", "ton"}:
        return True
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "").strip(".")


def overlaps(one: Entity, other: Entity) -> bool:
    return (
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )


def without_forbidden_nesting(entities: list[Entity]) -> Iterator[Entity]:
    """Nothing stands together with code, and no quotation within another."""
    for i, entity in enumerate(entities):
        others = [other for j, other in enumerate(entities) if j != i and overlaps(entity, other)]
        within_code = entity["type"] not in WHOLE_ALONE | QUOTES and any(
            o["type"] in WHOLE_ALONE for o in others
        )
        earlier = [other for other in entities[:i] if overlaps(entity, other)]
        within_quote = entity["type"] in QUOTES and any(o["type"] in QUOTES for o in earlier)
        if not within_code and not within_quote:
            yield entity


def trimmed_to(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at the ends, the entities moved along; those of white space alone are dropped."""
    trimmed = text.strip()
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    size = utf16_length(trimmed)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, size)
        if start < end and utf16_slice(trimmed, start, end).strip():
            moved.append(entity | {"offset": start, "length": end - start})
    return trimmed, moved
