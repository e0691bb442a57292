"""An answer shown while it is being written: drafts in private chats, throttled edits elsewhere.

Nothing here is important: what Telegram refuses or the pace forbids is dropped, and the final message says it all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from typing import Protocol, TypeVar

from telegram.constants import ChatAction

from bot.telegram_app.outgoing import Button, keyboard, outgoing
from bot.telegram_app.pacing import FLEETING
from bot.telegram_app.sending import Interrupted, Place, Reply, Sender, Unreachable
from bot.telegram_app.styled import MOST_UNITS, Styled, entities, split

A_MOMENT = 0.3  # seconds
TYPING = 4.5  # seconds that Telegram shows a typing sign for, nearly
DRAFT_PACE = (0.1, 0.7)  # seconds before the first draft, and between two
EDIT_PACE = (1.0, 3.0)
WRITING = " …"

Event = TypeVar("Event")


async def in_thread(
    executor: Executor, make: Callable[[], Iterator[Event]], stop: asyncio.Event
) -> AsyncIterator[Event]:
    """What an iterator gives in a thread of its own, as it comes, until `stop` is set."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[Event | None]()

    def work() -> None:
        for event in make():
            if stop.is_set():
                return
            loop.call_soon_threadsafe(queue.put_nowait, event)

    future = loop.run_in_executor(executor, work)
    future.add_done_callback(lambda _: queue.put_nowait(None))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while True:
            waiting = asyncio.ensure_future(queue.get())
            await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
            event = waiting.result() if waiting.done() else None
            if event is None:
                waiting.cancel()
                break
            yield event
        if not stop.is_set():
            await future
    finally:
        stopped.cancel()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())


class Preview(Protocol):
    @property
    def pace(self) -> tuple[float, float]: ...

    async def show(self, styled: Styled) -> None: ...


class DraftPreview:
    """A draft that grows above the line where the user types; it vanishes when the message comes. Where Telegram
    takes no drafts, `instead` is shown."""

    def __init__(self, sender: Sender, place: Place, draft_id: int, instead: "EditPreview") -> None:
        self._sender, self._place, self._draft_id = sender, place, draft_id
        self._instead, self._refused = instead, False

    @property
    def pace(self) -> tuple[float, float]:
        return self._instead.pace if self._refused else DRAFT_PACE

    async def show(self, styled: Styled) -> None:
        if not self._refused:
            self._refused = await self._drafted(_end(styled)) is None
        if self._refused:
            await self._instead.show(styled)

    async def _drafted(self, shown: Styled) -> bool | None:
        """None: refused."""
        return await self._sender.once(
            self._sender.bot.send_message_draft(
                self._place.chat,
                self._draft_id,
                shown.text,
                self._place.thread or None,
                entities=entities(shown) or None,
                rate_limit_args=FLEETING,
            )
        )


class EditPreview:
    """A message that is edited as the answer grows, with a button that stops it."""

    def __init__(self, reply: Reply, part: str, stop: Button) -> None:
        self.pace = EDIT_PACE
        self._reply, self._part, self._stop = reply, part, keyboard([stop])
        self.message = 0

    async def show(self, styled: Styled) -> None:
        message = outgoing(_end(styled), self._stop)
        place = self._reply.place
        if self.message:
            await self._reply.sender.try_edit(place.chat, self.message, message)
            return
        with suppress(Unreachable, Interrupted):
            self.message = await self._reply.send(message, self._part, whole=False)


def _end(styled: Styled) -> Styled:
    """As much of the end as fits into a message."""
    growing = Styled(styled.text, list(styled.marks)).write(WRITING)
    return split(growing, [], MOST_UNITS - 100)[-1]


class Live:
    """Shows the newest state at the preview's pace."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._newest: Styled | None = None
        self._news = asyncio.Event()
        self._showing = asyncio.Lock()
        self._task = asyncio.create_task(self._run())

    def tell(self, styled: Styled) -> None:
        self._newest = styled
        self._news.set()

    async def _run(self) -> None:
        await self._news.wait()
        await asyncio.sleep(self._preview.pace[0])
        while True:
            await self._news.wait()
            self._news.clear()
            async with self._showing:
                if self._newest:
                    await self._preview.show(self._newest)
            await asyncio.sleep(self._preview.pace[1])

    async def close(self) -> None:
        """Returns when nothing is on its way any more that could come after the final message."""
        async with self._showing:
            self._task.cancel()


class Later:
    """Does some work after a while, unless it is called off before. What has begun is finished."""

    def __init__(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        self._begun = False
        self._task = asyncio.create_task(self._run(seconds, work))

    async def _run(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(seconds)
        self._begun = True
        await work()

    async def call_off(self) -> None:
        if not self._begun:
            self._task.cancel()
        await asyncio.wait([self._task])


async def keep_typing(sender: Sender, place: Place) -> None:
    """Until cancelled. An answer that comes in a moment needs no such sign."""
    await asyncio.sleep(A_MOMENT)
    while True:
        await sender.once(
            sender.bot.send_chat_action(
                place.chat, ChatAction.TYPING, place.thread or None, rate_limit_args=FLEETING
            )
        )
        await asyncio.sleep(TYPING)
