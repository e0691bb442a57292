"""The layers: imports run bot → retrieval → corpus, and never back."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("corpus", "retrieval", "bot")


def imported_layers(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
    return names & set(LAYERS)


@pytest.mark.parametrize("path", sorted(p for layer in LAYERS for p in (ROOT / layer).rglob("*.py")), ids=str)
def test_no_layer_imports_the_one_above(path: Path) -> None:
    """A module imports from its own layer and those below it."""
    layer = LAYERS.index(path.relative_to(ROOT).parts[0])
    above = {name for name in imported_layers(path) if LAYERS.index(name) > layer}
    assert not above


def test_help_loads_no_model() -> None:
    """`footnote --help` imports none of the heavy libraries."""
    code = (
        "import sys; from bot.__main__ import footnote; footnote(['--help'], standalone_mode=False);"
        "print([m for m in ('torch', 'chromadb', 'telegram', 'onnxruntime', 'numpy', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
