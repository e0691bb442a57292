"""Fifty people at once: everybody is answered once, and nobody waits for the trouble of another's chat."""

from pathlib import Path

from bot_api import BotApiServer
from running_bot import MET, WHEN, RunningBot, answers

USERS = 50
STORM = 120  # seconds that one chat is told to wait: longer than all the others take


def test_fifty_people_ask_at_once(samples: Path, tmp_path: Path) -> None:
    """While Telegram answers one chat with 429, the fifty others have their answers, each one."""
    with BotApiServer() as server, RunningBot(server, samples, tmp_path) as bot:
        slowed = server.private_chat()
        storm = server.fail("sendMessage", slowed, "429", times=1, retry_after=STORM)
        slowed.says(WHEN)
        server.wait_for(lambda: storm.hits, 30)
        chats = [server.private_chat() for _ in range(USERS)]
        for chat in chats:
            chat.says(WHEN)
        server.wait_for(lambda: all(answers(chat) for chat in chats), STORM - 30)
        assert not answers(slowed) and len(storm.hits) == 1
        assert all(answer.text.startswith(MET) for chat in chats for answer in answers(chat))
        assert bot.stop() == 0
        assert all(len(chat.answers()) == 1 for chat in chats)
        assert server.invalid_requests == []
    assert "questions waiting: 1" in bot.logged().splitlines()[-1]
