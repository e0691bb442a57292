"""The sentences of a language model's reply while it is being written, each with the passages that it names.

Models mark in many ways: [1], [1, 3], [1][3], [2-4], [^1], [passage 1], 【1】, before the full stop or after it, and
now and then they forget the closing bracket. The text of a sentence comes without any of them. What is no marker in
any of these ways stays in the text, for the proof to judge.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.sentences import Span, sentence_spans

LOOK_AHEAD = 12  # characters of the next sentence that must be there before one counts as complete
MAX_RANGE = 10  # passages that one marker such as [2-4] can name

_INSIDE = r"\s*(?:(?:passages?|sources?|documents?|articles?|refs?)\s*)?[#^]?\d{1,4}(?:\s*[,;–-]\s*[#^]?\d{1,4})*\s*"
_MARKER = re.compile(
    rf"\s*(?:\[+{_INSIDE}\]+|【{_INSIDE}[^】]{{0,20}}】|\[\s*\]|\[\^?\d{{1,3}}(?=[.,;!?…。！？]|\s*\Z))",
    re.IGNORECASE,
)
_OPENED = re.compile(r"[\[【][^\[\]【】]{0,30}\Z")  # perhaps the beginning of a marker
_AFTER_QUOTE = re.compile(rf"[.!?。！？…][\"”»’'」)]+(?:{_MARKER.pattern})+\s*(?=\S)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d+)(?:\s*[–-]\s*[#^]?(\d+))?")
_MARKUP = re.compile(r"\*\*|__|`|\A\s*#{1,6}\s+")
_THINK, _THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as the model wrote it. `opening`: what sets it off from the one before, "" or line breaks."""

    text: str
    passages: tuple[int, ...]  # the numbers that its markers name, in order
    opening: str = ""


def drafts(pieces: Iterable[str], language: str) -> Iterator[Draft]:
    """The sentences of a reply that comes in `pieces`, each as soon as the next one has begun."""
    waiting = ""
    for piece in without_thinking(pieces):
        waiting += piece
        spans = _sentences(_OPENED.sub("", waiting), language)
        begun = spans[-1][1] - spans[-1][0] >= LOOK_AHEAD if spans else False
        complete = spans[: -1 if begun else -2]
        yield from _drafts(waiting, complete)
        waiting = waiting[complete[-1][1] :] if complete else waiting
    yield from _drafts(waiting, _sentences(waiting, language))


def _drafts(text: str, spans: list[Span]) -> Iterator[Draft]:
    position = 0
    for start, end in spans:
        written = text[start:end]
        passages = tuple(
            dict.fromkeys(n for marker in _MARKER.finditer(written) for n in _numbers(marker.group()))
        )
        plain = _MARKUP.sub("", _MARKER.sub("", written)).strip()
        if plain:
            yield Draft(plain, passages, "\n" * min(2, text.count("\n", position, start)))
            position = end


def _numbers(marker: str) -> Iterator[int]:
    for first, last in _NUMBERS.findall(marker.partition("†")[0]):
        yield from range(int(first), min(int(last or first), int(first) + MAX_RANGE) + 1)


def _sentences(text: str, language: str) -> list[Span]:
    """Spans of the sentences, each with its markers. A line break ends a sentence."""
    spans: list[Span] = []
    position = 0
    for line in text.splitlines(keepends=True):
        for start, end in sentence_spans(line, language):
            for piece in _cut_after_quotes(line, start, end):
                _add(spans, text, position + piece[0], position + piece[1])
        position += len(line)
    return spans


def _cut_after_quotes(line: str, start: int, end: int) -> Iterator[Span]:
    """The splitter does not see the end of a sentence behind a closing quotation mark and a marker."""
    for cut in _AFTER_QUOTE.finditer(line, start, end):
        if not line[cut.end()].islower():
            yield start, cut.end()
            start = cut.end()
    yield start, end


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    """Markers at the beginning belong to the sentence before; one that begins small goes on with it."""
    marked = start
    while match := _MARKER.match(text, marked, end):
        marked = match.end()
    while marked < end and text[marked].isspace():
        marked += 1
    same_line = bool(spans) and "\n" not in text[spans[-1][1] : start]
    if spans and marked < end and same_line and text[marked].islower():
        spans[-1] = (spans[-1][0], end)
        return
    if spans and marked > start:
        spans[-1] = (spans[-1][0], marked)
        start = marked
    if start < end:
        spans.append((start, end))


def without_thinking(pieces: Iterable[str]) -> Iterator[str]:
    """Without what a reasoning model thinks aloud before it answers."""
    pieces, opening = iter(pieces), ""
    for piece in pieces:
        opening += piece
        begun = opening.lstrip()
        if begun.startswith(_THINK):
            if _THOUGHT in begun:
                opening = begun.partition(_THOUGHT)[2]
                break
        elif not _THINK.startswith(begun):
            break
    else:
        opening = "" if opening.lstrip().startswith(_THINK) else opening
    yield opening
    yield from pieces
