"""Near-duplicates recognised: wire copy, updated versions, syndicated pieces, by MinHash of their words.

Broder, On the resemblance and containment of documents, 1997. Two articles belong to one story when at least
SAME of their runs of WORDS words are the same, estimated from PERMUTATIONS hashes. Candidates are those that share one
of BANDS bands of their signatures: of pairs at SAME, 1 - (1 - .7^4)^32 > .9998 are found.
"""

import re
import sqlite3

import numpy as np

from corpus.article import LoadedArticle
from corpus.catalogue import Catalogue

PERMUTATIONS = 128
BANDS = 32
WORDS = 3
SAME = 0.7
MIN_WORDS = 20  # a shorter text is like too many others


def signature(loaded: LoadedArticle) -> np.ndarray | None:
    """The MinHash of an article, uint64 (PERMUTATIONS,); None for a text too short to say."""
    from datasketch import MinHash

    words = re.findall(r"\w+", loaded.text[loaded.body :].casefold())
    if len(words) < MIN_WORDS:
        return None
    runs = {" ".join(words[i : i + WORDS]).encode() for i in range(len(words) - WORDS + 1)}
    minhash = MinHash(num_perm=PERMUTATIONS)
    minhash.update_batch(runs)
    return minhash.hashvalues


def store_signature(catalogue: Catalogue, article: int, minhash: np.ndarray | None) -> None:
    """Keep an article's signature and put it into its story. Belongs inside `catalogue.writing`."""
    db = catalogue.database
    db.execute("DELETE FROM signatures WHERE article = ?", (article,))
    db.execute("DELETE FROM signature_bands WHERE article = ?", (article,))
    if minhash is None:
        return
    bands = _bands(minhash)
    story = _story_of(db, minhash, bands) or article
    db.execute("INSERT INTO signatures VALUES (?, ?, ?)", (article, minhash.tobytes(), story))
    db.executemany("INSERT OR IGNORE INTO signature_bands VALUES (?, ?)", ((band, article) for band in bands))


def _bands(minhash: np.ndarray) -> list[bytes]:
    rows = PERMUTATIONS // BANDS
    return [bytes([i]) + minhash[i * rows : (i + 1) * rows].tobytes() for i in range(BANDS)]


def _story_of(db: sqlite3.Connection, minhash: np.ndarray, bands: list[bytes]) -> int | None:
    """The story of the most similar article, if it is similar enough."""
    marks = ", ".join("?" * len(bands))
    rows = db.execute(
        f"SELECT DISTINCT minhash, story FROM signature_bands JOIN signatures USING (article) WHERE band IN ({marks})",
        bands,
    )
    alike = [
        (float(np.mean(np.frombuffer(other, dtype=minhash.dtype) == minhash)), story) for other, story in rows
    ]
    similarity, story = max(alike, default=(0.0, 0))
    return story if similarity >= SAME else None
