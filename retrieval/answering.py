"""From a question and its history to an answer: search, then answer from what was found.

The answer is made of the articles' own sentences. With a language model, it writes the answer instead, if the articles
hold one; where it fails or writes what they do not prove, their own sentences are the answer after all.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING

from corpus.errors import ArticleChanged
from retrieval.answer import Answer, Citation, Turn
from retrieval.answer_check import without_unsupported
from retrieval.extractive import answer_extractively, no_answer
from retrieval.reading import Read
from retrieval.search import Embed, Found, Searcher
from retrieval.streaming import Event, Searched, Sentence, events

if TYPE_CHECKING:
    from retrieval.generation import Written
    from retrieval.language_model import LanguageModel, LanguageModelFailed

TextOf = Callable[[int, int, int], str]  # an article's key and two character offsets to the text between them


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    history: Sequence[Turn] = ()
    as_of: date | None = None  # what "today" is; the day of asking where it is None


@dataclass(frozen=True, slots=True)
class Answering:
    """`text_of` reads the catalogue: every citation is checked against it before its sentence goes out."""

    searcher: Searcher
    embed: Embed
    text_of: TextOf
    language_model: "LanguageModel | None" = None
    read: Read | None = None

    def search(self, question: Question) -> Found:
        started = perf_counter()
        rewritten, seconds = "", {}
        if self.language_model and question.history:
            from retrieval.generation import rewrite

            rewritten = rewrite(self.language_model, question.text, question.history)
            seconds = {"rewrite": perf_counter() - started}
        found = self.searcher.search(
            question.text, question.history, as_of=question.as_of, rewritten=rewritten
        )
        return replace(found, seconds=seconds | found.seconds)

    def events(self, question: Question, found: Found) -> Iterator[Event]:
        """What was found, each sentence that is proved, and last the Answer."""
        yield Searched(found.standalone_question, found.hits)
        started = perf_counter()
        extractive = self._extractive(question, found)
        if self.language_model and extractive.answered:
            answer = yield from self._written(self.language_model, question, found, extractive)
        else:
            answer = extractive
            yield from _sentences(answer)
        seconds = {**found.seconds, "answer": perf_counter() - started}
        yield replace(answer, seconds={**seconds, "total": sum(seconds.values())})

    def _extractive(self, question: Question, found: Found) -> Answer:
        answer = without_unsupported(answer_extractively(found, question.text, read=self.read), self.embed)
        self._check_quotes(answer.citations)
        return answer if answer.text else no_answer(found, question.text)

    def _written(
        self, model: "LanguageModel", question: Question, found: Found, extractive: Answer
    ) -> Generator[Sentence, None, Answer]:
        """Sentences as they are proved; returns what the answer is in the end."""
        from retrieval.generation import Written, write_answer
        from retrieval.language_model import LanguageModelFailed

        shown, answer = False, extractive
        try:
            for piece in write_answer(
                model, question.text, question.history, found.hits, found.language, self.embed
            ):
                if isinstance(piece, Written):
                    answer = _answer(piece, model, extractive, found)
                    shown = bool(piece.text)
                    break
                self._check_quotes(piece.citations)
                shown = True
                yield piece
        except LanguageModelFailed as failure:
            answer = replace(extractive, notice=_instead(model, failure))
        if not shown:
            yield from _sentences(answer)
        return answer

    def _check_quotes(self, citations: Sequence[Citation]) -> None:
        for citation in citations:
            if self.text_of(citation.article.key, citation.start, citation.end) != citation.quote:
                raise ArticleChanged(
                    f"{citation.article.name} changed while the answer was made: ask the question again."
                )


def _sentences(answer: Answer) -> Iterator[Sentence]:
    return (event for event in events(answer) if isinstance(event, Sentence))


def _answer(written: "Written", model: "LanguageModel", extractive: Answer, found: Found) -> Answer:
    """The model's answer, or its refusal; that sentences of it were withheld is told."""
    if written.refused:
        return replace(
            no_answer(found, extractive.question), notice=f"{model.name} found no answer in the passages."
        )
    left_out = "1 sentence" if written.withheld == 1 else f"{written.withheld} sentences"
    notice = f"{left_out} of {model.name} left out, which no passage proves."
    return replace(
        extractive,
        text=written.text,
        citations=tuple(written.citations),
        written_by=model.name,
        notice=notice if written.withheld else "",
    )


def _instead(model: "LanguageModel", failure: "LanguageModelFailed") -> str:
    return f"In the articles' own words, because {model.name} {failure}."
