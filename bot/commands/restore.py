"""footnote restore: a backup put in the place of the collection."""

from pathlib import Path

import click

from bot import opening
from corpus.errors import CatalogueDamaged


@click.command("restore", short_help="Put a backup in the place of the collection.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Put what a backup holds in the place of the collection, while others go on reading it.

    What the collection holds now and the backup does not is gone: make a backup of it first.

    \b
    footnote restore friday.footnote
    """
    from corpus.backup import check_backup
    from corpus.salvage import set_aside
    from retrieval.collection import CATALOGUE
    from retrieval.upkeep import restore

    check_backup(file)
    try:
        collection = opening.collection(context, create=True, check=False)
        restore(collection, file)
    except CatalogueDamaged:
        aside = set_aside(opening.settings(context).data.expanduser() / CATALOGUE)
        click.echo(f"The damaged catalogue is kept as {aside}.", err=True)
        collection = opening.collection(context, create=True, check=False)
        restore(collection, file)
    click.echo(f"{len(collection.catalogue.all_articles())} articles restored")
