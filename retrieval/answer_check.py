"""An answer checked against nothing but its own citations: whoever wrote it, each of its sentences stands in what it
cites, to the letter or proved by the gate."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from corpus.language import UNKNOWN
from retrieval.answer import Answer, Citation
from retrieval.proof import Embed, prove
from retrieval.streaming import joined, pieces

_MARKER = re.compile(r"\s?\[(\d+)\]")
_INSERTED = re.compile(r"\s?\[[^\[\]]*\]")  # whom a pronoun means
_ITEM = re.compile(r"\A\s*(?:[-*•–—]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation says: the quote, and what the reader sees beside it."""

    quote: str
    title: str
    publisher: str
    published: date | None
    language: str

    @classmethod
    def by(cls, citation: Citation) -> "Cited":
        article = citation.article
        return cls(citation.quote, article.title, article.publisher, article.published, article.language)


def unsupported(text: str, cited: Mapping[int, Cited], embed: Embed | None = None) -> list[str]:
    """The pieces of an answer's text that are not proved by the citations that their markers name."""
    return [piece for piece in pieces(text) if not _is_supported(piece, cited, embed)]


def without_unsupported(answer: Answer, embed: Embed | None = None) -> Answer:
    """The answer without the sentences that its citations do not prove, and without citations that nothing needs."""
    cited = {citation.n: Cited.by(citation) for citation in answer.citations}
    withheld = unsupported(answer.text, cited, embed) if answer.answered else []
    if not withheld:
        return answer
    text = joined(piece for piece in pieces(answer.text) if piece not in withheld).strip()
    named = {int(n) for n in _MARKER.findall(text)}
    return replace(answer, text=text, citations=tuple(c for c in answer.citations if c.n in named))


def _is_supported(piece: str, cited: Mapping[int, Cited], embed: Embed | None) -> bool:
    numbers = dict.fromkeys(int(n) for n in _MARKER.findall(piece))
    said = [cited[n] for n in numbers if n in cited]
    if not said:
        return False
    sentence = _ITEM.sub("", _MARKER.sub("", piece)).strip()
    quoted = _squeezed(" ".join(_MARKER.sub("", one.quote) for one in said))
    if any(_squeezed(form) in quoted for form in (sentence, _INSERTED.sub("", sentence))):
        return True
    language = said[0].language
    return any(
        prove(sentence, text, "en" if language == UNKNOWN else language, embed).proved
        for text in _evidence(said)
    )


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _evidence(said: list[Cited]) -> Iterator[str]:
    """What the quotes say; with their articles' titles; with all that the reader sees beside them."""
    yield "\n\n".join(one.quote for one in said)
    yield "\n\n".join(part for one in said for part in (one.title, one.quote))
    yield "\n\n".join(
        part for one in said for part in (one.title, one.publisher, _day(one.published), one.quote)
    )


def _day(published: date | None) -> str:
    return f"{published.day} {published:%B %Y}" if published else ""
