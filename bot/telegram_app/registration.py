"""What Telegram shows of the bot before anybody writes: its commands and its description, in each language."""

import hashlib
import json
from functools import partial

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.telegram_app.incoming import Parts
from bot.telegram_app.texts import DEFAULT, LANGUAGES, Texts
from bot.verbs import FrontEnd, verbs_of

IN_GROUPS = ("ask", "open", "sources", "latest", "new", "cancel", "settings", "help", "privacy", "forget")
_NOTE = "registered"


def commands(texts: Texts, *, administrator: bool = False, group: bool = False) -> list[BotCommand]:
    return [
        BotCommand(verb.name, texts(f"commands.{verb.name}"))
        for verb in verbs_of(FrontEnd.TELEGRAM)
        if (administrator or not verb.administrators) and (not group or verb.name in IN_GROUPS)
    ]


async def register(parts: Parts) -> None:
    """Tell Telegram the commands and descriptions, unless it has been told these."""
    wanted = _fingerprint(parts)
    if parts.database.note(_NOTE) == wanted:
        return
    sender, bot = parts.sender, parts.sender.bot
    for language in LANGUAGES:
        texts, code = Texts(language), "" if language == DEFAULT else language
        scopes: list[tuple[BotCommandScope, list[BotCommand]]] = [
            (BotCommandScopeAllPrivateChats(), commands(texts)),
            (BotCommandScopeAllGroupChats(), commands(texts, group=True)),
        ]
        for scope, listed in scopes:
            await sender.persist(partial(bot.set_my_commands, listed, scope, code))
        await sender.persist(partial(bot.set_my_description, texts("start.greeting")[:512], code))
        await sender.persist(partial(bot.set_my_short_description, texts("start.short")[:120], code))
    for administrator in sorted(parts.access.administrators):
        await register_administrator(parts, administrator)
    parts.database.set_note(_NOTE, wanted)


async def register_administrator(parts: Parts, user: int) -> None:
    """Show an administrator the commands of administrators, as soon as they have written to the bot."""
    for language in LANGUAGES:
        texts, code = Texts(language), "" if language == DEFAULT else language
        listed = commands(texts, administrator=True)
        try:
            await parts.sender.bot.set_my_commands(listed, BotCommandScopeChat(user), code)
        except TelegramError:
            return


def _fingerprint(parts: Parts) -> str:
    """Of everything that would be registered, and with whom."""
    listed = [
        [command.to_dict() for command in commands(Texts(language), administrator=True)]
        + [Texts(language)("start.greeting"), Texts(language)("start.short")]
        for language in LANGUAGES
    ]
    told = [parts.sender.bot.id, sorted(parts.access.administrators), IN_GROUPS, listed]
    return hashlib.sha256(json.dumps(told, default=list).encode()).hexdigest()
