"""footnote reindex: both indexes made again from the catalogue."""

import click

from bot import opening


@click.command("reindex", short_help="Make the indexes again from the catalogue.")
@click.option("--model", default="", metavar="NAME|PATH", help="Change to this embedding model.")
@click.pass_context
def command(context: click.Context, model: str) -> None:
    """Make the vectors and the lexical index again from the catalogue.

    What the model has embedded before is not embedded again. With another model the old index goes on answering
    until the new one is complete.

    \b
    footnote reindex
    footnote reindex --model intfloat/multilingual-e5-small
    """
    from rich.console import Console
    from rich.progress import Progress

    from retrieval.upkeep import reindex

    collection = opening.collection(context, check=False)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("embedding", total=None)
        reindex(collection, model, lambda done, total: progress.update(task, completed=done, total=total))
    count = collection.catalogue.passage_count()
    click.echo(f"{count} passages indexed with {collection.model}")
