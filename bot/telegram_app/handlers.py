"""Which handler is for what. Each runs behind the same door: who is not served is turned away there."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.telegram_app import administration, asking, buttons, commands, groups, inline
from bot.telegram_app.incoming import Handler, Incoming, Parts, addressed, incoming
from bot.telegram_app.outgoing import plain
from bot.telegram_app.sending import Interrupted, Unreachable
from bot.verbs import FrontEnd, verbs_of
from corpus.errors import FootnoteError

KINDS = ("message", "callback_query", "inline_query", "my_chat_member")  # of updates that Telegram is to send
COMMANDS: dict[str, Handler] = {
    "start": commands.start,
    "help": commands.help_,
    "ask": asking.ask_command,
    "open": commands.open_,
    "sources": commands.sources,
    "latest": commands.latest,
    "why": commands.why,
    "new": commands.new,
    "cancel": commands.cancel,
    "export": commands.export,
    "settings": commands.settings,
    "privacy": commands.privacy,
    "forget": commands.forget,
    "ingest": administration.ingest,
    "remove": administration.remove,
    "stats": administration.stats,
    "reindex": administration.reindex,
}

_ASKED_BELOW = (
    filters.CAPTION & ~filters.CaptionRegex("^/") & ~filters.Document.ALL
)  # a question with a picture

logger = logging.getLogger("footnote.telegram")
AnyHandler = BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]
Callback = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]


def handlers(parts: Parts) -> list[AnyHandler]:
    """The first that fits an update handles it."""
    new = filters.UpdateType.MESSAGE
    found: list[AnyHandler] = []
    for verb in verbs_of(FrontEnd.TELEGRAM):
        handler = COMMANDS[verb.name]
        handler = administration.for_administrators(handler) if verb.administrators else handler
        names = [name for name in (verb.name, *verb.aliases) if name.isascii() and name.isidentifier()]
        found.append(CommandHandler(names, _behind_the_door(parts, handler), filters=new))
    captioned = filters.Document.ALL & filters.CaptionRegex(r"^/ingest(@\w+)?(?!\w)")
    return [
        *found,
        MessageHandler(new & filters.StatusUpdate.MIGRATE, _bound(parts, groups.migrated)),
        MessageHandler(new & filters.StatusUpdate.ALL, _bound(parts, _ignore)),
        MessageHandler(new & captioned, _behind_the_door(parts, administration.ingest_captioned)),
        MessageHandler(new & filters.COMMAND, _behind_the_door(parts, commands.unknown)),
        MessageHandler(new & (filters.TEXT | _ASKED_BELOW), _behind_the_door(parts, asking.text)),
        MessageHandler(new, _behind_the_door(parts, commands.unreadable)),
        CallbackQueryHandler(_behind_the_door(parts, buttons.pressed)),
        InlineQueryHandler(_bound(parts, inline.cards)),
        ChatMemberHandler(_bound(parts, groups.membership), ChatMemberHandler.MY_CHAT_MEMBER),
    ]


def _bound(parts: Parts, handle: Callable[[Parts, Update], Awaitable[None]]) -> Callback:
    async def callback(update: Update, context: CallbackContext) -> None:
        await handle(parts, update)

    return callback


async def _ignore(parts: Parts, update: Update) -> None:
    """A service message: nobody said anything."""


def _behind_the_door(parts: Parts, handler: Handler) -> Callback:
    async def callback(update: Update, context: CallbackContext) -> None:
        got = incoming(parts, update)
        if got is None:
            return
        if not parts.access.serves(got.user, 0 if got.private else parts.group(got.talk.chat)):
            await _turn_away(parts, got)
            return
        try:
            await handler(parts, got)
        except FootnoteError as error:
            await got.say(str(error))

    return callback


async def _turn_away(parts: Parts, got: Incoming) -> None:
    if not parts.access.refuses:
        return
    if got.update.callback_query:
        await buttons.answer(parts, got, got.texts("access.button"), alert=True)
    elif got.private:
        await got.say(got.texts("access.user", id=got.user))
    elif addressed(got.message, parts.sender.bot.username):
        await got.say(got.texts("access.group", id=got.talk.chat))


def on_error(parts: Parts) -> Callable[[object, CallbackContext], Coroutine[Any, Any, None]]:
    """What no handler took care of: the user is told that it went wrong, the log why."""

    async def callback(update: object, context: CallbackContext) -> None:
        error = context.error
        if not isinstance(update, Update):
            logger.error("an error outside of any update", exc_info=error)
            return
        if isinstance(error, Interrupted):
            parts.interrupted.add(update.update_id)
        elif isinstance(error, Unreachable):
            logger.info("a chat cannot be written to: %s", error)
        else:
            logger.error("update %d failed", update.update_id, exc_info=error)
            await _apologise(parts, update)

    return callback


async def _apologise(parts: Parts, update: Update) -> None:
    got = incoming(parts, update)
    if got is None:
        return
    if (
        not got.private
        and not update.callback_query
        and not addressed(got.message, parts.sender.bot.username)
    ):
        return
    try:
        await got.reply.finish(plain(got.texts("error.unexpected")), "answer 0")
    except (Unreachable, Interrupted):
        logger.info("nobody can be told")
