"""A collection kept in step with its sources, whatever happens to either."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from corpus.errors import FootnoteError
from corpus.ingestion import Outcome
from retrieval.collection import Collection, open_collection
from retrieval.upkeep import ingest, reindex, remove, restore, sync

CANAL = "The canal was blocked for six days in March. Ships waited on both sides of it."
TREATY = "The treaty was signed in Pyongyang in June. It has twenty-three articles."


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "canal.txt").write_text(CANAL)
    (folder / "treaty.txt").write_text(TREATY)
    return folder


@pytest.fixture
def collection(tmp_path: Path, articles: Path) -> Iterator[Collection]:
    with open_collection(tmp_path / "data", create=True) as opened:
        assert statuses(ingest(opened, [str(articles)])) == {"added": 2}
        yield opened


def statuses(outcomes: Iterator[Outcome] | list[Outcome]) -> Counter[str]:
    return Counter(outcome.status for outcome in outcomes)


def names(collection: Collection) -> set[str]:
    return {article.name for article in collection.catalogue.all_articles()}


def test_sync_brings_in_what_came_changed_moved_and_went(collection: Collection, articles: Path) -> None:
    """Each file's fate is told by its own word, and a second sync finds nothing to do."""
    (articles / "new.txt").write_text("Something new has happened in the capital.")
    (articles / "canal.txt").write_text(CANAL + " It is free again.")
    (articles / "sub").mkdir()
    (articles / "treaty.txt").rename(articles / "sub" / "pact.txt")
    told = {outcome.name: outcome.status for outcome in sync(collection)}
    assert told == {"new.txt": "added", "canal.txt": "updated", "sub/pact.txt": "moved"}
    assert statuses(sync(collection)) == {"unchanged": 3}
    (articles / "new.txt").unlink()
    assert statuses(sync(collection)) == {"unchanged": 2, "removed": 1}
    assert collection.problems() == []


def test_a_moved_article_keeps_its_identity_and_vectors(collection: Collection, articles: Path) -> None:
    """The key stays, and nothing is embedded again."""
    before = collection.catalogue.by_name("treaty.txt")
    (articles / "treaty.txt").rename(articles / "pact.txt")

    def refuse(texts: object) -> np.ndarray:
        raise AssertionError(f"embedded {texts}")

    collection.embed = refuse  # type: ignore[assignment, method-assign]
    assert statuses(sync(collection)) == {"unchanged": 1, "moved": 1}
    after = collection.catalogue.by_name("pact.txt")
    assert before and after and after.key == before.key


def test_a_folder_is_the_same_by_each_of_its_paths(collection: Collection, articles: Path) -> None:
    """A path with `..` in it brings nothing in twice."""
    roundabout = articles / ".." / articles.name
    assert {outcome.status for outcome in ingest(collection, [str(roundabout)])} == {"unchanged"}


def test_a_dry_run_tells_and_changes_nothing(collection: Collection, articles: Path) -> None:
    """What would happen is said in the same words, and the catalogue stays as it is."""
    (articles / "canal.txt").unlink()
    (articles / "new.txt").write_text("Something new has happened in the capital.")
    revision = collection.catalogue.revision()
    assert statuses(sync(collection, store=False)) == {"added": 1, "removed": 1, "unchanged": 1}
    assert collection.catalogue.revision() == revision
    assert names(collection) == {"canal.txt", "treaty.txt"}


def test_a_folder_that_is_not_there_takes_nothing_out(collection: Collection, articles: Path) -> None:
    """A disk that is not mounted is told of; its articles stay."""
    articles.rename(articles.with_name("elsewhere"))
    told = list(sync(collection))
    assert [(outcome.status, "does not exist" in outcome.reason) for outcome in told] == [("failed", True)]
    assert names(collection) == {"canal.txt", "treaty.txt"}


def test_articles_and_sources_can_be_removed(collection: Collection, articles: Path) -> None:
    """By the article's name, by the source's path, and what is not there is said to be not there."""
    assert statuses(remove(collection, "canal.txt")) == {"removed": 1}
    assert statuses(remove(collection, str(articles))) == {"removed": 1}
    assert names(collection) == set()
    with pytest.raises(FootnoteError, match="No article or source is called nothing"):
        remove(collection, "nothing")


def test_a_deleted_index_is_made_again(collection: Collection) -> None:
    """Both indexes are derived: without them the next question heals, and reindex does so on demand."""
    for folder in ("vectors", "lexical"):
        shutil.rmtree(collection.data / folder)
    with open_collection(collection.data) as again:
        assert again.search("canal").hits[0].article.name == "canal.txt"
        assert again.problems() == []
        shutil.rmtree(collection.data / "lexical")
        reindex(again)
        assert again.problems() == []


def test_a_file_in_an_indexs_place_gives_way(collection: Collection) -> None:
    """Whatever became of the folders, the next question and the next run make them again."""
    for folder in ("vectors", "lexical"):
        shutil.rmtree(collection.data / folder)
        (collection.data / folder).write_text("not a folder")
    with open_collection(collection.data) as again:
        assert again.search("canal").hits[0].article.name == "canal.txt"
        assert again.problems() == []


def test_names_that_are_not_utf8_are_told(collection: Collection, articles: Path) -> None:
    """Such a file fails with a sentence; what lies beside it goes in."""
    if sys.platform != "linux":
        pytest.skip("the file system takes UTF-8 names alone")
    Path(os.fsdecode(bytes(articles) + b"/caf\xe9.txt")).write_text(CANAL)
    (articles / "tea.txt").write_text("The tea house opened in 1902 beside the old harbour of Emden.")
    outcomes = list(ingest(collection, [str(articles), os.fsdecode(bytes(articles) + b"/caf\xe9.txt")]))
    assert statuses(outcomes) == {"unchanged": 2, "added": 1, "failed": 2}
    assert all("is not UTF-8; rename it" in outcome.reason for outcome in outcomes if outcome.reason)
    with pytest.raises(FootnoteError, match="No article or source"):
        remove(collection, os.fsdecode(b"caf\xe9.txt"))


def test_a_backup_brings_back_what_it_held(collection: Collection, articles: Path, tmp_path: Path) -> None:
    """Whatever happened since: the articles, their passages and vectors are those of the backup."""
    from corpus.backup import backup

    backup(collection.catalogue, tmp_path / "backup")
    remove(collection, "canal.txt")
    (articles / "treaty.txt").write_text("All is different now.")
    list(sync(collection))
    with open_collection(collection.data) as reader:
        assert reader.search("blocked canal").hits
        restore(collection, tmp_path / "backup")
        assert reader.search("blocked canal").hits[0].passage.text == CANAL
    assert names(collection) == {"canal.txt", "treaty.txt"}
    assert collection.problems() == []
    with pytest.raises(FootnoteError, match="is no backup"):
        restore(collection, articles / "treaty.txt")


def test_near_duplicates_are_one_story(collection: Collection, articles: Path) -> None:
    """Two versions of one report are recognised; another report is not."""
    report = " ".join(
        f"On day {n} the salvors moved {n * 7} cubic metres of sand at the bow." for n in range(1, 20)
    )
    (articles / "wire.txt").write_text(report)
    (articles / "paper.txt").write_text(report + " Our correspondent was there.")
    list(sync(collection))
    stories = dict(
        collection.catalogue.database.execute(
            "SELECT name, story FROM signatures JOIN articles ON key = article"
        )
    )
    assert stories["wire.txt"] == stories["paper.txt"]


class Upkeep(RuleBasedStateMachine):
    """Any sequence of changes to the files, with syncs and crashes between them, ends where a rebuild would."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.root = Path(tempfile.mkdtemp())
        self.files = self.root / "articles"
        self.files.mkdir()
        self.collection = open_collection(self.root / "data", create=True)
        list(ingest(self.collection, [str(self.files)]))

    names = st.sampled_from(["a.txt", "b.txt", "c.txt"])
    texts = st.sampled_from([CANAL, TREATY, "A third thing happened.", "Ein viertes Ereignis in der Stadt."])

    @rule(name=names, text=texts)
    def write(self, name: str, text: str) -> None:
        (self.files / name).write_text(text)

    @rule(name=names)
    def delete(self, name: str) -> None:
        (self.files / name).unlink(missing_ok=True)

    @rule(name=names, to=names)
    def move(self, name: str, to: str) -> None:
        if (self.files / name).exists():
            (self.files / name).rename(self.files / to)

    @rule()
    def crash(self) -> None:
        """A sync stopped after its first outcome, its generator never finished."""
        run = sync(self.collection)
        next(run, None)
        run.close()

    @rule()
    def in_step(self) -> None:
        list(sync(self.collection))
        expected = {path.name: path.read_text() for path in self.files.iterdir()}
        catalogue = self.collection.catalogue
        stored = {article.name: catalogue.text(article.key) for article in catalogue.all_articles()}
        assert stored == expected

    @invariant()
    def nothing_is_wrong(self) -> None:
        catalogue = self.collection.catalogue
        wanted = set(catalogue.passage_keys())
        assert set(catalogue.all_vectors(self.collection.model)[0].tolist()) == wanted
        assert not self.collection.index.differences() or self.collection.index.behind()

    def teardown(self) -> None:
        self.collection.close()
        shutil.rmtree(self.root)


TestUpkeep = Upkeep.TestCase
TestUpkeep.settings = settings(
    max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
