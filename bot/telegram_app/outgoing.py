"""A message on its way to Telegram, and its form on disk."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.telegram_app.styled import MOST_MARKS, MOST_UNITS, Styled, displayable, entities, split, units

ROW = 8  # buttons
LABEL = 60  # characters
MOST_URL = 2000


@dataclass(frozen=True, slots=True)
class Outgoing:
    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """What a button says, and what it sends to the bot or opens."""

    label: str
    data: str = ""
    url: str = ""

    def made(self) -> InlineKeyboardButton:
        label = " ".join(displayable(self.label).split()) or "…"
        label = label if len(label) <= LABEL else label[: LABEL - 1].rstrip() + "…"
        return InlineKeyboardButton(label, callback_data=self.data or None, url=self.url or None)


def keyboard(*rows: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Rows that are too long for Telegram go on in the next."""
    cut = [row[first : first + ROW] for row in rows for first in range(0, len(row), ROW)]
    return InlineKeyboardMarkup([[button.made() for button in row] for row in cut]) if cut else None


def outgoing(styled: Styled, markup: InlineKeyboardMarkup | None = None) -> Outgoing:
    """One message. What does not fit is left out: where all of it counts, `outgoings` makes several."""
    if units(styled.text) > MOST_UNITS or len(styled.marks) > MOST_MARKS:
        styled = split(styled, [], MOST_UNITS - 2)[0].write(" …")
    return Outgoing(styled.text, entities(styled), markup)


def plain(text: str, *rows: Sequence[Button]) -> Outgoing:
    return outgoing(Styled().write(text), keyboard(*rows))


def outgoings(
    styled: Styled, ends: Sequence[int], markup: InlineKeyboardMarkup | None = None
) -> list[Outgoing]:
    """As many messages as the text needs, the buttons on the last."""
    pieces = split(styled, ends)
    return [outgoing(piece, markup if piece is pieces[-1] else None) for piece in pieces]


def is_link(url: str) -> bool:
    """Whether Telegram takes it as the address of a link or button."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = (parts.hostname or "").strip(".")
    fits = len(url) <= MOST_URL and url.isprintable() and " " not in url
    return parts.scheme in ("http", "https") and "." in host and fits


def kept(messages: Sequence[Outgoing]) -> str:
    return json.dumps([_message(message) for message in messages], ensure_ascii=False)


def restored(text: str) -> list[Outgoing]:
    return [
        Outgoing(
            one["text"],
            tuple(MessageEntity.de_list(one["entities"], None)),
            InlineKeyboardMarkup.de_json(one["keyboard"], None) if one["keyboard"] else None,
        )
        for one in json.loads(text)
    ]


def _message(message: Outgoing) -> dict[str, Any]:
    return {
        "text": message.text,
        "entities": [entity.to_dict() for entity in message.entities],
        "keyboard": message.keyboard.to_dict() if message.keyboard else None,
    }
