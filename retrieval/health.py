"""Whether catalogue, vectors and lexical index agree, and what to do where they do not."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.article import content_hash
from corpus.catalogue import Catalogue
from corpus.errors import CatalogueDamaged, CollectionLocked, FootnoteError
from corpus.ingestion import embed_stored
from corpus.salvage import salvage
from corpus.writer_lock import WAIT, Told, who_writes, writer_lock
from retrieval.collection import CATALOGUE

if TYPE_CHECKING:
    from retrieval.collection import Collection


@dataclass(slots=True)
class Health:
    """One sentence each: what is wrong, what was wrong and is mended, and what is worth knowing."""

    problems: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def examine(collection: "Collection", *, repair: bool = False) -> Health:
    """What an interrupted run left undone is done first, as the next run would do it; the rest is compared, and with
    `repair` made again where it differs. While another process writes, the indexes are not compared. CatalogueDamaged:
    there is nothing sound to compare with."""
    health = Health()
    if damaged := collection.catalogue.check():
        raise CatalogueDamaged(
            f"{collection.catalogue.path} is damaged ({damaged}): run 'footnote doctor --repair', or restore it from a"
            " backup."
        )
    health.problems += _unlike_themselves(collection.catalogue)
    _examine_indexes(collection, health, repair)
    if collection.catalogue.is_empty():
        health.problems.append("Nothing is in the collection yet: run 'footnote ingest FOLDER'.")
    try:
        collection.embed(["a"])
        collection.language_model()
    except FootnoteError as error:
        health.problems.append(str(error))
    return health


def repair_catalogue(data: Path, told: Told) -> str:
    """Save what can be read of a damaged catalogue, and keep the damaged file. Returns what became of it."""
    with writer_lock(data, told=told):
        aside, articles = salvage(data / CATALOGUE)
    return (
        f"The catalogue was damaged: {articles} articles were saved, the damaged file is kept as {aside}."
        " Run 'footnote sync' to bring the rest."
    )


def _examine_indexes(collection: "Collection", health: Health, repair: bool) -> None:
    with ExitStack() as held:
        try:
            held.enter_context(writer_lock(collection.data, WAIT if repair else 0, collection.told))
            collection.index.catch_up()
            if repair:
                health.mended += _mended(collection)
        except CollectionLocked:
            health.notes.append(
                f"{who_writes(collection.data)} is writing: the indexes are compared when it is done."
            )
            return
        except FootnoteError as error:
            health.problems.append(str(error))
        differences = [*_not_embedded(collection), *collection.index.differences()]
        health.problems += [f"{difference}: run 'footnote doctor --repair'." for difference in differences]


def _mended(collection: "Collection") -> Iterator[str]:
    for problem in _not_embedded(collection):
        embed = collection.embedder_of(collection.model).embed
        embed_stored(collection.catalogue, collection.model, embed)
        yield problem
    yield from collection.index.repair()


def _not_embedded(collection: "Collection") -> list[str]:
    count = collection.catalogue.count_not_embedded(collection.model)
    return [f"{count} passages have no vector of {collection.model}"] if count else []


def _unlike_themselves(catalogue: Catalogue) -> Iterator[str]:
    """Articles whose text or passages are not what they were when they were stored."""
    for article in catalogue.all_articles():
        text = catalogue.text(article.key)
        passages = catalogue.passages_of(article.key)
        if content_hash(text) != article.content_hash or any(
            text[passage.start : passage.end] != passage.text for passage in passages
        ):
            yield (
                f"{article.name} is not as it was stored: restore a backup, or run"
                f" 'footnote remove {article.name}' and ingest it again."
            )
