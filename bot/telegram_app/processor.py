"""How many updates are worked on at the same time, and when one is done."""

import logging
from collections import Counter
from collections.abc import Awaitable, Coroutine
from typing import Any, cast

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.telegram_app.inbox import FLEETING, Inbox
from bot.telegram_app.incoming import Parts
from bot.telegram_app.people import person

AT_ONCE = 512  # updates
MOST_OF_USER = 20  # of one sender: nobody can keep the others from their turn

logger = logging.getLogger("footnote.telegram")


class Processor(BaseUpdateProcessor):
    """Works on many updates at once, and closes each in the inbox when everything that it asked for is done."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(AT_ONCE)
        self._inbox = inbox
        self._of_user: Counter[int] = Counter()
        self.parts: Parts | None = None

    async def do_process_update(self, update: object, coroutine: "Awaitable[Any]") -> None:
        if not isinstance(update, Update) or not self.parts:
            await coroutine
            return
        user = person(update)
        if user and self._of_user[user] >= MOST_OF_USER:
            cast("Coroutine[Any, Any, Any]", coroutine).close()
            logger.warning("update %d is left out: its sender has too many others in work", update.update_id)
        else:
            self._of_user[user] += 1
            try:
                await coroutine
            finally:
                self._of_user -= Counter((user,))
        if update.update_id in self.parts.interrupted or any(getattr(update, kind) for kind in FLEETING):
            return
        self._inbox.close(update.update_id)
        self.parts.left_open.discard(update.update_id)

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""
