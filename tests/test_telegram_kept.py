"""What lies on disk: an answer that was written and not sent yet, and what is too old to be kept."""

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from bot_api import BotApiServer, Chat, utf16_length
from running_bot import WHEN, RunningBot, answer_to, nth_answer
from telegram import Chat as TelegramChat
from telegram import Message, Update, User
from test_telegram_rendering import long_answer

from bot.telegram_app.answer_messages import answer_messages
from bot.telegram_app.database import Database
from bot.telegram_app.inbox import Inbox
from bot.telegram_app.outgoing import Outgoing
from bot.telegram_app.texts import Texts


def written_and_not_sent(data: Path, chat: Chat) -> list[Outgoing]:
    """Put a question and its long answer on disk, as a bot does before it sends the answer."""
    assert chat.user
    user = User(chat.user.id, "Ada", is_bot=False)
    question = Message(1, datetime.now(UTC), TelegramChat(chat.id, "private"), from_user=user, text="Q?")
    messages = answer_messages(long_answer(), "abc", Texts("en"), "footnote_test_bot")
    database = Database(data)
    Inbox(database).add(Update(1, message=question))
    Inbox(database).keep_messages(1, messages)
    database.close()
    return messages


def test_a_long_answer_arrives_whole_and_once_from_a_bot_that_is_killed(
    samples: Path, tmp_path: Path
) -> None:
    """20,000 characters with emoji and 60 citations: what was sent before the kill is not sent again."""
    with BotApiServer() as server:
        chat = server.private_chat()
        bot = RunningBot(server, samples, tmp_path)
        messages = written_and_not_sent(bot.data, chat)
        bot.start()
        server.wait_for(lambda: len(chat.answers()) >= 4, 30)
        bot.kill()
        with bot:
            server.wait_for(lambda: len({answer.text for answer in chat.answers()}) >= len(messages), 60)
            answer_to(server, chat, "/help")
            shown = chat.answers()[:-1]
        assert server.invalid_requests == []
    texts = [message.text for message in shown]
    assert list(dict.fromkeys(texts)) == [message.text for message in messages]
    assert len(texts) <= len(messages) + 1  # one may have been on its way when the bot was killed
    markers = [mark for message in shown for mark in message.marks("text_link")]
    assert set(markers) == {f"[{n}]" for n in range(1, 61)}
    assert all(utf16_length(text) <= 4096 for text in texts)
    assert [bool(message.buttons) for message in shown] == [False] * (len(shown) - 1) + [True]


def test_what_is_older_than_the_retention_is_deleted_at_the_start(samples: Path, tmp_path: Path) -> None:
    """Answers, conversations, votes and what buttons meant; what is younger stays."""
    with BotApiServer() as server:
        old, young = server.private_chat(), server.private_chat()
        bot = RunningBot(server, samples, tmp_path, telegram_retention_days="30")
        with bot:
            answer = answer_to(server, old, WHEN)
            press = old.presses("👍")
            server.wait_for(lambda: server.callback_answer(press))
            kept = answer_to(server, young, WHEN)
            assert bot.stop() == 0
        with sqlite3.connect(bot.data / "telegram.sqlite") as database:
            past = time.time() - 31 * 86_400
            database.execute("UPDATE answers SET asked = ? WHERE user = ?", (past, old.id))
            database.execute("UPDATE targets SET made = ? WHERE user = ?", (past, old.id))
        with bot:
            press = old.presses("[1]", message=answer)
            assert "no longer kept" in server.wait_for(lambda: server.callback_answer(press)).text
            assert "Nothing has been asked here yet" in answer_to(server, old, "/why").text
            assert "deleted after 30 days" in answer_to(server, old, "/privacy").text
            young.presses("[1]", message=kept)
            assert nth_answer(server, young, 1).marks("underline")
            assert bot.stop() == 0
        with sqlite3.connect(bot.data / "telegram.sqlite") as database:
            for table in ("answers", "heads", "feedback", "answer_messages", "targets"):
                rows = database.execute(f"SELECT * FROM {table}").fetchall()
                assert not any(old.id in row for row in rows), table
        assert server.invalid_requests == []
