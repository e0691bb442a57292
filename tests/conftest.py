"""What several test modules share: the real command, and the sample collection put in by it once."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOOTNOTE = Path(sys.executable).with_name("footnote")
ROOT = Path(__file__).parents[1]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample collection. Tests that write to it copy it first."""
    folder = tmp_path_factory.mktemp("samples")
    subprocess.run(
        [FOOTNOTE, "--data", folder, "ingest", ROOT / "corpus" / "samples"], check=True, cwd=folder
    )
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the real command in an empty folder, with what `stdin` says and `env` adds to the environment."""

    def command(
        *arguments: object, stdin: str = "", env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [FOOTNOTE, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=tmp_path,
            env=environment(env),
            timeout=120,
        )

    return command


def environment(added: dict[str, str] | None = None) -> dict[str, str]:
    """The environment without what would change how the command behaves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FOOTNOTE_", "PYTHON"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "PAGER", "LESS", "COLUMNS", "LINES"):
        kept.pop(name, None)
    return kept | (added or {})
