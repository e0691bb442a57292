"""footnote doctor: what is installed, configured and indexed, and what is wrong with it."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from bot import opening
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from retrieval.collection import Collection

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
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """Show what is installed, configured and indexed, and what is wrong with it. Exit code 0 only if nothing is.

    \b
    footnote doctor
    footnote doctor --json
    """
    from importlib.metadata import version

    settings = opening.settings(context)
    found: dict[str, Any] = {
        "installed": {"python": sys.version.split()[0], **{part: version(part) for part in PARTS}},
        "settings": {
            name: str(value) for name, value in settings.model_dump().items() if value not in ("", None)
        },
    }
    problems: list[str] = []
    try:
        collection = opening.collection(context)
        found["collection"] = _state(collection)
        problems += collection.problems()
    except FootnoteError as error:
        problems.append(str(error))
    found["problems"] = problems
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for part in ("installed", "settings", "collection"):
            for name, value in found.get(part, {}).items():
                click.echo(f"{part:10} {name:22} {value}")
        for problem in problems:
            click.echo(f"wrong      {problem}")
        if not problems:
            click.echo("nothing is wrong")
    return 1 if problems else 0


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
