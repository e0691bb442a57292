"""The real command in a pseudo-terminal, with a terminal emulator that knows what a person would see."""

import time
from pathlib import Path

import pexpect
import pyte
from conftest import FOOTNOTE, environment

PATIENCE = 30.0  # seconds


class PseudoTerminal:
    """`raw` is every byte that the command wrote, `screen` what they have made of the screen."""

    def __init__(
        self,
        *arguments: object,
        cwd: Path,
        columns: int = 80,
        rows: int = 24,
        env: dict[str, str] | None = None,
    ) -> None:
        self.raw = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.process = pexpect.spawn(
            str(FOOTNOTE),
            [str(argument) for argument in arguments],
            cwd=str(cwd),
            env=environment({"TERM": "xterm-256color", **(env or {})}),
            dimensions=(rows, columns),
            timeout=PATIENCE,
        )

    @property
    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def last_line(self) -> str:
        return self.screen.split("\n")[-1]

    def type(self, text: str) -> None:
        self.process.send(text)

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def wait_for(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until the screen shows the text."""
        deadline = time.monotonic() + patience
        while text not in self.screen:
            assert time.monotonic() < deadline and (self._read() or text in self.screen), (
                f"{text!r} does not appear on:\n{self.screen}"
            )

    def wait_for_prompt(self) -> None:
        """Wait until an empty prompt is the last line, and nothing more is written."""
        deadline = time.monotonic() + PATIENCE
        while self.last_line != ">" or self._pending():
            assert time.monotonic() < deadline and self._read(), f"there is no prompt on:\n{self.screen}"

    def ask(self, line: str) -> str:
        """Type a line, and return the screen once the next prompt is there."""
        self.wait_for_prompt()
        self.type(line)
        self.wait_for(f"> {line[:8]}")
        before = len(self.raw)
        self.type("\r")
        deadline = time.monotonic() + PATIENCE
        while b"\r\n" not in self.raw[before:]:
            assert time.monotonic() < deadline and self._read(), (
                f"nothing comes of {line!r} on:\n{self.screen}"
            )
        self.wait_for_prompt()
        return self.screen

    def exit_code(self) -> int:
        """Wait until the command has ended."""
        while self._read():
            pass
        self.process.close()
        return self.process.exitstatus if self.process.exitstatus is not None else -self.process.signalstatus

    def processor_seconds(self) -> float:
        """What the command has used of the processor so far."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / 100

    def _pending(self) -> bool:
        before = len(self.raw)
        self._read(0.15)
        return len(self.raw) > before

    def _read(self, timeout: float = 0.05) -> bool:
        """Take in what the command has written; False once it has ended."""
        try:
            written = self.process.read_nonblocking(65536, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += written
        self._stream.feed(written)
        return True
