"""A receipt: an answer with everything that is needed to check it again later, and that check.

A receipt is a JSON object. Whoever reads one does not trust it: its quotes are looked up in the catalogue anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from corpus.article import Article
from corpus.errors import FootnoteError
from retrieval.answer import Answer, Citation
from retrieval.answer_check import Cited, unsupported
from retrieval.proof import Embed

VERSION = 1  # of a receipt's form

State = Literal["stands", "article changed", "quote gone", "article gone"]


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A citation as it was: `quote` is the text from `start` to `end` of the article with this content hash."""

    n: int
    article: str  # its name
    origin: str
    title: str
    publisher: str
    published: date | None
    language: str
    url: str
    content_hash: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Receipt:
    receipt: int  # the version of its form
    footnote: str  # the version that answered
    asked: str  # ISO date and time
    question: str
    answered: bool
    answer: str
    notice: str
    written_by: str  # the language model, "" where the answer is the articles' own sentences
    settings: Mapping[str, str]
    citations: tuple[CitedQuote, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What has become of a citation. `start` and `end`: where the quote stands now, if it does."""

    cited: CitedQuote
    state: State
    reason: str
    article: Article | None = None
    start: int = 0
    end: int = 0

    @property
    def stands(self) -> bool:
        return self.state in ("stands", "article changed")


class Catalogue(Protocol):
    def by_origin(self, origin: str) -> Article | None: ...

    def by_name(self, name: str) -> Article | None: ...

    def by_hash(self, content_hash: str) -> Article | None: ...

    def text(self, article: int, start: int = 0, end: int | None = None) -> str: ...

    def former_hashes(self, origin: str) -> list[str]: ...


def receipt_of(answer: Answer, asked: datetime, footnote: str, settings: Mapping[str, str]) -> Receipt:
    """`footnote` is the program's version; `settings` are those that make an answer what it is, and no secrets."""
    return Receipt(
        receipt=VERSION,
        footnote=footnote,
        asked=asked.isoformat(timespec="seconds"),
        question=answer.question,
        answered=answer.answered,
        answer=answer.text,
        notice=answer.notice,
        written_by=answer.written_by,
        settings=dict(settings),
        citations=tuple(_cited(citation) for citation in answer.citations),
    )


def _cited(citation: Citation) -> CitedQuote:
    article = citation.article
    return CitedQuote(
        n=citation.n,
        article=article.name,
        origin=article.origin,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        language=article.language,
        url=article.url,
        content_hash=article.content_hash,
        start=citation.start,
        end=citation.end,
        quote=citation.quote,
    )


def receipt_json(receipt: Receipt) -> str:
    return json.dumps(asdict(receipt), ensure_ascii=False, indent=2, default=str) + "\n"


def read_receipt(path: Path) -> Receipt:
    """FootnoteError: it cannot be read, or is no receipt."""
    from pydantic import TypeAdapter, ValidationError

    try:
        given = path.read_bytes()
    except OSError as error:
        raise FootnoteError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    try:
        receipt = TypeAdapter(Receipt).validate_json(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FootnoteError(
            f"{path} is no receipt ({where + ': ' if where else ''}{first['msg'].lower()}): "
            "give the JSON file that 'footnote ask --receipt' wrote."
        ) from error
    if receipt.receipt > VERSION:
        raise FootnoteError(
            f"{path} was written by a newer Footnote: upgrade with 'pip install -U footnote'."
        )
    return receipt


def altered_sentences(receipt: Receipt, embed: Embed) -> list[str]:
    """The sentences of the answer that the receipt's own quotes do not prove: those that were sent out they did."""
    if not receipt.answered:
        return []
    cited = {
        one.n: Cited(one.quote, one.title, one.publisher, one.published, one.language)
        for one in receipt.citations
    }
    return unsupported(receipt.answer, cited, embed)


def check_citation(cited: CitedQuote, catalogue: Catalogue) -> Checked:
    """What has become of the quote. An article is found by its origin, or by its text or name where it has moved."""
    article = (
        catalogue.by_origin(cited.origin)
        or catalogue.by_hash(cited.content_hash)
        or catalogue.by_name(cited.article)
    )
    if article is None:
        return Checked(cited, "article gone", "the article is no longer in the collection")
    text = catalogue.text(article.key)
    start = _place(text, cited)
    if article.content_hash == cited.content_hash:
        if start == cited.start and len(cited.quote) == cited.end - cited.start:
            return Checked(cited, "stands", "the article has not changed", article, start, cited.end)
        reason = "the article has not changed, and this does not stand there: the receipt has been altered"
        return Checked(cited, "quote gone", reason, article)
    known = cited.content_hash in catalogue.former_hashes(article.origin)
    changed = "the article has changed since" if known else "the article is another than the receipt's"
    if start is None:
        return Checked(cited, "quote gone", f"{changed}, and the quote is gone", article)
    where = (
        "in the same place" if start == cited.start else f"at characters {start}–{start + len(cited.quote)}"
    )
    return Checked(
        cited,
        "article changed",
        f"{changed}; the quote still stands, {where}",
        article,
        start,
        start + len(cited.quote),
    )


def _place(text: str, cited: CitedQuote) -> int | None:
    """Where the quote stands in the text, as near to its old place as it does; None where it does not."""
    if not cited.quote:
        return None
    before = text.rfind(cited.quote, 0, max(0, cited.start) + len(cited.quote))
    after = text.find(cited.quote, max(0, cited.start))
    return min((at for at in (before, after) if at >= 0), key=lambda at: abs(at - cited.start), default=None)
