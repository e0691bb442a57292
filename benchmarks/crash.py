"""Kill an ingest again and again while readers ask, and count what went wrong: nothing must.

    python benchmarks/crash.py --kills 50

Each round changes some files, starts `footnote sync`, kills it with SIGKILL at a random moment, and runs
`footnote doctor` as whoever starts next would. Readers ask all the while, one with the exact search of a small
collection and one with Chroma's of a large one, and check each citation against every text its file ever had. At the
end a whole sync runs, and the collection is compared with the files and with one made from scratch.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOOTNOTE = (sys.executable, "-m", "bot")
CITIES = ("Aden", "Bergen", "Cadiz", "Durban", "Esbjerg", "Funchal", "Genoa", "Hull", "Izmir", "Jeddah")
GOODS = ("timber", "wheat", "cement", "bananas", "copper", "machines", "paper", "steel")
QUESTIONS = [f"How many ships waited in {city}?" for city in CITIES]
READER = """
import json, sys, time
from pathlib import Path
import retrieval.vectors_in_step
from corpus.errors import NothingIngested
from retrieval.collection import open_collection
data, exact, questions = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
retrieval.vectors_in_step.EXACT_LIMIT = exact
with open_collection(data) as collection:
    asked = 0
    while True:
        try:
            answer = collection.ask(questions[asked % len(questions)])
            citations = [[one.article.origin, one.start, one.end, one.quote] for one in answer.citations]
            print(json.dumps({"citations": citations}), flush=True)
        except NothingIngested:
            print(json.dumps({"citations": []}), flush=True)
        except BaseException as error:
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        asked += 1
        time.sleep(0.25)
"""


def text_of(random_: random.Random, sentences: int) -> str:
    return " ".join(
        f"In {random_.choice(CITIES)} {random_.randrange(2, 90)} ships with {random_.choice(GOODS)} waited for"
        f" {random_.randrange(2, 60)} days."
        for _ in range(sentences)
    )


def change(random_: random.Random, folder: Path, every_text: dict[str, set[str]], changes: int) -> None:
    """Write, edit, move and delete some files, each in one step, as an editor does."""
    for _ in range(changes):
        path = folder / f"{random_.randrange(60):02}.txt"
        kind = random_.random()
        if kind < 0.12:
            path.unlink(missing_ok=True)
        elif kind < 0.22 and path.exists():
            to = folder / f"moved-{random_.randrange(20)}.txt"
            every_text.setdefault(str(to), set()).add(path.read_text())
            path.rename(to)
        else:
            text = text_of(random_, random_.randrange(1, 40))
            every_text.setdefault(str(path), set()).add(text)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_text(text)
            unfinished.replace(path)


def readers(data: Path, out: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    for name, exact in (("exact", 50_000), ("chroma", 0)):
        with (out / f"{name}.jsonl").open("a") as file:
            command = [sys.executable, "-c", READER, str(data), str(exact), json.dumps(QUESTIONS)]
            yield name, subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, text=True)


def run(
    kills: int, seed: int, work: Path, seconds: float = 6.0, doctor: Callable[[Path], list[str]] | None = None
) -> dict[str, object]:
    """What was counted. Nothing went wrong where `wrong` is empty. Each kill comes within so many `seconds`; `doctor`
    says what is wrong with a collection, by default `footnote doctor`."""
    doctor = doctor or problems
    random_ = random.Random(seed)
    folder, data = work / "articles", work / "data"
    folder.mkdir()
    every_text: dict[str, set[str]] = {}
    wrong: list[str] = []
    change(random_, folder, every_text, 10)
    footnote(data, "ingest", str(folder))
    asking = dict(readers(data, work))
    killed = 0
    started = time.monotonic()
    try:
        for _ in range(kills):
            change(random_, folder, every_text, 25)
            writer = subprocess.Popen(
                [*FOOTNOTE, "--data", data, "sync"],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(random_.uniform(0.4, seconds))
            killed += writer.poll() is None
            writer.kill()
            writer.wait()
            wrong += doctor(data)
        time.sleep(2)
        wrong += [f"the reader {name} ended" for name, reader in asking.items() if reader.poll() is not None]
    finally:
        for reader in asking.values():
            reader.kill()
            reader.wait()
    footnote(data, "sync")
    wrong += doctor(data)
    wrong += differences(folder, data, work)
    counts, misread = check_readers(work, every_text)
    took = round(time.monotonic() - started)
    return {"kills": killed, "of": kills, "seconds": took, **counts, "wrong": wrong + misread}


def footnote(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*FOOTNOTE, "--data", data, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def problems(data: Path) -> list[str]:
    done = footnote(data, "doctor", "--json")
    return json.loads(done.stdout)["problems"] if done.stdout else [done.stderr]


def differences(folder: Path, data: Path, work: Path) -> list[str]:
    """How the collection differs from its files, and from one that is made of them anew."""
    sys.path.insert(0, str(ROOT))
    from retrieval.collection import open_collection

    footnote(work / "anew", "ingest", str(folder))
    found: list[dict[str, tuple[str, int, int]]] = []
    for place in (data, work / "anew"):
        with open_collection(place) as collection:
            catalogue = collection.catalogue
            counts = catalogue.passage_counts()
            vectors = Counter(
                catalogue.passage_keys()[key] for key in catalogue.all_vectors(collection.model)[0].tolist()
            )
            found.append(
                {
                    article.origin: (catalogue.text(article.key), counts[article.key], vectors[article.key])
                    for article in catalogue.all_articles()
                }
            )
    files = {str(path): path.read_text() for path in folder.iterdir()}
    wrong = (
        []
        if {origin: held[0] for origin, held in found[0].items()} == files
        else ["lost, doubled or stale articles"]
    )
    return wrong + ([] if found[0] == found[1] else ["not what a collection made anew is"])


def check_readers(work: Path, every_text: dict[str, set[str]]) -> tuple[dict[str, int], list[str]]:
    counts: Counter[str] = Counter()
    wrong = []
    for name in ("exact", "chroma"):
        for line in (work / f"{name}.jsonl").read_text().splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                told = {"error": line}
            if "error" in told:
                wrong.append(f"{name}: {told['error']}")
                continue
            counts[f"answers_{name}"] += 1
            for origin, start, end, quote in told["citations"]:
                counts["citations"] += 1
                if all(text[start:end] != quote for text in every_text.get(origin, ())):
                    wrong.append(f"{name}: not verbatim: {origin} {quote!r}")
    return dict(counts), wrong


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="A folder to work in, which stays.")
    given = parser.parse_args()
    work = given.keep or Path(tempfile.mkdtemp(prefix="footnote-crash-"))
    work.mkdir(parents=True, exist_ok=True)
    found = run(given.kills, given.seed, work)
    print(json.dumps(found, indent=1))  # noqa: T201
    if not given.keep:
        shutil.rmtree(work)
    sys.exit(1 if found["wrong"] else 0)


if __name__ == "__main__":
    main()
