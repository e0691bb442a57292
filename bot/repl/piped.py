"""The conversation without a terminal: a question or command a line on stdin, plain lines on stdout."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from bot.repl.backstage import Backstage
from bot.repl.talk import Leave, Talk
from corpus.errors import FootnoteError
from retrieval.answer import Answer

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.streaming import Event

NO_ANSWER = 3


def converse(backstage: Backstage, *, resume: bool) -> int:
    """Answer every line; the exit code.

    One question has the exit code of `footnote ask`. Several: 0 once all were processed, 1 if one
    could not be.
    """
    backstage.prompt_shown.set()
    talk = Talk(backstage, _console, backstage.collection, _say, remembered=resume, keys={})
    backstage.catalogued()
    if resume:
        talk.resume()
    codes: list[int] = []
    try:
        for line in _lines():
            code = _handled(talk, line)
            codes += [] if code is None else [code]
    except Leave:
        pass
    return codes[0] if len(codes) == 1 else max((code for code in codes if code != NO_ANSWER), default=0)


def _handled(talk: Talk, line: str) -> int | None:
    """Do what the line says; the exit code that it deserves, None where it was a command that worked."""
    try:
        answer = talk.handle(line)
    except FootnoteError as error:
        click.echo(f"footnote: {error}", err=True)
        return error.exit_code
    if answer is None:
        return None
    return 0 if answer.answered else NO_ANSWER


def _lines() -> Iterable[str]:
    return (line.strip() for line in sys.stdin or () if line.strip())


def _console() -> "Console":
    from bot.terminal_rendering import terminal

    return terminal()


def _say(events: "Iterator[Event]") -> Answer:
    from bot.rendering import answer_lines
    from corpus.shown import shown
    from retrieval.streaming import answer_of

    answer = answer_of(events)
    click.echo(shown("\n".join([*answer_lines(answer), ""])))
    return answer
