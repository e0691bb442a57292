"""Updates on their way to the bot: the queue, long polling with offsets, and webhooks."""

import asyncio
import copy
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot_api.refusals import OTHER_POLL, WEBHOOK_ACTIVE, WEBHOOK_SET, Refusal, bad_request

Update = dict[str, Any]
ON_REQUEST_ONLY = {"chat_member", "message_reaction", "message_reaction_count"}
CONFLICT_PAUSE = 0.5  # Telegram holds a second conflict back for three seconds.
RETRY_PAUSE = 0.2


@dataclass
class Webhook:
    """Where updates are posted to, and how it went."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error: tuple[int, str] | None = None
    posts: list[tuple[float, int, int]] = field(
        default_factory=list
    )  # time, update_id, status (0: no connection)


class Updates:
    """Keeps every update until the bot confirms it."""

    def __init__(self, changed: threading.Condition) -> None:
        self.changed = changed
        self.loop: asyncio.AbstractEventLoop | None = None
        self.history: dict[int, Update] = {}
        self.pending: dict[int, Update] = {}
        self.again: list[Update] = []
        self.given: dict[int, int] = {}
        self.allowed: set[str] | None = None
        self.webhook: Webhook | None = None
        self.reverse_proxies: dict[str, str] = {}
        self.ids = itertools.count(700_000_001)
        self.poll: asyncio.Future | None = None
        self.next_conflict = 0.0
        self.wakeup = asyncio.Event()

    def emit(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update; None when the bot did not ask for this kind."""
        with self.changed:
            wanted = kind in self.allowed if self.allowed else kind not in ON_REQUEST_ONLY
            if not wanted:
                return None
            update_id = next(self.ids)
            update = {"update_id": update_id, kind: copy.deepcopy(payload)}
            self.history[update_id] = self.pending[update_id] = update
            self.wake()
            return update_id

    def redeliver(self, update_id: int) -> None:
        """Give an update once more, even a confirmed one, under its old number."""
        with self.changed:
            if self.webhook:
                self.pending[update_id] = self.history[update_id]
            else:
                self.again.append(self.history[update_id])
            self.wake()

    def wake(self) -> None:
        if self.loop and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.on_news)

    def on_news(self) -> None:
        self.wakeup.set()
        if self.poll and not self.poll.done():
            self.poll.set_result(None)

    async def get_updates(self, parameters: dict[str, Any], alive: Callable[[], bool]) -> list[Update]:
        """Updates from the offset on, waiting for the first; the earlier ones are forgotten.

        `alive` says whether somebody still waits: a process that was killed takes no updates with it.

        Raises:
            Refusal: a webhook is set, or another request for updates came meanwhile.
        """
        offset, timeout = parameters.get("offset", 0), min(parameters.get("timeout", 0), 50)
        limit = min(max(parameters.get("limit", 100), 1), 100)
        if self.webhook:
            raise Refusal(*WEBHOOK_ACTIVE)
        self.allow(parameters)
        self.forget(offset)
        batch = self.batch(limit)
        if batch or timeout <= 0:
            return batch
        self.end_poll(OTHER_POLL)
        poll = self.poll = asyncio.get_running_loop().create_future()
        try:
            reason = await asyncio.wait_for(poll, timeout)
        except TimeoutError:
            reason = None
        if self.poll is poll:
            self.poll = None
        if reason and alive():
            await self.conflict_pause()
            raise Refusal(*reason)
        return self.batch(limit) if alive() else []

    def allow(self, parameters: dict[str, Any]) -> None:
        if "allowed_updates" in parameters:
            self.allowed = set(parameters["allowed_updates"]) or None

    def forget(self, offset: int) -> None:
        """Drop what the offset confirms; a negative one keeps that many of the last updates."""
        with self.changed:
            last = list(self.pending)[offset:] if offset < 0 else []
            for update_id in list(self.pending):
                if (offset > 0 and update_id < offset) or (offset < 0 and update_id not in last):
                    del self.pending[update_id]
            self.changed.notify_all()

    def batch(self, limit: int) -> list[Update]:
        with self.changed:
            batch = (self.again + list(self.pending.values()))[:limit]
            self.again = []
            for update in batch:
                self.note_given(update)
            return batch

    def note_given(self, update: Update) -> None:
        self.given[update["update_id"]] = self.given.get(update["update_id"], 0) + 1

    def end_poll(self, reason: tuple[int, str]) -> None:
        if self.poll and not self.poll.done():
            self.poll.set_result(reason)

    async def conflict_pause(self) -> None:
        now = time.monotonic()
        if now < self.next_conflict:
            await asyncio.sleep(CONFLICT_PAUSE)
        self.next_conflict = now + CONFLICT_PAUSE

    def set_webhook(self, parameters: dict[str, Any]) -> bool:
        url, secret_token = parameters.get("url", ""), parameters.get("secret_token", "")
        if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            raise bad_request("invalid webhook URL specified")
        if not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret_token):
            raise bad_request("secret token contains unallowed characters")
        with self.changed:
            if parameters.get("drop_pending_updates"):
                self.pending.clear()
            self.allow(parameters)
            self.webhook = Webhook(url, secret_token, parameters.get("max_connections", 40)) if url else None
            self.changed.notify_all()
        if url:
            self.end_poll(WEBHOOK_SET)
        self.on_news()
        return True

    def webhook_info(self) -> dict[str, Any]:
        hook = self.webhook
        info: dict[str, Any] = {"url": hook.url if hook else "", "has_custom_certificate": False}
        info["pending_update_count"] = len(self.pending)
        if hook:
            info["max_connections"] = hook.max_connections
            if hook.last_error:
                info["last_error_date"], info["last_error_message"] = hook.last_error
        if self.allowed:
            info["allowed_updates"] = sorted(self.allowed)
        return info

    async def deliver(self) -> None:
        """Post updates to the webhook, several at once, each until it is accepted."""
        running: dict[int, asyncio.Task] = {}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while True:
                await self.wakeup.wait()
                self.wakeup.clear()
                running = {update_id: task for update_id, task in running.items() if not task.done()}
                hook = self.webhook
                if hook is None:
                    continue
                for update_id, update in list(self.pending.items()):
                    if update_id not in running and len(running) < hook.max_connections:
                        running[update_id] = asyncio.ensure_future(self.post(session, hook, update))

    async def post(self, session: aiohttp.ClientSession, hook: Webhook, update: Update) -> None:
        update_id = update["update_id"]
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret_token} if hook.secret_token else {}
        self.note_given(update)
        try:
            async with session.post(self.address(hook.url), json=update, headers=headers) as response:
                status, words = response.status, f"Wrong response from the webhook: {response.status}"
        except (aiohttp.ClientError, TimeoutError):
            status, words = 0, "Connection failed"
        with self.changed:
            hook.posts.append((time.time(), update_id, status))
            if 200 <= status < 300:
                self.pending.pop(update_id, None)
            else:
                hook.last_error = (int(time.time()), words)
            self.changed.notify_all()
        if not 200 <= status < 300:
            await asyncio.sleep(RETRY_PAUSE)
        asyncio.get_running_loop().call_soon(self.wakeup.set)

    def address(self, url: str) -> str:
        """Where a reverse proxy leads a public address to."""
        for public, local in self.reverse_proxies.items():
            if url.startswith(public):
                return local + url[len(public) :]
        return url
