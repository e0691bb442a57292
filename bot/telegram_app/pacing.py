"""How fast requests go out: a budget and a `retry_after` for each chat, so that one chat never holds up another.

Telegram allows about one message a second in a private chat with short bursts, twenty a minute in a group, edits
included, and thirty a second over all chats (https://core.telegram.org/bots/faq). A fleeting request (a draft, an edit
of what is being written, a typing sign) never waits: it goes out now or is dropped, since a newer one will follow.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

FLEETING = 1  # the rate_limit_args of a request that may be dropped
MOST_CHATS = 4096  # whose budget is remembered
PATIENCE = 5.0  # seconds that a request waits at most while the bot is stopping
_SLACK = 0.1
_UNPACED = {"answerCallbackQuery", "answerInlineQuery", "sendChatAction", "sendMessageDraft", "deleteMessage"}


@dataclass(slots=True)
class Bucket:
    """Holds up to `capacity` tokens and gains `rate` a second."""

    capacity: float
    rate: float
    tokens: float = -1.0
    filled: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.tokens = self.capacity

    def fill(self) -> None:
        now = time.monotonic()
        self.tokens = min(self.capacity, self.tokens + (now - self.filled) * self.rate)
        self.filled = now

    def wait(self, reserve: float = 0.0) -> float:
        """Seconds until a token can be taken and `reserve` are left."""
        self.fill()
        return max(0.0, (1.0 + reserve - self.tokens) / self.rate)

    def take(self) -> None:
        """May go below zero: those who come later wait the longer."""
        self.fill()
        self.tokens -= 1.0

    def full(self) -> bool:
        self.fill()
        return self.tokens >= self.capacity


@dataclass(slots=True)
class _Chat:
    bucket: Bucket
    reserve: float  # tokens that fleeting requests leave to messages that have to go out
    resume: float = 0.0  # when Telegram's retry_after is over


class Pacing(BaseRateLimiter[int]):
    def __init__(self, overall: float = 30.0) -> None:
        self._overall = Bucket(overall, overall)
        self._chats: OrderedDict[object, _Chat] = OrderedDict()
        self._stopping = asyncio.Event()

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        self.stop()

    def stop(self) -> None:
        """From now on nothing waits long: what cannot go out soon stays in the inbox for the next start."""
        self._stopping.set()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """False for a fleeting request that was dropped. RetryAfter: too long a wait while the bot is stopping."""
        chat = self._chat(data.get("chat_id"), endpoint)
        if rate_limit_args == FLEETING:
            return await self._now_or_never(chat, endpoint, callback, args, kwargs)
        while True:
            await self._turn(chat, endpoint)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self._hold(chat, error)

    async def _now_or_never(
        self, chat: _Chat, endpoint: str, callback: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> Any:
        paced = endpoint not in _UNPACED
        wait = max(chat.bucket.wait(chat.reserve), self._overall.wait()) if paced else 0.0
        if wait > 0 or time.monotonic() < chat.resume:
            return False
        if paced:
            chat.bucket.take()
            self._overall.take()
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            self._hold(chat, error)
            return False

    async def _turn(self, chat: _Chat, endpoint: str) -> None:
        """Wait until the chat's budget allows a request and its retry_after is over, then for a share of what all
        chats have: one that waits for itself uses up nothing of that."""
        paced = endpoint not in _UNPACED
        if paced:
            await self._sleep(_taken(chat.bucket))
        while (wait := chat.resume - time.monotonic()) > 0:
            await self._sleep(wait)
        if paced:
            await self._sleep(_taken(self._overall))

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        until = time.monotonic() + seconds
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        left = until - time.monotonic()
        if left > PATIENCE:
            raise RetryAfter(int(left) + 1)
        await asyncio.sleep(max(0.0, left))

    def _hold(self, chat: _Chat, error: RetryAfter) -> None:
        chat.resume = max(chat.resume, time.monotonic() + seconds_of(error) + _SLACK)

    def _chat(self, chat_id: object, endpoint: str) -> _Chat:
        key = endpoint if chat_id is None else chat_id
        if key not in self._chats:
            self._chats[key] = _chat(chat_id)
        self._chats.move_to_end(key)
        while len(self._chats) > MOST_CHATS:
            oldest = next(iter(self._chats))
            if self._chats[oldest].resume > time.monotonic():
                break
            del self._chats[oldest]
        return self._chats[key]


def _taken(bucket: Bucket) -> float:
    """Take a token; the seconds until it is there."""
    wait = bucket.wait()
    bucket.take()
    return wait


def seconds_of(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _chat(chat_id: object) -> _Chat:
    if chat_id is None:
        return _Chat(Bucket(30, 30), 0)
    if isinstance(chat_id, int) and chat_id > 0:
        return _Chat(Bucket(10, 1), 2)
    return _Chat(Bucket(20, 20 / 60), 10)
