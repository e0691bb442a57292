"""A collection kept up: put in, brought in step with its sources, taken out, indexed anew. One writer at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from corpus.article import Article
from corpus.catalogue import Catalogue
from corpus.errors import FootnoteError, UnreadableArticle
from corpus.ingestion import Ingestion, Outcome, embed_stored
from corpus.sources import Place, Source, Sources, file_places, source_of
from corpus.writer_lock import writer_lock
from retrieval.index import MODEL, Progress

if TYPE_CHECKING:
    from retrieval.collection import Collection

COMMON = (".txt", ".md", ".html", ".pdf")  # kinds of files that are named to a newcomer
CATCH_UP_SECONDS = 1.0  # how long a stored article may wait for the lexical index
FORMER_MODEL = "former model"  # the catalogue's note of the one before `MODEL`, for going back


def ingest(
    collection: "Collection",
    given: Sequence[str],
    options: Mapping[str, str] | None = None,
    *,
    store: bool = True,
    allow_private: bool = False,
) -> Iterator[Outcome]:
    """Put files, folders and links in, and remember them as sources. An outcome comes when its article is stored for
    good; with `store` off, nothing is, and the outcomes say what would become of the articles. `allow_private` lets
    links lead to this machine and its networks.
    """
    with writer_lock(collection.data):
        catalogue = collection.catalogue
        sources = [source_of(name, options) for name in given]
        if store:
            with catalogue.writing():
                if not catalogue.note(MODEL):
                    catalogue.set_note(MODEL, collection.model)
                remembered = Sources(catalogue)
                sources = [remembered.register(one) if _exists(one) else one for one in sources]
        yield from _run(collection, sources, (), store, set(), allow_private)


def sync(collection: "Collection", *, store: bool = True, allow_private: bool = False) -> Iterator[Outcome]:
    """Bring everything in step with its sources: added, updated, moved, unchanged, removed."""
    with writer_lock(collection.data):
        catalogue = collection.catalogue
        remembered = Sources(catalogue)
        sources = remembered.all()
        missing = [place for source in sources for place in _vanished(remembered, source)]
        gone = [article for place in missing for article in catalogue.articles_of_place(place)]
        moved: set[int] = set()
        yield from _run(collection, sources, gone, store, moved, allow_private)
        for place in missing:
            yield from _remove_place(collection, place, moved, store)
        if store:
            collection.index.catch_up()


def remove(collection: "Collection", name: str) -> list[Outcome]:
    """Take out the article of that name, or the source with all its articles. FootnoteError: there is neither."""
    with writer_lock(collection.data):
        catalogue = collection.catalogue
        remembered = Sources(catalogue)
        location = source_of(name).location
        found: list[Article] = [article] if (article := catalogue.by_name(name)) else []
        for source in remembered.all():
            if source.location == location and not found:
                places = remembered.stamps(source)
                found = [article for place in places for article in catalogue.articles_of_place(place)]
                with catalogue.writing():
                    remembered.forget(source)
        if not found:
            raise FootnoteError(
                f"No article or source is called {name}: see 'footnote sources' for those there are."
            )
        for one in found:
            with catalogue.writing():
                catalogue.remove(one.key)
        collection.index.catch_up()
        return [Outcome(one.name, "removed") for one in found]


def reindex(collection: "Collection", model: str = "", progress: Progress = lambda done, total: None) -> None:
    """Make the indexes again from the catalogue. With another `model` its vectors are made beside the old ones,
    which go on answering, and take their place when they are complete."""
    with writer_lock(collection.data):
        catalogue, former = collection.catalogue, collection.model
        new = model or former
        embed_stored(catalogue, new, collection.embedder_of(new).embed, progress)
        index = collection.index_of(new)
        index.rebuild()
        problems = index.differences()
        if problems:
            raise FootnoteError(f"The new index is not whole ({problems[0]}): the old one stays, try again.")
        with catalogue.writing():
            if catalogue.note(MODEL) not in (None, new):
                catalogue.set_note(FORMER_MODEL, former)
            catalogue.set_note(MODEL, new)


def restore(collection: "Collection", file: Path) -> None:
    """Put a backup in the place of what the collection holds. FootnoteError: the file is no whole backup."""
    from corpus.backup import restore as restore_catalogue

    with writer_lock(collection.data):
        restore_catalogue(collection.catalogue, file)
        collection.index.catch_up()


def _run(
    collection: "Collection",
    sources: list[Source],
    gone: Iterable[Article],
    store: bool,
    moved: set[int],
    allow_private: bool,
) -> Iterator[Outcome]:
    """`moved` takes up the keys of the articles among `gone` that turned up elsewhere."""
    run = Ingestion(collection.catalogue, collection.model, collection.embed, gone, moved)
    failures: list[UnreadableArticle] = []
    places = _places(collection.catalogue, sources, allow_private, failures)
    caught_up = monotonic()
    try:
        for outcome in run.run(places, store=store):
            if store and monotonic() - caught_up > CATCH_UP_SECONDS:
                collection.index.catch_up_words()
                caught_up = monotonic()
            yield outcome
        yield from (Outcome(failure.name, "failed", str(failure)) for failure in failures)
    finally:
        if store:
            collection.index.catch_up()


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


def _exists(source: Source) -> bool:
    return source.is_link or Path(source.location).exists()


def _vanished(remembered: Sources, source: Source) -> list[str]:
    """The files of a source that are no longer there. A source that is itself not there may be a disk that is not
    mounted: nothing of it is taken out."""
    if source.is_link or not _exists(source):
        return []
    return [place for place in remembered.stamps(source) if not Path(place).exists()]


def _remove_place(collection: "Collection", place: str, moved: set[int], store: bool) -> Iterator[Outcome]:
    catalogue = collection.catalogue
    articles = [article for article in catalogue.articles_of_place(place) if article.key not in moved]
    if store:
        with catalogue.writing():
            for article in articles:
                catalogue.remove(article.key)
            Sources(catalogue).forget_place(place)
    yield from (Outcome(article.name, "removed") for article in articles)
