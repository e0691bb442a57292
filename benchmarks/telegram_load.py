"""What the Telegram bot costs under load: many people at once, and many questions one after the other.

    python benchmarks/telegram_load.py --users 50 --questions 1000

The real `footnote telegram` on the sample articles talks to the Bot API server of the tests. First one person asks, and
the seconds until their first words are taken; then all ask at once, while Telegram answers one more chat with 429.
Wanted: 95 of 100 see their first words within 2 × alone × ceil(users / cores). Then the questions, twenty people at a
time, and the memory that the process holds after each tenth of them. Prints one JSON object.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bot_api import BotApiServer, Chat  # noqa: E402
from running_bot import MET, NOBODY, TREATY, WHEN, RunningBot, answers  # noqa: E402

SUBJECTS = (
    WHEN,
    TREATY,
    NOBODY,
    "When did smallpox end?",
    "How many planets are there?",
    "What did Krakatoa do?",
)
AT_ONCE = 20
STORM = 20  # seconds for which one chat is refused
PATIENCE = 300.0


def first_words(chat: Chat) -> float:
    """When the chat saw its answer begin."""
    drafted = [draft.time for draft in chat.drafts]
    return min([*drafted, answers(chat)[0].versions[0].time])


def asked_at_once(server: BotApiServer, chats: list[Chat]) -> tuple[list[float], list[float]]:
    """Seconds until the first words, and until the whole answer, of each."""
    began = {}
    for chat in chats:
        began[chat.id] = time.time()
        chat.says(WHEN)
    server.wait_for(lambda: all(answers(chat) for chat in chats), PATIENCE)
    first = sorted(first_words(chat) - began[chat.id] for chat in chats)
    return first, sorted(answers(chat)[0].time - began[chat.id] for chat in chats)


def crowd(server: BotApiServer, users: int, waves: int) -> dict[str, object]:
    alone = [asked_at_once(server, [server.private_chat()])[0][0] for _ in range(5)]
    slowed = server.private_chat()
    storm = server.fail("sendMessage", slowed, "429", seconds=STORM, retry_after=STORM)
    slowed.says(WHEN)
    server.wait_for(lambda: storm.hits, PATIENCE)
    measured = [asked_at_once(server, [server.private_chat() for _ in range(users)]) for _ in range(waves)]
    server.wait_for(lambda: answers(slowed), PATIENCE)
    single, cores = statistics.median(alone), os.cpu_count() or 1
    p95 = [first[int(0.95 * users)] for first, _ in measured]
    return {
        "users": users,
        "cores": cores,
        "alone": round(single, 3),
        "first words p95": [round(seconds, 3) for seconds in p95],
        "whole answers, slowest": [round(whole[-1], 3) for _, whole in measured],
        "allowed": round(2 * single * -(-users // cores), 3),
        "chat that was refused was answered": answers(slowed)[0].text.startswith(MET),
    }


def memory(server: BotApiServer, bot: RunningBot, questions: int) -> dict[str, object]:
    """Megabytes held; who asks is somebody new each time."""
    held = [bot.memory() // 1024]
    for asked in range(0, questions, AT_ONCE):
        chats = [server.private_chat() for _ in range(min(AT_ONCE, questions - asked))]
        for number, chat in enumerate(chats):
            chat.says(SUBJECTS[(asked + number) % len(SUBJECTS)])
        server.wait_for(lambda chats=chats: all(answers(chat) for chat in chats), PATIENCE)
        if (asked + len(chats)) % (questions // 10) < AT_ONCE:
            held.append(bot.memory() // 1024)
    return {"questions": questions, "megabytes": held}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--waves", type=int, default=3)
    parser.add_argument("--questions", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="footnote-load-") as folder, BotApiServer() as server:
        samples = Path(folder) / "samples"
        ingest = [sys.executable, "-m", "bot", "--data", samples, "ingest", ROOT / "corpus" / "samples"]
        subprocess.run(ingest, cwd=ROOT, check=True, stdout=sys.stderr)
        with RunningBot(server, samples, Path(folder) / "bot") as bot:
            asked_at_once(server, [server.private_chat()])
            found = crowd(server, given.users, given.waves)
            found["memory"] = memory(server, bot, given.questions)
        found["invalid requests"] = len(server.invalid_requests)
        found["requests"] = len(server.requests)
    print(json.dumps(found, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
