"""footnote backup: the whole collection in one file."""

from pathlib import Path

import click

from bot import opening


@click.command("backup", short_help="Copy the collection into one file.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Copy the collection into one file, while others go on reading and writing it.

    \b
    footnote backup friday.footnote
    """
    from corpus.backup import backup

    collection = opening.collection(context, check=False)
    backup(collection.catalogue, file)
    click.echo(f"{len(collection.catalogue.all_articles())} articles in {file}")
