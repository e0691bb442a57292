"""footnote search: the passages that fit best, ranked."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot import opening
from corpus.shown import shown

if TYPE_CHECKING:
    from retrieval.dates import Time
    from retrieval.search import Found


@click.command("search", short_help="Show the passages that fit best.")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="What counts as today.")
@click.option(
    "--explain", is_flag=True, help="Say why each was found: scores, views, dates, duplicates, timings."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    context: click.Context,
    words: tuple[str, ...],
    limit: int,
    as_of: datetime | None,
    explain: bool,
    as_json: bool,
) -> int:
    """Show the passages that fit the words best, without answering. Exit code 3 if there is none.

    \b
    footnote search "sanctions vote"
    footnote search --explain "sanctions vote"
    footnote search --json --limit 3 "sanctions vote"
    """
    from bot.rendering import byline, explained_hit_json, hit_json

    found = opening.collection(context).search(
        " ".join(words), limit=limit, as_of=as_of.date() if as_of else None
    )
    if as_json:
        row = explained_hit_json if explain else hit_json
        hits = [{**row(hit), "title": hit.article.title, "text": hit.passage.text} for hit in found.hits]
        reasons = {
            "time": _time_json(found.time),
            "dense_share": round(found.dense, 2),
            "seconds": found.seconds,
        }
        told = reasons if explain else {}
        printed = {"query": found.standalone_question, "passages": hits, **told}
        click.echo(json.dumps(printed, ensure_ascii=False))
    elif explain:
        _explain(found)
    else:
        for rank, hit in enumerate(found.hits, start=1):
            click.echo(shown(f"{rank}. {byline(hit.article)}  ({hit.score:.2f})"))
            click.echo(shown(f"   {' '.join(hit.passage.text.split())[:300]}"))
    return 0 if found.hits else 3


def _explain(found: "Found") -> None:
    from bot.terminal_rendering import hits_text, terminal

    console = terminal()
    if found.time:
        console.print(f"time  {found.time}", soft_wrap=True)
    console.print(f"scores  {found.dense:.0%} meaning, {1 - found.dense:.0%} words", soft_wrap=True)
    for line in hits_text(found.standalone_question, found.hits, found.seconds):
        console.print(line, soft_wrap=True)


def _time_json(time: "Time | None") -> dict[str, object] | None:
    """The days that the question speaks of, both included."""
    if time is None:
        return None
    days = {
        name: day.isoformat() if day else None for name, day in (("since", time.since), ("until", time.until))
    }
    return {**days, "latest": time.latest}
