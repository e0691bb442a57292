"""The SQLite file of the Telegram bot: the inbox, what was sent, and what is remembered of users."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import FootnoteError

NAME = "telegram.sqlite"
DAY = 86_400.0
KEPT_UPDATES = 3 * DAY  # Telegram gives an update again within a day at most
OWNER_ONLY = 0o600

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
-- Every update before any work is done on it; what it says only while it is open.
CREATE TABLE IF NOT EXISTS updates (
    update_id INTEGER PRIMARY KEY, received REAL, user INTEGER, open INTEGER, payload TEXT, messages TEXT
);
CREATE INDEX IF NOT EXISTS open_updates ON updates (open) WHERE open;
-- Every message that was sent for an update; `whole` is 0 while it is still to be edited.
CREATE TABLE IF NOT EXISTS sent (
    update_id INTEGER REFERENCES updates ON DELETE CASCADE, part TEXT, message INTEGER, whole INTEGER,
    PRIMARY KEY (update_id, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY, parent TEXT, chat INTEGER, user INTEGER, asked REAL, answered INTEGER,
    first_words REAL, seconds REAL, kept TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_user ON answers (user, asked);
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (asked);
-- Which answer a message of the bot belongs to: a reply to it goes on from there.
CREATE TABLE IF NOT EXISTS answer_messages (
    chat INTEGER, message INTEGER, answer TEXT REFERENCES answers ON DELETE CASCADE, PRIMARY KEY (chat, message)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_of_answers ON answer_messages (answer);
-- The newest answer of each conversation; `user` is 0 in a private chat.
CREATE TABLE IF NOT EXISTS heads (
    chat INTEGER, thread INTEGER, user INTEGER, answer TEXT, PRIMARY KEY (chat, thread, user)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (
    user INTEGER PRIMARY KEY, language TEXT, length TEXT, streaming INTEGER
) WITHOUT ROWID;
-- What a button or a deep link means, where that is too long for it.
CREATE TABLE IF NOT EXISTS targets (token TEXT PRIMARY KEY, user INTEGER, value TEXT, made REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feedback (
    answer TEXT REFERENCES answers ON DELETE CASCADE, user INTEGER, good INTEGER, PRIMARY KEY (answer, user)
) WITHOUT ROWID;
"""


class Database:
    """One connection, used by one thread. What is deleted is overwritten."""

    def __init__(self, folder: Path) -> None:
        """FootnoteError: the folder cannot be written."""
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.touch(OWNER_ONLY)
            self.connection = sqlite3.connect(path, isolation_level=None)
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "secure_delete = ON",
                "foreign_keys = ON",
            ):
                self.connection.execute(f"PRAGMA {pragma}")
            self.connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise FootnoteError(f"{path} cannot be used ({error}): make the folder writable.") from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is stored, or nothing is."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def note(self, name: str) -> str | None:
        row = self.connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_note(self, name: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def salt(self) -> str:
        """What makes hashes of this database differ from those of any other."""
        if not (salt := self.note("salt")):
            salt = secrets.token_hex(16)
            self.set_note("salt", salt)
        return salt

    def prune(self, retention_days: float) -> None:
        """Delete what is older than the retention; 0 keeps answers and button targets for ever."""
        now = time.time()
        with self.writing():
            self.connection.execute(
                "DELETE FROM updates WHERE NOT open AND received < ?", (now - KEPT_UPDATES,)
            )
            if retention_days:
                oldest = now - retention_days * DAY
                self.connection.execute("DELETE FROM answers WHERE asked < ?", (oldest,))
                self.connection.execute("DELETE FROM targets WHERE made < ?", (oldest,))
                self.connection.execute("DELETE FROM heads WHERE answer NOT IN (SELECT id FROM answers)")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.connection.close()
