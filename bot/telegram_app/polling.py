"""Updates from Telegram by long polling. An update is in the inbox before the next request confirms it."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.telegram_app.inbox import InboxQueue, Unwritable
from bot.telegram_app.pacing import seconds_of
from corpus.errors import FootnoteError

POLL = 30  # seconds that Telegram holds a request while there is nothing new
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
REFUSED = "Telegram refuses the token in FOOTNOTE_TELEGRAM_TOKEN: copy it again from @BotFather."
WEBHOOK = "Telegram was posting updates to a webhook: that is off now, since this bot polls."
SECOND = "Another bot is running with the same token: stop it. Waiting until it has stopped."

logger = logging.getLogger("footnote.telegram")


async def poll(bot: "ExtBot[int]", queue: InboxQueue, kinds: Sequence[str], stopping: asyncio.Event) -> None:
    """Until `stopping`. FootnoteError: the token is refused. Everything else is waited for, and told once."""
    offset, pause, told = 0, FIRST_PAUSE, ""
    stopped = asyncio.ensure_future(stopping.wait())
    while not stopping.is_set():
        request = asyncio.ensure_future(_updates(bot, offset, kinds))
        await asyncio.wait((request, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not request.done():
            request.cancel()
            return
        try:
            for update in request.result():
                await queue.put(update)
                offset = update.update_id + 1
            if told:
                logger.info("Telegram answers again.")
            pause, told = FIRST_PAUSE, ""
            continue
        except InvalidToken:
            raise FootnoteError(REFUSED) from None
        except RetryAfter as error:
            wait, words = seconds_of(error), "Telegram asks to wait."
        except TimedOut:
            wait, words = FIRST_PAUSE, ""
        except TelegramError as error:
            words = _told(error)
            wait, pause = pause, min(2 * pause, LONGEST_PAUSE)
            if words == WEBHOOK:
                await _without_webhook(bot)
        if words and words != told:
            told = words
            logger.warning(words)
        await _pause(stopped, wait)


def _told(error: TelegramError) -> str:
    if isinstance(error, Conflict):
        return WEBHOOK if "webhook is active" in error.message.lower() else SECOND
    return str(error) if isinstance(error, Unwritable) else unreachable(error)


async def _without_webhook(bot: "ExtBot[int]") -> None:
    """While Telegram posts updates to an address, it gives none to those who poll."""
    try:
        await bot.delete_webhook()
    except TelegramError as error:
        logger.warning("the webhook cannot be taken off (%s)", error)


async def _updates(bot: "ExtBot[int]", offset: int, kinds: Sequence[str]) -> Sequence[Update]:
    """The updates from the offset on. One that cannot be read holds back none of the others."""
    try:
        return await bot.get_updates(offset, timeout=POLL, allowed_updates=kinds)
    except (TypeError, ValueError, KeyError) as error:
        logger.error("Telegram sent an update that cannot be read (%s): left out", type(error).__name__)
        return await _one_by_one(bot, offset, kinds)


async def _one_by_one(bot: "ExtBot[int]", offset: int, kinds: Sequence[str]) -> Sequence[Update]:
    raw = await bot.do_api_request(
        "getUpdates", {"offset": offset, "limit": 1, "allowed_updates": list(kinds)}
    )
    if not isinstance(raw, list) or not raw:
        return []
    try:
        return [Update.de_json(raw[0], bot)]
    except (TypeError, ValueError, KeyError):
        return [Update(raw[0]["update_id"])]


def unreachable(error: TelegramError) -> str:
    kind = type(error.__cause__ or error).__name__ if isinstance(error, NetworkError) else str(error)
    return f"Telegram cannot be reached ({kind}): trying again until it answers."


async def _pause(stopped: "asyncio.Future[Any]", seconds: float) -> None:
    await asyncio.wait((stopped,), timeout=seconds)
