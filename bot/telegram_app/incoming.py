"""What came from Telegram, as the handlers see it: who, where, in which language, and how to reply."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telegram import Message, MessageEntity, Update
from telegram.constants import ChatType, MessageEntityType

from bot.telegram_app.access import Access, Limits
from bot.telegram_app.answering import Answering
from bot.telegram_app.database import Database
from bot.telegram_app.inbox import Inbox
from bot.telegram_app.memory import Memory, Preferences, Talk
from bot.telegram_app.outgoing import Button, Outgoing, plain
from bot.telegram_app.people import person
from bot.telegram_app.questions import LATE, Asked
from bot.telegram_app.sending import MOST_QUOTED, Place, Reply, Sender
from bot.telegram_app.styled import units
from bot.telegram_app.texts import Texts, texts_for

if TYPE_CHECKING:
    from retrieval.collection import Collection

# A quote has to repeat these of the quoted message; one without them is given only where there are none.
_QUOTED_MARKS = frozenset(
    {"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"}
)


@dataclass(slots=True)
class Parts:
    """What the handlers work with, made once in `application`."""

    collection: "Collection"
    database: Database
    sender: Sender
    answering: Answering
    access: Access
    limits: Limits
    retention_days: float
    language_model: bool  # whether one writes the answers
    began: float = field(default_factory=time.time)
    left_open: set[int] = field(default_factory=set)  # updates that an earlier process did not finish
    interrupted: set[int] = field(default_factory=set)  # updates that stay open for the next process
    pressing: set[tuple[int, int, str]] = field(
        default_factory=set
    )  # user, message and data of presses in work

    @property
    def memory(self) -> Memory:
        return self.answering.memory

    @property
    def inbox(self) -> Inbox:
        return self.answering.inbox

    def group(self, chat: int) -> int:
        """The number by which a group may stand in the settings: the one that it had before it grew."""
        return int(self.database.note(f"formerly {chat}") or chat)

    def moved(self, old: int, new: int) -> None:
        """A group became a supergroup, with another number."""
        self.database.set_note(f"formerly {new}", str(self.group(old)))
        self.memory.move_chat(old, new)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message, or the press of a button (then `message` is the one with the button)."""

    update: Update
    message: Message
    talk: Talk
    user: int
    private: bool
    preferences: Preferences
    texts: Texts
    reply: Reply
    again: bool  # an earlier process left it open
    late: bool  # it was written long before the bot ran

    @property
    def argument(self) -> str:
        """What follows the command."""
        return "".join((self.message.text or "").split(maxsplit=1)[1:]).strip()

    @property
    def age(self) -> float:
        return max(0.0, time.time() - self.message.date.timestamp())

    async def say(self, message: Outgoing | str, *rows: list[Button]) -> int:
        return await self.reply.send(plain(message, *rows) if isinstance(message, str) else message)


Handler = Callable[[Parts, Incoming], Awaitable[None]]


def incoming(parts: Parts, update: Update) -> Incoming | None:
    """None where there is no message to see, or nobody wrote it."""
    query = update.callback_query
    message = query.message if query else update.message
    if not message or not update.effective_chat:
        return None
    chat, private = update.effective_chat.id, update.effective_chat.type == ChatType.PRIVATE
    user = person(update)
    if not user or not isinstance(message, Message):
        return None
    thread = (message.message_thread_id or 0) if message.is_topic_message else 0
    preferences = parts.memory.preferences(user)
    sender = update.effective_user
    again = update.update_id in parts.left_open
    late = not query and _asked_before(parts, message, again)
    place = Place(chat, thread, message.message_id if query or not private or again or late else 0)
    return Incoming(
        update,
        message,
        Talk(chat, thread, 0 if private else user),
        user,
        private,
        preferences,
        texts_for(preferences.language or (sender.language_code if sender else None)),
        Reply(parts.sender, parts.inbox, update.update_id, place),
        again,
        late,
    )


def _asked_before(parts: Parts, message: Message, again: bool) -> bool:
    """Whether it was written long ago, before this process could hear it."""
    written = message.date.timestamp()
    return time.time() - written > LATE and (again or written < parts.began)


def addressed(message: Message, username: str) -> bool:
    """Whether a message in a group is meant for the bot: a command, a mention, or a reply to it."""
    own, marks = f"@{username}".lower(), marked(message)
    for entity, words in marks.items():
        if entity.type == MessageEntityType.BOT_COMMAND and entity.offset == 0:
            return "@" not in words or words.lower().endswith(own)
    return _replies_to(message, username) or any(
        words.lower() == own
        or (
            entity.type == MessageEntityType.TEXT_MENTION and entity.user and entity.user.username == username
        )
        for entity, words in marks.items()
    )


def marked(message: Message) -> dict[MessageEntity, str]:
    """The marks of a message or of its caption, and what they mark."""
    return message.parse_entities() if message.text else message.parse_caption_entities()


def _replies_to(message: Message, username: str) -> bool:
    """A message in a topic that replies to nothing is given as a reply to the topic's beginning."""
    replied = message.reply_to_message
    author = replied.from_user if replied and not replied.forum_topic_created else None
    return author is not None and author.username == username


def question_of(message: Message, username: str) -> str:
    """The text or caption without the bot's name."""
    said = message.text or message.caption or ""
    text = re.sub(rf"(?<!\w)@{re.escape(username)}\b[,:]?", " ", said, flags=re.IGNORECASE)
    return " ".join(text.split()) if text != said else text.strip()


def asked(parts: Parts, got: Incoming, question: str, quoted: str = "") -> Asked:
    """The question as it goes to be answered. `quoted` is the part of the message that is to be quoted."""
    replied = got.message.reply_to_message if got.update.message else None
    parent = parts.memory.answer_of_message(got.talk.chat, replied.message_id) if replied else ""
    marks = {entity.type for entity in marked(got.message)}
    fits = quoted and units(quoted) <= MOST_QUOTED and not marks & _QUOTED_MARKS and got.reply.place.reply_to
    place = got.reply.place
    return Asked(
        got.update.update_id,
        question,
        got.talk,
        Place(place.chat, place.thread, place.reply_to, quoted if fits else ""),
        got.user,
        got.private,
        parent or None,
        got.texts,
        got.preferences,
        got.age if got.update.message else 0.0,
        got.again,
        got.late,
    )
