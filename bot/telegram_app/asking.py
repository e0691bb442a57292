"""Questions: by plain text, by /ask, by a mention or a reply in a group, by a button."""

from telegram import Message

from bot.telegram_app.incoming import Incoming, Parts, addressed, asked, question_of
from bot.telegram_app.outgoing import outgoing
from bot.telegram_app.styled import Styled, units

MOST_UNITS = 4096  # UTF-16 units of a question: a message holds no more


async def text(parts: Parts, got: Incoming) -> None:
    """A message without a command: a question in private, and in a group if it is meant for the bot."""
    username = parts.sender.bot.username
    if not got.private and not addressed(got.message, username):
        return
    question = question_of(got.message, username)
    if not question and isinstance(got.message.reply_to_message, Message):
        question = question_of(got.message.reply_to_message, username)
    await ask(parts, got, question)


async def ask_command(parts: Parts, got: Incoming) -> None:
    """/ask QUESTION, or /ask as a reply to the question."""
    question, replied = got.argument, got.message.reply_to_message
    if not question and isinstance(replied, Message):
        question = (replied.text or replied.caption or "").strip()
    await ask(parts, got, question)


async def ask(parts: Parts, got: Incoming, question: str) -> None:
    if not question:
        await got.say(got.texts("ask.empty"))
        return
    if units(question) > MOST_UNITS:
        await got.say(got.texts("ask.too_long", most=MOST_UNITS))
        return
    if not await _may_ask(parts, got):
        return
    text_said = got.message.text or got.message.caption or ""
    quoted = question if got.update.message and question in text_said else ""
    await parts.answering.answer(asked(parts, got, question, quoted))


async def ask_by_button(parts: Parts, got: Incoming, question: str) -> None:
    """The question is shown first, so that the conversation can be read."""
    if await _may_ask(parts, got):
        await got.reply.send(outgoing(Styled().write("❓ ").write(question, "bold")), "question")
        await parts.answering.answer(asked(parts, got, question))


async def _may_ask(parts: Parts, got: Incoming) -> bool:
    if got.again or got.user in parts.access.administrators:
        return True
    wait = parts.limits.wait(got.user)
    if wait:
        await got.say(got.texts("ask.too_many", most=f"{parts.limits.a_minute:g}", seconds=int(wait) + 1))
    return not wait
