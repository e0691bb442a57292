"""A collection kept up: put in, brought in step with its sources, taken out, indexed anew. One writer at a time."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.article import Article
from corpus.catalogue import Catalogue
from corpus.errors import FootnoteError, UnreadableArticle
from corpus.ingestion import Ingestion, Outcome, Step, embed_stored
from corpus.loading import article_files, is_utf8
from corpus.sources import Place, Source, Sources, file_places, source_of
from corpus.writer_lock import writer_lock
from retrieval.in_step import Progress
from retrieval.index import MODEL

if TYPE_CHECKING:
    from retrieval.collection import Collection

COMMON = (".txt", ".md", ".html", ".pdf")  # kinds of files that are named to a newcomer
FORMER_MODEL = "former model"  # the catalogue's note of the one before `MODEL`, for going back

Told = Callable[[Step, int], None]  # how far a run is, and the number of places that there are


def ingest(
    collection: "Collection",
    given: Sequence[str],
    options: Mapping[str, str] | None = None,
    *,
    store: bool = True,
    allow_private: bool = False,
    told: Told | None = None,
) -> Iterator[Outcome]:
    """Put files, folders and links in, and remember them as sources. An outcome comes when its article is stored for
    good; with `store` off, nothing is, and the outcomes say what would become of the articles. `allow_private` lets
    links lead to this machine and its networks.
    """
    with _writing(collection):
        catalogue = collection.catalogue
        sources = [source_of(name, options) for name in given]
        if store:
            with catalogue.writing():
                if not catalogue.note(MODEL):
                    catalogue.set_note(MODEL, collection.model)
                remembered = Sources(catalogue)
                sources = [remembered.register(one) if _lasts(one) else one for one in sources]
        yield from _run(collection, sources, (), store, set(), allow_private, told)


def sync(
    collection: "Collection",
    *,
    store: bool = True,
    links: bool = True,
    allow_private: bool = False,
    told: Told | None = None,
) -> Iterator[Outcome]:
    """Bring everything in step with its sources: added, updated, moved, unchanged, removed. Without `links`, files and
    folders alone."""
    with _writing(collection):
        catalogue = collection.catalogue
        remembered = Sources(catalogue)
        sources = [source for source in remembered.all() if links or not source.is_link]
        missing = [place for source in sources for place in _vanished(remembered, source)]
        gone = [article for place in missing for article in catalogue.articles_of_place(place)]
        moved: set[int] = set()
        left = [source for source in sources if source.location not in missing]
        yield from _run(collection, left, gone, store, moved, allow_private, told)
        for place in missing:
            yield from _remove_place(collection, place, moved, store)
        if store:
            collection.index.catch_up()


def remove(collection: "Collection", name: str) -> list[Outcome]:
    """Take out the article of that name, or the source or file with all its articles. FootnoteError: there is none."""
    with _writing(collection):
        catalogue = collection.catalogue
        remembered = Sources(catalogue)
        location = source_of(name).location
        named = (catalogue.by_name(name) or catalogue.by_origin(location)) if is_utf8(name) else None
        source = next((one for one in remembered.all() if one.location == location), None)
        if named and not source:
            found = [named]
        else:
            places = remembered.stamps(source) if source else [location] if is_utf8(name) else []
            found = [article for place in places for article in catalogue.articles_of_place(place)]
        if not found and not source:
            raise FootnoteError(
                f"No article or source is called {name}: see 'footnote sources' for those there are."
            )
        with catalogue.writing():
            for one in found:
                catalogue.remove(one.key)
            if source:
                remembered.forget(source)
        collection.index.catch_up()
        return [Outcome(one.name, "removed") for one in found]


def reindex(
    collection: "Collection", model: str = "", progress: Progress = lambda done, total: None
) -> list[str]:
    """Make the indexes again from the catalogue, beside the old ones, which go on answering. With another `model` its
    vectors take the place of the old when they are complete; readers follow at their next question. Returns what was
    wrong with the old indexes. FootnoteError: the new index is not whole."""
    from retrieval.embedding import model_name

    with _writing(collection):
        catalogue, former = collection.catalogue, collection.model
        new = _lasting(model_name(model)) if model else former
        embed_stored(catalogue, new, collection.embedder_of(new).embed, progress)
        index = collection.index_of(new)
        mended: list[str] = []
        if new == former:
            mended = index.differences()
            index.rebuild()
        else:
            index.catch_up()
            index.repair()
        if problems := index.differences():
            raise FootnoteError(f"The new index is not whole ({problems[0]}): the old one stays, try again.")
        with catalogue.writing():
            if new != former:
                catalogue.set_note(FORMER_MODEL, former)
            catalogue.set_note(MODEL, new)
        return mended


def undo_reindex(collection: "Collection", progress: Progress = lambda done, total: None) -> None:
    """Go back to the model before the last change; what came in since is embedded with it. FootnoteError: there is
    none to go back to."""
    former = collection.catalogue.note(FORMER_MODEL)
    if not former:
        raise FootnoteError(
            "There is no former model to go back to: 'footnote reindex --model NAME' changes the model."
        )
    reindex(collection, former, progress)


def restore(collection: "Collection", file: Path) -> None:
    """Put a backup in the place of what the collection holds. FootnoteError: the file is no whole backup."""
    from corpus.backup import restore as restore_catalogue

    with writer_lock(collection.data, told=collection.told):
        restore_catalogue(collection.catalogue, file)
        collection.index.catch_up()


@contextmanager
def _writing(collection: "Collection") -> Iterator[None]:
    """As the one writer, with the lexical index in step: what an interrupted run left undone is done first."""
    with writer_lock(collection.data, told=collection.told):
        collection.index.catch_up_words()
        yield


def _run(
    collection: "Collection",
    sources: list[Source],
    gone: Iterable[Article],
    store: bool,
    moved: set[int],
    allow_private: bool,
    told: Told | None,
) -> Iterator[Outcome]:
    """`moved` takes up the keys of the articles among `gone` that turned up elsewhere. However it ends, what is stored
    is found by its words; Chroma, which takes longer, catches up only where nobody has interrupted."""
    total = _count(collection.catalogue, sources) if told else 0
    run = Ingestion(
        collection.catalogue,
        collection.model,
        collection.embed,
        gone,
        moved,
        told=lambda step: told(step, total) if told else None,
        stored=collection.index.catch_up_words,
    )
    failures: list[UnreadableArticle] = []
    places = _places(collection.catalogue, sources, allow_private, failures)
    try:
        yield from run.run(places, store=store)
    except BaseException:
        with suppress(FootnoteError):  # the next to come will do it
            collection.index.catch_up_words()
        raise
    yield from (Outcome(failure.name, "failed", str(failure)) for failure in failures)
    if store:
        collection.index.catch_up()


def _count(catalogue: Catalogue, sources: list[Source]) -> int:
    """The number of places that a run will come to; of links as many as the last time."""

    def passed_over(failure: UnreadableArticle) -> None:
        pass

    remembered = Sources(catalogue)
    return sum(
        max(1, len(remembered.stamps(source)))
        if source.is_link
        else sum(1 for _ in article_files(Path(source.location), passed_over))
        for source in sources
    )


def _places(
    catalogue: Catalogue, sources: list[Source], allow_private: bool, failures: list[UnreadableArticle]
) -> Iterator[Place]:
    for source in sources:
        if not source.is_link:
            yield from _some(file_places(source, failures.append), source, failures)
    links = [source for source in sources if source.is_link]
    if not links:
        return
    from corpus.fetching import Fetcher
    from corpus.link_places import link_places

    with Fetcher(allow_private=allow_private) as fetcher:
        for source in links:
            yield from link_places(source, Sources(catalogue).stamps(source), fetcher, failures.append)


def _some(places: Iterator[Place], source: Source, failures: list[UnreadableArticle]) -> Iterator[Place]:
    """The places, or a failure where there is none."""
    told = len(failures)
    first = next(places, None)
    if first is not None:
        yield first
        yield from places
    elif len(failures) == told:
        reason = f"holds no file that can be taken in; put {', '.join(COMMON)} or other articles in it"
        failures.append(UnreadableArticle(source.location, reason))


def _lasts(source: Source) -> bool:
    """Whether it can be remembered: what is not there, or has a name that is not UTF-8, fails in its turn."""
    return source.is_link or (Path(source.location).exists() and is_utf8(source.location))


def _vanished(remembered: Sources, source: Source) -> list[str]:
    """The files of a source that are no longer there. A folder that is itself not there may be a disk that is not
    mounted: nothing of it is taken out. So may a file, unless others lie where it lay."""
    if source.is_link:
        return []
    path = Path(source.location)
    if not path.exists() and not (path.parent.is_dir() and any(path.parent.iterdir())):
        return []
    places = remembered.stamps(source)
    if not path.exists() and list(places) != [source.location]:
        return []
    return [place for place in places if not os.path.exists(place)]  # noqa: PTH110 - 10,000 of them


def _remove_place(collection: "Collection", place: str, moved: set[int], store: bool) -> Iterator[Outcome]:
    catalogue = collection.catalogue
    articles = [article for article in catalogue.articles_of_place(place) if article.key not in moved]
    if store:
        remembered = Sources(catalogue)
        with catalogue.writing():
            for article in articles:
                catalogue.remove(article.key)
            remembered.forget_place(place)
            for source in remembered.all():
                if source.location == place:
                    remembered.forget(source)
    yield from (Outcome(article.name, "removed") for article in articles)


def _lasting(model: str) -> str:
    """A model's name, or its path from wherever the next command is run."""
    return str(Path(model).resolve()) if Path(model).is_dir() else model
