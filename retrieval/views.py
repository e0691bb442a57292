"""A conversation seen as several queries: what the last question may mean, each with its weight."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.answer import Turn

MAX_VIEW = 2000  # characters of one view; what is said last is kept


@dataclass(frozen=True, slots=True)
class View:
    """`text` is searched for; `weight` says how much what it finds counts beside the other views."""

    name: str
    text: str
    weight: float


def query_views(question: str, history: Sequence[Turn], rewritten: str = "") -> tuple[View, ...]:
    """The views of a conversation that ends in `question`, the question itself first.

    `rewritten` is the question as a language model understands it without the conversation, if one was asked.
    """
    views = [View("question", question[-MAX_VIEW:], 1.0)]
    if rewritten:
        views.append(View("rewritten", rewritten[-MAX_VIEW:], 1.0))
    answers = [turn.content for turn in history if turn.role == "assistant" and turn.content.strip()]
    asked = [turn.content for turn in history if turn.role == "user" and turn.content.strip()]
    if answers:
        views.append(View("previous answer", f"{answers[-1]} {question}"[-MAX_VIEW:], 0.5))
    if asked:
        views.append(View("user's turns", " ".join([*asked, question])[-MAX_VIEW:], 0.5))
    return tuple(views)


def standalone_question(question: str, history: Sequence[Turn]) -> str:
    """The question as it was understood: what the user said before it counts as its context."""
    asked = [turn.content.strip() for turn in history if turn.role == "user" and turn.content.strip()]
    return " ".join([*asked[-2:], question]).strip() if asked else question.strip()
