"""An answer that a language model writes: each sentence is proved before it is shown, or it is withheld.

The model is given passages, numbered and fenced; which of them prove a sentence is found out here, whatever it says.
What the reader gets of it are sentences with citations, to the letter, of what proves them.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import regex

from corpus.language import LANGUAGES, detect_language, question_language
from retrieval.answer import Citation, Hit, Turn
from retrieval.citing import Proof, Quote, prove_from, prove_from_any
from retrieval.drafting import Draft, drafts, without_thinking
from retrieval.injection import injected_spans
from retrieval.language_model import LanguageModel, LanguageModelFailed
from retrieval.proof import Embed
from retrieval.streaming import Sentence

PASSAGES = 8  # that the model is given
ENOUGH = 0.5  # share of what it wrote, in characters, that must be proved
REWRITING = 2.5  # seconds
LONGEST_REWRITING = 400  # characters; more is an answer, not a question
JUDGED = 8  # words that a sentence must have to tell its language

_LATIN = regex.compile(r"\p{Latin}")
_BULLET = re.compile(r"\A\s*(?:[-*•–—]|\d{1,2}[.)])\s+")


def rewrite(model: LanguageModel, question: str, history: Sequence[Turn]) -> str:
    """The question as it is understood without the conversation, or "" where the model has none in good time.

    It is one more view to search with, and never the only one: what it gets wrong costs little.
    """
    from retrieval.prompt import rewriting_messages

    if not history:
        return ""
    try:
        written = "".join(without_thinking(model.stream(rewriting_messages(question, history), REWRITING)))
    except LanguageModelFailed:
        return ""
    plain = " ".join(written.split()).strip('"“”')
    return plain if len(plain) <= LONGEST_REWRITING else ""


@dataclass(slots=True)
class Written:
    """What has been written and proved so far. `refused`: the model finds no answer in the passages."""

    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    kept: int = 0  # characters proved
    total: int = 0  # characters written
    withheld: int = 0  # sentences
    sentences: int = 0
    refused: bool = False

    def add(self, draft: Draft, proof: Proof) -> Sentence:
        """Take a proved sentence in, its quotes numbered in the order in which they are first cited."""
        cited = [self._citation(quote) for quote in proof.quotes]
        markers = "".join(f"[{citation.n}]" for citation in dict.fromkeys(cited))
        opening = draft.opening if self.text else ""
        piece = f"{opening}{draft.text} {markers}"
        self.text += piece if opening or not self.text else f" {piece}"
        self.kept += len(draft.text)
        return Sentence(piece, tuple(dict.fromkeys(cited)))

    def _citation(self, quote: Quote) -> Citation:
        for citation in self.citations:
            if (citation.article, citation.start, citation.end) == (
                quote.hit.article,
                quote.start,
                quote.end,
            ):
                return citation
        citation = quote.citation(len(self.citations) + 1)
        self.citations.append(citation)
        return citation


def write_answer(
    model: LanguageModel,
    question: str,
    history: Sequence[Turn],
    hits: Sequence[Hit],
    language: str,
    embed: Embed | None = None,
) -> Iterator[Sentence | Written]:
    """The model's sentences as they pass the gate, and last all that was written.

    `language` is that of the question, as well as it is known. LanguageModelFailed: the model failed, or too little of
    what it wrote is proved; nothing that was shown before then counts.
    """
    from retrieval.prompt import NOT_IN_COLLECTION, answering_messages

    given = list(hits[:PASSAGES])
    written = Written()
    with closing(model.stream(answering_messages(question, history, given))) as reply:
        for draft in drafts(reply, language):
            if draft.text.lstrip(" *_\"'").upper().startswith(NOT_IN_COLLECTION):
                written.refused = not written.text
                break
            written.sentences += 1
            written.total += len(draft.text)
            if _in_another_language(draft.text, question, language):
                raise LanguageModelFailed("wrote in another language than the question's")
            proof = _proof(draft, given, embed)
            if _obeys(proof):
                raise LanguageModelFailed("repeated what an article tells language models to say")
            if proof.proved:
                yield written.add(draft, proof)
            else:
                written.withheld += 1
    _check(written, given)
    yield written


def _proof(draft: Draft, given: Sequence[Hit], embed: Embed | None) -> Proof:
    """By the passages that the sentence names; where they do not prove it, by any other that does."""
    sentence = _BULLET.sub("", draft.text)
    named = [given[number - 1] for number in draft.passages if 0 < number <= len(given)]
    if named:
        proof = prove_from(sentence, named, embed)
        if proof.proved:
            return proof
    others = [hit for hit in given if len(named) != 1 or hit != named[0]]
    return prove_from_any(sentence, others, embed)


def _obeys(proof: Proof) -> bool:
    """Whether what proves the sentence was written for language models."""
    return proof.proved and any(_is_injected(quote) for quote in proof.quotes)


def _is_injected(quote: Quote) -> bool:
    passage = quote.hit.passage
    spans = injected_spans(passage.text)
    return any(
        quote.start < passage.start + end and passage.start + start < quote.end for start, end in spans
    )


def _in_another_language(text: str, question: str, language: str) -> bool:
    """Than the question: both the words that mean little and the identifier must say so, for either errs."""
    if len(text.split()) < JUDGED and (len(text) < JUDGED or _LATIN.search(text)):
        return False
    languages = [language, *sorted(LANGUAGES - {language})]
    asked = {language, question_language(question, languages)}
    if question_language(text, languages) in asked:
        return False
    return detect_language(text) not in {*asked, detect_language(question)}


def _check(written: Written, given: Sequence[Hit]) -> None:
    if written.refused:
        if any(injected_spans(hit.passage.text) for hit in given):
            raise LanguageModelFailed("found no answer, but an article told it what to say")
    elif not written.kept or written.kept < ENOUGH * written.total:
        raise LanguageModelFailed(
            f"wrote {written.withheld} of {written.sentences} sentences that the passages do not prove"
        )
