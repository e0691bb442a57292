"""The real bot as a real process, against the Bot API server of the tests."""

import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from bot_api import BotApiServer, Chat, ShownMessage
from conftest import FOOTNOTE, environment

WHEN = "When did Putin and Kim meet in Vladivostok?"
MET = "Vladimir Putin and Kim Jong Un held their first meeting on Thursday 25 April"
TREATY = "What did Putin and Kim sign in Pyongyang?"
NOBODY = "Who won the chess championship of Atlantis?"
FIRST = f"{MET} at the campus of the Far Eastern Federal University on Russky Island, off Vladivostok [1]. "
SECOND = "The whole summit lasted about five hours [1]. "
THIRD = "No agreement was signed and no joint statement was issued [1]."


class RunningBot:
    """`footnote telegram` on a copy of a data folder; `settings` are those of FOOTNOTE_TELEGRAM_... and others."""

    def __init__(
        self, server: BotApiServer, samples: Path, folder: Path, *arguments: str, **settings: str
    ) -> None:
        self.server, self.folder, self.arguments = server, folder, arguments
        self.options: tuple[str, ...] = ()  # of the program itself
        self.data = folder / "data"
        folder.mkdir(exist_ok=True)
        if not self.data.exists() and (samples / "catalogue.sqlite").exists():
            shutil.copytree(samples, self.data)
        named = {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
        self.settings = {
            "FOOTNOTE_TELEGRAM_TOKEN": server.token,
            "FOOTNOTE_TELEGRAM_API_URL": server.url,
            "FOOTNOTE_TELEGRAM_QUESTIONS_PER_MINUTE": "1000",
        } | named
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self.log.open("ab") as log:
            command = [FOOTNOTE, *self.options, "--data", self.data, "telegram", *self.arguments]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment(self.settings), stderr=log, stdout=log
            )
        return self

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(10)

    def stop(self, timeout: float = 30.0) -> int:
        """SIGTERM; the exit code."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def memory(self) -> int:
        """Kilobytes that the process holds."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        assert self.process
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()


def answer_to(
    server: BotApiServer, chat: Chat, text: str, *arguments: object, **more: object
) -> ShownMessage:
    """What the bot answers to a message: its next message in the chat."""
    before = len(answers(chat))
    chat.says(text, *arguments, **more)
    return nth_answer(server, chat, before)


def answers(chat: Chat) -> list[ShownMessage]:
    """The bot's messages but for those that are still being written or only say so."""
    return [
        message
        for message in chat.answers()
        if not any("⏹" in b.text for row in message.buttons for b in row)
    ]


def nth_answer(server: BotApiServer, chat: Chat, number: int, timeout: float = 20.0) -> ShownMessage:
    return server.wait_for(lambda: answers(chat)[number], timeout)


def slowly(*sentences: str, pause: float = 1.2) -> Callable[[object], None]:
    """The sentences of a model that thinks between them, and the beginning of the next one each."""

    def reply(handler) -> None:
        handler.open_stream()
        for sentence in sentences:
            handler.piece(sentence)
            threading.Event().wait(pause)
        handler.piece("", "stop")
        handler.close_stream()

    return reply
