"""The conversation in a pseudo-terminal, as a person sees it."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer, hangs
from pseudo_terminal import PseudoTerminal

KIM = "Where did Putin receive Kim Jong Un in September 2023?"
ANSWER = "Vostochny"
ABSENT = "What did the President of France say about the price of the armoured train?"
Open = Callable[..., PseudoTerminal]


@pytest.fixture
def data(samples: Path, tmp_path: Path) -> Path:
    return shutil.copytree(samples, tmp_path / "data")


@pytest.fixture
def chat(data: Path, tmp_path: Path) -> Iterator[Open]:
    """Open a conversation; every one is closed at the end."""
    opened: list[PseudoTerminal] = []

    def open_chat(*arguments: object, **options: object) -> PseudoTerminal:
        opened.append(PseudoTerminal("--data", data, "chat", *arguments, cwd=tmp_path, **options))
        return opened[-1]

    yield open_chat
    for terminal in opened:
        terminal.process.close(force=True)


def test_prompt_is_there_before_anything_is_loaded(chat: Open) -> None:
    """The prompt takes at most 0.4 s of a processor; the rest is loaded behind it."""
    used = []
    for _ in range(3):
        terminal = chat()
        terminal.wait_for("\n>")
        used.append(terminal.processor_seconds())
    assert min(used) <= 0.4


def test_answer_with_its_citations(chat: Open) -> None:
    """A question typed at once is answered, its numbers coloured and linked to their articles."""
    terminal = chat()
    screen = terminal.ask(KIM)
    assert ANSWER in screen
    assert "[1]" in screen
    assert "13 September 2023" in screen
    assert b"\x1b[1;36m[1]" in terminal.raw
    assert b"\x1b]8;" in terminal.raw
    assert b"https://en.wikipedia.org/wiki/2023_North_Korea" in terminal.raw


def test_citation_opens_in_its_article(chat: Open) -> None:
    """`1` and `:open 1` show the passage and its neighbours, what was cited marked; a long one in the pager."""
    terminal = chat(rows=60)
    terminal.ask(KIM)
    for line in ("1", ":open 1", "/o [1]"):
        before = len(terminal.raw)
        screen = terminal.ask(line)
        assert "characters " in screen
        assert b"\x1b[1;30;43m" in terminal.raw[before:]
    small = chat(rows=10)
    small.ask(KIM)
    small.type("1\r")
    small.wait_for("characters ")
    small.type(" ")
    small.type("q")
    assert "no longer counts" in small.ask(":new")


def test_tab_completes_commands_titles_and_names(chat: Open) -> None:
    """Tab completes commands after a colon or a slash, articles after `:open`, and titles within a question."""
    terminal = chat()
    terminal.ask(":latest")  # the collection is open now
    for typed, completed in [
        (":so", ":sources"),
        ("/sett", "/settings"),
        (":open Krak", ":open Krakatoa: the loudest sound on record was heard 125 years ago"),
        (":open pluto", ":open pluto-dwarf-planet.md"),
        ("Who wrote Ever Giv", "Who wrote Ever Given afloat again, Suez Canal reopens"),
    ]:
        terminal.type(f"{typed}\t")
        terminal.wait_for(f"> {completed}")
        terminal.type("\x03")
        terminal.wait_for_prompt()


def test_pasted_lines_are_one_question(chat: Open, data: Path) -> None:
    """Several lines pasted at once are one question, kept as one in the history."""
    terminal = chat()
    terminal.wait_for_prompt()
    terminal.type("\x1b[200~Where did Putin receive\nKim Jong Un in September 2023?\x1b[201~")
    terminal.wait_for("Kim Jong Un in September 2023?")
    terminal.type("\r")
    terminal.wait_for("[1]")
    assert ANSWER in terminal.screen
    terminal.wait_for_prompt()
    terminal.type(":quit\r")
    assert terminal.exit_code() == 0
    assert "+Where did Putin receive\n+Kim Jong Un in September 2023?\n" in (data / "history").read_text()


def test_history_is_private_and_searched_with_ctrl_r(chat: Open, data: Path) -> None:
    """What was typed is there in the next conversation; nobody else can read it, nor the conversation."""
    first = chat()
    first.ask(KIM)
    first.type("\x04")
    assert first.exit_code() == 0
    for name in ("history", "conversation.json"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    second = chat()
    second.ask(":help")
    second.type("\x12receive")
    second.wait_for("`receive': Where did Putin")
    second.type("\x03")
    second.ask(":forget")
    assert not (data / "conversation.json").exists()
    assert "receive" not in ((data / "history").read_text() if (data / "history").exists() else "")


def test_ctrl_c_and_ctrl_d(chat: Open) -> None:
    """Ctrl-C stops an answer and empties the line; Ctrl-D leaves; neither shows a traceback."""
    with ChatServer([hangs()]) as server:
        model = {"FOOTNOTE_LLM": "openai:scripted", "FOOTNOTE_LLM_URL": server.url}
        terminal = chat(env={**model, "FOOTNOTE_LLM_API_KEY": "sk-scripted"})
        terminal.wait_for("\n>")
        terminal.type(f"{KIM}\r")
        server.wait_for_requests(1)
        terminal.type("\x03")
        terminal.wait_for("Stopped.")
        terminal.wait_for_prompt()
        terminal.type("\x04")
        assert terminal.exit_code() == 0
    assert b"Traceback" not in terminal.raw
    terminal = chat()
    terminal.wait_for_prompt()
    terminal.type("half a question")
    terminal.wait_for("half a question")
    terminal.type("\x03")
    terminal.wait_for_prompt()
    assert ANSWER in terminal.ask(KIM)
    terminal.type("\x04")
    assert terminal.exit_code() == 0
    assert b"Traceback" not in terminal.raw


def test_leaving_does_not_wait_for_the_models(chat: Open) -> None:
    """Ctrl-D at the first prompt leaves before everything is loaded."""
    terminal = chat()
    terminal.wait_for("\n>")
    terminal.type("\x04")
    assert terminal.exit_code() == 0
    assert b"Traceback" not in terminal.raw


def test_conversation_continues(chat: Open) -> None:
    """`chat --continue` shows where the last conversation stood: its citations open, `:new` ends it."""
    first = chat()
    first.ask(KIM)
    first.type("\x04")
    first.exit_code()
    second = chat("--continue")
    second.wait_for_prompt()
    assert KIM in second.screen
    assert ANSWER in second.screen
    assert "characters " in second.ask("[1]")
    assert "no longer counts" in second.ask(":new")
    assert "There is no [1]" in second.ask(":open 1")


def test_nothing_to_continue(chat: Open) -> None:
    """Without an earlier conversation, or with a damaged one, `--continue` begins a new one."""
    terminal = chat("--continue")
    terminal.wait_for("no earlier conversation")
    terminal.wait_for_prompt()


def test_commands(chat: Open, tmp_path: Path, data: Path) -> None:
    """Each command shows what it is for; one that does not exist is told, with the one that was meant."""
    terminal = chat(rows=100)
    assert "There is no answer to explain yet" in terminal.ask(":why")
    terminal.ask(KIM)
    why = terminal.ask(":why")
    for part in ("searched for", "dense", "lexical", "timings", "total"):
        assert part in why
    assert "embedding_model" in terminal.ask(":settings")
    assert str(data) in terminal.ask(":privacy").replace("\n", "")
    assert "apollo-11-returns.md" in terminal.ask("/sources apollo")
    assert "did you mean sources?" in terminal.ask(":sorces")
    saved = tmp_path / "talk.md"
    assert "Saved" in terminal.ask(f":save {saved}")
    assert f"## {KIM}" in saved.read_text(encoding="utf-8")
    assert "exists already" in terminal.ask(f":save {saved}").replace("\n", " ")
    terminal.type(":quit\r")
    assert terminal.exit_code() == 0


def test_no_answer_in_the_collection(chat: Open) -> None:
    """A question that nothing answers is told so, with no citation."""
    screen = chat().ask(ABSENT)
    assert "[1]" not in screen


@pytest.mark.parametrize("columns", [20, 33, 200])
def test_any_width(chat: Open, columns: int) -> None:
    """Answers wrap between words at any width, wide characters included."""
    terminal = chat(columns=columns, rows=50)
    screen = terminal.ask(KIM)
    assert ANSWER in screen
    assert max(map(len, screen.splitlines())) <= columns
    assert "articles" in terminal.ask(":sources apollo")
    assert "日本語" in terminal.ask("日本語?").replace(" ", "")


def test_resized_while_open(chat: Open) -> None:
    """After a resize, answers wrap at the new width."""
    terminal = chat()
    terminal.ask(KIM)
    terminal.resize(30, 40)
    assert ANSWER in terminal.ask(KIM)


def test_terminal_that_can_only_print(chat: Open) -> None:
    """With TERM=dumb everything works, without an escape sequence."""
    terminal = chat(env={"TERM": "dumb"}, rows=60)
    assert ANSWER in terminal.ask(KIM)
    assert "»" in terminal.ask("1")
    assert b"\x1b" not in terminal.raw
    terminal.type("\x04")
    assert terminal.exit_code() == 0


def test_no_colour(chat: Open) -> None:
    """NO_COLOR takes the colours away."""
    terminal = chat(env={"NO_COLOR": "1"})
    assert ANSWER in terminal.ask(KIM)
    assert b"\x1b[1;36m" not in terminal.raw


def test_locale_c(chat: Open) -> None:
    """In the C locale, questions and answers keep their letters."""
    terminal = chat(env={"LC_ALL": "C"})
    assert "Urzúa" in terminal.ask("¿Quién fue el último minero en salir de la mina San José?")


def test_collection_that_does_not_open(tmp_path: Path) -> None:
    """Without a collection the prompt gives way to one sentence, and the exit code tells."""
    terminal = PseudoTerminal("--data", tmp_path / "nothing", "chat", cwd=tmp_path)
    terminal.wait_for("footnote: There is no collection")
    assert terminal.exit_code() not in (0, 2)
    assert b"Traceback" not in terminal.raw
    assert not (tmp_path / "nothing").exists()


def test_folder_that_cannot_be_written(chat: Open, data: Path) -> None:
    """Where history and conversation cannot be kept, the conversation goes on all the same."""
    for name in ("history", "conversation.json.new"):
        (data / name).mkdir()
    terminal = chat()
    assert ANSWER in terminal.ask(KIM)
    assert ANSWER in terminal.ask(KIM)
    assert b"Traceback" not in terminal.raw


def test_articles_cannot_steer_the_terminal(tmp_path: Path, chat: Open, data: Path) -> None:
    """Escape sequences, markup and overrides in an article's title and text are shown, not obeyed."""
    os.environ.pop("FOOTNOTE_DATA", None)
    evil = tmp_path / "evil.md"
    evil.write_text(
        '---\ntitle: "Zorblax \\e]0;pwned\\a [red]Report[/red]"\nurl: "https://example.org/\\e]8;;x"\n---\n'
        "The Zorblax\x1b[2J machine was built by Quentin Farnsworth \u202e in Uppsala in 1931 [bold]loud[/bold].\n",
        encoding="utf-8",
    )
    ingesting = PseudoTerminal("--data", data, "ingest", evil, cwd=tmp_path)
    assert ingesting.exit_code() == 0
    terminal = chat()
    screen = terminal.ask("Who built the Zorblax machine in Uppsala?")
    assert "Farnsworth" in screen
    assert "[bold]loud[/bold]" in screen
    screen = terminal.ask(":sources zorblax")
    assert "[red]Report[/red]" in screen
    for sequence in (b"\x1b[2J", b"\x1b]0;", b"\xe2\x80\xae", b"\x1b]8;;x"):
        assert sequence not in terminal.raw
