"""footnote ingest: files and folders of articles into the collection."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from bot import opening


@click.command("ingest", short_help="Put files and folders of articles in.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(context: click.Context, paths: tuple[Path, ...], as_json: bool) -> int:
    """Put files and folders of articles into the collection.

    What is in already and unchanged is not embedded again; what changed is updated. Exit code 1 if something could
    not be taken in: everything else is in all the same.
    """
    from bot.progress import with_progress

    collection = opening.collection(context, create=True)
    outcomes = list(with_progress(collection.ingest(paths)))
    counts = Counter(outcome.status for outcome in outcomes)
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if as_json:
        summary = {status: counts[status] for status in ("added", "updated", "unchanged", "failed")}
        click.echo(json.dumps({**summary, "articles": [asdict(outcome) for outcome in outcomes]}, ensure_ascii=False))
        return 1 if failed else 0
    for outcome in outcomes:
        if outcome.reason:
            click.echo(f"  {outcome.reason}" if outcome.status == "failed" else f"  {outcome.name}: {outcome.reason}", err=True)
    click.echo(", ".join(f"{counts[status]} {status}" for status in ("added", "updated", "unchanged", "failed")))
    return 1 if failed else 0
