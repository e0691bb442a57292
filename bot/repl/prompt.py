"""The line that the reader types: editing, history, completion. It is there before all else."""

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, ThreadedHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.repl.completion import ConversationCompleter

if TYPE_CHECKING:
    from corpus.article import Article

PROMPT = "> "
KEYS = {
    "N": "Show citation [N] of the last answer",
    "Tab": "Complete commands, article titles and names",
    "Ctrl-R": "Search what was typed before",
    "Alt-Enter": "Begin another line of the question",
    "Ctrl-C": "Stop the answer, or empty the line",
    "Ctrl-D": "Leave",
}


class LaterHistory(History):
    """The lines typed before, from a file whose place is known a moment after the prompt is shown.

    `place` waits for it; None means that nothing is read or kept.
    """

    def __init__(self, place: Callable[[], Path | None]) -> None:
        super().__init__()
        self._place = place

    def load_history_strings(self) -> Iterable[str]:
        path = self._place()
        try:
            return list(FileHistory(path).load_history_strings()) if path else ()
        except OSError:
            return ()

    def store_string(self, string: str) -> None:
        from bot.repl.kept import make_private

        path = self._place()
        if path and make_private(path):
            FileHistory(path).store_string(string)


class Prompt:
    """`shown` is set once the first prompt is on the screen: what is loaded behind it begins then."""

    def __init__(
        self, history: Callable[[], Path | None], articles: "Callable[[], Iterable[Article]]", shown: Event
    ) -> None:
        self._reader: PromptSession[str] = PromptSession(
            PROMPT,
            key_bindings=_keys(),
            history=ThreadedHistory(LaterHistory(history)),
            completer=ConversationCompleter(articles),
            complete_while_typing=False,
            complete_in_thread=True,
            prompt_continuation=" " * len(PROMPT),
            output=_output(),
        )
        self._reader.app.after_render += lambda app: shown.set()

    def read(self, when_failed: Callable[[Callable[[BaseException], None]], None]) -> str:
        """The next line, or several that were pasted. KeyboardInterrupt: Ctrl-C. EOFError: Ctrl-D.

        `when_failed` takes a function to call, in any thread, when something went wrong behind the prompt:
        the prompt goes away and that is raised here.
        """
        return self._reader.prompt(pre_run=lambda: when_failed(self._leave)).strip()

    def _leave(self, error: BaseException) -> None:
        app = self._reader.app

        def leave() -> None:
            if app.is_running and not app.is_done:
                app.exit(exception=error)

        if app.loop:
            app.loop.call_soon_threadsafe(leave)


def _output() -> Output:
    """The terminal, without asking it where the cursor is: one that does not answer would hold up each line."""
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def next_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
