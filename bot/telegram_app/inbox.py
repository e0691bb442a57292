"""Nothing is lost: every update is on disk before any work, and what was sent for it is noted message by message.

A process that is killed at any moment leaves its updates open. The next one works on them again, sends what was not
sent yet, and edits what was begun: only a message that was sent and not yet noted can come twice.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.telegram_app.database import Database
from bot.telegram_app.outgoing import Outgoing, kept, restored
from bot.telegram_app.people import person

FLEETING = ("inline_query",)  # kinds of updates that nobody waits for after a restart


@dataclass(frozen=True, slots=True)
class Sent:
    message: int
    whole: bool  # False: still to be edited into what it is to be


class Unwritable(TelegramError):
    """An update could not be put on disk: Telegram is to give it again."""


class Inbox:
    def __init__(self, database: Database) -> None:
        self._database, self._db = database, database.connection

    def add(self, update: Update) -> bool:
        """Keep an update; False if it was kept before. Unwritable: the disk does not take it."""
        payload = None if any(getattr(update, kind) for kind in FLEETING) else update.to_json()
        try:
            added = self._db.execute(
                "INSERT OR IGNORE INTO updates (update_id, received, user, open, payload) VALUES (?, ?, ?, ?, ?)",
                (update.update_id, time.time(), person(update), payload is not None, payload),
            )
        except sqlite3.Error as error:
            raise Unwritable(
                f"The inbox cannot be written ({error}): free some room. Trying again."
            ) from error
        return added.rowcount == 1

    def open_updates(self, bot: Bot) -> list[Update]:
        """Those that were not finished, oldest first."""
        rows = self._db.execute("SELECT payload FROM updates WHERE open ORDER BY update_id").fetchall()
        updates = (Update.de_json(json.loads(row[0]), bot) for row in rows)
        return [update for update in updates if update]

    def count_open(self) -> int:
        return self._db.execute("SELECT count(*) FROM updates WHERE open").fetchone()[0]

    def close(self, update_id: int) -> None:
        """Everything that the update asked for is done: its number is kept, since it may come again, and no more."""
        with self._database.writing():
            self._db.execute("DELETE FROM sent WHERE update_id = ?", (update_id,))
            self._db.execute(
                "UPDATE updates SET open = 0, user = 0, payload = NULL, messages = NULL WHERE update_id = ?",
                (update_id,),
            )

    def keep_messages(self, update_id: int, messages: Sequence[Outgoing]) -> None:
        """Keep what is going to be sent: after a restart it is sent as it was."""
        self._db.execute("UPDATE updates SET messages = ? WHERE update_id = ?", (kept(messages), update_id))

    def messages(self, update_id: int) -> list[Outgoing] | None:
        row = self._db.execute("SELECT messages FROM updates WHERE update_id = ?", (update_id,)).fetchone()
        return restored(row[0]) if row and row[0] else None

    def sent(self, update_id: int, part: str) -> Sent | None:
        row = self._db.execute(
            "SELECT message, whole FROM sent WHERE update_id = ? AND part = ?", (update_id, part)
        ).fetchone()
        return Sent(row[0], bool(row[1])) if row else None

    def note_sent(self, update_id: int, part: str, message: int, *, whole: bool = True) -> None:
        self._db.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)", (update_id, part, message, whole))

    def forget_sent(self, update_id: int, part: str) -> None:
        self._db.execute("DELETE FROM sent WHERE update_id = ? AND part = ?", (update_id, part))


class InboxQueue(asyncio.Queue[object]):
    """The queue between Telegram and the handlers: an update is on disk before Telegram hears that it has arrived,
    and one that comes again is dropped."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self._inbox = inbox

    async def put(self, item: object) -> None:
        if not isinstance(item, Update) or self._inbox.add(item):
            await super().put(item)

    def put_open(self, updates: Iterable[Update]) -> None:
        """Those of an earlier process, which are in the inbox already."""
        for update in updates:
            self.put_nowait(update)
