"""From a question and its history to an answer, as a LangChain runnable: search, then answer from what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from time import perf_counter

from langchain_core.runnables import Runnable, RunnableLambda

from corpus.errors import FootnoteError
from corpus.ingestion import Embed
from retrieval.answer import Answer, Citation, Turn
from retrieval.extractive import answer_extractively
from retrieval.search import Found, Searcher

TextOf = Callable[[int, int, int], str]  # an article's key and two character offsets to the text between them


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    history: Sequence[Turn] = ()
    as_of: date | None = None  # what "today" is; the day of asking where it is None


def answering_chain(searcher: Searcher, embed: Embed, text_of: TextOf) -> Runnable[Question, Answer]:
    """`text_of` reads the catalogue: every citation is checked against it before an answer goes out."""

    def search(question: Question) -> tuple[Question, Found]:
        return question, searcher.search(question.text, question.history, as_of=question.as_of)

    def answer(searched: tuple[Question, Found]) -> Answer:
        question, found = searched
        started = perf_counter()
        answer = answer_extractively(found, question.text, embed=embed)
        _check_quotes(answer.citations, text_of)
        seconds = {**found.seconds, "answer": perf_counter() - started}
        return replace(answer, seconds={**seconds, "total": sum(seconds.values())})

    return RunnableLambda(search) | RunnableLambda(answer)


def _check_quotes(citations: Sequence[Citation], text_of: TextOf) -> None:
    for citation in citations:
        if text_of(citation.article.key, citation.start, citation.end) != citation.quote:
            raise FootnoteError(
                f"{citation.article.name} changed while the answer was made: ask the question again."
            )
