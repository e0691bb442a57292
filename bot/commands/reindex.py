"""footnote reindex: both indexes made again from the catalogue."""

import click

from bot import opening


@click.command("reindex", short_help="Make the indexes again from the catalogue.")
@click.pass_context
def command(context: click.Context) -> None:
    """Make the vectors and the lexical index again from the catalogue, with the embedding model that is set.

    What the model has embedded before is not embedded again.
    """
    from rich.console import Console
    from rich.progress import Progress

    collection = opening.collection(context, check=False)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("embedding", total=None)
        collection.reindex(lambda done, total: progress.update(task, completed=done, total=total))
    count = collection.catalogue.passage_count()
    click.echo(f"{count} passages indexed with {collection.model}")
