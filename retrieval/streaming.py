"""An answer as it comes: what was found, then each sentence when it is proved, and last the whole answer."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from corpus.errors import FootnoteError
from retrieval.answer import Answer, Citation, Hit

_AFTER_MARKERS = re.compile(r"(?<=\d\])[^\S\n]+(?=\S)(?!\[\d)|(?<!\n)(?=\n)")
_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Searched:
    """The search is done: what was searched for, and the passages, best first."""

    standalone_question: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of the answer that will not change: `text` with its [n] markers, and what they point to.

    One that begins with a line break begins a line; the others go on after the one before and a space.
    """

    text: str
    citations: tuple[Citation, ...]


Event = Searched | Sentence | Answer


def joined(sentences: Iterable[str]) -> str:
    """The text that sentences make. Where it is not the text of the answer at the end, they are withdrawn."""
    text = ""
    for sentence in sentences:
        text += sentence if not text or sentence.startswith("\n") else f" {sentence}"
    return text


def answer_of(events: Iterable[Event], each: Callable[[Event], None] = lambda event: None) -> Answer:
    """The answer at the end of a stream, once `each` has had every event. FootnoteError: it has no end."""
    last: Event | None = None
    for last in events:
        each(last)
    if not isinstance(last, Answer):
        raise FootnoteError("The answer broke off: ask the question again.")
    return last


def events(answer: Answer) -> Iterator[Event]:
    """What a finished answer would have been, event by event."""
    yield Searched(answer.standalone_question, answer.hits)
    for piece in pieces(answer.text):
        numbers = {int(number) for number in _MARKER.findall(piece)}
        yield Sentence(piece, tuple(citation for citation in answer.citations if citation.n in numbers))
    yield answer


def pieces(text: str) -> list[str]:
    """The sentences of an answer's text, each with its markers; `joined` makes the text of them again."""
    return [piece for piece in _AFTER_MARKERS.split(text) if piece]
