"""Answers out: embedding, indexes, search and answering.

What a program needs is here: `from retrieval import open_collection` (see docs/python.md). Each name is imported when
it is first asked for, so that using one part does not load the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corpus.errors import CollectionLocked, FootnoteError, NothingIngested
    from retrieval.answer import Answer, Citation, Hit, Turn
    from retrieval.collection import Collection, open_collection
    from retrieval.language_model import LanguageModelChoice
    from retrieval.streaming import Searched, Sentence

__all__ = [
    "Answer",
    "Citation",
    "Collection",
    "CollectionLocked",
    "FootnoteError",
    "Hit",
    "LanguageModelChoice",
    "NothingIngested",
    "Searched",
    "Sentence",
    "Turn",
    "open_collection",
]

_HOMES = {
    "corpus.errors": ("CollectionLocked", "FootnoteError", "NothingIngested"),
    "retrieval.answer": ("Answer", "Citation", "Hit", "Turn"),
    "retrieval.collection": ("Collection", "open_collection"),
    "retrieval.language_model": ("LanguageModelChoice",),
    "retrieval.streaming": ("Searched", "Sentence"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
