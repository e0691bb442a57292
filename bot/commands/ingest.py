"""footnote ingest: files, folders and links into the collection."""

from datetime import datetime

import click

from bot import opening


@click.command("ingest", short_help="Put files, folders and links of articles in.")
@click.argument("given", nargs=-1, required=True, type=click.Path(), metavar="PATH|LINK...")
@click.option(
    "--limit", default=0, type=click.IntRange(min=0), help="Of a feed or sitemap: take in so many entries."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Of those: none from before."
)
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(
    context: click.Context,
    given: tuple[str, ...],
    limit: int,
    since: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Put files, folders and links of articles into the collection, and remember them for `footnote sync`.

    What is in already and unchanged is not embedded again; what changed is updated. Exit code 1 if something could
    not be taken in: everything else is in all the same.

    \b
    footnote ingest articles/                          a folder; again whenever it changes
    footnote ingest report.pdf notes.zip               files of any format that is read
    footnote ingest --limit 20 https://example.org/feed.xml
    """
    if not all(given):
        raise click.UsageError("A path is empty: name a file, a folder or a link.")
    from bot.progress import report_outcomes
    from retrieval.upkeep import ingest

    collection = opening.collection(context, create=True)
    options = {"limit": str(limit)} if limit else {}
    if since:
        options["since"] = since.date().isoformat()
    private = opening.settings(context).allow_private_addresses
    return report_outcomes(
        lambda told: ingest(collection, given, options, store=not dry_run, allow_private=private, told=told),
        as_json=as_json,
    )
