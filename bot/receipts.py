"""Receipts as files: an answer's in JSON and in Markdown, and what has become of one."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bot.conversation import escaped
from corpus.errors import FootnoteError
from retrieval.receipt import Checked, CitedQuote, Receipt, receipt_json


def receipt_paths(given: Path) -> tuple[Path, Path]:
    """The JSON file and the Markdown file beside it: whichever of the two was named. FootnoteError: one exists."""
    data = given.with_suffix(".json") if given.suffix.lower() == ".md" else given
    prose = data.with_suffix(".md")
    for path in (data, prose):
        if path.exists():
            raise FootnoteError(f"{path} exists already: choose another name for the receipt.")
    return data, prose


def write_receipt(receipt: Receipt, given: Path) -> tuple[Path, Path]:
    """Write both files, or neither. FootnoteError: they cannot be written, or exist."""
    data, prose = receipt_paths(given)
    with ExitStack() as undone:
        for path, text in ((data, receipt_json(receipt)), (prose, receipt_markdown(receipt))):
            try:
                with path.open("x", encoding="utf-8") as file:
                    undone.callback(path.unlink, missing_ok=True)
                    file.write(text)
            except OSError as error:
                raise FootnoteError(
                    f"{path} cannot be written ({error.strerror}): choose another place for the receipt."
                ) from error
        undone.pop_all()
    return data, prose


def receipt_markdown(receipt: Receipt) -> str:
    """For people; what articles say is never markup in it."""
    lines = [f"# {_line(receipt.question)}", ""]
    lines += [f"*{_line(receipt.notice)}*", ""] if receipt.notice else []
    lines += [escaped(receipt.answer), ""]
    for cited in receipt.citations:
        lines += [f"## \\[{cited.n}\\] {_line(cited.title or cited.article)}", ""]
        lines += [f"> {escaped(line)}".rstrip() for line in cited.quote.splitlines()]
        lines += ["", *(f"- {name}: {_line(value)}" for name, value in _facts(cited)), ""]
    author = receipt.written_by or "no language model; these are the articles' own sentences"
    made = {"asked": receipt.asked, "written by": author, "Footnote": receipt.footnote, **receipt.settings}
    lines += ["---", "", *(f"- {_line(name)}: {_line(value)}" for name, value in made.items() if value)]
    return "\n".join(lines) + "\n"


def _facts(cited: CitedQuote) -> Iterator[tuple[str, str]]:
    known = (
        ("published", cited.published.isoformat() if cited.published else ""),
        ("publisher", cited.publisher),
        ("address", cited.url),
        ("article", cited.article),
        ("from", cited.origin),
        ("characters", f"{cited.start}–{cited.end}"),
        ("SHA-256 of the text", cited.content_hash),
    )
    return ((name, value) for name, value in known if value)


def _line(text: str) -> str:
    return escaped(" ".join(text.split()))


def checked_json(checked: Checked) -> dict[str, Any]:
    return {
        "n": checked.cited.n,
        "article": checked.article.name if checked.article else checked.cited.article,
        "state": checked.state,
        "stands": checked.stands,
        "reason": checked.reason,
        "start": checked.start if checked.stands else None,
        "end": checked.end if checked.stands else None,
        "quote": checked.cited.quote,
    }


def checked_lines(receipt: Receipt, checked: Sequence[Checked], altered: Sequence[str]) -> Iterator[str]:
    yield f"{' '.join(receipt.question.split())} (asked {receipt.asked})"
    for one in checked:
        yield f"[{one.cited.n}] {one.state}: {one.cited.article}: {one.reason}"
        if not one.stands:
            yield f"    “{' '.join(one.cited.quote.split())}”"
    for sentence in altered:
        yield f"The receipt's quotes do not prove this sentence of it: {sentence.strip()}"
    if not checked:
        yield "The receipt has no citations: the collection did not hold an answer."
