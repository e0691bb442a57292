"""A passage that was found, with as much of what stands around it as a reader can take in at once.

Passages are cut small so that each is about one thing; what is handed on is a stretch of the article around the best
one, and a passage that lies in a stretch handed on already is not handed on again.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from corpus.article import Article, Passage
from corpus.sentences import Span, sentence_spans

STRETCH = 1400  # characters
MAX_ARTICLE = 2_000_000  # characters; of a longer one the passage is handed on as it is


class Texts(Protocol):
    def passages_near(self, article: int, start: int, end: int) -> list[Passage]: ...

    def text(self, article: int, start: int = 0, end: int | None = None) -> str: ...


def stretches(
    ranked: Iterable[tuple[Passage, Article]], scores: Mapping[int, float], texts: Texts
) -> Iterator[Passage]:
    """The passages, best first, each widened; `scores` by passage key say which neighbour is worth more."""
    handed_on: list[Passage] = []
    for passage, article in ranked:
        if any(_lies_in(passage, stretch) for stretch in handed_on):
            continue
        if article.length <= MAX_ARTICLE:
            room = _room(passage, [one for one in handed_on if one.article == passage.article])
            passage = _widened(passage, article.language, scores, texts, room)
        handed_on.append(passage)
        yield passage


def _lies_in(passage: Passage, stretch: Passage) -> bool:
    same = passage.article == stretch.article
    return same and stretch.start <= passage.start and passage.end <= stretch.end


def _room(passage: Passage, handed_on: Sequence[Passage]) -> Span:
    """How far a passage may grow: not into what is handed on already, so that the next hit tells something else."""
    before = (one.end for one in handed_on if one.start <= passage.start)
    after = (one.start for one in handed_on if one.start > passage.start)
    return min(max(before, default=0), passage.start), max(min(after, default=sys.maxsize), passage.end)


def _widened(
    passage: Passage, language: str, scores: Mapping[int, float], texts: Texts, room: Span
) -> Passage:
    near = texts.passages_near(passage.article, passage.start - 2 * STRETCH, passage.end + STRETCH)
    before = [one for one in near if one.end <= passage.start]
    after = [one for one in near if one.start >= passage.end]
    start, end = passage.start, passage.end
    while before or after:
        left = scores.get(before[-1].key, 0.0) if before else -1.0
        right = scores.get(after[0].key, 0.0) if after else -1.0
        if left > right:
            start, whole = _grown_left(before.pop(), start, max(room[0], end - STRETCH), language)
        else:
            end, whole = _grown_right(after.pop(0), end, min(room[1], start + STRETCH), language)
        if not whole:
            break
    return replace(passage, start=start, end=end, text=texts.text(passage.article, start, end))


def _grown_left(neighbour: Passage, start: int, least: int, language: str) -> tuple[int, bool]:
    """The new start, with as many of the neighbour's last sentences as begin at `least` or later; whether all do."""
    for first, _ in reversed(list(sentence_spans(neighbour.text, language))):
        if neighbour.start + first < least:
            return start, False
        start = neighbour.start + first
    return start, True


def _grown_right(neighbour: Passage, end: int, most: int, language: str) -> tuple[int, bool]:
    for _, last in sentence_spans(neighbour.text, language):
        if neighbour.start + last > most:
            return end, False
        end = neighbour.start + last
    return end, True
