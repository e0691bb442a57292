"""What the bot is started with, killed by, and told by Telegram: nothing is lost and nothing comes twice."""

import random
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_api import BotApiServer
from chat_server import ChatServer
from running_bot import (
    FIRST,
    MET,
    SECOND,
    THIRD,
    WHEN,
    RunningBot,
    answer_to,
    answers,
    nth_answer,
    slowly,
)

KILLS = 20


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running
        assert running.invalid_requests == []


def new_bot(
    server: BotApiServer, samples: Path, folder: Path, *arguments: str, **settings: str
) -> RunningBot:
    return RunningBot(server, samples, folder, *arguments, **settings)


def ready(bot: RunningBot, times: int = 1) -> None:
    bot.server.wait_for(lambda: bot.logged().count("is ready") >= times, 30)


def test_every_question_is_answered_once_however_often_the_bot_is_killed(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """SIGKILL at twenty random moments of an answer: after the restarts every question has one answer.

    A model writes it by and by, in private as drafts and in groups in a message that is edited.
    """
    moments, in_the_middle = random.Random(5), 0
    chats = [server.supergroup() if n % 2 else server.private_chat() for n in range(KILLS)]
    with ChatServer() as model:
        model.replies = [slowly(FIRST, SECOND, THIRD, pause=0.2)]
        settings = {"llm": "openai:scripted", "llm_url": model.url, "llm_api_key": "none"}
        bot = new_bot(server, samples, tmp_path, **settings).start()
        for times, chat in enumerate(chats, start=1):
            ready(bot, times)
            update = chat.says(f"/ask {WHEN}")
            server.wait_for(lambda update=update: server.times_given(update))
            time.sleep(moments.uniform(0.0, 1.0))
            in_the_middle += not answers(chat)
            bot.kill()
            bot.start()
        for chat in chats:
            nth_answer(server, chat, 0, 60)
        assert bot.stop() == 0
    assert in_the_middle >= KILLS // 2
    said = [[answer.text for answer in chat.answers()] for chat in chats]
    assert all(MET in texts[-1] and "No agreement was signed" in texts[-1] for texts in said)
    repeated = [texts for texts in said if len(texts) > 1]
    assert len(repeated) <= 1 and all(len(texts) == 2 for texts in repeated)
    assert "questions waiting: 0" in bot.logged().splitlines()[-1]


def forget_what_was_written(bot: RunningBot) -> None:
    """As if the bot had been killed before the answer was made."""
    with sqlite3.connect(bot.data / "telegram.sqlite") as database:
        database.execute("UPDATE updates SET messages = NULL")


def test_what_was_asked_meanwhile_is_answered_late_with_an_apology(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """A question that was left open long ago is answered as a reply to it."""
    bot = new_bot(server, samples, tmp_path)
    bot.start()
    ready(bot)
    chat = server.private_chat()
    server.fail("sendMessage", chat, "500", seconds=60)
    chat.says(WHEN, date=int(time.time()) - 3600)
    server.wait_for(lambda: server.sent("sendMessage", chat))
    bot.kill()
    forget_what_was_written(bot)
    server.stop_failing()
    with bot:
        answer = nth_answer(server, chat, 0)
    assert answer.marks("italic") == ["Sorry for the delay: I was not running when you asked."]
    assert MET in answer.text and answer.reply_to == 1


def test_what_was_asked_while_no_bot_ran_is_answered_with_an_apology(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """Telegram has kept the question; nothing of it was on disk."""
    chat = server.private_chat()
    chat.says(WHEN, date=int(time.time()) - 3600)
    with new_bot(server, samples, tmp_path):
        answer = nth_answer(server, chat, 0)
        assert answer.marks("italic") == ["Sorry for the delay: I was not running when you asked."]
        assert answer.reply_to == 1 and not answer_to(server, chat, WHEN).marks("italic")


def test_an_update_that_comes_again_after_a_restart_does_nothing(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """Its number is still known."""
    chat, bot = server.private_chat(), new_bot(server, samples, tmp_path)
    with bot:
        update = chat.says(WHEN)
        nth_answer(server, chat, 0)
        bot.stop()
    server.redeliver(update)
    with bot:
        server.wait_for(lambda: server.times_given(update) == 2)
        answer_to(server, chat, "/help")
    assert len(chat.answers()) == 2


def test_sigterm_finishes_the_answer_and_keeps_what_waits(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """A clean stop has exit code 0; what did not get its turn is answered after the next start."""
    bot = new_bot(server, samples, tmp_path).start()
    ready(bot)
    chats = [server.private_chat() for _ in range(12)]
    for chat in chats:
        chat.says(WHEN)
    server.wait_for(lambda: sum(len(chat.answers()) for chat in chats) >= 1, 30)
    assert bot.stop() == 0
    with bot:
        for chat in chats:
            nth_answer(server, chat, 0)
        server.wait_for(lambda: bot.logged().count("is ready") == 2)
    assert [len(chat.answers()) for chat in chats] == [1] * 12


def test_one_chats_429_holds_up_no_other(server: BotApiServer, samples: Path, tmp_path: Path) -> None:
    """The chat that Telegram slows down waits its time; everybody else is answered meanwhile."""
    with new_bot(server, samples, tmp_path):
        slow, other = server.private_chat(), server.private_chat()
        answer_to(server, other, WHEN)
        server.fail("sendMessage", slow, "429", seconds=4, retry_after=4)
        slow.says(WHEN)
        server.wait_for(lambda: server.sent("sendMessage", slow))
        began = time.monotonic()
        answer_to(server, other, "/help")
        assert time.monotonic() - began < 2 and not slow.answers()
        assert nth_answer(server, slow, 0).text.startswith(MET)
        assert len(server.sent("sendMessage", slow)) <= 3


@pytest.mark.parametrize("kind", ["500", "502", "drop"])
def test_a_failure_of_telegram_costs_time_alone(
    server: BotApiServer, samples: Path, tmp_path: Path, kind: str
) -> None:
    """Errors of the server and lost connections: the answer comes, once."""
    with new_bot(server, samples, tmp_path):
        chat = server.private_chat()
        server.fail("sendMessage", chat, kind, times=2)
        chat.says(WHEN)
        assert nth_answer(server, chat, 0).text.startswith(MET)
        answer_to(server, chat, "/help")
        assert len(chat.answers()) == 2


def test_a_bot_that_was_blocked_goes_on_for_the_others(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """A user who blocks the bot in the middle leaves nothing open."""
    bot = new_bot(server, samples, tmp_path)
    with bot:
        ready(bot)
        blocking, other = server.private_chat(), server.private_chat()
        blocking.says(WHEN)
        blocking.blocks_bot()
        answer_to(server, other, WHEN)
        assert bot.stop() == 0
    assert "questions waiting: 0" in bot.logged().splitlines()[-1]


def test_no_network_at_the_start_is_waited_for(server: BotApiServer, samples: Path, tmp_path: Path) -> None:
    """One sentence that Telegram cannot be reached, then patience."""
    server.stop()
    bot = new_bot(server, samples, tmp_path)
    with bot:
        deadline = time.monotonic() + 20
        while "cannot be reached" not in bot.logged() and time.monotonic() < deadline:
            time.sleep(0.1)
        server.start()
        chat = server.private_chat()
        assert answer_to(server, chat, WHEN).text.startswith(MET)
    assert bot.logged().count("cannot be reached") == 1 and "Traceback" not in bot.logged()
    assert server.token.partition(":")[2] not in bot.logged()


def test_an_update_that_cannot_be_read_holds_up_no_other(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """It is left out in a line of the log, which says nothing of what stood in it."""
    bot = new_bot(server, samples, tmp_path)
    with bot:
        ready(bot)
        server.world.updates.pending[1] = {"update_id": 1, "message": {"text": "zyxomma"}}
        assert answer_to(server, server.private_chat(), WHEN).text.startswith(MET)
    assert "cannot be read" in bot.logged() and "zyxomma" not in bot.logged()
    assert "Traceback" not in bot.logged()
    server.front.requests.clear()  # the answer with that update was none that Telegram would give


def test_a_wrong_token_is_one_sentence(server: BotApiServer, samples: Path, tmp_path: Path) -> None:
    """A refused, missing or garbled token stops the bot with what to do, and is not repeated."""
    wrong = "1234567890:AAwrongwrongwrongwrongwrongwrongwro"
    refused = new_bot(server, samples, tmp_path, telegram_token=wrong).start()
    assert refused.process and refused.process.wait(30) == 1
    assert refused.logged() == (
        "footnote: Telegram refuses the token in FOOTNOTE_TELEGRAM_TOKEN: copy it again from @BotFather.\n"
    )
    missing = new_bot(server, samples, tmp_path, telegram_token="").start()
    assert missing.process and missing.process.wait(30) == 1
    assert "FOOTNOTE_TELEGRAM_TOKEN is not set" in missing.logged()
    assert "wrongwrong" not in missing.logged()


def test_no_token_is_in_any_traceback(server: BotApiServer, samples: Path, tmp_path: Path) -> None:
    """Not even with --debug, when it is refused and when Telegram goes away."""
    wrong = "1234567890:AAwrongwrongwrongwrongwrongwrongwro"
    refused = new_bot(server, samples, tmp_path, telegram_token=wrong)
    refused.options = ("--debug",)
    assert refused.start().process.wait(30) == 1
    assert "Traceback" in refused.logged() and "wrongwrong" not in refused.logged()
    bot = new_bot(server, samples, tmp_path)
    bot.options = ("--debug",)
    with bot:
        ready(bot)
        server.fail("sendMessage", kind="drop", times=2)
        answer_to(server, server.private_chat(), WHEN)
        server.stop()
        assert bot.stop() == 0
        server.start()
    assert server.token.partition(":")[2] not in bot.logged() and "Vladivostok" not in bot.logged()


@pytest.mark.parametrize("url", ["api.telegram.org", "http://", "ftp://example.org"])
def test_an_address_that_is_none_is_one_sentence(
    server: BotApiServer, samples: Path, tmp_path: Path, url: str
) -> None:
    """Nothing that would be waited for in vain."""
    bot = new_bot(server, samples, tmp_path, telegram_api_url=url).start()
    assert bot.process and bot.process.wait(30) == 1
    assert bot.logged().startswith(
        f"footnote: FOOTNOTE_TELEGRAM_API_URL={url} is no http:// or https:// address"
    )
    assert bot.logged().count("\n") == 1


def test_a_second_bot_on_the_same_collection_stops(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """The one that runs goes on; elsewhere in the world it is told of and waited for."""
    bot = new_bot(server, samples, tmp_path)
    with bot:
        ready(bot)
        second = new_bot(server, samples, tmp_path).start()
        assert second.process and second.process.wait(30) == 1
        assert "Another 'footnote telegram' is running" in bot.logged()
        server.fail("getUpdates", kind="409", times=2)
        chat = server.private_chat()
        assert answer_to(server, chat, WHEN).text.startswith(MET)
    assert bot.logged().count("Another bot is running with the same token") <= 1


def test_an_empty_collection_is_said_to_be_empty(server: BotApiServer, tmp_path: Path) -> None:
    """The bot starts, says so in the log and to whoever asks."""
    bot = RunningBot(server, tmp_path, tmp_path / "bot")
    with bot:
        chat = server.private_chat()
        assert answer_to(server, chat, WHEN).text.startswith("There are no articles in the collection yet")
        server.wait_for(lambda: "The collection is empty" in bot.logged())


def test_updates_come_by_webhook_behind_a_proxy(server: BotApiServer, samples: Path, tmp_path: Path) -> None:
    """Telegram posts with the secret, whatever path the proxy makes of it; posts without it are refused. A bot that
    polls afterwards gets what is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server.reverse_proxy("https://bot.example/hook", f"http://127.0.0.1:{port}/elsewhere")
    arguments = ("--webhook", "https://bot.example/hook", "--listen", f"127.0.0.1:{port}")
    bot = new_bot(server, samples, tmp_path, *arguments, telegram_webhook_secret="S3cret-of-the-webhook")
    with bot:
        chat = server.private_chat()
        assert answer_to(server, chat, WHEN).text.startswith(MET)
        assert server.webhook and server.webhook.secret_token == "S3cret-of-the-webhook"
        server.webhook.secret_token = "guessed"
        update = chat.says("/help")
        server.wait_for(lambda: any(post[1:] == (update, 403) for post in server.webhook.posts))
        assert bot.stop() == 0
    assert len(chat.answers()) == 1
    with new_bot(server, samples, tmp_path):
        nth_answer(server, chat, 1)
        assert answer_to(server, chat, WHEN).text.startswith(MET)
        assert server.webhook is None


def test_a_user_who_asks_too_much_is_told_when_to_go_on(
    server: BotApiServer, samples: Path, tmp_path: Path
) -> None:
    """The bucket is a user's own."""
    with new_bot(server, samples, tmp_path, telegram_questions_per_minute="2"):
        chat, other = server.private_chat(), server.private_chat()
        answer_to(server, chat, WHEN)
        answer_to(server, chat, WHEN)
        told = answer_to(server, chat, WHEN).text
        assert told.startswith("You have asked 2 questions within a minute: you can ask again in ")
        assert answer_to(server, other, WHEN).text.startswith(MET)
