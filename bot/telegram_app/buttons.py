"""What the buttons under messages do. The letter before the first colon of their data says which."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

from telegram import CallbackQuery

from bot.telegram_app import commands
from bot.telegram_app.administration import remove_now
from bot.telegram_app.answer_messages import FULL, NORMAL, SHORT
from bot.telegram_app.asking import ask_by_button
from bot.telegram_app.incoming import Incoming, Parts
from bot.telegram_app.outgoing import plain
from bot.telegram_app.pages import settings_page
from bot.telegram_app.people import is_of
from bot.telegram_app.texts import LANGUAGES, texts_for
from corpus.errors import FootnoteError

MOST_ANSWERED = 200  # characters of the answer to a press


async def pressed(parts: Parts, got: Incoming) -> None:
    """Every press is answered, so that the button stops turning; an error is shown as an alert. A press that comes
    while the same one is in work, as from a finger that taps twice, does nothing."""
    press = (got.user, got.message.message_id, _query(got).data or "")
    if press in parts.pressing:
        await answer(parts, got)
        return
    parts.pressing.add(press)
    try:
        await _press(parts, got)
    except FootnoteError as error:
        await answer(parts, got, str(error), alert=True)
    finally:
        parts.pressing.discard(press)


async def _press(parts: Parts, got: Incoming) -> None:
    """What no button of the bot holds, a changed program can send all the same: it does nothing."""
    for form, handler in BUTTONS:
        found = form.fullmatch(_query(got).data or "")
        if found:
            await handler(parts, got, *found.groups())
            return
    await answer(parts, got)


async def answer(parts: Parts, got: Incoming, text: str = "", *, alert: bool = False) -> None:
    shown = text if len(text) <= MOST_ANSWERED else text[: MOST_ANSWERED - 1] + "…"
    await parts.sender.once(_query(got).answer(shown or None, show_alert=alert))


def _query(got: Incoming) -> CallbackQuery:
    return cast(CallbackQuery, got.update.callback_query)


async def _passage(parts: Parts, got: Incoming, answer_id: str, n: str) -> None:
    await commands.open_citation(parts, got, answer_id, n)
    await answer(parts, got)


async def _article(parts: Parts, got: Incoming, key: str, start: str) -> None:
    await commands.open_article(parts, got, int(key), int(start))
    await answer(parts, got)


async def _vote(parts: Parts, got: Incoming, answer_id: str, good: str) -> None:
    known = parts.memory.vote(answer_id, got.user, good == "1")
    await answer(parts, got, got.texts("vote.thanks" if known else "open.not_kept"))


async def _question(parts: Parts, got: Incoming, token: str) -> None:
    question = parts.memory.value_of(token)
    if question is None:
        raise FootnoteError(got.texts("open.not_kept"))
    await answer(parts, got)
    await ask_by_button(parts, got, question)


async def _cancel(parts: Parts, got: Incoming, update_id: str) -> None:
    stopped = parts.answering.cancel_update(int(update_id), got.user)
    await answer(parts, got, got.texts("cancel.done" if stopped else "cancel.nothing"))


async def _turn_page(parts: Parts, got: Incoming, page: str, token: str) -> None:
    words = parts.memory.value_of(token) if token else ""
    if words is None:
        raise FootnoteError(got.texts("open.not_kept"))
    shown = await commands.sources_page(parts, got, words, int(page))
    await parts.sender.edit(got.talk.chat, got.message.message_id, shown)
    await answer(parts, got)


async def _set(parts: Parts, got: Incoming, owner: str, name: str, value: str) -> None:
    await _only_for(parts, got, int(owner))
    chosen = parts.memory.preferences(int(owner))
    if name == "language" and value in ("", *LANGUAGES):
        chosen = replace(chosen, language=value)
    elif name == "length" and value in (SHORT, NORMAL, FULL):
        chosen = replace(chosen, length=value)
    elif name == "streaming":
        chosen = replace(chosen, streaming=value == "1")
    parts.memory.set_preferences(int(owner), chosen)
    sender = got.update.effective_user
    texts = texts_for(chosen.language or (sender.language_code if sender else None))
    await parts.sender.edit(got.talk.chat, got.message.message_id, settings_page(chosen, int(owner), texts))
    await answer(parts, got)


async def _forget(parts: Parts, got: Incoming, owner: str, sure: str) -> None:
    await _only_for(parts, got, int(owner))
    if sure == "1":
        parts.answering.forget(int(owner))
        parts.memory.forget(int(owner), got.update.update_id)
    done = got.texts("forget.done" if sure == "1" else "forget.kept")
    await parts.sender.edit(got.talk.chat, got.message.message_id, plain(done))
    await answer(parts, got)


async def _only_for(parts: Parts, got: Incoming, owner: int) -> None:
    if not await is_of(parts.sender.bot, owner, got.user, got.talk.chat):
        raise FootnoteError(got.texts("settings.not_yours"))


async def _remove(parts: Parts, got: Incoming, token: str) -> None:
    if got.user not in parts.access.administrators:
        raise FootnoteError(got.texts("access.administrators"))
    await remove_now(parts, got, parts.memory.value_of(token) if token else None)
    await answer(parts, got)


BUTTONS: tuple[tuple[re.Pattern[str], Callable[..., Awaitable[None]]], ...] = tuple(
    (re.compile(form, re.ASCII), handler)
    for form, handler in (
        (r"p:(\w+):(\d{1,4})", _passage),
        (r"o:(\d{1,18}):(-?\d{1,18})", _article),
        (r"v:(\w+):([01])", _vote),
        (r"q:([\w-]+)", _question),
        (r"c:(\d{1,18})", _cancel),
        (r"s:(\d{1,9}):([\w-]*)", _turn_page),
        (r"g:(-?\d{1,18}):(\w+):(\w*)", _set),
        (r"f:(-?\d{1,18}):([01])", _forget),
        (r"d:([\w-]*)", _remove),
    )
)
