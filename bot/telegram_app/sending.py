"""Messages sent, edited and deleted: whole and once, whatever Telegram refuses and however often the network fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from telegram import LinkPreviewOptions, Message, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.telegram_app.inbox import Inbox
from bot.telegram_app.outgoing import Outgoing
from bot.telegram_app.pacing import FLEETING

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
MOST_QUOTED = 1024  # UTF-16 units of a quote
LONGEST_PAUSE = 30.0  # seconds between two tries while the network is down
_SAID = ("message is not modified",)
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the",
)
_SHUT = (
    "not enough rights",
    "chat not found",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_admin_required",
    "need administrator rights",
    "user is deactivated",
    "chat was deactivated",
    "have no rights",
    "topic_closed",
)

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class Unreachable(Exception):
    """Nothing can be written to this chat: the bot was blocked, removed or silenced."""


class Interrupted(Exception):
    """The bot stops before this is done; the update stays in the inbox."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages go: chat and topic, and what they reply to."""

    chat: int
    thread: int = 0
    reply_to: int = 0
    quote: str = ""


class Sender:
    """`moved` is told when a group has become a supergroup."""

    def __init__(
        self, bot: "ExtBot[int]", stopping: asyncio.Event, moved: Callable[[int, int], None]
    ) -> None:
        self.bot = bot
        self._stopping, self._moved = stopping, moved

    async def send(self, place: Place, message: Outgoing) -> Message:
        """The message as sent. A refused quote, reply, topic, keyboard or mark is left out rather than the text."""
        for place_now, message_now in _plainer(place, message):
            try:
                return await self._persist(partial(self._post, place_now, message_now))
            except ChatMigrated as error:
                self._moved(place.chat, error.new_chat_id)
                return await self.send(Place(error.new_chat_id), message)
            except BadRequest as error:
                refused = error
                _raise_if_shut(error)
                logger.warning("Telegram refused a message (%s): sending it plainer", error.message)
        raise refused

    async def send_file(self, place: Place, content: bytes, name: str) -> Message:
        """A file; where its topic is gone or the group has grown, there all the same."""
        for place_now in dict.fromkeys((place, Place(place.chat))):
            post = partial(
                self.bot.send_document,
                place_now.chat,
                content,
                filename=name,
                message_thread_id=place_now.thread or None,
            )
            try:
                return await self._persist(post)
            except ChatMigrated as error:
                self._moved(place.chat, error.new_chat_id)
                return await self.send_file(Place(error.new_chat_id), content, name)
            except BadRequest as error:
                refused = error
                _raise_if_shut(error)
        raise refused

    async def _post(self, place: Place, message: Outgoing) -> Message:
        reply = ReplyParameters(place.reply_to, quote=place.quote or None, allow_sending_without_reply=True)
        return await self.bot.send_message(
            place.chat,
            message.text,
            entities=message.entities or None,
            reply_markup=message.keyboard,
            message_thread_id=place.thread or None,
            reply_parameters=reply if place.reply_to else None,
            link_preview_options=NO_PREVIEW,
        )

    async def edit(self, chat: int, message_id: int, message: Outgoing) -> bool:
        """False where the message is no longer there to be edited, as in a group that became a supergroup."""
        for variant in (message, replace(message, entities=(), keyboard=None)):
            try:
                await self._persist(partial(self._edit, chat, message_id, variant))
                return True
            except ChatMigrated as error:
                self._moved(chat, error.new_chat_id)
                return False
            except BadRequest as error:
                words = error.message.lower()
                if any(known in words for known in _SAID):
                    return True
                if any(known in words for known in _GONE):
                    return False
                _raise_if_shut(error)
                logger.warning("Telegram refused an edit (%s): trying it plainer", error.message)
        return False

    async def _edit(self, chat: int, message_id: int, message: Outgoing, limits: int | None = None) -> Any:
        return await self.bot.edit_message_text(
            message.text,
            chat,
            message_id,
            entities=message.entities or None,
            reply_markup=message.keyboard,
            link_preview_options=NO_PREVIEW,
            rate_limit_args=limits,
        )

    async def try_edit(self, chat: int, message_id: int, message: Outgoing) -> bool:
        """An edit that a newer one will follow: sent now or not at all."""
        return bool(await self.once(self._edit(chat, message_id, message, FLEETING)))

    async def once(self, request: Awaitable[Result]) -> Result | None:
        """What the request gives, None where Telegram refuses it or is not there: it was not important."""
        try:
            return await request
        except TelegramError as error:
            logger.debug("not important and not done: %s", error)
            return None

    async def persist(self, request: Callable[[], Awaitable[Result]]) -> Result:
        """As often as it takes. Unreachable, Interrupted, and BadRequest as Telegram gives it."""
        try:
            return await self._persist(request)
        except ChatMigrated as error:
            raise Unreachable(str(error)) from error

    async def _persist(self, request: Callable[[], Awaitable[Result]]) -> Result:
        pause = 0.5
        while True:
            try:
                return await request()
            except (BadRequest, ChatMigrated):
                raise
            except Forbidden as error:
                raise Unreachable(error.message) from error
            except (RetryAfter, InvalidToken) as error:
                raise Interrupted from error
            except NetworkError as error:
                if self._stopping.is_set():
                    raise Interrupted from error
                logger.warning("Telegram does not answer (%s): again in %.1f s", error, pause)
                await self._pause(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _raise_if_shut(error: BadRequest) -> None:
    if any(words in error.message.lower() for words in _SHUT):
        raise Unreachable(error.message) from error


def _plainer(place: Place, message: Outgoing) -> Sequence[tuple[Place, Outgoing]]:
    """The message as it should be, then with less and less of what Telegram may refuse."""
    without_quote, without_reply = replace(place, quote=""), Place(place.chat, place.thread)
    ladder = [
        (place, message),
        (without_quote, message),
        (without_reply, message),
        (Place(place.chat), message),
        (Place(place.chat), replace(message, entities=())),
        (Place(place.chat), replace(message, entities=(), keyboard=None)),
    ]
    return list(dict.fromkeys(ladder))


class Reply:
    """What is sent for one update, each part once: what an earlier process sent is not sent again."""

    def __init__(self, sender: Sender, inbox: Inbox, update_id: int, place: Place) -> None:
        self.sender, self.inbox = sender, inbox
        self.update_id, self.place = update_id, place
        self._parts = 0

    async def send(self, message: Outgoing, part: str = "", *, whole: bool = True) -> int:
        """Send the next part, or the one of this name; the number of its message. `whole` off: it is to be edited."""
        if not part:
            part, self._parts = f"reply {self._parts}", self._parts + 1
        sent = self.inbox.sent(self.update_id, part)
        if sent:
            return sent.message
        posted = await self.sender.send(self.place, message)
        if posted.chat.id != self.place.chat:  # a supergroup now
            self.place = Place(posted.chat.id)
        self.inbox.note_sent(self.update_id, part, posted.message_id, whole=whole)
        return posted.message_id

    async def finish(self, message: Outgoing, part: str) -> int:
        """Send a part, or edit what was begun of it. The number of its message."""
        sent = self.inbox.sent(self.update_id, part)
        if sent and sent.whole:
            return sent.message
        if sent and await self.sender.edit(self.place.chat, sent.message, message):
            self.inbox.note_sent(self.update_id, part, sent.message)
            return sent.message
        self.inbox.forget_sent(self.update_id, part)
        return await self.send(message, part)

    async def send_all(self, messages: Sequence[Outgoing], name: str) -> list[int]:
        """Send parts one after the other; only the first is a reply."""
        numbers = []
        for number, message in enumerate(messages):
            numbers.append(await self.finish(message, f"{name} {number}"))
            self.place = replace(self.place, reply_to=0, quote="")
        return numbers
