"""The Python interface: what the documentation shows, and what it costs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, environment

import retrieval
from retrieval import Collection, FootnoteError, NothingIngested, open_collection
from retrieval.answering import Question

PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]
EXAMPLES = [
    pytest.param(example, id=f"{page.name}-{number}")
    for page in PAGES
    for number, example in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    )
]
KIM = "Where did Putin receive Kim Jong Un in September 2023?"


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run(example: str, tmp_path: Path) -> None:
    """The Python in README and docs does what it shows, beside a folder `articles`."""
    shutil.copytree(
        ROOT / "corpus" / "samples", tmp_path / "articles", ignore=shutil.ignore_patterns("*.py", "__*")
    )
    done = subprocess.run(
        [sys.executable, "-c", example], capture_output=True, text=True, cwd=tmp_path, env=environment()
    )
    assert done.returncode == 0, done.stderr
    assert "Vostochny" in done.stdout


def test_interface_is_documented() -> None:
    """Each name of the interface exists and stands in docs/python.md."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name in retrieval.__all__:
        assert getattr(retrieval, name)
        assert name in page
    with pytest.raises(AttributeError):
        retrieval.no_such_name  # noqa: B018


def test_importing_it_loads_no_library() -> None:
    """Importing the interface costs nothing that is not used."""
    program = "import sys\nfrom retrieval import Answer, FootnoteError, Turn\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert not {"numpy", "onnxruntime", "langchain_core", "chromadb"} & set(done.stdout.split())


def test_chain_gives_the_answer(samples: Path) -> None:
    """The LangChain runnable takes a question and gives what `ask` gives."""
    with open_collection(samples) as collection:
        assert isinstance(collection, Collection)
        asked = collection.ask(KIM)
        chained = collection.chain().invoke(Question(KIM))
        assert (chained.text, chained.citations) == (asked.text, asked.citations)


def test_errors_can_be_told_apart(tmp_path: Path) -> None:
    """An empty question and an empty collection are errors of this interface."""
    with open_collection(tmp_path, create=True) as collection:
        with pytest.raises(NothingIngested):
            collection.ask(KIM)
        with pytest.raises(FootnoteError, match="empty"):
            collection.ask("  ")
