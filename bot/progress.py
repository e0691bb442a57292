"""Progress of long work, on stderr, and only where a person is looking."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from corpus.ingestion import Outcome

Item = TypeVar("Item", bound=Outcome)


def with_progress(outcomes: Iterable[Item]) -> Iterator[Item]:
    """Hands the outcomes on while it shows how many there are, the last one's name and the time."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed} articles"), TimeElapsedColumn(), TextColumn("{task.fields[name]}", markup=False))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None, name="")
        for outcome in outcomes:
            progress.update(task, advance=1, name=outcome.name)
            yield outcome
