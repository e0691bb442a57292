"""The sentences of the best passages, each with how well it answers: what an extractive answer is made of.

A word of the question counts by how rare it is in the collection and by how rare it is among the candidate sentences:
the subject that every sentence names tells none of them apart. No model is asked; a question takes a few milliseconds.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.analysis import tokens
from corpus.sentences import sentence_spans
from retrieval.answer import Hit
from retrieval.question import Asked, content_tokens, holds_answer
from retrieval.search import Embed, Found

PASSAGES = 5  # of the best hits, whose sentences are candidates
MIN_WORDS = 3
CONTEXT = 0.3  # weight of a word that only the conversation before the question has
FUNCTION = 0.15  # weight of a function word beside a content word of the same rarity
EMBEDDED = 3  # sentences whose vectors are made, about 4 ms each
LOCAL, PASSAGE, HOLDS, DENSE = (
    9.7,
    7.2,
    0.45,
    3.5,
)  # logistic regression on XQuAD (English), half of the questions

_LINK = re.compile(r"https?://\S+|\]\([^)]*\)|<[^>]+>")
_LETTERS = re.compile(r"[^\W\d_]")
_CLOSED = re.compile(r"[.!?…。！？؟।:;]\W*\Z")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence: `hit.article`'s text from `start` to `end`."""

    hit: Hit
    rank: int  # of the hit, best 0
    position: int  # of the sentence in its passage
    start: int
    end: int
    text: str
    words: frozenset[str]  # its index tokens
    coverage: float  # share of the question's weight that the sentence has, 0 to 1
    local: float  # the same, with words that tell the candidates apart counting more
    holds: float  # whether it has a thing of the kind asked for, 0 to 1
    score: float  # log-odds that it answers, comparable within one question
    dense: float = 0.0  # cosine between question and sentence, of those that are embedded


def question_weights(found: Found, asked: Asked) -> dict[str, float]:
    """What each index token of the question and of the conversation before it counts."""
    content = content_tokens(asked.text, found.language)
    weights: dict[str, float] = {}
    for view, words in enumerate(found.tokens):
        for word in words:
            weight = found.idf.get(word, 0.0) * (1.0 if view == 0 else CONTEXT)
            if view == 0 and word not in content:
                weight *= FUNCTION
            weights.setdefault(word, weight)
    return weights


def find_evidence(found: Found, asked: Asked, weights: Mapping[str, float]) -> list[Evidence]:
    """The candidate sentences in the order of hits and text."""
    raw = [
        (hit, rank, position, span, text, frozenset(tokens(text, hit.article.language)))
        for rank, hit in enumerate(found.hits[:PASSAGES])
        for position, (span, text) in enumerate(_sentences(hit))
    ]
    telling = _telling_weights(weights, [words for *_, words in raw])
    total, total_telling = sum(weights.values()) or 1.0, sum(telling.values()) or 1.0
    evidence = []
    for hit, rank, position, (start, end), text, words in raw:
        coverage = sum(weights[word] for word in words if word in weights) / total
        local = sum(telling[word] for word in words if word in telling) / total_telling
        holds = holds_answer(asked, text, hit.article.language)
        score = LOCAL * local + PASSAGE * hit.score + HOLDS * holds
        evidence.append(Evidence(hit, rank, position, start, end, text, words, coverage, local, holds, score))
    return evidence


def ranked(evidence: Sequence[Evidence], found: Found, embed: Embed) -> list[Evidence]:
    """Best first. The first EMBEDDED by words are compared with the question as vectors too."""
    by_words = sorted(evidence, key=lambda item: -item.score)
    short_list = by_words[:EMBEDDED]
    if not short_list:
        return []
    cosines = embed([item.text for item in short_list]) @ found.vectors[0]
    closer = [
        replace(item, dense=float(cosine), score=item.score + DENSE * float(cosine))
        for item, cosine in zip(short_list, cosines, strict=True)
    ]
    closer.sort(key=lambda item: -item.score)
    lowest = DENSE * float(cosines.min())
    return closer + [replace(item, score=item.score + lowest) for item in by_words[EMBEDDED:]]


def _telling_weights(weights: Mapping[str, float], sentences: Sequence[frozenset[str]]) -> dict[str, float]:
    """`weights` times the words' inverse frequency among the candidate sentences (BM25's form)."""
    n = len(sentences)
    telling = {}
    for word, weight in weights.items():
        having = sum(word in words for words in sentences)
        telling[word] = weight * math.log(1 + (n - having + 0.5) / (having + 0.5))
    return telling


def _sentences(hit: Hit) -> list[tuple[tuple[int, int], str]]:
    """Spans in the article and texts of the sentences of a passage that may be quoted."""
    passage = hit.passage
    found = []
    for start, end in sentence_spans(passage.text, hit.article.language):
        text = passage.text[start:end]
        if is_quotable(text, hit.article.title):
            found.append(((passage.start + start, passage.start + end), text))
    return found


def is_quotable(sentence: str, title: str) -> bool:
    """Not the title, a heading, a menu or a bare link."""
    if sentence.strip().casefold() == title.strip().casefold():
        return False
    plain = _LINK.sub(" ", sentence)
    letters = len(_LETTERS.findall(plain))
    if letters < 0.4 * len(plain) or letters < 0.3 * len(sentence):
        return False
    words = plain.split()
    return len(words) >= MIN_WORDS or (bool(_CLOSED.search(sentence)) and letters > 8)
