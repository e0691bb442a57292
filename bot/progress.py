"""Progress and outcome of long work: on stderr what goes on, on stdout what came of it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track

from corpus.ingestion import Outcome, Step
from corpus.shown import shown

if TYPE_CHECKING:
    from retrieval.upkeep import Told

Item = TypeVar("Item")
Run = Callable[["Told | None"], Iterable[Outcome]]  # a run that tells how far it is

STATUSES = ("added", "updated", "moved", "unchanged", "removed", "failed")
ALWAYS_TOLD = ("added", "updated", "unchanged", "failed")
NAME = 30  # characters of the current item that are shown


def report_outcomes(run: Run, *, as_json: bool, quiet: bool = False) -> int:
    """Show how far a run is, and at the end what came of it. Returns the exit code: 1 if anything failed.

    `quiet` passes over a run in which nothing happened.
    """
    counts: Counter[str] = Counter()
    told: list[Outcome] = []  # to be listed at the end
    try:
        for outcome in with_progress(run):
            counts[outcome.status] += 1
            if as_json or outcome.reason:
                told.append(outcome)
    except KeyboardInterrupt:
        stored = sum(counts[status] for status in ("added", "updated", "moved"))
        click.echo(
            f"Stopped. {stored} articles of this run are stored, and what was embedded of others is kept: run it"
            " again to go on.",
            err=True,
        )
        raise
    if quiet and set(counts) <= {"unchanged"}:
        return 0
    if as_json:
        summary = {status: counts[status] for status in STATUSES}
        articles = [asdict(outcome) for outcome in told]
        click.echo(json.dumps({**summary, "articles": articles}, ensure_ascii=False))
    else:
        _list(told)
        names = [status for status in STATUSES if counts[status] or status in ALWAYS_TOLD]
        click.echo(", ".join(f"{counts[status]} {status}" for status in names))
    return 1 if counts["failed"] else 0


def _list(told: list[Outcome]) -> None:
    """What is worth knowing, failures last."""
    for outcome in sorted(told, key=lambda outcome: outcome.status == "failed"):
        failed = outcome.status == "failed"
        line = outcome.reason if failed else f"{outcome.name}: {outcome.status}, {outcome.reason}"
        click.echo(f"  {shown(' '.join(line.split()))}", err=True)


def with_progress(run: Run) -> Iterator[Outcome]:
    """Hands the outcomes on; to a terminal shows how many files and links there are, how many are done, passages a
    second, the time that is left and what is at hand."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from run(None)
        return
    columns = (
        BarColumn(20),
        TextColumn("{task.fields[done]}, {task.fields[passages]} passages, {task.fields[rate]:.0f}/s,"),
        TimeRemainingColumn(),
        TextColumn("left {task.fields[name]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, done="", passages=0, rate=0.0, name="")

        def told(step: Step, total: int) -> None:
            known = total if total >= step.places else None
            elapsed = max(progress.tasks[0].elapsed or 0.0, 0.1)
            done = f"{int(step.places):,}" + (f" of {total:,}" if known else "")
            name = shown(step.name)
            progress.update(
                task,
                completed=step.places,
                total=known,
                done=done,
                passages=step.passages,
                rate=step.passages / elapsed,
                name=name if len(name) <= NAME else f"…{name[-NAME:]}",
            )

        yield from run(told)


@contextmanager
def passages_progress() -> Iterator[Callable[[int, int], None]]:
    """To be told the number of passages done and of all; shown to a terminal."""
    console = Console(stderr=True)
    columns = (BarColumn(20), TextColumn("{task.completed} of {task.total} passages,"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Hands items on and shows, to a terminal, how many of `total` there have been and how long the rest will take."""
    console = Console(stderr=True)
    yield from track(items, what, total, console=console, transient=True, disable=not console.is_terminal)
