"""footnote ingest: files, folders and links into the collection."""

import click

from bot import opening


@click.command("ingest", short_help="Put files, folders and links of articles in.")
@click.argument("given", nargs=-1, required=True, metavar="PATH|LINK...")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(context: click.Context, given: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Put files, folders and links of articles into the collection, and remember them for `footnote sync`.

    What is in already and unchanged is not embedded again; what changed is updated. Exit code 1 if something could
    not be taken in: everything else is in all the same.
    """
    from bot.progress import report_outcomes
    from retrieval.upkeep import ingest

    collection = opening.collection(context, create=True)
    return report_outcomes(ingest(collection, given, store=not dry_run), as_json=as_json)
