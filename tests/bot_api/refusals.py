"""Refusals in the words of Telegram's Bot API server."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Refusal(Exception):
    """An answer with `ok` false: status code, description and parameters."""

    code: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        payload = {"ok": False, "error_code": self.code, "description": self.description}
        return payload | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(words: str) -> Refusal:
    return Refusal(400, f"Bad Request: {words}")


def forbidden(words: str) -> Refusal:
    return Refusal(403, f"Forbidden: {words}")


def too_many_requests(retry_after: int) -> Refusal:
    words = f"Too Many Requests: retry after {retry_after}"
    return Refusal(429, words, {"retry_after": retry_after})


def migrated(chat_id: int) -> Refusal:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refusal(400, words, {"migrate_to_chat_id": chat_id})


# Codes and descriptions: `raise Refusal(*NOT_FOUND)`.
INVALID_TOKEN = (401, "Unauthorized: invalid token specified")
UNAUTHORIZED = (401, "Unauthorized")
NOT_FOUND = (404, "Not Found")
METHOD_NOT_FOUND = (404, "Not Found: method not found")
OTHER_POLL = (
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
)
WEBHOOK_ACTIVE = (
    409,
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first",
)
WEBHOOK_SET = (409, "Conflict: terminated by setWebhook request")
TOO_LARGE = (413, "Request Entity Too Large")
SERVER_ERROR = (500, "Internal Server Error")
NOT_MODIFIED = (
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message",
)
QUERY_TOO_OLD = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
