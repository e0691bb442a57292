"""footnote doctor: what is installed, configured and indexed, and what is wrong with it."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from bot import opening
from corpus.errors import CatalogueDamaged, FootnoteError
from corpus.shown import shown

if TYPE_CHECKING:
    from retrieval.collection import Collection
    from retrieval.health import Health

PARTS = (
    "footnote",
    "chromadb",
    "langchain-core",
    "onnxruntime",
    "python-telegram-bot",
    "sentence-transformers",
    "tantivy",
)


@click.command("doctor", short_help="Check the installation and the collection.")
@click.option("--repair", is_flag=True, help="Mend what is wrong with the collection.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(context: click.Context, repair: bool, as_json: bool) -> int:
    """Show what is installed, configured and indexed, and what is wrong with it. Exit code 0 only if nothing is.

    --repair makes again what differs from the catalogue. Of a damaged catalogue it saves what can still be read, and
    keeps the damaged file.

    \b
    footnote doctor
    footnote doctor --repair
    """
    from importlib.metadata import version

    from bot.settings import settings_shown

    settings = opening.settings(context)
    found: dict[str, Any] = {
        "installed": {"python": sys.version.split()[0], **{part: version(part) for part in PARTS}},
        "settings": settings_shown(settings),
    }
    health = _health(context, found, repair)
    found |= {"problems": health.problems, "mended": health.mended, "notes": health.notes}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for part in ("installed", "settings", "collection"):
            for name, value in found.get(part, {}).items():
                click.echo(f"{part:10} {name:22} {value}")
        for word, sentences in (
            ("wrong", health.problems),
            ("mended", health.mended),
            ("note", health.notes),
        ):
            for sentence in sentences:
                click.echo(f"{word:10} {shown(sentence)}")
        if not health.problems:
            click.echo("nothing is wrong")
    return 1 if health.problems else 0


def _health(context: click.Context, found: dict[str, Any], repair: bool) -> "Health":
    from retrieval.health import Health, examine, repair_catalogue

    mended: list[str] = []
    for _ in range(2):
        try:
            collection = opening.collection(context)
            health = examine(collection, repair=repair)
            health.mended = mended + health.mended
            found["collection"] = _state(collection)
            return health
        except CatalogueDamaged as error:
            if not repair or mended:
                return Health([str(error)], mended)
            data = opening.settings(context).data.expanduser()
            mended.append(repair_catalogue(data, opening.told))
        except FootnoteError as error:
            return Health([str(error)], mended)
    return Health(mended=mended)


def _state(collection: "Collection") -> dict[str, Any]:
    articles = collection.catalogue.all_articles()
    return {
        "folder": str(collection.data),
        "model": collection.model,
        "articles": len(articles),
        "passages": collection.catalogue.passage_count(),
        "languages": " ".join(sorted({article.language for article in articles})),
        "newest": str(max((article.published for article in articles if article.published), default="")),
    }
