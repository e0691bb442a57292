"""footnote search: the passages that fit best, ranked."""

import json
from datetime import datetime

import click

from bot import opening
from corpus.shown import shown


@click.command("search", short_help="Show the passages that fit best.")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="What counts as today.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    context: click.Context, words: tuple[str, ...], limit: int, as_of: datetime | None, as_json: bool
) -> int:
    """Show the passages that fit the words best, without answering. Exit code 3 if there is none.

    \b
    footnote search "sanctions vote"
    footnote search --json --limit 3 "sanctions vote"
    """
    from bot.rendering import byline, hit_json

    found = opening.collection(context).search(
        " ".join(words), limit=limit, as_of=as_of.date() if as_of else None
    )
    if as_json:
        hits = [{**hit_json(hit), "title": hit.article.title, "text": hit.passage.text} for hit in found.hits]
        click.echo(json.dumps({"query": found.standalone_question, "passages": hits}, ensure_ascii=False))
    else:
        for rank, hit in enumerate(found.hits, start=1):
            click.echo(shown(f"{rank}. {byline(hit.article)}  ({hit.score:.2f})"))
            click.echo(shown(f"   {' '.join(hit.passage.text.split())[:300]}"))
    return 0 if found.hits else 3
