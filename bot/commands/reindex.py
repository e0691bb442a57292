"""footnote reindex: both indexes made again from the catalogue."""

import click

from bot import opening
from corpus.errors import FootnoteError


@click.command("reindex", short_help="Make the indexes again from the catalogue.")
@click.option("--model", default="", metavar="NAME|PATH", help="Change to this embedding model.")
@click.option("--undo", is_flag=True, help="Go back to the model before the last change.")
@click.pass_context
def command(context: click.Context, model: str, undo: bool) -> None:
    """Make the vectors and the lexical index again from the catalogue.

    What the model has embedded before is not embedded again. The old indexes go on answering until the new ones are
    complete and compared with the catalogue; who is running follows at the next question.

    \b
    footnote reindex
    footnote reindex --model intfloat/multilingual-e5-small
    footnote reindex --undo
    """
    from bot.progress import passages_progress
    from retrieval.upkeep import reindex, undo_reindex

    if undo and model:
        raise click.UsageError("--undo goes back to the former model: leave --model out.")
    collection = opening.collection(context, check=False)
    chosen = opening.settings(context).embedding_model
    with passages_progress() as progress:
        if undo:
            undo_reindex(collection, progress)
        else:
            for mended in reindex(collection, model or chosen, progress):
                click.echo(f"mended     {mended}", err=True)
    count = collection.catalogue.passage_count()
    click.echo(f"{count} passages indexed with {collection.model}")
    try:
        collection.check_model()
    except FootnoteError:
        click.echo(f"Set FOOTNOTE_EMBEDDING_MODEL={collection.model} now, or unset it.", err=True)
