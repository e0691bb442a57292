"""The answering as a LangChain runnable, to be put together with others. Footnote's own front ends go without:
LangChain takes as long to load as all that an answer needs.
"""

from langchain_core.embeddings import Embeddings
from langchain_core.runnables import Runnable, RunnableLambda

from retrieval.answer import Answer
from retrieval.answering import Answering, Question
from retrieval.minilm import MiniLM
from retrieval.search import Found
from retrieval.streaming import answer_of

Embeddings.register(MiniLM)


def answering_chain(answering: Answering) -> Runnable[Question, Answer]:
    """A question and its history to an Answer, in two steps: search, then answer from what was found."""

    def search(question: Question) -> tuple[Question, Found]:
        return question, answering.search(question)

    def answer(searched: tuple[Question, Found]) -> Answer:
        return answer_of(answering.events(*searched))

    return RunnableLambda(search) | RunnableLambda(answer)
