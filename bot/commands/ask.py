"""footnote ask: one question or a batch of them."""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, TextIO

import click

from bot import opening
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from retrieval.collection import Collection

NO_ANSWER = 3


@click.command("ask", short_help="Answer a question.")
@click.argument("question", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--batch", type=click.File(encoding="utf-8"), metavar="FILE|-", help="Many questions, one JSON object a line.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="What counts as today.")
@click.pass_context
def command(
    context: click.Context, question: tuple[str, ...], as_json: bool, batch: TextIO | None, as_of: datetime | None
) -> int:
    """Answer a question from the collection, every sentence cited. Without QUESTION it is read from stdin.

    Exit code 0 answered, 3 no answer in the collection, 4 nothing ingested yet.
    """
    from bot.rendering import answer_json, answer_lines

    today = as_of.date() if as_of else None
    if batch:
        if question or not as_json:
            raise click.UsageError("--batch goes with --json, and takes its questions from FILE alone.")
        return _answer_batch(opening.collection(context), batch, today)
    text = " ".join(question) if question else _from_stdin()
    if not text.strip():
        raise click.UsageError("The question is empty: type what you want to know.")
    answer = opening.collection(context).ask(text, as_of=today)
    if as_json:
        click.echo(json.dumps(answer_json(answer), ensure_ascii=False))
    else:
        click.echo("\n".join(answer_lines(answer)))
    return 0 if answer.answered else NO_ANSWER


def _from_stdin() -> str:
    if sys.stdin.isatty():
        raise click.UsageError("There is no question: footnote ask \"…\", or a question on stdin.")
    return sys.stdin.read()


def _answer_batch(collection: "Collection", batch: TextIO, today: date | None) -> int:
    """The answer to each line as it is ready; a line that cannot be asked is told on stderr and counts at the end."""
    from bot.rendering import answer_json
    from retrieval.answer import Turn

    failed = 0
    for number, line in _lines(batch):
        try:
            asked = json.loads(line)
            history = [Turn(turn["role"], turn["content"]) for turn in asked.get("history", ())]
            answer = collection.ask(asked["question"], history, as_of=today)
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            click.echo(f"footnote: line {number} of {batch.name} is no question ({error!r}): see README.", err=True)
            failed += 1
            continue
        except FootnoteError as error:
            if error.exit_code != 1:
                raise
            click.echo(f"footnote: line {number} of {batch.name}: {error}", err=True)
            failed += 1
            continue
        click.echo(json.dumps({"id": asked.get("id", number), **answer_json(answer)}, ensure_ascii=False))
    return 1 if failed else 0


def _lines(batch: TextIO) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(batch, start=1) if line.strip())
