"""The catalogue's tables. `changes` is written by triggers, so that no passage can come or go without a line in it:
whoever keeps an index of the passages reads from there what it has not seen yet.

A source is what was asked to be taken in: a file, a folder, a link. A place is one file or link that holds articles;
its stamp tells whether it changed. A story is a group of articles that are near-duplicates of each other.
"""

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    length INTEGER NOT NULL,
    published TEXT,
    updated TEXT,
    author TEXT NOT NULL,
    publisher TEXT NOT NULL,
    url TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX articles_by_hash ON articles (content_hash);
CREATE INDEX articles_by_place ON articles (place);
CREATE TABLE sources (
    key INTEGER PRIMARY KEY,
    location TEXT NOT NULL UNIQUE,
    options TEXT NOT NULL
);
CREATE TABLE places (
    location TEXT PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (key) ON DELETE CASCADE,
    stamp TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE signatures (
    article INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    minhash BLOB NOT NULL,
    story INTEGER NOT NULL
);
CREATE INDEX signatures_by_story ON signatures (story);
CREATE TABLE signature_bands (
    band BLOB NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    PRIMARY KEY (band, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON signature_bands (article);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    embedded BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article, start);
CREATE TABLE embeddings (
    model TEXT NOT NULL,
    embedded BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, embedded)
) WITHOUT ROWID;
CREATE TABLE changes (number INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL);
CREATE TRIGGER passage_added AFTER INSERT ON passages
    BEGIN INSERT INTO changes (passage) VALUES (new.key); END;
CREATE TRIGGER passage_removed AFTER DELETE ON passages
    BEGIN INSERT INTO changes (passage) VALUES (old.key); END;
CREATE TABLE former_hashes (
    origin TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    replaced TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (origin, content_hash)
);
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
