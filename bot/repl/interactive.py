"""The conversation with a person at a terminal: the prompt at once, answers sentence by sentence.

What the prompt does not need is imported when the first line is typed.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.repl.backstage import Backstage
from bot.repl.dumb_prompt import DumbPrompt, is_dumb
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.repl.prompt import Prompt
    from bot.repl.talk import Talk
    from retrieval.answer import Answer
    from retrieval.collection import Collection
    from retrieval.streaming import Event

GREETING = "Ask the collection a question. :help lists the commands, Ctrl-D leaves."


def converse(backstage: Backstage, *, resume: bool) -> None:
    """Read and answer until the reader leaves. FootnoteError: the collection does not open."""
    prompt, keys = _prompt(backstage)
    click.echo(GREETING)
    talk = _resumed(backstage, keys) if resume else None
    while True:
        try:
            line = prompt.read(backstage.when_failed)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        talk = talk or _talk(backstage, keys)
        if line and not _handled(talk, line):
            return


def _prompt(backstage: Backstage) -> "tuple[DumbPrompt | Prompt, Mapping[str, str]]":
    if is_dumb():
        backstage.prompt_shown.set()
        return DumbPrompt(), {}
    from bot.repl.prompt import KEYS, Prompt

    return Prompt(lambda: _history(backstage), backstage.articles, backstage.prompt_shown), KEYS


def _talk(backstage: Backstage, keys: Mapping[str, str]) -> "Talk":
    from bot.repl.talk import Talk

    return Talk(backstage, _console, lambda: _loaded(backstage), _say, remembered=True, keys=keys)


def _handled(talk: "Talk", line: str) -> bool:
    """Do what the line says; False when the reader wants to leave."""
    from bot.repl.talk import Leave

    try:
        talk.handle(line)
    except Leave:
        return False
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    except FootnoteError as error:
        click.echo(f"footnote: {error}", err=True)
    return True


def _resumed(backstage: Backstage, keys: Mapping[str, str]) -> "Talk":
    """The last conversation, its end shown."""
    from corpus.shown import shown

    backstage.prompt_shown.set()
    talk = _talk(backstage, keys)
    count = talk.resume()
    if not count:
        click.echo("There is no earlier conversation to continue.")
        return talk
    last = talk.conversation.answers[-1]
    click.echo(f"Continuing after {count} question{'' if count == 1 else 's'}; the last was:")
    _console().print(shown(f"> {' '.join(last.question.split())}"))
    _show(last)
    return talk


def _history(backstage: Backstage) -> Path | None:
    from bot.repl.kept import HISTORY

    folder = backstage.folder()
    return folder / HISTORY if folder else None


@cache
def _console() -> "Console":
    from bot.terminal_rendering import terminal

    return terminal()


def _loaded(backstage: Backstage) -> "Collection":
    """The collection, with a word to the reader while it is still being loaded."""
    console = _console()
    if backstage.ready or console.is_dumb_terminal:
        return backstage.collection()
    with console.status("Loading ...", spinner="line"):
        return backstage.collection()


def _say(events: "Iterator[Event]") -> "Answer":
    """Show an answer sentence by sentence, then where it comes from."""
    from bot.terminal_rendering import Flow, shows_links, styled_markers
    from retrieval.streaming import Sentence, answer_of, joined

    console = _console()
    flow = Flow(console)
    said: list[str] = []

    def write(event: "Event") -> None:
        if isinstance(event, Sentence):
            said.append(event.text)
            citations = {citation.n: citation for citation in event.citations}
            flow.write(styled_markers(event.text, citations, shows_links(console)))

    try:
        answer = answer_of(events, write)
    finally:
        flow.finish()
    if joined(said) == answer.text:
        _show_sources(answer)
    else:
        console.print("What stands above is withdrawn. The answer is:\n")
        _show(answer)
    return answer


def _show(answer: "Answer") -> None:
    from bot.terminal_rendering import shows_links, styled_markers

    console = _console()
    citations = {citation.n: citation for citation in answer.citations}
    console.print(styled_markers(answer.text, citations, shows_links(console)))
    _show_sources(answer)


def _show_sources(answer: "Answer") -> None:
    from bot.terminal_rendering import FAINT, shows_links, source_lines
    from corpus.shown import shown

    console = _console()
    if answer.notice:
        console.print(shown(answer.notice), style=FAINT)
    if answer.citations:
        console.print()
    for line in source_lines(answer, shows_links(console)):
        console.print(line)
    console.print()
