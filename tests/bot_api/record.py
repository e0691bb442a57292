"""One stored message and how it is shown."""

import time
from dataclasses import dataclass, field
from typing import Any

from bot_api.shown import Document, ShownMessage, Version, buttons_of, entity_of


@dataclass
class Record:
    """A message as the Bot API writes it, and what the API does not tell."""

    data: dict[str, Any]
    from_bot: bool
    content: bytes | None = None
    deleted: bool = False
    versions: list[Version] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.versions.append(Version(time.time(), self.text))

    @property
    def id(self) -> int:
        return self.data["message_id"]

    @property
    def text(self) -> str:
        return self.data.get("text") or self.data.get("caption") or ""

    @property
    def thread_id(self) -> int | None:
        return self.data.get("message_thread_id")

    def as_reply_target(self) -> dict[str, Any]:
        """The message within another that replies to it: without what it replies to itself."""
        return {name: value for name, value in self.data.items() if name != "reply_to_message"}

    def change(self, content: dict[str, Any], removed: tuple[str, ...]) -> None:
        """Put new content in the place of the fields named in `removed`."""
        before = self.text
        for name in removed:
            self.data.pop(name, None)
        self.data |= content | {"edit_date": int(time.time())}
        if self.text != before:
            self.versions.append(Version(time.time(), self.text))

    def shown(self) -> ShownMessage:
        raw = self.data
        reply = raw.get("reply_to_message")
        if reply and "forum_topic_created" in reply:
            reply = None
        return ShownMessage(
            message_id=self.id,
            chat_id=raw["chat"]["id"],
            sender_id=raw["from"]["id"] if "from" in raw else None,
            from_bot=self.from_bot,
            text=self.text,
            entities=tuple(map(entity_of, raw.get("entities") or raw.get("caption_entities") or [])),
            buttons=buttons_of(raw),
            reply_to=reply["message_id"] if reply else None,
            quote=raw["quote"]["text"] if "quote" in raw else None,
            thread_id=raw.get("message_thread_id"),
            document=self.document(),
            link_preview=not raw.get("link_preview_options", {}).get("is_disabled", False),
            edited="edit_date" in raw,
            versions=tuple(self.versions),
            reactions=tuple(self.reactions),
            raw=raw,
        )

    def document(self) -> Document | None:
        if "document" not in self.data:
            return None
        raw = self.data["document"]
        return Document(
            raw["file_name"], raw["file_size"], raw.get("mime_type"), raw["file_id"], self.content
        )
