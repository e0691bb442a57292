"""The Telegram bot put together, started and stopped. Read it as the table of contents of this package."""

import asyncio
import logging
import secrets
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, ExtBot

from bot.telegram_app.access import Access, Limits
from bot.telegram_app.answering import Answering
from bot.telegram_app.database import DAY, Database
from bot.telegram_app.handlers import KINDS, handlers, on_error
from bot.telegram_app.inbox import Inbox, InboxQueue
from bot.telegram_app.incoming import Parts
from bot.telegram_app.pacing import Pacing
from bot.telegram_app.polling import FIRST_PAUSE, LONGEST_PAUSE, REFUSED, poll, unreachable
from bot.telegram_app.processor import Processor
from bot.telegram_app.registration import register
from bot.telegram_app.sending import Sender
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from retrieval.collection import Collection

MOST_CONNECTIONS = 64
ANSWER_TIMEOUT = 20.0  # seconds that Telegram may take for a request

logger = logging.getLogger("footnote.telegram")


@dataclass(frozen=True, slots=True)
class Options:
    """How the bot is run. `webhook` is the public address that Telegram posts to; "" polls."""

    token: str
    api_url: str
    access: Access
    questions_a_minute: float
    retention_days: float
    workers: int
    language_model: bool = False
    webhook: str = ""
    listen: str = "127.0.0.1"
    port: int = 8443
    secret: str = ""


async def run(options: Options, collection: "Collection") -> None:
    """Serve until SIGTERM or SIGINT. FootnoteError: the token is refused, the port is taken."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = Database(collection.data)
    try:
        database.prune(options.retention_days)
        await _serve(options, collection, database, stopping)
    finally:
        database.close()


async def _serve(
    options: Options, collection: "Collection", database: Database, stopping: asyncio.Event
) -> None:
    inbox, pacing = Inbox(database), Pacing()
    queue, processor = InboxQueue(inbox), Processor(inbox)
    application = built(options, queue, processor, pacing)
    bot: ExtBot[int] = application.bot
    parts = put_together(options, collection, database, bot, stopping)
    processor.parts = parts
    application.add_handlers(handlers(parts))
    application.add_error_handler(on_error(parts))
    if not await _reached(application.initialize, stopping):
        return
    try:
        await _run(application, parts, queue, pacing, options, stopping)
    finally:
        parts.answering.close()
        await application.shutdown()


def built(
    options: Options, queue: InboxQueue, processor: Processor, pacing: Pacing
) -> "Application[Any, Any, Any, Any, Any, Any]":
    api = options.api_url.rstrip("/")
    return (
        ApplicationBuilder()
        .token(options.token)
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .rate_limiter(pacing)
        .update_queue(queue)
        .concurrent_updates(processor)
        .connection_pool_size(MOST_CONNECTIONS)
        .pool_timeout(60)
        .read_timeout(ANSWER_TIMEOUT)
        .write_timeout(ANSWER_TIMEOUT)
        .connect_timeout(10)
        .build()
    )


def put_together(
    options: Options,
    collection: "Collection",
    database: Database,
    bot: "ExtBot[int]",
    stopping: asyncio.Event,
) -> Parts:
    sender = Sender(bot, stopping, lambda old, new: parts.moved(old, new))
    answering = Answering(collection, database, sender, stopping, options.workers)
    parts = Parts(
        collection,
        database,
        sender,
        answering,
        options.access,
        Limits(options.questions_a_minute),
        options.retention_days,
        options.language_model,
    )
    return parts


async def _run(
    application: "Application[Any, Any, Any, Any, Any, Any]",
    parts: Parts,
    queue: InboxQueue,
    pacing: Pacing,
    options: Options,
    stopping: asyncio.Event,
) -> None:
    """What an earlier process left open comes first; then what is new, until it is time to stop."""
    left_open = parts.inbox.open_updates(application.bot)
    parts.left_open.update(update.update_id for update in left_open)
    queue.put_open(left_open)
    await application.start()
    logger.info("@%s is ready; questions waiting: %d", application.bot.username, len(left_open))
    works = (register(parts), _prune_daily(parts, options), _warm_up(parts))
    tasks = [asyncio.create_task(work) for work in works]
    try:
        if options.webhook:
            await _receive(application, options, stopping)
        else:
            await poll(application.bot, queue, KINDS, stopping)
    finally:
        stopping.set()
        pacing.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await application.stop()
        logger.info("stopped; questions waiting: %d", parts.inbox.count_open())


async def _receive(
    application: "Application[Any, Any, Any, Any, Any, Any]", options: Options, stopping: asyncio.Event
) -> None:
    """Telegram posts the updates. Any path is taken, since a reverse proxy may change it; the secret is what counts."""
    updater = application.updater
    assert updater
    try:
        await updater.start_webhook(
            options.listen,
            options.port,
            url_path=".*",
            webhook_url=options.webhook,
            secret_token=options.secret or secrets.token_urlsafe(32),
            allowed_updates=KINDS,
            bootstrap_retries=-1,
        )
    except OSError as error:
        raise FootnoteError(
            f"{options.listen}:{options.port} cannot be listened on ({error.strerror}): choose another with --listen."
        ) from None
    except InvalidToken:
        raise FootnoteError(REFUSED) from None
    except TelegramError as error:
        raise FootnoteError(f"Telegram does not take the webhook {options.webhook} ({error}).") from None
    await stopping.wait()
    await updater.stop()


async def _reached(connect: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> bool:
    """Connect, and wait for the network where it is down. False: told to stop before. FootnoteError: a wrong token."""
    pause, told = FIRST_PAUSE, False
    while not stopping.is_set():
        try:
            await connect()
            return True
        except InvalidToken:
            raise FootnoteError(REFUSED) from None
        except TelegramError as error:
            if not told:
                logger.warning(unreachable(error))
            told = True
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return False


async def _warm_up(parts: Parts) -> None:
    """Load what a question needs, and say what is wrong with it before the first one does."""
    try:
        await asyncio.to_thread(parts.collection.warm_up)
    except FootnoteError as error:
        logger.error("%s", error)
    if parts.collection.catalogue.is_empty():
        logger.warning("The collection is empty: put articles in with 'footnote ingest FOLDER' or /ingest.")


async def _prune_daily(parts: Parts, options: Options) -> None:
    while True:
        await asyncio.sleep(DAY)
        parts.database.prune(options.retention_days)
