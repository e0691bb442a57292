"""Fifty people at once, and many questions: nobody waits for another's trouble, and memory stays."""

import os
import time
from pathlib import Path

from bot_api import BotApiServer, Chat
from running_bot import MET, WHEN, RunningBot, answer_to, answers

USERS = 50


def seconds_to_answer(server: BotApiServer, chats: list[Chat]) -> list[float]:
    """How long each waits when all ask at once."""
    asked = {}
    for chat in chats:
        asked[chat.id] = time.time()
        chat.says(WHEN)
    server.wait_for(lambda: all(answers(chat) for chat in chats), 60)
    return sorted(answers(chat)[0].time - asked[chat.id] for chat in chats)


def test_fifty_people_ask_at_once(samples: Path, tmp_path: Path) -> None:
    """The slowest but two wait at most twice their share of the machine; one chat's 429 holds up nobody."""
    with BotApiServer() as server, RunningBot(server, samples, tmp_path) as bot:
        answer_to(server, server.private_chat(), WHEN)
        alone = max(seconds_to_answer(server, [server.private_chat()])[0] for _ in range(5))
        slowed = server.private_chat()
        server.fail("sendMessage", slowed, "429", seconds=8, retry_after=8)
        slowed.says(WHEN)
        waits = seconds_to_answer(server, [server.private_chat() for _ in range(USERS)])
        cores = os.cpu_count() or 1
        assert waits[int(0.95 * USERS)] <= 2 * alone * -(-USERS // cores)
        assert not answers(slowed) or waits[-1] < 8
        before = bot.memory()
        for _ in range(3):
            seconds_to_answer(server, [server.private_chat() for _ in range(USERS)])
        assert bot.memory() < 1.1 * before
        server.wait_for(lambda: answers(slowed), 20)
        assert answers(slowed)[0].text.startswith(MET)
        assert server.invalid_requests == []
