"""Tab completion: commands after a colon or a slash, their arguments, and articles' titles anywhere else."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

if TYPE_CHECKING:
    from corpus.article import Article

SIGNS = ":/"  # what a command begins with
MIN_LETTERS = 2  # of a word, before titles are offered for it
WORDS = 6  # before the cursor that may be the beginning of a title


class ConversationCompleter(Completer):
    """`articles` gives what can be named: none while the collection is being opened."""

    def __init__(self, articles: "Callable[[], Iterable[Article]]") -> None:
        self._articles = articles
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        line = document.text_before_cursor
        if line[:1] not in SIGNS or not line:
            yield from self._titles(line)
            return
        name, space, argument = line[1:].partition(" ")
        if not space:
            yield from _commands(name)
        elif name in ("save", "w", "export"):
            yield from self._paths.get_completions(Document(argument, len(argument)), complete_event)
        elif name in ("open", "o", "sources"):
            yield from _named(self._articles(), argument.lstrip())
        elif name == "ask":
            yield from self._titles(argument)

    def _titles(self, line: str) -> Iterator[Completion]:
        """Titles and names that begin with the last words of the line, the longest beginning first."""
        words = line.split(" ")
        seen: set[str] = set()
        for first in range(max(0, len(words) - WORDS), len(words)):
            beginning = " ".join(words[first:])
            if len(beginning) < MIN_LETTERS or not beginning.strip():
                continue
            for completion in _named(self._articles(), beginning, inside=False):
                if completion.text not in seen:
                    seen.add(completion.text)
                    yield completion


def _commands(name: str) -> Iterator[Completion]:
    from bot.verbs import FrontEnd, verbs_of

    for verb in verbs_of(FrontEnd.TERMINAL):
        if verb.name.startswith(name.casefold()):
            yield Completion(verb.name, -len(name), display_meta=verb.help)


def _named(articles: "Iterable[Article]", beginning: str, inside: bool = True) -> Iterator[Completion]:
    """Articles whose title or name begins so; with `inside`, those where a word does come after them."""
    from corpus.shown import shown

    wanted = beginning.casefold()
    later: list[Completion] = []
    for article in articles:
        for label, other in ((article.title, article.name), (article.name, article.title)):
            folded = label.casefold()
            completion = Completion(shown(label), -len(beginning), display_meta=shown(other))
            if folded.startswith(wanted):
                yield completion
                break
            if inside and f" {wanted}" in folded:
                later.append(completion)
                break
    yield from later
