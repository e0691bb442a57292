"""What the buttons under messages do. The letter before the first colon of their data says which."""

from dataclasses import replace
from typing import cast

from telegram import CallbackQuery

from bot.telegram_app import commands
from bot.telegram_app.asking import ask_by_button
from bot.telegram_app.incoming import Handler, Incoming, Parts
from bot.telegram_app.outgoing import plain
from bot.telegram_app.pages import settings_page
from bot.telegram_app.texts import LANGUAGES, texts_for
from corpus.errors import FootnoteError

MOST_ANSWERED = 200  # characters of the answer to a press


async def pressed(parts: Parts, got: Incoming) -> None:
    """Every press is answered, so that the button stops turning; an error is shown as an alert."""
    letter = (_query(got).data or "").partition(":")[0]
    try:
        await HANDLERS.get(letter, _nothing)(parts, got)
    except FootnoteError as error:
        await answer(parts, got, str(error), alert=True)


async def answer(parts: Parts, got: Incoming, text: str = "", *, alert: bool = False) -> None:
    shown = text if len(text) <= MOST_ANSWERED else text[: MOST_ANSWERED - 1] + "…"
    await parts.sender.once(_query(got).answer(shown or None, show_alert=alert))


def _query(got: Incoming) -> CallbackQuery:
    return cast(CallbackQuery, got.update.callback_query)


def _values(got: Incoming) -> list[str]:
    return (_query(got).data or "").split(":")[1:]


async def _nothing(parts: Parts, got: Incoming) -> None:
    await answer(parts, got)


async def _passage(parts: Parts, got: Incoming) -> None:
    answer_id, n = _values(got)
    await commands.open_citation(parts, got, answer_id, n)
    await answer(parts, got)


async def _article(parts: Parts, got: Incoming) -> None:
    key, start = _values(got)
    await commands.open_article(parts, got, int(key), int(start))
    await answer(parts, got)


async def _vote(parts: Parts, got: Incoming) -> None:
    answer_id, good = _values(got)
    known = parts.memory.vote(answer_id, got.user, good == "1")
    await answer(parts, got, got.texts("vote.thanks" if known else "open.not_kept"))


async def _question(parts: Parts, got: Incoming) -> None:
    question = parts.memory.value_of(_values(got)[0])
    if question is None:
        raise FootnoteError(got.texts("open.not_kept"))
    await answer(parts, got)
    await ask_by_button(parts, got, question)


async def _cancel(parts: Parts, got: Incoming) -> None:
    stopped = parts.answering.cancel_update(int(_values(got)[0]), got.user)
    await answer(parts, got, got.texts("cancel.done" if stopped else "cancel.nothing"))


async def _turn_page(parts: Parts, got: Incoming) -> None:
    page, token = _values(got)
    words = parts.memory.value_of(token) if token else ""
    if words is None:
        raise FootnoteError(got.texts("open.not_kept"))
    shown = await commands.sources_page(parts, got, words, int(page))
    await parts.sender.edit(got.talk.chat, got.message.message_id, shown)
    await answer(parts, got)


async def _set(parts: Parts, got: Incoming) -> None:
    owner, name, value = _values(got)
    if int(owner) != got.user:
        raise FootnoteError(got.texts("settings.not_yours"))
    chosen = got.preferences
    if name == "language" and (not value or value in LANGUAGES):
        chosen = replace(chosen, language=value)
    elif name == "length":
        chosen = replace(chosen, length=value)
    elif name == "streaming":
        chosen = replace(chosen, streaming=value == "1")
    parts.memory.set_preferences(got.user, chosen)
    sender = got.update.effective_user
    texts = texts_for(chosen.language or (sender.language_code if sender else None))
    await parts.sender.edit(got.talk.chat, got.message.message_id, settings_page(chosen, got.user, texts))
    await answer(parts, got)


async def _forget(parts: Parts, got: Incoming) -> None:
    owner, sure = _values(got)
    if int(owner) != got.user:
        raise FootnoteError(got.texts("settings.not_yours"))
    if sure == "1":
        parts.answering.cancel_user(got.user)
        parts.memory.forget(got.user)
    done = got.texts("forget.done" if sure == "1" else "forget.kept")
    await parts.sender.edit(got.talk.chat, got.message.message_id, plain(done))
    await answer(parts, got)


async def _remove(parts: Parts, got: Incoming) -> None:
    from bot.telegram_app.administration import remove_now

    if got.user not in parts.access.administrators:
        raise FootnoteError(got.texts("access.administrators"))
    token = _values(got)[0]
    await remove_now(parts, got, parts.memory.value_of(token) if token else None)
    await answer(parts, got)


HANDLERS: dict[str, Handler] = {
    "p": _passage,
    "o": _article,
    "v": _vote,
    "q": _question,
    "c": _cancel,
    "s": _turn_page,
    "g": _set,
    "f": _forget,
    "d": _remove,
    "n": _nothing,
}
