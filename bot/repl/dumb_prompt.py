"""The line that the reader types on a terminal that can only print: the terminal itself does the editing."""

import os
from collections.abc import Callable, Mapping

PROMPT = "> "


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("TERM", "").lower() in ("dumb", "unknown")


class DumbPrompt:
    """As `bot.repl.prompt.Prompt`."""

    def read(self, when_failed: Callable[[Callable[[BaseException], None]], None]) -> str:
        failed: list[BaseException] = []
        when_failed(failed.append)
        line = "" if failed else input(PROMPT)
        if failed:
            raise failed[0]
        return line.strip()
