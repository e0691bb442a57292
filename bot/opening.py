"""The composition root: settings in, the real objects out."""

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.settings import Settings
    from retrieval.collection import Collection


def settings(context: click.Context) -> "Settings":
    from bot.settings import load_settings

    return load_settings(os.environ, **(context.obj or {}))


def collection(context: click.Context, *, create: bool = False, **changed: Any) -> "Collection":
    """The collection that the settings name, closed when the command ends; `changed` replaces settings."""
    from retrieval.collection import open_collection

    chosen = settings(context)
    opened = open_collection(
        chosen.data.expanduser(),
        model=changed.get("model", chosen.embedding_model),
        reranker=chosen.reranker,
        chroma_url=chosen.chroma_url,
        create=create,
        check=changed.get("check", True),
    )
    context.call_on_close(opened.close)
    return opened
