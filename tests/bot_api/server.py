"""The server that tests talk to: chats, users, queries, failures, and what the bot asked for."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, Self, TypeVar

from aiohttp import web

from bot_api.chat import Chat
from bot_api.faults import Fault, Faults
from bot_api.http_front import HttpFront
from bot_api.profile import shown_commands
from bot_api.refusals import Refusal
from bot_api.shown import CallbackAnswer, InlineAnswer, Request, ShownMessage, User
from bot_api.updates import Webhook
from bot_api.world import Query, World

T = TypeVar("T")
TOKEN = "1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawT"


class BotApiServer:
    """A Bot API server on a free port of this machine, in a thread of its own; a context manager."""

    def __init__(
        self, token: str = TOKEN, username: str = "footnote_test_bot", first_name: str = "Footnote"
    ) -> None:
        self.token = token
        self.world = World(User(int(token.partition(":")[0]), first_name, None, username, is_bot=True))
        self.faults = Faults()
        self.front = HttpFront(self.world, token, self.faults)
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.user_ids = itertools.count(10_001)
        self.group_ids = itertools.count(5_001)

    @property
    def url(self) -> str:
        """The address to put in the place of https://api.telegram.org."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listen; after a stop again on the same port."""
        loop = self.loop = asyncio.new_event_loop()
        self.world.updates.loop = loop
        self.thread = threading.Thread(target=loop.run_forever, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.listen(), loop).result(20)
        return self

    async def listen(self) -> None:
        self.world.updates.wakeup = asyncio.Event()
        self.runner = web.AppRunner(self.front.application(), access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self.delivery = asyncio.ensure_future(self.world.updates.deliver())
        self.world.updates.on_news()

    def stop(self) -> None:
        """Close the port: as when there is no network. Nothing that the server holds is lost."""
        if self.loop is None:
            return
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
        self.loop = self.world.updates.loop = None

    async def close(self) -> None:
        self.delivery.cancel()
        if self.world.updates.poll:
            self.world.updates.on_news()
        await self.runner.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def user(
        self,
        first_name: str = "Ada",
        language_code: str | None = "en",
        *,
        username: str | None = None,
        is_bot: bool = False,
    ) -> User:
        """Somebody new on Telegram."""
        user = User(next(self.user_ids), first_name, language_code, username, is_bot=is_bot)
        return self.world.add_user(user)

    def private_chat(self, user: User | None = None, *, started: bool = True) -> Chat:
        """The chat of a user with the bot; one that is not started cannot be written to."""
        user = user or self.user()
        chat = Chat(self.world, user.id, "private", None, user)
        chat.started = started
        return self.add_chat(chat)

    def group(self, title: str = "Friends", *members: User, bot_is_administrator: bool = False) -> Chat:
        """A basic group; without members it gets one. Its first member is an administrator."""
        return self.add_group(-next(self.group_ids), "group", title, members, bot_is_administrator)

    def supergroup(self, title: str = "Readers", *members: User, bot_is_administrator: bool = False) -> Chat:
        chat_id = -1_000_000_000_000 - next(self.group_ids)
        return self.add_group(chat_id, "supergroup", title, members, bot_is_administrator)

    def forum(self, title: str = "Newsroom", *members: User, bot_is_administrator: bool = False) -> Chat:
        """A supergroup with topics, which `chat.topic(name)` opens."""
        chat = self.supergroup(title, *members, bot_is_administrator=bot_is_administrator)
        chat.is_forum = True
        return chat

    def channel(self, title: str = "Announcements") -> Chat:
        """A channel that the bot administers; `chat.says` posts in it."""
        return self.add_group(-1_000_000_000_000 - next(self.group_ids), "channel", title, (), True)

    def add_group(
        self, chat_id: int, kind: str, title: str, members: tuple[User, ...], administrator: bool
    ) -> Chat:
        chat = Chat(self.world, chat_id, kind, title, None)
        for i, member in enumerate(members or (self.user("Grace"),)):
            chat.set_member(member, administrator=i == 0)
        chat.bot_status = "administrator" if administrator else "member"
        return self.add_chat(chat)

    def add_chat(self, chat: Chat) -> Chat:
        with self.world.changed:
            self.world.chats[chat.id] = chat
            return chat

    def messages(self, chat: Chat) -> list[ShownMessage]:
        """The chat as a user sees it now."""
        return chat.messages()

    def commands(self, chat: Chat, user: User | None = None) -> list[dict[str, str]]:
        """The commands that a user's app lists in a chat."""
        with self.world.changed:
            asking = user or chat.someone()
            assert asking
            return shown_commands(self.world, chat, asking.id, asking.language_code)

    def inline_query(self, user: User, text: str, *, offset: str = "", stale: bool = False) -> int | None:
        """Type `@bot text` in some chat."""
        with self.world.changed:
            query = Query(None, user, time.time(), stale)
            payload = {
                "id": self.world.add_query(query),
                "from": user.payload(),
                "query": text,
                "offset": offset,
            }
            query.update_id = self.world.updates.emit("inline_query", payload | {"chat_type": "sender"})
            return query.update_id

    def choose_inline(self, update_id: int, result_id: str, chat: Chat) -> ShownMessage:
        """Send a result of an inline query into a chat."""
        with self.world.changed:
            query = self.world.query_of(update_id)
            assert isinstance(query.answer, InlineAnswer), "the inline query is not answered"
            result = next(result for result in query.answer.results if result["id"] == result_id)
            sent = result["input_message_content"]
            content: dict[str, Any] = {"text": sent["message_text"], "via_bot": self.world.bot.payload()}
            content |= {name: sent[name] for name in ("entities", "link_preview_options") if name in sent}
            content |= {"reply_markup": result["reply_markup"]} if "reply_markup" in result else {}
            record = chat.add_record(query.user, content)
            chosen = {"result_id": result_id, "from": query.user.payload(), "query": ""}
            if "reply_markup" in result:
                inline_id = chosen["inline_message_id"] = f"inline{record.id}"
                self.world.inline_messages[inline_id] = (chat, record.id)
            self.world.updates.emit("chosen_inline_result", chosen)
            chat.emit("message", record)
            return record.shown()

    def callback_answer(self, update_id: int) -> CallbackAnswer | None:
        """What the user saw after pressing a button; None so far."""
        with self.world.changed:
            return self.world.query_of(update_id).answer  # type: ignore[return-value]

    def inline_answer(self, update_id: int) -> InlineAnswer | None:
        with self.world.changed:
            return self.world.query_of(update_id).answer  # type: ignore[return-value]

    @property
    def requests(self) -> list[Request]:
        """Every request so far, getUpdates and downloads ("file") with them."""
        with self.world.changed:
            return list(self.front.requests)

    def sent(self, method: str | None = None, chat: Chat | None = None) -> list[Request]:
        """The requests but getUpdates, of one method or chat."""
        return [
            request
            for request in self.requests
            if request.method != "getUpdates"
            and (method is None or request.method == method)
            and (chat is None or request.chat == chat.id)
        ]

    @property
    def invalid_requests(self) -> list[Request]:
        """The requests that one of the two readings found wrong."""
        return [request for request in self.requests if request.problems]

    @property
    def refusals(self) -> list[Request]:
        """The requests that were answered with an error."""
        return [request for request in self.requests if request.status >= 400]

    def fail(
        self,
        method: str | None = None,
        chat: Chat | None = None,
        kind: "str | Refusal" = "500",
        *,
        times: int | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        delay: float = 1.0,
    ) -> Fault:
        """Let requests fail once, or `times`, or for `seconds`; no method: all but getUpdates; "*": all."""
        with self.world.changed:
            chat_id = chat.id if chat else None
            return self.faults.add(method, chat_id, kind, times, seconds, retry_after, delay)

    def stop_failing(self) -> None:
        with self.world.changed:
            self.faults.faults.clear()

    def message_id(self, update_id: int) -> int:
        """The number of the message that an update brought."""
        update = self.world.updates.history[update_id]
        return next(value["message_id"] for name, value in update.items() if name != "update_id")

    def redeliver(self, update_id: int) -> None:
        """Give an update once more under the same number."""
        self.world.updates.redeliver(update_id)

    def times_given(self, update_id: int) -> int:
        """How often the bot was given an update."""
        return self.world.updates.given.get(update_id, 0)

    def confirmed(self, update_id: int) -> bool:
        """Whether the bot said that it need not get an update again."""
        with self.world.changed:
            return update_id not in self.world.updates.pending

    @property
    def webhook(self) -> Webhook | None:
        return self.world.updates.webhook

    def reverse_proxy(self, public: str, local: str) -> None:
        """Posts for webhooks under a public address go to a local one."""
        self.world.updates.reverse_proxies[public] = local

    def wait_for(self, condition: Callable[[], T], timeout: float = 10.0) -> T:
        """What the condition gives once that is true; AssertionError with the last requests after `timeout`.

        LookupError and AssertionError within the condition mean that it does not hold yet.
        """
        deadline, reason = time.monotonic() + timeout, ""
        with self.world.changed:
            while True:
                try:
                    if found := condition():
                        return found
                    reason = ""
                except (LookupError, AssertionError) as error:
                    reason = f" ({error!r})"
                if (left := deadline - time.monotonic()) <= 0:
                    raise AssertionError(
                        f"not within {timeout} s{reason}; the last requests:\n{self.story()}"
                    )
                self.world.changed.wait(min(left, 0.1))

    def story(self, last: int = 15) -> str:
        """The last requests in lines, for the messages of failed tests."""
        return "\n".join(
            f"  {request.method} {str(request.params)[:200]} -> {request.status} {request.description} "
            f"{'; '.join(request.problems)}".rstrip()
            for request in self.sent()[-last:]
        )
