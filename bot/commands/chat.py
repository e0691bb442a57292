"""footnote chat: a conversation in the terminal."""

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.repl.backstage import Backstage


@click.command("chat", short_help="Have a conversation.")
@click.option("--continue", "resume", is_flag=True, help="Go on with the last conversation.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="What counts as today.")
@click.pass_context
def command(context: click.Context, resume: bool, as_of: datetime | None) -> int:
    """Ask one question after another; each is understood in the light of those before.

    \b
    footnote chat                        begin a conversation
    footnote chat --continue             go on with the last one
    echo "Who met whom?" | footnote chat
                                         a question or command a line, plain lines back

    Commands begin with a colon or a slash: :help lists them. Exit code of a single piped question: 0
    answered, 3 no answer in the collection.
    """
    from bot.repl.backstage import Backstage

    backstage = Backstage(context, as_of.date() if as_of else None)
    if all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        from bot.repl import interactive

        interactive.converse(backstage, resume=resume)
        _leave_at_once(backstage)
        return 0
    from bot.repl import piped

    return piped.converse(backstage, resume=resume)


def _leave_at_once(backstage: "Backstage") -> None:
    """Who leaves while the models are being loaded does not wait for them; a thread cannot be stopped."""
    if not backstage.ready:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
