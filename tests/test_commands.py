"""The commands as scripts and shells use them: streams, exit codes, completion, and what starting them costs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import FOOTNOTE, Run, environment

from bot.__main__ import COMMANDS

KIM = "Where did Putin receive Kim Jong Un in September 2023?"
ABSENT = "What did the President of France say about the price of the armoured train?"
HEAVY = ("torch", "sentence_transformers", "transformers", "chromadb", "telegram", "sklearn", "scipy")


def loaded_modules(*arguments: object, cwd: Path) -> set[str]:
    """The top-level modules that a command has imported by the time it is done."""
    program = (
        "import sys\nfrom bot.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\0' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment())
    return set(done.stdout.rpartition("\0")[2].split())


def usage(*arguments: object, cwd: Path) -> tuple[float, float]:
    """Seconds of processor time and MB at the peak that one program takes, at best of three."""
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    runs = [
        subprocess.run(
            command, capture_output=True, text=True, cwd=cwd, env=environment(), check=True
        ).stdout.split()
        for _ in range(3)
    ]
    return min(float(seconds) for seconds, _ in runs), max(float(megabytes) for _, megabytes in runs)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """`footnote --help` needs neither models nor databases nor front ends."""
    loaded = loaded_modules("--help", cwd=tmp_path)
    assert "click" in loaded
    assert not loaded & {
        *HEAVY,
        "numpy",
        "onnxruntime",
        "pydantic",
        "rich",
        "prompt_toolkit",
        "langchain_core",
    }


def test_help_is_there_at_once(tmp_path: Path) -> None:
    """`footnote --help` costs little more than starting Python with the library that reads the command line."""
    seconds, _ = usage(FOOTNOTE, "--help", cwd=tmp_path)
    least, _ = usage(sys.executable, "-c", "import click, importlib.metadata", cwd=tmp_path)
    assert seconds <= 4 * least


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_how_it_is_used(run: Run, name: str) -> None:
    """The help of each command has an example to copy."""
    helped = run(name, "--help")
    assert helped.returncode == 0
    assert any(
        line.strip().startswith(("footnote ", 'eval "$(footnote ')) for line in helped.stdout.splitlines()[1:]
    )


def test_question_loads_neither_torch_nor_chroma(samples: Path) -> None:
    """The embedded model answers without torch, and a small collection without Chroma."""
    loaded = loaded_modules("--data", samples, "ask", KIM, cwd=samples)
    assert "onnxruntime" in loaded
    assert not loaded & {*HEAVY, "prompt_toolkit"}


def test_question_is_cheap(samples: Path) -> None:
    """One question from start to answer takes at most 350 MB."""
    _, megabytes = usage(FOOTNOTE, "--data", samples, "ask", KIM, cwd=samples)
    assert megabytes <= 350


def test_question_on_stdin(samples: Path, run: Run) -> None:
    """A question on stdin is answered as one on the command line is."""
    piped = run("--data", samples, "ask", "--json", stdin=f"{KIM}\n")
    given = run("--data", samples, "ask", "--json", KIM)
    assert piped.returncode == given.returncode == 0
    answers = [json.loads(done.stdout) for done in (piped, given)]
    assert answers[0]["answer"] == answers[1]["answer"]
    assert answers[0]["citations"] == answers[1]["citations"]


def test_quiet_prints_the_answer_alone(samples: Path, run: Run) -> None:
    """--quiet leaves out sources and notices."""
    quiet = run("--data", samples, "ask", "--quiet", KIM)
    whole = run("--data", samples, "ask", KIM)
    assert quiet.returncode == whole.returncode == 0
    assert "Vostochny" in quiet.stdout
    assert whole.stdout.startswith(quiet.stdout.rstrip("\n"))
    assert "putin-kim-vostochny-2023.md" in whole.stdout
    assert "putin-kim-vostochny-2023.md" not in quiet.stdout


def test_events_one_a_line(samples: Path, run: Run) -> None:
    """--jsonl tells what was found, then each sentence, and last the answer, which the sentences make."""
    done = run("--data", samples, "ask", "--jsonl", KIM)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events[:1] + events[-1:]] == ["searched", "answer"]
    sentences = [event for event in events if event["event"] == "sentence"]
    assert len(events) == len(sentences) + 2
    assert " ".join(event["text"] for event in sentences).split() == events[-1]["answer"].split()
    assert [citation for event in sentences for citation in event["citations"]] == events[-1]["citations"]
    assert events[0]["passages"] == events[-1]["passages"]


def test_batch_answers_each_line_as_it_comes(samples: Path) -> None:
    """Who writes a question reads its answer before writing the next; the history says what "they" are."""
    command = [FOOTNOTE, "--data", samples, "ask", "--batch", "-", "--json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    ship = "Which ship took the Apollo 11 astronauts on board?"
    with subprocess.Popen(command, **pipes, text=True, encoding="utf-8", env=environment()) as running:
        assert running.stdin and running.stdout

        def ask(**asked: object) -> dict[str, Any]:
            print(json.dumps(asked), file=running.stdin, flush=True)
            return json.loads(running.stdout.readline())

        first = ask(id="x", question=ship)
        then = ask(
            question="Which ocean was it?",
            history=[
                {"role": "user", "content": ship},
                {"role": "assistant", "content": first["answer"]},
            ],
        )
        long = ask(id=None, question="Why? " * 4000)
        running.stdin.close()
        assert running.wait(60) == 0
    keys = {"id", "question", "standalone_question", "answered", "answer", "citations", "passages", "seconds"}
    assert keys <= first.keys() and first["id"] == "x"
    assert (then["id"], long["id"]) == (2, 3)
    assert "Apollo" in then["standalone_question"]
    assert len(first["passages"]) >= 10
    assert all(0 < passage["end"] - passage["start"] <= 1500 for passage in first["passages"])


@pytest.mark.parametrize(
    "line",
    [
        "{bad",
        "[]",
        "5",
        '{"question": 5}',
        '{"question": "x", "history": [5]}',
        '{"question": " "}',
        "[" * 9999,
    ],
)
def test_batch_goes_on_after_a_line_that_cannot_be_asked(samples: Path, run: Run, line: str) -> None:
    """The line is named on stderr and counts at the end; a byte order mark and empty lines do not."""
    good = json.dumps({"question": KIM})
    done = run(
        "--data", samples, "ask", "--batch", "-", "--json", stdin=f"\ufeff{good}\r\n\n{line}\n{good}\n"
    )
    assert done.returncode == 1
    assert [json.loads(answer)["id"] for answer in done.stdout.splitlines()] == [1, 4]
    assert done.stderr.startswith("footnote: line 3 of <stdin>: ") and done.stderr.count("\n") == 1


def test_an_empty_batch_is_done(samples: Path, run: Run) -> None:
    """No question, no answer, no error."""
    done = run("--data", samples, "ask", "--batch", "-", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_answer_has_its_exit_code(samples: Path, run: Run) -> None:
    """A question that the collection does not answer: 3, and no citation."""
    done = run("--data", samples, "ask", "--json", ABSENT)
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert not answer["answered"]
    assert not answer["citations"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "  "],
        ["ask", "--json", "--jsonl", "x"],
        ["ask", "--batch", "-"],
        ["ingest", ""],
        ["ask", "--data", "x", "Who?"],
        ["no-such-command"],
        ["--no"],
    ],
)
def test_wrong_usage_has_its_exit_code(run: Run, arguments: list[str]) -> None:
    """What cannot be meant: 2, one word on stderr, nothing on stdout."""
    done = run(*arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_unforeseen_errors_are_one_line(tmp_path: Path) -> None:
    """An error that nobody foresaw is told in a line; --debug shows where it was."""
    program = "import sys, bot.__main__ as program\nprogram._finished = lambda code: 1 / 0\nprogram.main()"

    def stderr(*arguments: str) -> str:
        command = [sys.executable, "-c", program, *arguments, "completion", "zsh"]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment()).stderr

    assert stderr().splitlines() == [
        "footnote: something went wrong (ZeroDivisionError: division by zero): 'footnote --debug ...' shows where."
    ]
    assert "Traceback" in stderr("--debug")


def test_reader_that_goes_away(samples: Path) -> None:
    """`| head -1` gets its line; nothing is said about the rest."""
    script = f'set -o pipefail; "{FOOTNOTE}" --data "{samples}" sources | head -1'
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(), cwd=samples
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-"])
def test_closed_streams(samples: Path, closed: str) -> None:
    """A closed stdin, stdout or stderr is no reason for a traceback."""
    script = f'"{FOOTNOTE}" --data "{samples}" sources {closed}'
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(), cwd=samples
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", [["sources"], ["ask", KIM], ["search", "--json", "ship"]])
def test_full_disk_behind_stdout(samples: Path, arguments: list[str]) -> None:
    """Output that cannot be written is one sentence and exit code 1."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [FOOTNOTE, "--data", samples, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("footnote: the output cannot be written (No space left on device)")


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_any_locale(samples: Path, run: Run, env: dict[str, str]) -> None:
    """Signs that the locale cannot write are replaced; questions in other bytes are read as well as they can be."""
    done = run("--data", samples, "ask", stdin=KIM, env=env)
    assert done.returncode == 0, done.stderr
    assert "Vostochny" in done.stdout
    assert "·" in done.stdout or "?" in done.stdout or "\ufffd" in done.stdout
    assert not done.stderr


def test_bytes_that_are_no_text(samples: Path) -> None:
    """A question in bytes of no encoding is answered or refused, not crashed over."""
    command = [FOOTNOTE, "--data", samples, "ask"]
    done = subprocess.run(
        command, input=b"Who \xff\xfe met \x80 Kim?", capture_output=True, env=environment(), cwd=samples
    )
    assert done.returncode in (0, 3), done.stderr


def test_articles_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    """Escape sequences and overrides in titles and texts are shown, not obeyed."""
    evil = tmp_path / "evil.md"
    evil.write_text(
        '---\ntitle: "Zorblax \\e]0;pwned\\a"\n---\n'
        "The Zorblax\x1b[2J machine was built by Quentin Farnsworth \u202e in Uppsala in 1931.\n",
        encoding="utf-8",
    )
    assert run("--data", tmp_path / "data", "ingest", evil).returncode == 0
    for arguments in (
        ["ask", "Who built the Zorblax machine in Uppsala?"],
        ["search", "Zorblax"],
        ["sources"],
    ):
        done = run("--data", tmp_path / "data", *arguments)
        assert done.returncode == 0, done.stderr
        assert "Zorblax" in done.stdout
        assert not {"\x1b", "\a", "\u202e"} & set(done.stdout)


def test_conversation_through_a_pipe(samples: Path, run: Run, tmp_path: Path) -> None:
    """Each line is a question or a command; answers and what commands show are plain lines on stdout."""
    lines = [KIM, ":open 1", ":why", ":sources kim", "/help", f":save {tmp_path / 'talk.md'}", ":latest"]
    done = run("--data", samples, "chat", stdin="\n".join(lines))
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "»" in done.stdout  # what was cited, marked in its article
    for expected in (
        "Vostochny",
        "searched for",
        "lexical",
        "putin-kim-vostochny-2023.md",
        ":save FILE",
        "22 articles",
    ):
        assert expected in done.stdout
    saved = (tmp_path / "talk.md").read_text(encoding="utf-8")
    assert saved.startswith(f"## {KIM}")
    assert "[^1]: “" in saved


def test_single_piped_question_has_the_exit_code_of_ask(samples: Path, run: Run, tmp_path: Path) -> None:
    """0 answered, 3 not in the collection, 4 where there is no collection yet; several questions: 0."""
    assert run("--data", samples, "chat", stdin=KIM).returncode == 0
    assert run("--data", samples, "chat", stdin=ABSENT).returncode == 3
    assert run("--data", samples, "chat", stdin=f"{ABSENT}\n{KIM}").returncode == 0
    assert run("--data", samples, "chat", stdin=":open 7").returncode == 1
    nothing = run("--data", tmp_path / "nothing", "chat", stdin=KIM)
    assert nothing.returncode == run("--data", tmp_path / "nothing", "ask", KIM).returncode == 4
    assert len(nothing.stderr.splitlines()) == 1


def test_nothing_on_stdin(samples: Path, run: Run) -> None:
    """A conversation without a line ends while models are still being loaded: in order, however often."""
    ends = [run("--data", samples, "chat") for _ in range(5)]
    assert {(end.returncode, end.stdout, end.stderr) for end in ends} == {(0, "", "")}


def test_piped_questions_can_continue(samples: Path, run: Run, tmp_path: Path) -> None:
    """--continue goes on with the last conversation, also in a script; without it none is kept of one."""
    data = shutil.copytree(samples, tmp_path / "data")
    assert run("--data", data, "chat", stdin=KIM).returncode == 0
    assert not (data / "conversation.json").exists()
    run("--data", data, "chat", "--continue", stdin=KIM)
    opened = run("--data", data, "chat", "--continue", stdin="1")
    assert "»" in opened.stdout
    assert (data / "conversation.json").stat().st_mode & 0o777 == 0o600


def test_shell_completes_commands_and_options(run: Run) -> None:
    """What the bash script asks for is answered with commands, options and files."""

    def completed(words: str, position: int) -> list[str]:
        env = {"COMP_WORDS": words, "COMP_CWORD": str(position), "_FOOTNOTE_COMPLETE": "bash_complete"}
        return run(env=env).stdout.splitlines()

    assert completed("footnote as", 1) == ["plain,ask"]
    assert "plain,--jsonl" in completed("footnote ask --js", 2)
    assert completed("footnote completion ", 2) == ["plain,bash", "plain,zsh", "plain,fish"]
    assert [line.partition(",")[0] for line in completed("footnote ingest ", 2)] == ["file"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_one_that_the_shell_accepts(run: Run, shell: str) -> None:
    """The script names the command, and parses where the shell is installed."""
    script = run("completion", shell).stdout
    assert f"_FOOTNOTE_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr


def test_interrupted_question(samples: Path) -> None:
    """Ctrl-C while a question is being answered: 130, and no traceback."""
    code = "import os, signal, sys\nsys.argv[0] = 'footnote'\nimport bot.opening\n"
    code += "bot.opening.collection = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)\n"
    code += "from bot.__main__ import main\nmain()"
    command = [sys.executable, "-c", code, "--data", str(samples), "ask", KIM]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=samples)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
