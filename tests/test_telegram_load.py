"""Fifty people at once, and many questions: nobody waits for another's trouble, and memory stays."""

import os
import time
from pathlib import Path

from bot_api import BotApiServer, Chat
from running_bot import MET, WHEN, RunningBot, answer_to, answers

USERS = 50
WAVES = 3  # the quickest counts, since other programs may slow the others down


def seconds_to_answer(server: BotApiServer, chats: list[Chat]) -> list[float]:
    """How long each waits when all ask at once."""
    asked = {}
    for chat in chats:
        asked[chat.id] = time.time()
        chat.says(WHEN)
    server.wait_for(lambda: all(answers(chat) for chat in chats), 60)
    return sorted(answers(chat)[0].time - asked[chat.id] for chat in chats)


def test_fifty_people_ask_at_once(samples: Path, tmp_path: Path) -> None:
    """19 of 20 wait at most twice their share of the machine; one chat's 429 holds up nobody; memory stays."""
    with BotApiServer() as server, RunningBot(server, samples, tmp_path) as bot:
        answer_to(server, server.private_chat(), WHEN)
        alone = max(seconds_to_answer(server, [server.private_chat()])[0] for _ in range(5))
        slowed = server.private_chat()
        server.fail("sendMessage", slowed, "429", seconds=8, retry_after=8)
        slowed.says(WHEN)
        waves, memory = [], []
        for _ in range(WAVES):
            waves.append(seconds_to_answer(server, [server.private_chat() for _ in range(USERS)]))
            memory.append(bot.memory())
        most = 2 * alone * -(-USERS // (os.cpu_count() or 1))
        assert min(wave[int(0.95 * USERS)] for wave in waves) <= most
        assert waves[0][-1] < 8
        assert memory[-1] < 1.1 * memory[0]
        server.wait_for(lambda: answers(slowed), 20)
        assert answers(slowed)[0].text.startswith(MET)
        assert server.invalid_requests == []
