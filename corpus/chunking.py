"""An article's text cut into passages: the unit that is embedded, searched and opened."""

import re
from collections.abc import Iterator

from corpus.sentences import Span, block_spans, paragraph_spans, sentence_spans

MAX_PASSAGE = 1200  # characters
MIN_PASSAGE = 300  # a shorter paragraph joins its neighbour: alone it is too little to be found by
MAX_HEADING = 150

_CLOSED = re.compile(r"[.!?…。！？؟।]\W*\Z")
_SPACE = re.compile(r"\s+")


def passage_spans(text: str, language: str, start: int = 0) -> Iterator[Span]:
    """Spans of the passages of `text[start:]`: in order, never overlapping, at most MAX_PASSAGE characters.

    Nothing but white space lies outside them. A passage ends at the end of a paragraph where it can, of a line or
    sentence where it must, and inside a sentence only where that alone is longer than MAX_PASSAGE.
    """
    passage: Span | None = None
    for paragraph in paragraph_spans(text, start):
        for piece in _pieces(text, language, *paragraph):
            if (
                passage
                and piece[1] - passage[0] <= MAX_PASSAGE
                and _joins(text, passage, piece, paragraph[0])
            ):
                passage = (passage[0], piece[1])
                continue
            if passage:
                yield passage
            passage = piece
    if passage:
        yield passage


def _joins(text: str, passage: Span, piece: Span, paragraph_start: int) -> bool:
    """A short passage takes in what follows; a full one the rest of its paragraph or a short end, but no heading."""
    if passage[1] - passage[0] < MIN_PASSAGE:
        return True
    if piece[1] - piece[0] < MAX_HEADING and not _CLOSED.search(text, *piece):
        return False
    return passage[1] > paragraph_start or piece[1] - piece[0] < MIN_PASSAGE


def _pieces(text: str, language: str, start: int, end: int) -> Iterator[Span]:
    """The lines of a paragraph; one that is too long for a passage as runs of its sentences of about equal length."""
    for line_start, line_end in block_spans(text, start, end):
        length = line_end - line_start
        if length <= MAX_PASSAGE:
            yield line_start, line_end
            continue
        target = min(MAX_PASSAGE, 1.1 * length / -(-length // MAX_PASSAGE))
        run: Span | None = None
        for sentence in sentence_spans(text, language, line_start, line_end):
            for part in _long_sentence(text, *sentence):
                if run and part[1] - run[0] <= target:
                    run = (run[0], part[1])
                    continue
                if run:
                    yield run
                run = part
        if run:
            yield run


def _long_sentence(text: str, start: int, end: int) -> Iterator[Span]:
    """A sentence longer than a passage, cut at white space, or anywhere where it has none."""
    while end - start > MAX_PASSAGE:
        breaks = [
            space.start() for space in _SPACE.finditer(text, start + MAX_PASSAGE // 2, start + MAX_PASSAGE)
        ]
        cut = breaks[-1] if breaks else start + MAX_PASSAGE
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
