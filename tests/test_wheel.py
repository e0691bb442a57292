"""The package as it is published: built, unpacked elsewhere, and used from another folder."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, environment

PARTS = ("bot", "corpus", "retrieval")
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds. It is built from a copy, so that nothing is left in the source tree."""
    source, wheels = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=NOT_SHIPPED)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--disable-pip-version-check"]
    built = subprocess.run([*build, "-w", wheels, source], capture_output=True, text=True, env=environment())
    if built.returncode:
        pytest.skip(f"no wheel can be built here: {built.stderr[-300:]}")
    (wheel,) = wheels.glob("*.whl")
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_wheel_holds_every_file(installed: Path) -> None:
    """Modules, samples, texts and the model's graph; no tests."""
    for part in PARTS:
        for file in (ROOT / part).rglob("*"):
            if file.is_file() and not {"__pycache__", ".DS_Store"} & set(file.parts):
                assert (installed / file.relative_to(ROOT)).is_file(), file
    assert not (installed / "tests").exists()


def test_wheel_answers(installed: Path, tmp_path: Path) -> None:
    """From a folder where no source lies: the samples go in, and a question is answered."""
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); import bot; assert {str(installed)!r} in bot.__file__"
    code += "; from bot.__main__ import main; main()"

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", code, "--data", "data", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment())

    taken_in = run("ingest", installed / "corpus" / "samples")
    assert taken_in.returncode == 0, taken_in.stderr
    answered = run("ask", "Where did Putin receive Kim Jong Un in September 2023?")
    assert (answered.returncode, answered.stderr) == (0, "")
    assert "Vostochny" in answered.stdout
