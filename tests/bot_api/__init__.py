"""A Bot API server for tests: real HTTP, chats and users on its other side, Telegram's rules and refusals."""

from bot_api.chat import Chat
from bot_api.entities import marked, utf16_length
from bot_api.faults import Fault
from bot_api.refusals import Refusal
from bot_api.server import BotApiServer
from bot_api.shown import (
    Button,
    CallbackAnswer,
    Document,
    Draft,
    Entity,
    InlineAnswer,
    Request,
    ShownMessage,
    User,
)

__all__ = [
    "BotApiServer",
    "Button",
    "CallbackAnswer",
    "Chat",
    "Document",
    "Draft",
    "Entity",
    "Fault",
    "InlineAnswer",
    "Refusal",
    "Request",
    "ShownMessage",
    "User",
    "marked",
    "utf16_length",
]
