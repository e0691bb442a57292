"""footnote sync: everything in step with its sources."""

import click

from bot import opening


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
    from bot.progress import report_outcomes
    from bot.watching import rounds
    from retrieval.upkeep import sync

    collection = opening.collection(context)
    private = opening.settings(context).allow_private_addresses
    code = 0
    for _ in rounds(collection, every * 60) if watch else range(1):
        outcomes = sync(collection, store=not dry_run, allow_private=private)
        code = report_outcomes(outcomes, as_json=as_json, quiet=watch)
    return code
