"""Answers in a form that is kept on disk, and back. A citation whose article has gone or changed is left out then."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from corpus.article import Article, Passage
from retrieval.answer import Answer, Citation, Hit

if TYPE_CHECKING:
    from corpus.catalogue import Catalogue


def kept_answer(answer: Answer, *, with_hits: bool = False) -> dict[str, Any]:
    """What is kept of an answer, for JSON; the hits, which explain it, where they are wanted."""
    kept = {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answered": answer.answered,
        "text": answer.text,
        "notice": answer.notice,
        "citations": [
            {"n": c.n, "article": c.article.origin, "start": c.start, "end": c.end, "quote": c.quote}
            for c in answer.citations
        ],
    }
    return (
        kept | {"hits": [_kept_hit(hit) for hit in answer.hits], "seconds": answer.seconds}
        if with_hits
        else kept
    )


def _kept_hit(hit: Hit) -> dict[str, Any]:
    scores = {name: float(getattr(hit, name)) for name in ("score", "dense", "lexical", "date_effect")}
    return {"article": hit.article.origin, "start": hit.passage.start, "views": hit.views} | scores


def restored_answer(kept: Mapping[str, Any], catalogue: "Catalogue") -> Answer:
    """KeyError, TypeError: `kept` is no kept answer."""
    return Answer(
        question=kept["question"],
        standalone_question=kept["standalone_question"],
        answered=kept["answered"],
        text=kept["text"],
        citations=tuple(_citations(kept["citations"], catalogue)),
        hits=tuple(_hits(kept.get("hits", ()), catalogue)),
        notice=kept["notice"],
        seconds=kept.get("seconds", {}),
    )


def _citations(kept: Iterable[Mapping[str, Any]], catalogue: "Catalogue") -> Iterator[Citation]:
    for citation in kept:
        article = catalogue.by_origin(citation["article"])
        start, end, quote = citation["start"], citation["end"], citation["quote"]
        if article and catalogue.text(article.key, start, end) == quote:
            passage = _passage(catalogue, article, start) or Passage(article.key, start, end, quote)
            yield Citation(citation["n"], article, passage, start, end, quote)


def _hits(kept: Iterable[Mapping[str, Any]], catalogue: "Catalogue") -> Iterator[Hit]:
    for hit in kept:
        article = catalogue.by_origin(hit["article"])
        passage = _passage(catalogue, article, hit["start"]) if article else None
        if article and passage:
            scores = (hit["score"], hit["dense"], hit["lexical"], hit["date_effect"])
            yield Hit(passage, article, *scores, views=tuple(hit["views"]))


def _passage(catalogue: "Catalogue", article: Article, start: int) -> Passage | None:
    passages = catalogue.passages_of(article.key)
    return next((passage for passage in passages if passage.start <= start < passage.end), None)
