"""footnote ask: one question or a batch of them."""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from bot import opening
from corpus.errors import FootnoteError, NothingIngested
from corpus.shown import shown

if TYPE_CHECKING:
    from retrieval.answer import Answer, Turn
    from retrieval.collection import Collection
    from retrieval.streaming import Event

NO_ANSWER = 3


@click.command("ask", short_help="Answer a question.")
@click.argument("question", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="What happens as it happens, one JSON object a line.")
@click.option("-q", "--quiet", is_flag=True, help="The answer alone: no sources, no notices.")
@click.option(
    "--batch",
    type=click.File(encoding="utf-8-sig", errors="replace"),
    metavar="FILE|-",
    help="Many questions, one JSON object a line.",
)
@click.option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write answer and quotes to FILE, to be checked later: as JSON, and as Markdown beside it.",
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="What counts as today.")
@click.pass_context
def command(
    context: click.Context,
    question: tuple[str, ...],
    as_json: bool,
    as_jsonl: bool,
    quiet: bool,
    batch: TextIO | None,
    receipt: Path | None,
    as_of: datetime | None,
) -> int:
    """Answer a question from the collection, every sentence cited. Without QUESTION it is read from stdin.

    \b
    footnote ask "Who met whom?"                       the answer and its sources
    footnote ask --quiet "Who met whom?"               the answer alone
    echo "Who met whom?" | footnote ask --json         one object: answer, citations, passages
    footnote ask --jsonl "Who met whom?"               what was found, each sentence, then the answer
    footnote ask --json --batch questions.jsonl        many questions, an object a line: {"question": ...}
    footnote ask --receipt answer.json "Who met whom?" the answer to keep; 'footnote verify answer.json' checks it

    Exit code 0 answered, 3 no answer in the collection, 4 nothing ingested yet.
    """
    from bot.rendering import answer_json, answer_lines
    from retrieval.streaming import answer_of

    if as_json + as_jsonl + quiet > 1:
        raise click.UsageError("Choose one of --json, --jsonl and --quiet.")
    today = as_of.date() if as_of else None
    if batch:
        if question or receipt or not as_json:
            raise click.UsageError("--batch goes with --json, and takes its questions from FILE alone.")
        return _answer_batch(opening.collection(context), batch, today)
    text = " ".join(question) if question else _from_stdin()
    if not text.strip():
        raise click.UsageError("The question is empty: type what you want to know.")
    if receipt:
        from bot.receipts import receipt_paths

        receipt_paths(receipt)
    collection = opening.collection(context)
    events = collection.stream(text, as_of=today)
    answer = answer_of(events, _print_event) if as_jsonl else answer_of(events)
    if receipt:
        _write_receipt(context, collection, answer, receipt, today)
    if as_json:
        click.echo(json.dumps(answer_json(answer), ensure_ascii=False))
    elif quiet:
        click.echo(shown(answer.text))
    elif not as_jsonl:
        click.echo(shown("\n".join(answer_lines(answer))))
    return 0 if answer.answered else NO_ANSWER


def _write_receipt(
    context: click.Context, collection: "Collection", answer: "Answer", path: Path, today: date | None
) -> None:
    from importlib.metadata import version

    from bot.receipts import write_receipt
    from retrieval.receipt import receipt_of

    chosen = opening.settings(context)
    settings = {
        "embedding_model": collection.model,
        "reranker": chosen.reranker,
        "llm": chosen.llm,
        "as_of": today.isoformat() if today else "",
    }
    made = receipt_of(answer, datetime.now().astimezone(), version("footnote"), settings)
    for written in write_receipt(made, path):
        click.echo(f"receipt: {written}", err=True)


def _print_event(event: "Event") -> None:
    from bot.rendering import event_json

    click.echo(json.dumps(event_json(event), ensure_ascii=False))


def _from_stdin() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError('There is no question: footnote ask "…", or a question on stdin.')
    return sys.stdin.read()


def _answer_batch(collection: "Collection", batch: TextIO, today: date | None) -> int:
    """The answer to each line as it is ready; a line that cannot be asked is told on stderr and counts at the end."""
    from bot.rendering import answer_json

    failed = 0
    for number, line in _lines(batch):
        try:
            id_, question, history = _asked(line)
            answer = collection.ask(question, history, as_of=today)
        except NothingIngested:
            raise
        except FootnoteError as error:
            click.echo(f"footnote: line {number} of {batch.name}: {error}", err=True)
            failed += 1
            continue
        found = {"id": number if id_ is None else id_, **answer_json(answer)}
        click.echo(json.dumps(found, ensure_ascii=False))
    return 1 if failed else 0


def _asked(line: str) -> "tuple[Any, str, list[Turn]]":
    """The id, the question and the history in a line of a batch. FootnoteError: there is no question in it."""
    from retrieval.answer import Turn

    try:
        asked = json.loads(line)
        turns = [Turn(turn["role"], turn["content"]) for turn in asked.get("history") or ()]
        texts = [asked["question"], *(turn.content for turn in turns)]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise FootnoteError(
            'It is no question: write {"question": "…"}, with "history": [{"role": "user", "content": "…"}, …] if'
            " others came before."
        ) from error
    return asked.get("id"), asked["question"], turns


def _lines(batch: TextIO) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(batch, start=1) if line.strip())
