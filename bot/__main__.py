"""The program `footnote`: its options, its commands, and what becomes of errors.

Commands are imported when they are run, and import what they need when they run: `footnote --help` loads no model.
"""

import errno
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

import click

from corpus.errors import FootnoteError

COMMANDS = (
    "ingest",
    "ask",
    "chat",
    "search",
    "prove",
    "verify",
    "sources",
    "sync",
    "remove",
    "reindex",
    "backup",
    "restore",
    "telegram",
    "eval",
    "doctor",
    "completion",
)
MODULES = {
    "telegram": "telegram_bot"
}  # a module called telegram would be taken for the library by its readers
INTERRUPTED = 130
USAGE = 2


class _Commands(click.Group):
    """One module of `bot.commands` a command."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return import_module(f"bot.commands.{MODULES.get(name, name)}").command

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except BrokenPipeError:
            _give_up_output()
            return 0


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The collection's folder.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(None, package_name="footnote", message="footnote %(version)s")
@click.pass_context
def footnote(context: click.Context, data: Path | None, debug: bool) -> None:
    """Ask a collection of articles, and get answers that prove every sentence.

    \b
    footnote ingest articles/            put a folder of articles in
    footnote ask "Who met whom?"         one question, one answer
    footnote chat                        a conversation
    footnote telegram                    the same for people on Telegram

    Settings are read from the environment and from .env: see .env.example.
    """
    context.obj = {} if data is None else {"data": data}


def main() -> None:
    """Run the program. Exit codes: 0 done, 1 error, 2 usage, 3 no answer, 4 nothing ingested, 130 interrupted."""
    if "--debug" not in sys.argv[1:]:
        sys.excepthook = _told_in_a_line
    _replace_what_cannot_be_written()
    try:
        code = footnote(prog_name="footnote", standalone_mode=False)
    except click.ClickException as error:
        _with_its_place(error).show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except FootnoteError as error:
        if "--debug" in sys.argv[1:]:
            raise
        click.echo(f"footnote: {error}", err=True)
        code = error.exit_code
    except OSError as error:
        full = os.strerror(error.errno) if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        if not (unwritten := _unwritten() or full):
            raise
        code = _told(f"the output cannot be written ({unwritten}): free some room")
    sys.exit(_finished(code if isinstance(code, int) else 0))


def _with_its_place(error: click.ClickException) -> click.ClickException:
    """An option of the program that was given to a command is told where it belongs."""
    options = {option for parameter in footnote.params for option in parameter.opts}
    if not (isinstance(error, click.NoSuchOption) and error.option_name in options and error.ctx):
        return error
    name = error.option_name
    return click.UsageError(
        f"{name} stands before the command: footnote {name} … {error.ctx.info_name} …", error.ctx
    )


def _told(reason: str) -> int:
    """Say in a line what went wrong; the exit code."""
    click.echo(f"footnote: {reason}.", err=True)
    return FootnoteError.exit_code


def _told_in_a_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    first = next(iter(str(error).splitlines()), "")
    _told(f"something went wrong ({kind.__name__}: {first}): 'footnote --debug ...' shows where")


def _replace_what_cannot_be_written() -> None:
    """A sign that the terminal's encoding lacks, or input that is not in it, is a question mark and no error."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _finished(code: int) -> int:
    """The exit code once everything is written; a reader that went away early (`| head -1`) is no error."""
    unwritten = _unwritten()
    return _told(f"the output cannot be written ({unwritten}): free some room") if unwritten else code


def _unwritten() -> str:
    """Why what was printed cannot be written, which is then given up; empty if it could."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()
    except OSError as error:
        _give_up_output()
        return error.strerror or str(error)
    return ""


def _give_up_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
