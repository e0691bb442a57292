"""Where sentences begin and end, as character offsets: the smallest thing Footnote quotes."""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

Span = tuple[int, int]

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_NO_WORDS = re.compile(r"[\W_]*")
WRAP_WIDTH = 120  # longer lines are paragraphs, not lines broken by an editor


def paragraph_spans(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Spans between the blank lines of `text[start:end]`, without surrounding white space."""
    end = len(text) if end is None else end
    for blank in _BLANK_LINES.finditer(text, start, end):
        yield from _trimmed(text, start, blank.start())
        start = blank.end()
    yield from _trimmed(text, start, end)


def sentence_spans(text: str, language: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Spans of the sentences of `text[start:end]`, without surrounding white space, in order, never overlapping.

    `language` is an ISO 639-1 code; one that the splitter does not know gets its general rules.
    """
    for paragraph_start, paragraph_end in paragraph_spans(text, start, end):
        for block_start, block_end in block_spans(text, paragraph_start, paragraph_end):
            yield from _block_sentences(text, language, block_start, block_end)


def _block_sentences(text: str, language: str, start: int, end: int) -> Iterator[Span]:
    pending: Span | None = None
    for boundary in get_sentence_boundaries(language, text[start:end]):
        span = (start + boundary["start_index"], start + boundary["end_index"])
        if pending and _NO_WORDS.fullmatch(text, *span):
            pending = (pending[0], span[1])  # a closing quote or an ellipsis belongs to what it closes
            continue
        if pending:
            yield from _trimmed(text, *pending)
        pending = span
    if pending:
        yield from _trimmed(text, *pending)


def block_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """A paragraph cut at its line breaks, except where a sentence runs on over them."""
    lines = text[start:end].split("\n")
    widths = [len(line.rstrip()) for line in lines]
    wrapped = max(widths) <= WRAP_WIDTH and all(width >= 0.7 * max(widths) for width in widths[:-1])
    block_start = position = start
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        position += len(line) + 1
        if not wrapped and not following.lstrip()[:1].islower():
            yield from _trimmed(text, block_start, min(position, end))
            block_start = position
    yield from _trimmed(text, block_start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
