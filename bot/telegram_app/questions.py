"""A question on its way to its answer, and the answer as far as it has got."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.telegram_app.memory import Memory, Preferences, Talk
from bot.telegram_app.outgoing import Button
from bot.telegram_app.sending import Place
from bot.telegram_app.texts import Texts
from retrieval.answer import Answer
from retrieval.streaming import Sentence, joined

STOPPED = "Stopped."  # the notice of an answer that was cut short
FOLLOW_UPS = 3
LATE = 120.0  # seconds: a question that has waited for longer is answered with an apology


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, who asked it where, and the answer that it goes on from."""

    update_id: int
    question: str
    talk: Talk
    place: Place
    user: int
    private: bool
    parent: str | None  # None: the newest of the conversation
    texts: Texts
    preferences: Preferences
    age: float = 0.0  # seconds since it was asked
    again: bool = False  # it was left open by an earlier process
    late: bool = False  # it was asked long before the bot ran


@dataclass(slots=True)
class Running:
    """An answer that is being made. `superseded`: it was stopped by a newer question; `forgotten`: nothing of it is
    to be kept."""

    update_id: int
    user: int
    again: bool
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    superseded: bool = False
    forgotten: bool = False


def stop_button(asked: Asked) -> Button:
    """For who asked; of an anonymous admin, for everybody in the group."""
    return Button(f"⏹ {asked.texts('answer.stop')}", f"c:{asked.update_id}")


def so_far(asked: Asked, sentences: Sequence[Sentence]) -> Answer:
    """The answer as far as it got: every sentence of it is proved."""
    text = joined(sentence.text for sentence in sentences)
    citations = {citation.n: citation for sentence in sentences for citation in sentence.citations}
    return Answer(asked.question, asked.question, True, text, tuple(citations.values()), ())


def in_the_words_of(texts: Texts, answer: Answer) -> Answer:
    """The answer with what is not from an article in the reader's language."""
    if not answer.answered:
        return replace(answer, text=texts("answer.none"), notice="")
    if not answer.notice:
        return answer
    cut = answer.notice == STOPPED
    told = "answer.stopped" if cut else "answer.left_out" if answer.written_by else "answer.own_words"
    return replace(answer, notice=texts(told))


def follow_ups(answer: Answer, user: int, memory: Memory) -> list[tuple[str, str]]:
    """Articles that were found and not cited: their titles are questions that the collection can answer. With each the
    data of its button."""
    if not answer.answered:
        return []
    cited = {citation.article.key for citation in answer.citations}
    titles = dict.fromkeys(
        " ".join(hit.article.title.split()) for hit in answer.hits if hit.article.key not in cited
    )
    return [(title, f"q:{memory.target(title, user)}") for title in list(titles)[:FOLLOW_UPS]]
