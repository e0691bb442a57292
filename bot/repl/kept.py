"""What a conversation leaves on disk, for its owner alone: the lines typed, and the last conversation.

Both lie in the collection's folder. A folder that cannot be written costs only that: nothing is kept.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot.conversation import Conversation
from bot.kept_answers import kept_answer, restored_answer

if TYPE_CHECKING:
    from corpus.catalogue import Catalogue

HISTORY = "history"
CONVERSATION = "conversation.json"
VERSION = 1
OWNER_ONLY = 0o600


def make_private(path: Path) -> bool:
    """Make sure that the file is there and that nobody else can read it; False where that is impossible."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY))
        path.chmod(OWNER_ONLY)
    except OSError:
        return False
    return True


def keep(conversation: Conversation, folder: Path) -> bool:
    """Put the conversation in the place of the one kept before; False where the folder cannot be written."""
    new = folder / f"{CONVERSATION}.new"
    kept = {"version": VERSION, "answers": [kept_answer(answer) for answer in conversation.answers]}
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(
            os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w", encoding="utf-8"
        ) as file:
            json.dump(kept, file, ensure_ascii=False)
        new.replace(folder / CONVERSATION)
    except OSError:
        return False
    return True


def last_conversation(folder: Path, catalogue: "Catalogue") -> Conversation | None:
    """The conversation kept in the folder. Citations whose article has gone or changed since are left out."""
    try:
        kept = json.loads((folder / CONVERSATION).read_text(encoding="utf-8"))
        if kept["version"] != VERSION:
            return None
        return Conversation([restored_answer(answer, catalogue) for answer in kept["answers"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(folder: Path) -> None:
    """Delete what is kept. OSError: it cannot be deleted."""
    for name in (HISTORY, CONVERSATION):
        (folder / name).unlink(missing_ok=True)
