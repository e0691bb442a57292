"""footnote sync: everything in step with its sources."""

from typing import TYPE_CHECKING

import click

from bot import opening
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corpus.ingestion import Outcome
    from retrieval.upkeep import Told


@click.command("sync", short_help="Bring the collection in step with its sources.")
@click.option(
    "--watch", is_flag=True, help="Go on: follow folders as they change, and links every --every minutes."
)
@click.option("--every", default=15.0, show_default=True, type=click.FloatRange(min=0.1), metavar="MINUTES")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, with --watch one a round.")
@click.pass_context
def command(context: click.Context, watch: bool, every: float, dry_run: bool, as_json: bool) -> int:
    """Bring the collection in step with the files, folders and links that were ingested.

    What is new goes in, what changed is updated, what moved keeps its identity, what was deleted goes out. Exit code 1
    if something could not be taken in: everything else is in step all the same.

    \b
    footnote sync                                      once
    footnote sync --watch                              from now on
    """
    from functools import partial

    from bot.progress import report_outcomes
    from bot.watching import rounds
    from retrieval.upkeep import sync

    collection = opening.collection(context)
    private = opening.settings(context).allow_private_addresses
    once = partial(sync, collection, store=not dry_run, allow_private=private)
    if not watch:
        return report_outcomes(lambda told: once(told=told), as_json=as_json)
    click.echo("Following the sources; Ctrl-C ends it.", err=True)
    for links in rounds(collection, every * 60):
        try:
            report_outcomes(partial(_told, once, links), as_json=as_json, quiet=True)
        except FootnoteError as error:  # a full disk, say: the next round may do better
            click.echo(f"footnote: {error}", err=True)
    return 0


def _told(once: "Callable[..., Iterator[Outcome]]", links: bool, told: "Told | None") -> "Iterator[Outcome]":
    return once(links=links, told=told)
