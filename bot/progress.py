"""Progress and outcome of long work: on stderr what goes on, on stdout what came of it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, track

from corpus.ingestion import Outcome

Item = TypeVar("Item")

STATUSES = ("added", "updated", "moved", "unchanged", "removed", "failed")
ALWAYS_TOLD = ("added", "updated", "unchanged", "failed")


def report_outcomes(outcomes: Iterable[Outcome], *, as_json: bool, quiet: bool = False) -> int:
    """Show outcomes as they come, and the counts at the end. Returns the exit code: 1 if anything failed.

    `quiet` passes over a run in which nothing happened.
    """
    told = list(with_progress(outcomes))
    counts = Counter(outcome.status for outcome in told)
    failed = [outcome for outcome in told if outcome.status == "failed"]
    if quiet and set(counts) <= {"unchanged"}:
        return 0
    if as_json:
        summary = {status: counts[status] for status in STATUSES}
        articles = [asdict(outcome) for outcome in told]
        click.echo(json.dumps({**summary, "articles": articles}, ensure_ascii=False))
        return 1 if failed else 0
    for outcome in told:
        if outcome.reason and outcome.status != "failed":
            click.echo(f"  {outcome.name}: {outcome.status}, {outcome.reason}", err=True)
    for outcome in failed:
        click.echo(f"  {outcome.reason}", err=True)
    shown = [status for status in STATUSES if counts[status] or status in ALWAYS_TOLD]
    click.echo(", ".join(f"{counts[status]} {status}" for status in shown))
    return 1 if failed else 0


def with_progress(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Hands the outcomes on and shows how many there are, their rate and the last one's name, to a terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed} articles, {task.fields[rate]:.0f} passages/s"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[name]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None, name="", rate=0.0)
        passages = 0
        for outcome in outcomes:
            passages += outcome.passages
            elapsed = progress.tasks[0].elapsed or 1.0
            progress.update(task, advance=1, name=outcome.name, rate=passages / max(elapsed, 0.1))
            yield outcome


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Hands items on and shows, to a terminal, how many of `total` there have been and how long the rest will take."""
    console = Console(stderr=True)
    yield from track(items, what, total, console=console, transient=True, disable=not console.is_terminal)
