"""The composition root: settings in, the real objects out."""

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.settings import Settings
    from retrieval.collection import Collection
    from retrieval.language_model import LanguageModelChoice


def settings(context: click.Context, **changed: Any) -> "Settings":
    """The settings of this run; `changed` replaces some."""
    from bot.settings import load_settings

    return load_settings(os.environ, **{**(context.obj or {}), **changed})


def collection(
    context: click.Context, *, create: bool = False, check: bool = True, **changed: Any
) -> "Collection":
    """The collection that the settings name, closed when the command ends; `changed` replaces settings."""
    from retrieval.collection import open_collection

    chosen = settings(context, **changed)
    opened = open_collection(
        chosen.data.expanduser(),
        model=chosen.embedding_model,
        reranker=chosen.reranker,
        chroma_url=chosen.chroma_url,
        llm=language_model_choice(chosen),
        create=create,
        check=check,
        told=told,
    )
    context.call_on_close(opened.close)
    return opened


def told(sentence: str) -> None:
    """Say on stderr what somebody who waits should know."""
    click.echo(f"footnote: {sentence}", err=True)


def language_model_choice(settings: "Settings") -> "LanguageModelChoice | None":
    """The language model that the settings name, if they name one."""
    from retrieval.language_model import LanguageModelChoice

    if not settings.llm.strip():
        return None
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    return LanguageModelChoice(settings.llm.strip(), settings.llm_url, key, settings.llm_timeout)
