"""Text with marks, and its cutting into messages: no cut falls into a character or a mark that must stay whole.

Telegram counts offsets and lengths in UTF-16 units; here they are characters until `entities` turns them.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

import regex
from telegram import MessageEntity
from telegram.constants import MessageEntityType

from corpus.sentences import sentence_spans
from corpus.shown import shown

MOST_UNITS = 4096  # UTF-16 units of a message's text
MOST_MARKS = 90  # of the 100 that Telegram keeps; it finds links and names by itself and counts them in
_GRAPHEME = regex.compile(r"\X")
_SPACE = regex.compile(r"\s+")
_MARKERS = regex.compile(r"(?:\s*\[\d+\])+")


@dataclass(frozen=True, slots=True)
class Mark:
    """What an entity marks: characters `start` to `end`."""

    kind: str
    start: int
    end: int
    url: str = ""


@dataclass(slots=True)
class Styled:
    """A text and its marks, written piece by piece. What is written is made safe to be shown."""

    text: str = ""
    marks: list[Mark] = field(default_factory=list)

    def write(self, text: str, *kinds: str, url: str = "") -> "Styled":
        start, self.text = len(self.text), self.text + displayable(text)
        if start < len(self.text):
            self.marks += [Mark(kind, start, len(self.text)) for kind in kinds]
            self.marks += [Mark(MessageEntityType.TEXT_LINK, start, len(self.text), url)] if url else []
        return self

    def append(self, other: "Styled") -> "Styled":
        by = len(self.text)
        self.text += other.text
        self.marks += [replace(mark, start=mark.start + by, end=mark.end + by) for mark in other.marks]
        return self

    def mark(self, kind: str, start: int = 0) -> "Styled":
        """Mark everything from `start` on."""
        if start < len(self.text):
            self.marks.append(Mark(kind, start, len(self.text)))
        return self


def displayable(text: str) -> str:
    """One character for each, so that offsets stay."""
    return shown(text).replace("\t", " ")


def units(text: str) -> int:
    """Its length as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def entities(styled: Styled) -> tuple[MessageEntity, ...]:
    made = [
        MessageEntity(mark.kind, mark.start, mark.end - mark.start, url=mark.url or None)
        for mark in styled.marks
    ]
    made.sort(key=lambda entity: (entity.offset, -entity.length))
    return tuple(MessageEntity.adjust_message_entities_to_utf_16(styled.text, made))


def sentence_ends(text: str, language: str) -> list[int]:
    """Where sentences end, each with the [n] markers that follow it."""
    ends = set()
    for _, end in sentence_spans(text, language):
        markers = _MARKERS.match(text, end)
        ends.add(markers.end() if markers else end)
    return sorted(ends)


def split(
    styled: Styled, ends: Sequence[int], most_units: int = MOST_UNITS, most_marks: int = MOST_MARKS
) -> list[Styled]:
    """Pieces that fit into a message each, cut at one of `ends` where one is in reach, else at white space, else
    between two characters."""
    return [_piece(styled, start, end) for start, end in _spans(styled, ends, most_units, most_marks)]


def _spans(
    styled: Styled, ends: Sequence[int], most_units: int, most_marks: int
) -> Iterator[tuple[int, int]]:
    text, start = styled.text, _after_space(styled.text, 0)
    reached = [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]
    while start < len(text):
        furthest = bisect_right(reached, reached[start] + most_units) - 1
        furthest = _with_marks(styled.marks, start, furthest, most_marks)
        end = len(text) if furthest >= len(text) else _cut(styled, ends, start, furthest)
        yield start, start + len(text[start:end].rstrip())
        start = _after_space(text, end)


def _with_marks(marks: Sequence[Mark], start: int, furthest: int, most: int) -> int:
    begun = sorted(mark.start for mark in marks if mark.end > start and mark.start < furthest)
    return furthest if len(begun) <= most else max(begun[most], start + 1)


def _cut(styled: Styled, ends: Sequence[int], start: int, furthest: int) -> int:
    """The last good place to cut in the second half of what fits; the best that there is otherwise."""
    text, half = styled.text, start + (furthest - start) // 2
    at_spaces = [space.start() for space in _SPACE.finditer(text, half, furthest + 1)]
    for places in ([end for end in ends if start < end <= furthest], at_spaces):
        for place in reversed(places):
            if place <= furthest and not _within(styled.marks, place):
                return place
    for place in range(furthest, start, -1):
        if not _within(styled.marks, place) and _between_characters(text, place):
            return place
    return furthest


def _within(marks: Sequence[Mark], place: int) -> bool:
    return any(mark.start < place < mark.end and mark.kind == MessageEntityType.TEXT_LINK for mark in marks)


def _between_characters(text: str, place: int) -> bool:
    """Whether no user-perceived character runs over this place (Unicode TR 29)."""
    begin = max(0, place - 40)
    return any(cluster.start() == place for cluster in _GRAPHEME.finditer(text, begin, place + 1))


def _after_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _piece(styled: Styled, start: int, end: int) -> Styled:
    cut = (replace(mark, start=max(mark.start, start), end=min(mark.end, end)) for mark in styled.marks)
    marks = [
        replace(mark, start=mark.start - start, end=mark.end - start) for mark in cut if mark.start < mark.end
    ]
    return Styled(styled.text[start:end], marks)
