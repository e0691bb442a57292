"""From a question to its answer in the chat: one at a time for each conversation, a new one supersedes the old."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.kept_answers import kept_answer
from bot.telegram_app.answer_messages import answer_messages, answer_text, shortened
from bot.telegram_app.database import Database
from bot.telegram_app.inbox import Inbox
from bot.telegram_app.memory import KeptAnswer, Memory, Talk
from bot.telegram_app.outgoing import Outgoing, plain
from bot.telegram_app.questions import (
    STOPPED,
    Asked,
    Running,
    follow_ups,
    in_the_words_of,
    so_far,
    stop_button,
)
from bot.telegram_app.sending import Interrupted, Reply, Sender, Unreachable
from bot.telegram_app.streaming import DraftPreview, EditPreview, Later, Live, in_thread, keep_typing
from bot.telegram_app.styled import Styled
from corpus.errors import ArticleChanged, FootnoteError, NothingIngested
from retrieval.answer import Answer
from retrieval.streaming import Sentence

if TYPE_CHECKING:
    from retrieval.collection import Collection

ANSWER, STATUS = "answer", "status"  # names of parts of a reply
PATIENCE = 3.0  # seconds without an answer after which a button to stop it is offered

logger = logging.getLogger("footnote.telegram")


class Answering:
    """`workers` answers are made at the same time; the others wait their turn."""

    def __init__(
        self,
        collection: "Collection",
        database: Database,
        sender: Sender,
        stopping: asyncio.Event,
        workers: int,
    ) -> None:
        self.collection = collection
        self._database, self._sender, self._stopping = database, sender, stopping
        self.inbox, self.memory = Inbox(database), Memory(database)
        self._salt = database.salt()
        self._executor = ThreadPoolExecutor(workers, "answer")
        self._turns = asyncio.Semaphore(workers)
        self._running: dict[int, Running] = {}  # by update
        self._newest: dict[Talk, Running] = {}

    async def answer(self, asked: Asked) -> None:
        """Answer and send. Interrupted: the bot stops before that; Unreachable: nothing can be sent there."""
        running = Running(asked.update_id, asked.user, asked.again)
        before, self._newest[asked.talk] = self._newest.get(asked.talk), running
        self._running[asked.update_id] = running
        try:
            if before:
                before.superseded = not before.again
                if before.superseded:
                    before.stop.set()
                await before.finished.wait()
            parent = self.memory.head(asked.talk) if asked.parent is None else asked.parent
            await self._answer(replace(asked, parent=parent), running)
        finally:
            running.finished.set()
            del self._running[asked.update_id]
            if self._newest.get(asked.talk) is running:
                del self._newest[asked.talk]

    def cancel(self, talk: Talk) -> bool:
        """Stop what is being answered there; False where nothing is."""
        running = self._newest.get(talk)
        if running:
            running.stop.set()
        return running is not None

    def cancel_update(self, update_id: int, user: int) -> bool:
        """Stop the answer to one question, for the one who asked it; anonymous admins have no number of their own."""
        running = self._running.get(update_id)
        if running is None or (running.user > 0 and running.user != user):
            return False
        running.stop.set()
        return True

    def forget(self, user: int) -> None:
        """Stop what a user has asked, and keep nothing of it."""
        for running in self._running.values():
            if running.user == user:
                running.forgotten = True
                running.stop.set()

    async def _answer(self, asked: Asked, running: Running) -> None:
        reply = Reply(self._sender, self.inbox, asked.update_id, asked.place)
        messages = self.inbox.messages(asked.update_id)
        if messages is None:
            messages = await self._written(asked, running, reply)
        numbers = await reply.send_all(messages, ANSWER)
        chat = reply.place.chat
        if chat != asked.place.chat:  # a supergroup since the question
            self.memory.move_chat(asked.place.chat, chat)
        for number in numbers:
            self.memory.note_message(chat, number, self.answer_id(asked.update_id))
        await self._clear_status(reply)

    def answer_id(self, update_id: int) -> str:
        """Nobody can guess it: what a deep link with it opens is for those who have the answer."""
        return sha256(f"{self._salt}{update_id}".encode()).hexdigest()[:16]

    async def _written(self, asked: Asked, running: Running, reply: Reply) -> list[Outgoing]:
        """The messages of the answer, kept on disk."""
        began = time.monotonic()
        typing = asyncio.create_task(keep_typing(self._sender, asked.place))
        try:
            if not await self._turn(running):
                return self._nothing(asked, reply)
            try:
                answer, first_words = await self._watched(asked, running, reply, typing)
            finally:
                self._turns.release()
        except NothingIngested:
            return [plain(asked.texts("answer.empty_collection"))]
        except ArticleChanged:
            return [plain(asked.texts("open.changed"))]
        except FootnoteError as error:
            logger.error("no answer: %s", error)
            return [plain(asked.texts("error.unexpected"))]
        finally:
            typing.cancel()
        if answer is None or running.forgotten:
            return self._nothing(asked, reply)
        seconds = time.monotonic() - began
        messages = self._keep(asked, answer, first_words - began, seconds)
        self._log(asked, answer, first_words - began, seconds)
        return messages

    async def _turn(self, running: Running) -> bool:
        """Wait for a worker; False where the question was stopped meanwhile."""
        turn = asyncio.ensure_future(self._turns.acquire())
        stopped = asyncio.ensure_future(running.stop.wait())
        await asyncio.wait((turn, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not turn.done():
            turn.cancel()
            return False
        if self._stopping.is_set() or running.stop.is_set():
            self._turns.release()
            if not running.stop.is_set():
                raise Interrupted
            return False
        return True

    async def _watched(
        self, asked: Asked, running: Running, reply: Reply, typing: "asyncio.Task[None]"
    ) -> tuple[Answer | None, float]:
        """The answer, shown as it grows, and when its first words came. None: stopped before there were any."""
        live = Live(self._preview(asked, reply)) if asked.preferences.streaming else None
        patience = Later(PATIENCE, lambda: self._offer_to_stop(asked, reply, live))
        try:
            return await self._made(asked, running, live, typing)
        finally:
            await patience.call_off()
            if live:
                await live.close()

    async def _made(
        self, asked: Asked, running: Running, live: Live | None, typing: "asyncio.Task[None]"
    ) -> tuple[Answer | None, float]:
        catalogue = self.collection.catalogue
        history = self.memory.conversation(asked.parent or "", catalogue).history()
        sentences: list[Sentence] = []
        answer, first_words = None, 0.0
        events = in_thread(
            self._executor, lambda: self.collection.stream(asked.question, history), running.stop
        )
        async for event in events:
            if isinstance(event, Answer):
                answer = event
            elif isinstance(event, Sentence):
                typing.cancel()
                first_words = first_words or time.monotonic()
                sentences.append(event)
                if live:
                    live.tell(self._so_far(asked, sentences))
        if answer is None and sentences:
            answer = replace(so_far(asked, sentences), notice=STOPPED)
        return answer, first_words or time.monotonic()

    def _so_far(self, asked: Asked, sentences: Sequence[Sentence]) -> Styled:
        answer = shortened(so_far(asked, sentences), asked.preferences.length)
        return answer_text(answer, self.answer_id(asked.update_id), self._sender.bot.username)

    def _preview(self, asked: Asked, reply: Reply) -> DraftPreview | EditPreview:
        edits = EditPreview(reply, f"{ANSWER} 0", stop_button(asked))
        return DraftPreview(self._sender, asked.place, asked.update_id, edits) if asked.private else edits

    async def _offer_to_stop(self, asked: Asked, reply: Reply, live: Live | None) -> None:
        """Where the answer takes its time, show a button that stops it."""
        if asked.private or live is None:
            status = plain(asked.texts("answer.working"), [stop_button(asked)])
            with suppress(Unreachable, Interrupted, TelegramError):
                await reply.send(status, STATUS, whole=False)
        else:
            live.tell(Styled().write(asked.texts("answer.working")))

    async def _clear_status(self, reply: Reply) -> None:
        status = self.inbox.sent(reply.update_id, STATUS)
        if status:
            await self._sender.once(self._sender.bot.delete_message(reply.place.chat, status.message))
            self.inbox.forget_sent(reply.update_id, STATUS)

    def _nothing(self, asked: Asked, reply: Reply) -> list[Outgoing]:
        """What is said of a question that was stopped before the first words: something only where a message
        has begun."""
        begun = self.inbox.sent(asked.update_id, f"{ANSWER} 0")
        return [plain(asked.texts("answer.stopped"))] if begun else []

    def _keep(self, asked: Asked, answer: Answer, first_words: float, seconds: float) -> list[Outgoing]:
        answer_id = self.answer_id(asked.update_id)
        kept = KeptAnswer(
            answer_id, asked.parent or "", asked.place.chat, asked.user, kept_answer(answer, with_hits=True)
        )
        first_line = asked.texts("answer.late") if asked.late else ""
        with self._database.writing():
            messages = answer_messages(
                shortened(in_the_words_of(asked.texts, answer), asked.preferences.length),
                answer_id,
                asked.texts,
                self._sender.bot.username,
                follow_ups(answer, asked.user, self.memory),
                first_line,
            )
            self.memory.keep_answer(kept, answered=answer.answered, first_words=first_words, seconds=seconds)
            self.memory.set_head(asked.talk, answer_id)
            self.inbox.keep_messages(asked.update_id, messages)
        return messages

    def _log(self, asked: Asked, answer: Answer, first_words: float, seconds: float) -> None:
        logger.info(
            "%s chat=%s citations=%d first_words=%.2f seconds=%.2f age=%.0f",
            "answered" if answer.answered else "refused",
            sha256(f"{self._salt}{asked.place.chat}".encode()).hexdigest()[:8],
            len(answer.citations),
            first_words,
            seconds,
            asked.age,
        )

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
