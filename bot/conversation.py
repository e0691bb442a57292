"""A conversation: what was asked and answered, the history of it, and its transcript in Markdown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from retrieval.answer import Answer, Citation, Turn

MARKER = re.compile(r"\[(\d+)\]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LIST_OR_RULE = re.compile(r"(?m)^(\s*)([-+=]|\d+(?=[.)]))")


@dataclass(slots=True)
class Conversation:
    """The answers of one conversation, oldest first."""

    answers: list[Answer] = field(default_factory=list)

    def history(self) -> tuple[Turn, ...]:
        """Question and answer by turns, without markers; refusals are left out, no follow-up means them."""
        turns: list[Turn] = []
        for answer in self.answers:
            turns.append(Turn("user", answer.question))
            if answer.answered:
                turns.append(Turn("assistant", without_markers(answer)))
        return tuple(turns)

    def cited(self) -> Answer | None:
        """The newest answer that has citations: its numbers are the ones a reader means."""
        return next((answer for answer in reversed(self.answers) if answer.citations), None)

    def citation(self, n: int) -> Citation | None:
        answer = self.cited()
        return next((citation for citation in answer.citations if citation.n == n), None) if answer else None


def marker_spans(answer: Answer) -> Iterator[tuple[int, int, Citation]]:
    """Start and end in the answer's text of each [n] that is one of its markers, with what it points to."""
    citations = {citation.n: citation for citation in answer.citations}
    for marker in MARKER.finditer(answer.text):
        if int(marker[1]) in citations:
            yield marker.start(), marker.end(), citations[int(marker[1])]


def without_markers(answer: Answer) -> str:
    pieces, position = [], 0
    for start, end, _ in marker_spans(answer):
        pieces.append(answer.text[position:start].rstrip(" "))
        position = end
    return "".join([*pieces, answer.text[position:]])


def transcript(answers: Iterable[Answer]) -> str:
    """The conversation in Markdown, a footnote for each citation; what articles say is never markup in it."""
    lines: list[str] = []
    notes: list[str] = []
    for answer in answers:
        lines += [f"## {escaped(_one_line(answer.question))}", ""]
        lines += [f"*{escaped(answer.notice)}*", ""] if answer.notice else []
        numbers = {citation.n: len(notes) + i for i, citation in enumerate(answer.citations, start=1)}
        lines += [_with_footnotes(answer, numbers), ""]
        notes += [f"[^{numbers[citation.n]}]: {_footnote(citation)}" for citation in answer.citations]
    return "\n".join([*lines, *notes]).rstrip("\n") + "\n"


def _with_footnotes(answer: Answer, numbers: dict[int, int]) -> str:
    pieces, position = [], 0
    for start, end, citation in marker_spans(answer):
        pieces += [escaped(answer.text[position:start].rstrip(" ")), f"[^{numbers[citation.n]}]"]
        position = end
    return "".join([*pieces, escaped(answer.text[position:])])


def _footnote(citation: Citation) -> str:
    article = citation.article
    title = escaped(_one_line(article.title))
    if article.url.startswith(("http://", "https://")) and not re.search(r"[\s<>]", article.url):
        title = f"[{title}](<{article.url}>)"
    known = [title, escaped(article.publisher), article.published.isoformat() if article.published else ""]
    place = f"{escaped(article.name)}, characters {citation.start}–{citation.end}"
    return f"“{escaped(_one_line(citation.quote))}” {', '.join(filter(None, known))} ({place})"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def escaped(text: str) -> str:
    """Text as Markdown that shows it to the letter."""
    return _LIST_OR_RULE.sub(_escape_opening, _MARKDOWN.sub(r"\\\1", text))


def _escape_opening(opening: re.Match[str]) -> str:
    space, mark = opening.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"
