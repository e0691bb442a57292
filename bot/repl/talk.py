"""One conversation: each line is a question or a command, wherever it was typed."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.conversation import Conversation
from bot.repl import kept
from bot.verbs import Explained, FrontEnd, Listed, Opened, Reply, Transcript, Verb, find_verb, verbs_of
from corpus.errors import FootnoteError
from retrieval.answer import Answer

if TYPE_CHECKING:
    from rich.console import Console

    from bot.repl.backstage import Backstage
    from retrieval.collection import Collection
    from retrieval.streaming import Event

Say = Callable[["Iterator[Event]"], Answer]  # shows an answer as it comes


class Leave(Exception):
    """The reader wants to leave."""


class Talk:
    """`collection` waits until a question can be asked, `say` shows answers, `console` everything else;
    `remembered` conversations are kept on disk.
    """

    def __init__(
        self,
        backstage: "Backstage",
        console: "Callable[[], Console]",
        collection: "Callable[[], Collection]",
        say: Say,
        *,
        remembered: bool,
        keys: Mapping[str, str],
    ) -> None:
        self._backstage, self._console, self._collection, self._say = backstage, console, collection, say
        self._remembered, self._keys = remembered, keys
        self.conversation = Conversation()

    def resume(self) -> int:
        """Go on with the conversation kept last; the number of its questions."""
        collection = self._backstage.catalogued()
        self.conversation = kept.last_conversation(collection.data, collection.catalogue) or Conversation()
        return len(self.conversation.answers)

    def handle(self, line: str) -> Answer | None:
        """Do what the line says; the answer if it was a question. FootnoteError, Leave."""
        name, argument = _command(line)
        if name:
            return self._obey(find_verb(name, FrontEnd.TERMINAL), argument)
        number = line.strip().strip("[]")
        if number.isascii() and number.isdigit():
            return self._obey(find_verb("open", FrontEnd.TERMINAL), number)
        return self._ask(line)

    def _ask(self, question: str) -> Answer:
        collection = self._collection()
        answer = self._say(
            collection.stream(question, self.conversation.history(), as_of=self._backstage.as_of)
        )
        self.conversation.answers.append(answer)
        if self._remembered:
            kept.keep(self.conversation, collection.data)
        return answer

    def _obey(self, verb: Verb, argument: str) -> Answer | None:
        if verb.run:
            self._show(verb.run(self._backstage.catalogued().catalogue, self.conversation, argument))
        elif verb.name == "ask":
            if not argument.strip():
                raise FootnoteError("The question is empty: type what you want to know.")
            return self._ask(argument)
        else:
            own: dict[str, Callable[[], None]] = {
                "help": self._help,
                "new": self._new,
                "settings": self._settings,
                "privacy": self._privacy,
                "forget": self._forget,
                "quit": self._quit,
            }
            own[verb.name]()
        return None

    def _show(self, reply: Reply) -> None:
        from bot import terminal_rendering as rendering

        console = self._console()
        match reply:
            case Opened():
                rendering.show(console, rendering.opened_text(reply, console))
            case Listed():
                rendering.show(console, rendering.listed_text(reply))
            case Explained():
                rendering.show(console, rendering.explained_text(reply))
            case Transcript():
                console.print(_written(reply))

    def _help(self) -> None:
        from bot.terminal_rendering import help_text, show

        show(self._console(), help_text(verbs_of(FrontEnd.TERMINAL), self._keys))

    def _settings(self) -> None:
        from bot.settings import settings_shown
        from bot.terminal_rendering import pairs_text, show

        collection = self._backstage.catalogued()
        settings = settings_shown(self._backstage.settings())
        facts = {"data": str(collection.data), "embedding_model": collection.model}
        show(self._console(), pairs_text((settings | facts).items()))

    def _new(self) -> None:
        self.conversation = Conversation()
        self._console().print("A new conversation: what was said before no longer counts.")

    def _privacy(self) -> None:
        folder = self._backstage.catalogued().data
        self._console().print(
            f"What you type ({folder / kept.HISTORY}) and the last conversation ({folder / kept.CONVERSATION}) "
            "are kept on this machine, readable by you alone; ':forget' deletes both. Questions leave the "
            "machine only if you set a language model that runs elsewhere."
        )

    def _forget(self) -> None:
        folder = self._backstage.catalogued().data
        try:
            kept.forget(folder)
        except OSError as error:
            raise FootnoteError(f"What is kept in {folder} cannot be deleted: {error.strerror}.") from error
        self.conversation = Conversation()
        self._console().print("Forgotten: the lines you typed and the last conversation are deleted.")

    def _quit(self) -> None:
        raise Leave


def _command(line: str) -> tuple[str, str]:
    """The name and the argument of a command; no name where the line is a question."""
    name, _, argument = line[1:].strip().partition(" ") if line[:1] in ("/", ":") else ("", "", "")
    if line[:1] == ":" and not name:
        return "help", ""
    return ("", "") if "/" in name else (name, argument)


def _written(transcript: Transcript) -> str:
    if not transcript.destination:
        raise FootnoteError("Say where to save the conversation: ':save FILE'.")
    path = Path(transcript.destination).expanduser()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(transcript.markdown)
    except FileExistsError as error:
        raise FootnoteError(f"{path} exists already: choose another name.") from error
    except OSError as error:
        raise FootnoteError(f"{path} cannot be written: {error.strerror}.") from error
    return f"Saved in {path}."
