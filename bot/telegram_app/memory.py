"""What is remembered of chats and users: answers and how they follow on each other, settings, feedback, buttons."""

import base64
import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversation import Conversation
from bot.kept_answers import restored_answer
from bot.telegram_app.database import Database
from corpus.catalogue import Catalogue
from retrieval.answer import Answer

MOST_TURNS = 10  # answers that a question is understood in the light of
TOKEN = 16  # characters


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a conversation takes place: one for each chat and topic, and in groups for each user."""

    chat: int
    thread: int
    user: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user chose with /settings; an empty language is that of their Telegram."""

    language: str = ""
    length: str = "full"
    streaming: bool = True


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    id: str
    parent: str
    chat: int
    user: int
    kept: Mapping[str, Any]


class Memory:
    def __init__(self, database: Database) -> None:
        self._database, self._db = database, database.connection
        self._salt = database.salt()

    def keep_answer(self, kept: KeptAnswer, *, answered: bool, first_words: float, seconds: float) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(kept.id, kept.parent, kept.chat, kept.user, time.time(), answered, first_words, seconds),
                json.dumps(kept.kept, ensure_ascii=False),
            ),
        )

    def answer(self, answer_id: str) -> KeptAnswer | None:
        row = self._db.execute(
            "SELECT id, parent, chat, user, kept FROM answers WHERE id = ?", (answer_id,)
        ).fetchone()
        return KeptAnswer(row[0], row[1], row[2], row[3], json.loads(row[4])) if row else None

    def conversation(
        self, answer_id: str, catalogue: Catalogue, most: int | None = MOST_TURNS
    ) -> Conversation:
        """The answers that lead to this one and itself, oldest first."""
        answers: list[Answer] = []
        while answer_id and (most is None or len(answers) < most):
            kept = self.answer(answer_id)
            if kept is None:
                break
            answers.append(restored_answer(kept.kept, catalogue))
            answer_id = kept.parent
        return Conversation(answers[::-1])

    def head(self, talk: Talk) -> str:
        """The newest answer of a conversation, "" where it begins."""
        row = self._db.execute(
            "SELECT answer FROM heads WHERE chat = ? AND thread = ? AND user = ?",
            (talk.chat, talk.thread, talk.user),
        ).fetchone()
        return row[0] if row else ""

    def set_head(self, talk: Talk, answer_id: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", (talk.chat, talk.thread, talk.user, answer_id)
        )

    def begin_anew(self, talk: Talk) -> None:
        self._db.execute(
            "DELETE FROM heads WHERE chat = ? AND thread = ? AND user = ?",
            (talk.chat, talk.thread, talk.user),
        )

    def note_message(self, chat: int, message: int, answer_id: str) -> None:
        """The message belongs to the answer. Nothing happens where that is no longer kept."""
        self._db.execute(
            "INSERT OR REPLACE INTO answer_messages SELECT ?, ?, id FROM answers WHERE id = ?",
            (chat, message, answer_id),
        )

    def answer_of_message(self, chat: int, message: int) -> str:
        row = self._db.execute(
            "SELECT answer FROM answer_messages WHERE chat = ? AND message = ?", (chat, message)
        ).fetchone()
        return row[0] if row else ""

    def preferences(self, user: int) -> Preferences:
        row = self._db.execute(
            "SELECT language, length, streaming FROM users WHERE user = ?", (user,)
        ).fetchone()
        return Preferences(row[0], row[1], bool(row[2])) if row else Preferences()

    def set_preferences(self, user: int, chosen: Preferences) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO users VALUES (?, ?, ?, ?)",
            (user, chosen.language, chosen.length, chosen.streaming),
        )

    def target(self, value: str, user: int = 0) -> str:
        """A short token for what a button or deep link means. `user` is whose words it holds, 0 for nobody's."""
        digest = hashlib.sha256(f"{self._salt}{user}:{value}".encode("utf-8", "surrogatepass")).digest()
        token = base64.urlsafe_b64encode(digest).decode()[:TOKEN]
        self._db.execute(
            "INSERT INTO targets VALUES (?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET made = excluded.made",
            (token, user, value, time.time()),
        )
        return token

    def value_of(self, token: str) -> str | None:
        row = self._db.execute("SELECT value FROM targets WHERE token = ?", (token,)).fetchone()
        return row[0] if row else None

    def vote(self, answer_id: str, user: int, good: bool) -> bool:
        """False where the answer is no longer kept."""
        done = self._db.execute(
            "INSERT OR REPLACE INTO feedback SELECT id, ?, ? FROM answers WHERE id = ?",
            (user, good, answer_id),
        )
        return done.rowcount == 1

    def forget(self, user: int, update_id: int = 0) -> None:
        """Delete everything of a user: answers, conversations, settings, feedback, buttons, waiting questions. The
        update that asks for it stays until it is done."""
        with self._database.writing():
            for table in ("answers", "users", "targets", "feedback"):
                self._db.execute(f"DELETE FROM {table} WHERE user = ?", (user,))
            self._db.execute("DELETE FROM heads WHERE user = ? OR chat = ?", (user, user))
            self._db.execute(
                "UPDATE updates SET user = 0, open = 0, payload = NULL, messages = NULL "
                "WHERE user = ? AND update_id != ?",
                (user, update_id),
            )
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its conversations go on there. Its messages have new numbers."""
        with self._database.writing():
            self._db.execute("DELETE FROM answer_messages WHERE chat = ?", (old,))
            for table in ("heads", "answers"):
                self._db.execute(f"UPDATE OR REPLACE {table} SET chat = ? WHERE chat = ?", (new, old))

    def statistics(self) -> dict[str, Any]:
        """Numbers over what is kept: questions, users, seconds, feedback."""
        totals = self._db.execute(
            "SELECT count(*), coalesce(sum(answered), 0), count(DISTINCT user), "
            "coalesce(sum(asked > ?), 0) FROM answers",
            (time.time() - 86_400,),
        ).fetchone()
        votes = dict(self._db.execute("SELECT good, count(*) FROM feedback GROUP BY good"))
        seconds = [row[0] for row in self._db.execute("SELECT seconds FROM answers ORDER BY seconds")]
        return {
            "questions": totals[0],
            "answered": totals[1],
            "users": totals[2],
            "today": totals[3],
            "good": votes.get(1, 0),
            "bad": votes.get(0, 0),
            "median": _at(seconds, 0.5),
            "slow": _at(seconds, 0.95),
        }


def _at(ordered: Iterable[float], share: float) -> float:
    values = list(ordered)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
