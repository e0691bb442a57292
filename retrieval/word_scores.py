"""How well passages fit questions by their words: the exact score of candidates, from their tokens alone.

Three things count: BM25 of stems, BM25 of their first letters (a compound or an inflection that the stemmer does not
know still counts), and how much of the question the best single sentence holds.
BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009. First letters: McNamee and Mayfield,
Character N-Gram Tokenization for European Language Text Retrieval, 2004.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

K1 = 1.2
B = 0.5  # passages are cut to about one length: little is left for length to say
PREFIX = 5  # letters of a stem that inflections and compounds of a word share
SENTENCE = 0.5  # weight of the best sentence, BM25 of the whole passage has 1

Lines = Sequence[Sequence[str]]  # the tokens of a passage: a line for its context, then one for each sentence


class Weights(NamedTuple):
    """What each stem of a question and the first letters of each say, above 0."""

    stems: Mapping[str, float]
    prefixes: Mapping[str, float]


def word_scores(questions: Sequence[Weights], passages: Sequence[Lines], average: float) -> np.ndarray:
    """Scores, 0 to 1 for the best passage of a question, shape (questions, passages).

    `average` is the mean length of a passage of the collection, in tokens.
    """
    if not passages or not any(question.stems for question in questions):
        return np.zeros((len(questions), len(passages)))
    lines = [line for passage in passages for line in passage]
    first_line = np.cumsum([0, *map(len, passages)])[:-1]
    passage_of_line = np.repeat(np.arange(len(passages)), list(map(len, passages)))
    line_of_token = np.repeat(np.arange(len(lines)), list(map(len, lines)))
    stem_places, stem_weights = _columns([question.stems for question in questions])
    prefix_places, prefix_weights = _columns([question.prefixes for question in questions])
    tokens = list(chain.from_iterable(lines))
    stems = _placed(stem_places, tokens)
    prefixes = _placed({token: prefix_places.get(token[:PREFIX], -1) for token in set(tokens)}, tokens)
    in_lines = _counts(stems, line_of_token, len(lines), len(stem_places))
    lengths = np.bincount(passage_of_line[line_of_token], minlength=len(passages))
    norm = (K1 * (1 - B + B * lengths / average))[:, None]
    passage_stems = np.add.reduceat(in_lines, first_line)
    passage_prefixes = _counts(prefixes, passage_of_line[line_of_token], len(passages), len(prefix_places))
    bm25 = (
        _saturated(passage_stems, norm) @ stem_weights + _saturated(passage_prefixes, norm) @ prefix_weights
    )
    held = (in_lines > 0) @ stem_weights
    held[first_line] = 0  # the context is no sentence
    sentences = np.maximum.reduceat(held, first_line)
    return _of_best(_of_best(bm25) + SENTENCE * _of_best(sentences)).T


def _columns(questions: Sequence[Mapping[str, float]]) -> tuple[dict[str, int], np.ndarray]:
    """A column for every token of the questions, and the weights, shape (tokens, questions)."""
    places = {
        token: i for i, token in enumerate(dict.fromkeys(t for question in questions for t in question))
    }
    weights = np.zeros((len(places), len(questions)))
    for row, question in enumerate(questions):
        for token, weight in question.items():
            weights[places[token], row] = weight
    return places, weights


def _placed(places: Mapping[str, int], tokens: Iterable[str]) -> np.ndarray:
    """The column of each token, -1 for one that no question has."""
    return np.fromiter(map(places.get, tokens, repeat(-1)), dtype=np.int64)


def _counts(columns: np.ndarray, rows: np.ndarray, height: int, width: int) -> np.ndarray:
    """How often each column stands in each row, shape (height, width)."""
    known = columns >= 0
    return np.bincount(rows[known] * width + columns[known], minlength=height * width).reshape(height, width)


def _saturated(counts: np.ndarray, norm: np.ndarray) -> np.ndarray:
    return counts * (K1 + 1) / (counts + norm)


def _of_best(scores: np.ndarray) -> np.ndarray:
    """Scores (passages, questions) divided by the best of each question."""
    best = scores.max(axis=0)
    return scores / np.where(best > 0, best, 1)
