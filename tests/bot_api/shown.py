"""What a user sees: messages, buttons, documents and answers, as plain values for tests."""

from dataclasses import dataclass
from typing import Any

from bot_api.entities import marked


@dataclass(frozen=True, slots=True)
class User:
    """Somebody on Telegram, a person or a bot."""

    id: int
    first_name: str
    language_code: str | None = "en"
    username: str | None = None
    last_name: str | None = None
    is_bot: bool = False

    def payload(self) -> dict[str, Any]:
        names = ("id", "first_name", "language_code", "username", "last_name", "is_bot")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity; offset and length count UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """One button of an inline keyboard; `raw` has the fields that are not named here."""

    text: str
    callback_data: str | None
    url: str | None
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a chat; content is None for a file that only claims a size."""

    name: str
    size: int
    mime_type: str | None
    file_id: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Version:
    """The text of a message from `time` (seconds of `time.time()`) on."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One state of a streamed message."""

    time: float
    draft_id: int
    text: str
    entities: tuple[Entity, ...]
    thread_id: int | None


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as it stands in its chat now; text is the caption where there is one."""

    message_id: int
    chat_id: int
    sender_id: int | None
    from_bot: bool
    text: str
    entities: tuple[Entity, ...]
    buttons: tuple[tuple[Button, ...], ...]
    reply_to: int | None
    quote: str | None
    thread_id: int | None
    document: Document | None
    link_preview: bool
    edited: bool
    versions: tuple[Version, ...]
    reactions: tuple[str, ...]
    raw: dict[str, Any]

    @property
    def time(self) -> float:
        """When it was sent."""
        return self.versions[0].time

    def marks(self, *types: str) -> list[str]:
        """What the entities of these types mark, in the text's order."""
        return [marked(self.text, entity) for entity in self.entities if entity.type in types]

    def marks_with_entities(self, *types: str) -> list[tuple[str, Entity]]:
        return [(marked(self.text, entity), entity) for entity in self.entities if entity.type in types]

    def button(self, text_or_data: str) -> Button:
        """The button with this text or callback data; text may be a part of the label."""
        buttons = [button for row in self.buttons for button in row]
        for fits in (
            lambda b: text_or_data in (b.text, b.callback_data),
            lambda b: text_or_data in b.text,
        ):
            if found := [button for button in buttons if fits(button)]:
                return found[0]
        raise AssertionError(f"no button {text_or_data!r} among {[b.text for b in buttons]}")


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the user saw after pressing a button."""

    text: str
    show_alert: bool
    url: str | None
    time: float


@dataclass(frozen=True, slots=True)
class InlineAnswer:
    """What the user saw under an inline query; results as the bot sent them."""

    results: list[dict[str, Any]]
    button: dict[str, Any] | None
    next_offset: str
    cache_time: int | None
    is_personal: bool
    time: float


@dataclass(slots=True)
class Request:
    """One request of the bot: `problems` of both readings, and how it was answered."""

    method: str
    params: dict[str, Any]
    chat: int | str | None
    time: float
    problems: list[str]
    status: int = 0
    description: str = ""
    result: Any = None

    @property
    def refused(self) -> bool:
        return self.status != 200


def entity_of(raw: dict[str, Any]) -> Entity:
    names = ("type", "offset", "length", "url", "language", "user")
    return Entity(**{name: raw[name] for name in names if name in raw})


def buttons_of(raw: dict[str, Any]) -> tuple[tuple[Button, ...], ...]:
    rows = raw.get("reply_markup", {}).get("inline_keyboard", [])
    return tuple(
        tuple(Button(b["text"], b.get("callback_data"), b.get("url"), b) for b in row) for row in rows
    )
