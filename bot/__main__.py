"""The program `footnote`: its options, its commands, and what becomes of errors.

Commands are imported when they are run, and import what they need when they run: `footnote --help` loads no model.
"""

import sys
from importlib import import_module
from pathlib import Path

import click

from corpus.errors import FootnoteError

COMMANDS = (
    "ingest",
    "ask",
    "chat",
    "search",
    "sources",
    "sync",
    "remove",
    "reindex",
    "backup",
    "restore",
    "doctor",
)
INTERRUPTED = 130
USAGE = 2


class _Commands(click.Group):
    """One module of `bot.commands` a command."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return import_module(f"bot.commands.{name}").command


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

    Settings are read from the environment and from .env: see .env.example.
    """
    context.obj = {} if data is None else {"data": data}


def main() -> None:
    """Run the program. Exit codes: 0 done, 1 error, 2 usage, 3 no answer, 4 nothing ingested, 130 interrupted."""
    debug = "--debug" in sys.argv[1:]
    try:
        code = footnote(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except FootnoteError as error:
        if debug:
            raise
        click.echo(f"footnote: {error}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
