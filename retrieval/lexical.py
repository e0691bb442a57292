"""The lexical index: which passages share words with a question, by BM25.

What goes in are tokens (corpus.analysis), what comes out are passage keys. It knows neither texts nor
articles and can be deleted at any time: everything in it is derived from the catalogue. tantivy finds the
candidates; their final scores are counted from the tokens that the index stores (retrieval.word_scores).
"""

import json
import math
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from corpus.analysis import ANALYSIS
from corpus.errors import FootnoteError, IndexDamaged
from retrieval.damage import damage_named, make_folder
from retrieval.word_scores import PREFIX, Weights, word_scores

MAX_TERMS = 48  # of one search; the rarest words of a long question say what it is about
FUNCTION_WORD = 0.5  # weight of a stop word: it says little, but not nothing
COMMON = 0.2  # a word in more of the passages than this is not searched for where a rarer one is,
FEW = 1000  # unless it is in so few passages that this saves nothing
HEAP = 48_000_000  # bytes that the writer may hold

# Passage key, article key, tokens of its context, tokens of each of its sentences.
Entry = tuple[int, int, Sequence[str], Sequence[Sequence[str]]]


class Lexical:
    """A tantivy index in a folder of its own. Searching is safe from several threads, writing from one.

    Where there is no usable index, `create` makes an empty one in its place; a reader gets an empty one in memory,
    and leaves the folder to whoever writes it. IndexDamaged: its files cannot be read.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self.folder = folder
        self.needs_rebuild = False  # there was no usable index: add every passage of the catalogue again
        self._writer: tantivy.IndexWriter | None = None
        if self._open():
            return
        if create:
            self.clear()
        else:
            self.needs_rebuild = True
            self._index = tantivy.Index(_schema())
            self.reload()

    def _open(self) -> bool:
        try:
            with damage_named("", ValueError, OSError):
                if _marker(self.folder) != _schema_marker() or not tantivy.Index.exists(str(self.folder)):
                    return False
                self._index = tantivy.Index(_schema(), path=str(self.folder))
                self.reload()
            return True
        except IndexDamaged:
            return False

    def clear(self) -> None:
        """Empty the index, whatever state its files are in."""
        self._writer = None
        self.needs_rebuild = True
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            make_folder(self.folder)
            self._index = tantivy.Index(_schema(), path=str(self.folder), reuse=False)
            (self.folder / MARKER).write_text(json.dumps(_schema_marker()), encoding="utf-8")
        except (ValueError, OSError) as error:
            raise FootnoteError(
                f"The lexical index at {self.folder} can be neither read nor written ({error}): make the"
                " folder writable."
            ) from error
        self.reload()

    def add(self, entries: Iterable[Entry]) -> None:
        """Add passages, or put them in the place of those with the same key; they are found after
        `commit`.
        """
        writer = self._open_writer()
        for key, article, context, sentences in entries:
            if self._searcher.doc_freq("key", key):
                writer.delete_documents_by_term("key", key)
            document = tantivy.Document()
            document.add_integer("key", key)
            document.add_integer("article", article)
            lines = [context, *sentences]
            document.add_integer("length", sum(map(len, lines)))
            document.add_text("tokens", "\n".join(" ".join(line) for line in lines))
            document.add_text("prefixes", " ".join(token[:PREFIX] for line in lines for token in line))
            with self._damage_named():
                writer.add_document(document)

    def remove(self, keys: Iterable[int]) -> None:
        """Remove passages; unknown keys are passed over. They are gone after `commit`."""
        writer = self._open_writer()
        for key in keys:
            writer.delete_documents_by_term("key", key)

    def commit(self) -> None:
        """Make what was added and removed durable and found, and let go of the writer's lock."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with self._damage_named():
                writer.commit()
                writer.wait_merging_threads()
        self.needs_rebuild = False
        self.reload()

    def discard(self) -> None:
        """Forget what was added and removed since the last `commit`, and let go of the writer's lock."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(ValueError, OSError):
                writer.rollback()

    def reload(self) -> None:
        """See what was committed since, by this process or another."""
        with self._damage_named():
            self._index.reload()
            searcher = self._index.searcher()
            self._searcher, self._average = searcher, _average_length(searcher)

    def _damage_named(self) -> AbstractContextManager[None]:
        return damage_named(f"The lexical index in {self.folder}", ValueError, OSError)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def keys(self) -> set[int]:
        """Every passage key in the index, for comparing it with the catalogue."""
        with self._damage_named():
            found = self._searcher.search(tantivy.Query.all_query(), max(1, len(self)), count=False).hits
            return set(_keys(self._searcher, found))

    def idf(self, tokens: Iterable[str], field: str = "tokens") -> dict[str, float]:
        """Robertson and Sparck Jones' weight of each distinct token, above 0; the largest for one that is
        nowhere.
        """
        searcher, n = self._searcher, len(self)
        frequency = {token: searcher.doc_freq(field, token) for token in dict.fromkeys(tokens)}
        return {token: math.log1p((n - min(n, df) + 0.5) / (df + 0.5)) for token, df in frequency.items()}

    def search(self, tokens: Sequence[str], k: int) -> dict[int, float]:
        """The `k` best passages by tantivy's BM25, best first, as {key: score}."""
        searcher = self._searcher
        stems, prefixes = self._terms(tokens, "tokens"), self._terms([t[:PREFIX] for t in tokens], "prefixes")
        if not stems + prefixes or k < 1:
            return {}
        queries = [
            (tantivy.Occur.Should, tantivy.Query.term_query(_SCHEMA, field, term, "freq"))
            for field, terms in (("tokens", stems), ("prefixes", prefixes))
            for term in terms
        ]
        with self._damage_named():
            hits = searcher.search(tantivy.Query.boolean_query(queries), k, count=False).hits
            keys = _keys(searcher, hits)
        return {key: score for key, (score, _) in zip(keys, hits, strict=True)}

    def scores(
        self, views: Sequence[Sequence[str]], keys: Sequence[int], function_words: Collection[str] = ()
    ) -> np.ndarray:
        """How well every passage fits every view, 0 to 1 for the best, shape (views, keys); 0 for an unknown key.

        `function_words` are tokens that say little.
        """
        scores = np.zeros((len(views), len(keys)))
        if not keys or not any(views):
            return scores
        stored = dict(self._lines(keys))
        known = [place for place, key in enumerate(keys) if key in stored]
        weights = [self._weighed(view, frozenset(function_words)) for view in views]
        scores[:, known] = word_scores(weights, [stored[keys[place]] for place in known], self._average)
        return scores

    def _weighed(self, view: Sequence[str], function_words: frozenset[str]) -> Weights:
        telling = {token[:PREFIX] for token in view if token not in function_words}
        stems = self.idf(view)
        prefixes = self.idf((token[:PREFIX] for token in view), "prefixes")
        return Weights(
            {token: (FUNCTION_WORD if token in function_words else 1) * idf for token, idf in stems.items()},
            {token: (1 if token in telling else FUNCTION_WORD) * idf for token, idf in prefixes.items()},
        )

    def _lines(self, keys: Sequence[int]) -> Iterator[tuple[int, list[list[str]]]]:
        """The stored tokens of passages: a list for the context, then one for each sentence."""
        searcher = self._searcher
        query = tantivy.Query.term_set_query(_SCHEMA, "key", list(keys))
        with self._damage_named():
            hits = searcher.search(query, len(keys), count=False).hits
            documents = [searcher.doc(address) for _, address in hits]
        for document in documents:
            yield int(document["key"][0]), [line.split() for line in document["tokens"][0].split("\n")]

    def _terms(self, tokens: Sequence[str], field: str) -> list[str]:
        """What to search for: words that exist, the rarest first, without the commonest where others are
        left.
        """
        n = len(self)
        frequency = {token: self._searcher.doc_freq(field, token) for token in dict.fromkeys(tokens)}
        terms = sorted((token for token, df in frequency.items() if df), key=lambda token: frequency[token])
        rare = [token for token in terms if frequency[token] <= max(FEW, COMMON * n)]
        return (rare or terms[:1])[:MAX_TERMS]

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._index.writer(heap_size=HEAP, num_threads=1)
            except ValueError as error:
                raise FootnoteError(
                    f"The lexical index at {self.folder} is being written by another process: try again when"
                    " that is done."
                ) from error
        return self._writer


MARKER = "footnote.json"


def is_current(folder: Path) -> bool:
    """Whether there is an index in the folder, of the kind that this version reads."""
    return bool(_marker(folder) == _schema_marker())


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", stored=True, indexed=True, fast=True)
    builder.add_integer_field("article", indexed=True)
    builder.add_integer_field("length", fast=True)
    builder.add_text_field("tokens", stored=True, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("prefixes", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


_SCHEMA = _schema()


def _schema_marker() -> dict[str, int]:
    return {"analysis": ANALYSIS, "schema": 2}


def _marker(folder: Path) -> Any:
    try:
        return json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _keys(searcher: tantivy.Searcher, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> list[int]:
    values = searcher.fast_field_values("key", [address for _, address in hits])
    return [int(value) for value in values if value is not None]


def _average_length(searcher: tantivy.Searcher) -> float:
    if not searcher.num_docs:
        return 1.0
    found = searcher.aggregate(tantivy.Query.all_query(), {"length": {"avg": {"field": "length"}}})
    return max(1.0, float(found["length"]["value"] or 1.0))
