"""What Telegram knows: the bot, users, chats, files, queries, commands."""

import itertools
import mimetypes
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot_api.refusals import bad_request, forbidden, migrated
from bot_api.shown import CallbackAnswer, InlineAnswer, User
from bot_api.updates import Updates

if TYPE_CHECKING:
    from bot_api.chat import Chat

QUERY_LIFETIME = 30.0
MOST_DOWNLOADED = 20 << 20
MOST_UPLOADED = 50 << 20


@dataclass
class StoredFile:
    """A file on Telegram's side; content is None where only the size is claimed."""

    file_id: str
    name: str
    size: int
    mime_type: str | None
    path: str
    content: bytes | None

    def payload(self) -> dict[str, Any]:
        return {
            "file_id": self.file_id,
            "file_unique_id": "u" + self.file_id,
            "file_name": self.name,
            "file_size": self.size,
        } | ({"mime_type": self.mime_type} if self.mime_type else {})


@dataclass
class Query:
    """A callback or inline query and its answer."""

    update_id: int | None
    user: User
    asked: float
    stale: bool = False
    answer: CallbackAnswer | InlineAnswer | None = None

    def open(self) -> bool:
        return not self.stale and time.time() - self.asked < QUERY_LIFETIME


@dataclass
class World:
    """Everything is read and changed with `changed` held, which is notified of every change."""

    bot: User
    changed: threading.Condition = field(default_factory=threading.Condition)
    updates: Updates = field(init=False)
    reads_all: bool = False
    topics_in_private: bool = False
    most_in_group: int | None = None
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, "Chat"] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    inline_messages: dict[str, tuple["Chat", int]] = field(default_factory=dict)
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))
    message_ids: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.updates = Updates(self.changed)
        self.users[self.bot.id] = self.bot

    def add_user(self, user: User) -> User:
        with self.changed:
            self.users[user.id] = user
            return user

    def add_file(
        self, name: str, content: bytes | None, mime_type: str | None, size: int | None
    ) -> StoredFile:
        number = next(self.numbers)
        guessed = mime_type or mimetypes.guess_type(name)[0]
        real_size = size if size is not None else len(content or b"")
        file_id = f"BQACAgIAAxkBAAI{number:08d}"
        path = f"documents/file_{number}{'.' + name.rpartition('.')[2] if '.' in name else ''}"
        self.files[file_id] = StoredFile(file_id, name, real_size, guessed, path, content)
        return self.files[file_id]

    def file_at(self, path: str) -> StoredFile | None:
        return next((stored for stored in self.files.values() if stored.path == path), None)

    def add_query(self, query: Query) -> str:
        query_id = str(4_000_000_000 + next(self.numbers))
        self.queries[query_id] = query
        return query_id

    def query_of(self, update_id: int) -> Query:
        return next(query for query in self.queries.values() if query.update_id == update_id)

    def find_chat(self, chat_id: int | str) -> "Chat":
        """The chat with this id or @username.

        Raises:
            Refusal: there is none.
        """
        for chat in self.chats.values():
            if chat.id == chat_id or (chat.username and f"@{chat.username}" == chat_id):
                return chat
        raise bad_request("chat not found")

    def writable_chat(self, chat_id: int | str) -> "Chat":
        """The chat, when the bot may write to it.

        Raises:
            Refusal: in Telegram's words for what stands against it.
        """
        chat = self.find_chat(chat_id)
        if chat.migrated_to is not None:
            raise migrated(chat.migrated_to)
        if chat.type == "private":
            if chat.user and chat.user.is_bot:
                raise forbidden("bot can't send messages to bots")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            if chat.bot_status == "kicked":
                raise forbidden("bot was blocked by the user")
            return chat
        if chat.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        if chat.bot_status == "left":
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        if chat.type == "channel" and chat.bot_status != "administrator":
            raise bad_request("need administrator rights in the channel chat")
        if chat.muted:
            raise bad_request("not enough rights to send text messages to the chat")
        return chat
