"""How closely a sentence says what a question says, token by token, each token read in its context.

Late interaction, after Khattab and Zaharia (2020), ColBERT, https://arxiv.org/abs/2004.12832: every token of the
question looks for the most similar token of the sentence. It needs no training, tells apart sentences of one passage
that words and whole vectors cannot, and knows what "it" stands for in a passage and in a conversation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from corpus.analysis import tokens
from retrieval.answer import Hit
from retrieval.embedding import TokenVectors
from retrieval.search import Found

Read = Callable[[Sequence[str]], Sequence[TokenVectors]]

CONTEXT = 600  # characters of the conversation that the question is read with
LANGUAGES_READ = frozenset({"en"})  # that the embedded model was trained on

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Closeness:
    """Cosines, at most 1, between a question and a sentence."""

    content: float  # of the question's tokens, each counting what its word says in this collection
    every: float  # of the question's tokens, each counting the same
    whole: float  # of the two as wholes

    def or_closer(self, other: "Closeness | None") -> "Closeness":
        """The better of the two in each respect."""
        if other is None:
            return self
        return Closeness(
            max(self.content, other.content), max(self.every, other.every), max(self.whole, other.whole)
        )


@dataclass(frozen=True, slots=True)
class Window:
    """A run of a passage's sentences, `start` to `end` in the article, that is read at one go."""

    hit: Hit
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.hit.passage.text[self.start - self.hit.passage.start : self.end - self.hit.passage.start]

    def holds(self, hit: Hit, start: int, end: int) -> bool:
        return self.hit is hit and self.start <= start and end <= self.end


@dataclass(frozen=True, slots=True)
class ReadWindow:
    window: Window
    vectors: np.ndarray  # float32 (t, d)
    spans: np.ndarray  # int64 (t, 2), offsets in the article


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and what was read for it."""

    question: np.ndarray  # float32 (t, d)
    weights: np.ndarray  # float64 (t,), what each of its tokens counts, 1 in all
    windows: tuple[ReadWindow, ...]

    def closeness(self, hit: Hit, start: int, end: int) -> Closeness | None:
        """Of what stands from `start` to `end` in its article, as it was read in the shortest window that holds it;
        None where it was not read.
        """
        holding = [read for read in self.windows if read.window.holds(hit, start, end)]
        if not holding or not len(self.question):
            return None
        read = min(holding, key=lambda one: one.window.end - one.window.start)
        inside = read.vectors[(read.spans[:, 0] >= start) & (read.spans[:, 1] <= end)]
        return self._closeness(inside) if len(inside) else None

    def _closeness(self, sentence: np.ndarray) -> Closeness:
        nearest = (self.question @ sentence.T).max(axis=1)
        whole = _unit(self.question.mean(axis=0)) @ _unit(sentence.mean(axis=0))
        return Closeness(float(self.weights @ nearest), float(nearest.mean()), float(whole))


def read_windows(
    found: Found, weights: Mapping[str, float], windows: Sequence[Window], read: Read
) -> Reading:
    """The question, in the context of its conversation, and the windows.

    `weights` says what each index token of the question counts.
    """
    asked, start = _asked(found)
    texts = [f"{window.hit.article.title}\n{window.text}" for window in windows]
    question, *passages = read([asked, *texts])
    own = question.spans[:, 0] >= start
    return Reading(
        question.vectors[own],
        _token_weights(asked, question.spans[own], weights, found.language),
        tuple(_placed(window, passage) for window, passage in zip(windows, passages, strict=True)),
    )


def _asked(found: Found) -> tuple[str, int]:
    """The question with what was said before it, and where in that text it begins."""
    said, question = found.standalone_question, found.question.strip()
    if said.endswith(question) and len(question) <= CONTEXT:
        said = said[-CONTEXT:]
        return said, len(said) - len(question)
    return (said or question), 0


def _placed(window: Window, read: TokenVectors) -> ReadWindow:
    before = len(window.hit.article.title) + 1
    return ReadWindow(window, read.vectors, read.spans - before + window.start)


def _token_weights(text: str, spans: np.ndarray, weights: Mapping[str, float], language: str) -> np.ndarray:
    """A word's weight shared out among its tokens."""
    shares = np.zeros(len(spans))
    for word in _WORD.finditer(text):
        inside = (spans[:, 0] >= word.start()) & (spans[:, 1] <= word.end())
        weight = max((weights.get(token, 0.0) for token in tokens(word.group(), language)), default=0.0)
        if inside.any():
            shares[inside] = weight / inside.sum()
    total = shares.sum()
    return shares / total if total else np.full(len(spans), 1 / max(len(spans), 1))


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
