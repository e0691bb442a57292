"""What a killed writer leaves behind, and what readers see of it: nothing."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from conftest import FOOTNOTE, ROOT, environment

from corpus.errors import CollectionLocked
from corpus.writer_lock import writer_lock
from retrieval.collection import Collection, open_collection
from retrieval.upkeep import ingest, remove, sync

_spec = importlib.util.spec_from_file_location("crash", ROOT / "benchmarks" / "crash.py")
assert _spec and _spec.loader
crash = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(crash)


def problems(data: Path) -> list[str]:
    with open_collection(data) as collection:
        return collection.problems()


def test_killed_while_readers_ask(tmp_path: Path) -> None:
    """After each SIGKILL nothing is wrong, nothing is lost or doubled, and every citation is verbatim."""
    found = crash.run(6, 5, tmp_path, seconds=2.0, doctor=problems)
    assert found["wrong"] == []
    assert found["kills"] >= 3 and found["answers_exact"] > 5 and found["answers_chroma"] > 5
    assert found["citations"] > 5


@pytest.mark.parametrize("exact", [50_000, 0])
def test_a_reader_sees_what_another_process_did(
    tmp_path: Path, exact: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added, updated and removed, without a restart, by exact search and by Chroma's."""
    monkeypatch.setattr("retrieval.vectors_in_step.EXACT_LIMIT", exact)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_text("The canal was blocked for six days in March.")
    with open_collection(tmp_path / "data", create=True) as writer:
        list(ingest(writer, [str(tmp_path / "a")]))
    with open_collection(tmp_path / "data") as reader:
        assert reader.ask("How long was the canal blocked?").citations
        for text in ("The treaty was signed in Pyongyang.", "The treaty was signed in Geneva."):
            (tmp_path / "a" / "two.txt").write_text(text)
            subprocess.run([FOOTNOTE, "--data", tmp_path / "data", "sync"], check=True, env=environment())
            (citation,) = reader.ask("Where was the treaty signed?").citations
            assert citation.quote == text
        (tmp_path / "a" / "two.txt").unlink()
        subprocess.run([FOOTNOTE, "--data", tmp_path / "data", "sync"], check=True, env=environment())
        assert "two.txt" not in {hit.article.name for hit in reader.search("treaty signed").hits}


def test_an_article_is_found_while_the_ingest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored is found by word and by meaning long before the ingest ends."""
    monkeypatch.setattr("corpus.ingestion.BATCH", 16)  # fewer passages than an article has
    (tmp_path / "a").mkdir()
    for number in range(6):
        text = " ".join(f"Ship {number * 100 + n} carried timber to port {n}." for n in range(800))
        (tmp_path / "a" / f"{number}.txt").write_text(text)
    with open_collection(tmp_path / "data", create=True) as writer:
        run = ingest(writer, [str(tmp_path / "a")])
        next(run)
        with open_collection(tmp_path / "data") as reader:
            next(run)  # the writer is at its next article, and holds the lock
            seen = {hit.article.name for hit in reader.search("timber ship 7").hits}
            assert "0.txt" in seen
            assert "0.txt" in {
                reader.catalogue.articles([article])[article].name for article in _words(reader)
            }
        run.close()


def _words(reader: Collection) -> set[int]:
    """The articles that the lexical index holds."""
    held = reader.index.lexical.keys()
    return {article for key, article in reader.catalogue.passage_keys().items() if key in held}


def test_the_second_writer_waits_with_a_word(tmp_path: Path) -> None:
    """Who writes is named on stderr; when it is done, the second goes on and succeeds."""
    (tmp_path / "a.txt").write_text("The canal was blocked for six days in March.")
    (tmp_path / "data").mkdir()
    with writer_lock(tmp_path / "data"):
        second = subprocess.Popen(
            [FOOTNOTE, "--data", tmp_path / "data", "ingest", tmp_path / "a.txt"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert second.stderr and second.stdout
        assert f"Process {os.getpid()} (since" in second.stderr.readline()
    assert second.stdout.readline().startswith("1 added")
    assert second.wait(30) == 0
    with writer_lock(tmp_path / "data"):
        waiting: list[BaseException] = []

        def wait() -> None:
            try:
                with writer_lock(tmp_path / "data", wait=0.1):
                    pass
            except CollectionLocked as error:
                waiting.append(error)

        thread = Thread(target=wait)
        thread.start()
        thread.join()
        assert "is writing to" in str(waiting[0])


def test_a_dead_holders_lock_is_taken_over(tmp_path: Path) -> None:
    """Whatever a killed process noted about itself, its lock is free."""
    holder = "import sys; from pathlib import Path; from corpus.writer_lock import writer_lock\n"
    holder += "with writer_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", holder, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout and process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    assert json.loads((tmp_path / "writer.json").read_text())["pid"] == process.pid
    with writer_lock(tmp_path, wait=1):
        assert json.loads((tmp_path / "writer.json").read_text())["pid"] == os.getpid()


def test_sync_watch_follows(tmp_path: Path) -> None:
    """Files that come, change and go are in step soon after; Ctrl-C ends it with 130."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_text("The canal was blocked for six days in March.")
    with open_collection(tmp_path / "data", create=True) as collection:
        list(ingest(collection, [str(tmp_path / "a")]))
    with subprocess.Popen(
        [FOOTNOTE, "--data", tmp_path / "data", "sync", "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as following:
        try:
            assert following.stdout and following.stderr
            assert "Following" in following.stderr.readline()
            (tmp_path / "a" / "two.txt").write_text("The treaty was signed in Pyongyang in June.")
            assert json.loads(following.stdout.readline())["added"] == 1
            (tmp_path / "a" / "one.txt").unlink()
            assert json.loads(following.stdout.readline())["removed"] == 1
            following.send_signal(signal.SIGINT)
            assert following.wait(20) == 130
        finally:
            following.kill()


def test_a_huge_article_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the middle of one article, the next run embeds only the rest; progress is told within it."""
    file = tmp_path / "huge.txt"
    file.write_text(
        " ".join(f"Ship {n} carried {n % 97} tons of timber to port {n % 89}." for n in range(9000))
    )
    steps: list[tuple[float, int]] = []
    with open_collection(tmp_path / "data", create=True) as collection:
        embedded: list[str] = []
        stop_after = 3

        def embed(texts: list[str]) -> object:
            import numpy as np

            if len(embedded) // 64 >= stop_after:
                raise KeyboardInterrupt
            embedded.extend(texts)
            return np.full((len(texts), 4), 0.5, dtype=np.float32)

        monkeypatch.setattr(collection, "embed", embed)
        with pytest.raises(KeyboardInterrupt):
            list(ingest(collection, [str(file)], told=lambda step, total: steps.append((step.places, total))))
        assert len(embedded) == 3 * 64 and collection.catalogue.all_articles() == []
        assert 0 < steps[-1][0] < 1 and steps[-1][1] == 1
        stop_after = 10**6
        assert [outcome.status for outcome in ingest(collection, [str(file)])] == ["added"]
        assert len(embedded) == len(set(embedded)) == collection.catalogue.passage_count()
        assert [outcome.status for outcome in sync(collection)] == ["unchanged"]
        assert [outcome.status for outcome in remove(collection, str(file))] == ["removed"]
