"""What keeping 10,000 articles in step costs: a first ingest, a sync with nothing changed, one changed article.

    python benchmarks/upkeep.py --articles 10000

Embedding is left out: its rate is measured elsewhere, and a first ingest with it takes so much longer that the share of
a second sync would say nothing. Each step runs in a process of its own; memory is its peak. Prints one JSON object.
"""

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from corpus.ingestion import Outcome

ROOT = Path(__file__).parents[1]
WORDS = [f"word{number}" for number in range(5000)]
DIMENSIONS = 384


def write_articles(folder: Path, first: int, last: int) -> None:
    random_ = random.Random(first)
    for number in range(first, last):
        place = folder / f"{number // 500:03}"
        place.mkdir(parents=True, exist_ok=True)
        text = ". ".join(" ".join(random_.choices(WORDS, k=12)).capitalize() for _ in range(20))
        (place / f"{number:06}.txt").write_text(f"Article {number}\n\n{text}.\n")


def embed(texts: list[str]) -> np.ndarray:
    """Unit vectors that depend on the text alone."""
    vectors = np.stack(
        [
            np.random.default_rng(len(text) + sum(text.encode()[:200])).normal(size=DIMENSIONS)
            for text in texts
        ]
    )
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def step(data: Path, folder: Path, changed: str = "") -> dict[str, object]:
    """One sync, or an ingest where there is nothing yet, in this process; another once the file `changed` has, with
    everything loaded."""
    from retrieval.collection import open_collection
    from retrieval.upkeep import ingest, sync

    first = not (data / "catalogue.sqlite").exists()
    with open_collection(data, create=True) as collection:
        collection.embed = embed  # type: ignore[method-assign, assignment]
        found = timed(lambda: ingest(collection, [str(folder)]) if first else sync(collection))
        if changed:
            change(Path(changed))
            found["loaded"] = timed(lambda: sync(collection))
    return {**found, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def timed(run: Callable[[], Iterator["Outcome"]]) -> dict[str, object]:
    """`cpu_seconds` are of this process, all threads: on a shared machine the wall clock measures the neighbours."""
    started, used = time.perf_counter(), time.process_time()
    statuses = Counter(outcome.status for outcome in run())
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    return {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), **statuses}


def change(file: Path) -> None:
    file.write_text(file.read_text() + "One more sentence.\n")


def in_a_process(data: Path, folder: Path, changed: str = "") -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, __file__, "--step", data, folder, changed],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return json.loads(done.stdout)


def measure(articles: int, work: Path) -> dict[str, object]:
    folder, data = work / "articles", work / "data"
    found: dict[str, object] = {"articles": articles}
    write_articles(folder, 0, articles // 10)
    found["tenth"] = in_a_process(data, folder)
    shutil.rmtree(data)
    write_articles(folder, articles // 10, articles)
    found["first"] = first = in_a_process(data, folder)
    found["unchanged"] = unchanged = in_a_process(data, folder)
    changed = folder / "000" / "000007.txt"
    change(changed)
    found["one_changed"] = in_a_process(data, folder, str(changed))
    write_articles(folder, articles, articles + articles // 10)
    found["a_tenth_more"] = in_a_process(data, folder)
    found["unchanged_share_of_first"] = round(
        float(str(unchanged["seconds"])) / float(str(first["seconds"])), 4
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        sys.path.insert(0, str(ROOT))
        data, folder, changed = given.step
        print(json.dumps(step(Path(data), Path(folder), changed)))  # noqa: T201
        return
    work = Path(tempfile.mkdtemp(prefix="footnote-upkeep-"))
    try:
        print(json.dumps(measure(given.articles, work), indent=1))  # noqa: T201
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
