"""An answer as JSON and as plain text: one function a format."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from corpus.article import Article
from retrieval.answer import Answer, Citation, Hit
from retrieval.streaming import Event, Searched, Sentence

if TYPE_CHECKING:
    from retrieval.citing import Proof


def answer_json(answer: Answer) -> dict[str, Any]:
    """The object that `ask --json` prints."""
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answered": answer.answered,
        "answer": answer.text,
        "citations": [citation_json(citation) for citation in answer.citations],
        "passages": [hit_json(hit) for hit in answer.hits],
        "nearest": [article.name for article in answer.nearest],
        "notice": answer.notice,
        "written_by": answer.written_by or None,
        "seconds": round(answer.seconds.get("total", 0.0), 4),
    }


def event_json(event: Event) -> dict[str, Any]:
    """A line of `ask --jsonl`; `event` says which it is: searched, sentence or answer."""
    match event:
        case Searched():
            passages = [hit_json(hit) for hit in event.hits]
            return {
                "event": "searched",
                "standalone_question": event.standalone_question,
                "passages": passages,
            }
        case Sentence():
            citations = [citation_json(citation) for citation in event.citations]
            return {"event": "sentence", "text": event.text, "citations": citations}
        case Answer():
            return {"event": "answer", **answer_json(event)}


def citation_json(citation: Citation) -> dict[str, Any]:
    article = citation.article
    return {
        "n": citation.n,
        "article": article.name,
        "title": article.title,
        "published": article.published.isoformat() if article.published else None,
        "url": article.url or None,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "article": hit.article.name,
        "start": passage.start,
        "end": passage.end,
        "score": round(hit.score, 4),
    }


def explained_hit_json(hit: Hit) -> dict[str, Any]:
    """A hit of `search --explain --json`: what its score is made of, and the articles that say the same."""
    return {
        **hit_json(hit),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
        "date_effect": round(hit.date_effect, 4),
        "views": list(hit.views),
        "also_in": [article.name for article in hit.also_in],
    }


def article_json(article: Article, passages: int) -> dict[str, Any]:
    return {
        "article": article.name,
        "title": article.title,
        "published": article.published.isoformat() if article.published else None,
        "updated": article.updated.isoformat() if article.updated else None,
        "language": article.language,
        "publisher": article.publisher or None,
        "author": article.author or None,
        "url": article.url or None,
        "characters": article.length,
        "passages": passages,
    }


def answer_lines(answer: Answer) -> Iterable[str]:
    """The answer as lines of plain text: its sentences, then its sources with what they say."""
    if answer.notice:
        yield answer.notice
        yield ""
    yield answer.text
    if answer.nearest:
        yield "Nearest in the collection:"
        yield from (f"  {byline(article)}" for article in answer.nearest)
    if answer.citations:
        yield ""
    for citation in answer.citations:
        yield f"[{citation.n}] {byline(citation.article)}"
        yield f"    “{' '.join(citation.quote.split())}”"


def proof_json(proof: "Proof") -> dict[str, Any]:
    """The object that `prove --json` prints."""
    return {
        "sentence": proof.sentence,
        "outcome": proof.outcome,
        "proved": proof.proved,
        "reason": proof.reason,
        "citations": [citation_json(quote.citation(n)) for n, quote in enumerate(proof.quotes, start=1)],
    }


def proof_lines(proof: "Proof") -> Iterable[str]:
    """The verdict and its reason, then what the articles say."""
    yield f"{proof.outcome}: {proof.reason}"
    for quote in proof.quotes:
        yield f"    {byline(quote.hit.article)}"
        yield f"    “{' '.join(quote.text.split())}”"


def byline(article: Article) -> str:
    """Title, publisher and date, as far as they are known, and the article's name, in one line."""
    day = f"{article.published.day} {article.published:%B %Y}" if article.published else ""
    known = [part for part in (article.title, article.publisher, day, article.name) if part]
    return " · ".join(dict.fromkeys(" ".join(part.split()) for part in known))
