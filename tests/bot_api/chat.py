"""A chat, and what people do in it. Every method may be called from a test's own thread."""

import itertools
import time
from typing import Any

from bot_api.entities import found_entities, utf16_length, utf16_slice
from bot_api.members import member_payload
from bot_api.record import Record
from bot_api.shown import Draft, ShownMessage, User
from bot_api.world import Query, World


class Chat:
    """A private chat, group, supergroup or channel; made by the server's methods of those names."""

    def __init__(
        self, world: World, chat_id: int, chat_type: str, title: str | None, user: User | None
    ) -> None:
        self.world = world
        self.id = chat_id
        self.type = chat_type
        self.title = title
        self.user = user
        self.username = user.username if user else None
        self.members: dict[int, User] = {user.id: user} if user else {}
        self.administrators: set[int] = set()
        self.is_forum = False
        self.topics: dict[int, str] = {}
        self.records: dict[int, Record] = {}
        self.bot_status = "member"
        self.started = True
        self.muted = False
        self.migrated_to: int | None = None
        self.pinned: set[int] = set()
        self.paced: list[float] = []
        self.drafts: list[Draft] = []
        self.actions: list[tuple[float, str, int | None]] = []
        own_ids = chat_type in {"supergroup", "channel"}
        self.message_ids = itertools.count(1) if own_ids else world.message_ids

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = {"id": self.id, "type": self.type}
        names = {"title": self.title, "username": self.username, "is_forum": self.is_forum or None}
        if self.user:
            names |= {"first_name": self.user.first_name, "last_name": self.user.last_name}
        return payload | {name: value for name, value in names.items() if value is not None}

    def add_record(
        self,
        sender: User | None,
        content: dict[str, Any],
        *,
        thread_id: int | None = None,
        reply: Record | None = None,
        file: bytes | None = None,
    ) -> Record:
        """Store a message of anybody. A reply keeps to the thread of what it replies to."""
        data: dict[str, Any] = {"message_id": next(self.message_ids), "date": int(time.time())}
        data["chat"] = self.payload()
        if self.type == "channel":
            data["sender_chat"] = self.payload()
        elif sender:
            data["from"] = sender.payload()
        data |= self.threading(thread_id, reply) | content
        record = Record(data, sender is self.world.bot, file)
        self.records[record.id] = record
        self.world.changed.notify_all()
        return record

    def threading(self, thread_id: int | None, reply: Record | None) -> dict[str, Any]:
        """The fields that tie a message to a topic, a thread and another message."""
        fields: dict[str, Any] = {}
        if thread_id is None and reply and reply.data.get("is_topic_message"):
            thread_id = reply.thread_id
        if thread_id in self.topics:
            fields = {"message_thread_id": thread_id, "is_topic_message": True}
            reply = reply or self.records[thread_id]
        elif reply and self.type == "supergroup":
            fields = {"message_thread_id": reply.thread_id or reply.id}
        return fields | ({"reply_to_message": reply.as_reply_target()} if reply else {})

    def says(
        self,
        text: str,
        user: User | None = None,
        *,
        reply_to: "ShownMessage | int | None" = None,
        quote: str | None = None,
        topic: int | None = None,
        entities: list[dict[str, Any]] | None = None,
        edit: int | None = None,
        **fields: Any,
    ) -> int | None:
        """Write a message, or change the one numbered `edit`; the update's id if the bot hears it."""
        marks = found_entities(text) if entities is None else entities
        content: dict[str, Any] = {"text": text} | ({"entities": marks} if marks else {}) | fields
        return self.sends(content, user, reply_to=reply_to, quote=quote, topic=topic, edit=edit)

    def sends(
        self,
        content: dict[str, Any],
        user: User | None = None,
        *,
        reply_to: "ShownMessage | int | None" = None,
        quote: str | None = None,
        topic: int | None = None,
        edit: int | None = None,
        file: bytes | None = None,
    ) -> int | None:
        """Send any content of a message, e.g. `{"sticker": {...}}` or `{"location": {...}}`."""
        with self.world.changed:
            sender = user or self.someone()
            if edit is not None:
                record = self.records[edit]
                record.change(content, ("text", "entities", "caption", "caption_entities"))
                return self.emit("edited_message", record)
            reply = self.record(reply_to) if reply_to is not None else None
            if quote is not None and reply:
                position = utf16_length(reply.text[: reply.text.index(quote)])
                content = content | {"quote": {"text": quote, "position": position, "is_manual": True}}
            record = self.add_record(sender, content, thread_id=topic, reply=reply, file=file)
            return self.emit("message", record)

    def starts(self, payload: str = "", user: User | None = None) -> int | None:
        """Press Start, or follow a deep link with a payload."""
        with self.world.changed:
            self.started = True
            return self.says(f"/start {payload}".strip(), user)

    def sends_document(
        self,
        content: bytes,
        name: str,
        user: User | None = None,
        *,
        caption: str = "",
        mime_type: str | None = None,
        size: int | None = None,
        reply_to: "ShownMessage | int | None" = None,
        topic: int | None = None,
    ) -> int | None:
        """Send a file; `size` claims another size than the content has."""
        with self.world.changed:
            stored = self.world.add_file(name, content, mime_type, size)
            message: dict[str, Any] = {"document": stored.payload()}
            if caption:
                message["caption"] = caption
                message |= {"caption_entities": marks} if (marks := found_entities(caption)) else {}
            return self.sends(message, user, reply_to=reply_to, topic=topic, file=content)

    def presses(
        self,
        button: Any,
        user: User | None = None,
        *,
        message: "ShownMessage | int | None" = None,
        stale: bool = False,
    ) -> int | None:
        """Press a button, given as a Button, its text or its data, of `message` or of the last that has it.

        A stale press is one whose answer comes too late for Telegram.
        """
        with self.world.changed:
            return self.sends_data(*self.pressed(button, message), user, stale=stale)

    def sends_data(
        self, record: Record, data: str, user: User | None = None, *, stale: bool = False, lost: bool = False
    ) -> int | None:
        """Send data as if a button of the message had it; of a `lost` message the bot gets only the number."""
        with self.world.changed:
            presser = user or self.someone()
            assert presser, "nobody is there to press a button"
            query = Query(None, presser, time.time(), stale)
            query_id = self.world.add_query(query)
            payload = {
                "id": query_id,
                "from": query.user.payload(),
                "message": {"chat": self.payload(), "message_id": record.id, "date": 0}
                if lost
                else record.data,
                "chat_instance": str(self.id),
                "data": data,
            }
            query.update_id = self.world.updates.emit("callback_query", payload)
            return query.update_id

    def pressed(self, button: Any, message: "ShownMessage | int | None") -> tuple[Record, str]:
        wanted = button if isinstance(button, str) else button.callback_data or button.text
        records = [self.record(message)] if message is not None else reversed(self.records.values())
        for record in records:
            shown = record.shown()
            if record.deleted or not shown.buttons:
                continue
            try:
                found = shown.button(wanted)
            except AssertionError:
                continue
            assert found.callback_data, f"the button {found.text!r} sends nothing to the bot"
            return record, found.callback_data
        raise AssertionError(f"no message with a button {wanted!r} in {self!r}")

    def record(self, message: "ShownMessage | int") -> Record:
        return self.records[message if isinstance(message, int) else message.message_id]

    def someone(self) -> User | None:
        return self.user or next((m for m in self.members.values() if not m.is_bot), None)

    def emit(self, kind: str, record: Record) -> int | None:
        if self.type == "channel":
            kind = kind.replace("message", "channel_post")
        return self.world.updates.emit(kind, record.data) if self.bot_hears(record) else None

    def bot_hears(self, record: Record) -> bool:
        """Whether privacy mode lets a message through."""
        if self.bot_status in {"left", "kicked"}:
            return False
        data, bot = record.data, self.world.bot
        free = (
            self.type in {"private", "channel"} or self.world.reads_all or self.bot_status == "administrator"
        )
        if free or data.get("via_bot", {}).get("id") == bot.id:
            return True
        if data.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
            return True
        if not ({"text", "caption", "document", "photo", "sticker", "voice", "location"} & set(data)):
            return True
        return any(
            self.is_addressed(record.text, e)
            for e in data.get("entities") or data.get("caption_entities", [])
        )

    def is_addressed(self, text: str, entity: dict[str, Any]) -> bool:
        word = utf16_slice(text, entity["offset"], entity["offset"] + entity["length"]).lower()
        own = f"@{self.world.bot.username}".lower()
        if entity["type"] == "bot_command":
            return "@" not in word or word.endswith(own)
        return (entity["type"] == "mention" and word == own) or (
            entity["type"] == "text_mention" and entity["user"]["id"] == self.world.bot.id
        )

    def shown_records(self) -> list[Record]:
        return [record for record in self.records.values() if not record.deleted]

    def messages(self, *, from_bot: bool | None = None, topic: int | None = None) -> list[ShownMessage]:
        """The messages as a user sees them now, in order."""
        with self.world.changed:
            shown = [record.shown() for record in self.shown_records()]
        return [
            message
            for message in shown
            if (from_bot is None or message.from_bot == from_bot)
            and (topic is None or message.thread_id == topic)
        ]

    def answers(self) -> list[ShownMessage]:
        """The bot's messages."""
        return self.messages(from_bot=True)

    def message(self, message_id: int) -> ShownMessage:
        with self.world.changed:
            return self.records[message_id].shown()

    def last_message_id(self) -> int:
        """The number of the latest message, e.g. of the one that was just said."""
        with self.world.changed:
            return max(self.records, default=0)

    def draft(self) -> Draft | None:
        """What streams at this moment: None once a message has come or thirty seconds have gone."""
        with self.world.changed:
            last = self.drafts[-1] if self.drafts else None
            answered = [
                r for r in self.records.values() if r.from_bot and last and r.versions[0].time > last.time
            ]
            return None if last is None or answered or time.time() - last.time > 30 else last

    def set_member(self, user: User, *, administrator: bool = False) -> User:
        with self.world.changed:
            self.world.add_user(user)
            self.members[user.id] = user
            if administrator:
                self.administrators.add(user.id)
            return user

    def topic(self, name: str) -> int:
        """Open a topic in a forum; its thread's number."""
        with self.world.changed:
            content = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
            record = self.add_record(self.someone(), content)
            record.data |= {"message_thread_id": record.id, "is_topic_message": True}
            self.topics[record.id] = name
            self.emit("message", record)
            return record.id

    def set_bot_status(self, status: str, user: User | None = None) -> int | None:
        """The bot becomes member, administrator, left or kicked (in a private chat: blocked)."""
        with self.world.changed:
            bot = self.world.bot
            change = {
                "chat": self.payload(),
                "from": (user or self.someone() or bot).payload(),
                "date": int(time.time()),
                "old_chat_member": member_payload(bot, self.bot_status),
                "new_chat_member": member_payload(bot, status),
            }
            was, self.bot_status = self.bot_status, status
            update_id = self.world.updates.emit("my_chat_member", change)
            joined = status in {"member", "administrator"} and was in {"left", "kicked"}
            if joined and self.type in {"group", "supergroup"}:
                record = self.add_record(user or self.someone(), {"new_chat_members": [bot.payload()]})
                self.emit("message", record)
            return update_id

    def blocks_bot(self) -> int | None:
        return self.set_bot_status("kicked")

    def unblocks_bot(self) -> int | None:
        return self.set_bot_status("member")

    def adds_bot(self, user: User | None = None) -> int | None:
        return self.set_bot_status("member", user)

    def removes_bot(self, user: User | None = None) -> int | None:
        return self.set_bot_status("kicked", user)

    def migrates(self) -> "Chat":
        """The group becomes a supergroup, which is returned; both get the service message."""
        with self.world.changed:
            supergroup = Chat(self.world, -1_000_000_000_000 + self.id, "supergroup", self.title, None)
            supergroup.members, supergroup.administrators = self.members, self.administrators
            supergroup.bot_status = self.bot_status
            self.world.chats[supergroup.id] = supergroup
            self.emit("message", self.add_record(self.someone(), {"migrate_to_chat_id": supergroup.id}))
            record = supergroup.add_record(self.someone(), {"migrate_from_chat_id": self.id})
            supergroup.emit("message", record)
            self.migrated_to = supergroup.id
            return supergroup

    def __repr__(self) -> str:
        return f"<{self.type} chat {self.id} {self.title or (self.user and self.user.first_name)!r}>"
