"""footnote remove: an article or a source out of the collection."""

import json
from dataclasses import asdict

import click

from bot import opening


@click.command("remove", short_help="Take articles or sources out.")
@click.argument("names", nargs=-1, required=True, metavar="ARTICLE|SOURCE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(context: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Take articles out by name, or whole sources by the path or link that was ingested.

    An article whose file is still in a folder that is a source comes back at the next sync, once the file changes.

    \b
    footnote remove report.pdf
    footnote remove https://example.org/feed.xml
    """
    from retrieval.upkeep import remove

    collection = opening.collection(context)
    outcomes = [outcome for name in names for outcome in remove(collection, name)]
    if as_json:
        click.echo(json.dumps({"removed": len(outcomes), "articles": [asdict(one) for one in outcomes]}))
    else:
        click.echo(f"{len(outcomes)} removed")
