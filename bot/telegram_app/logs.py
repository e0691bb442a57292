"""Logs without secrets: the bot's token reaches neither a log line nor a traceback."""

import logging
import sys
import traceback
import warnings
from collections.abc import Callable
from types import TracebackType

from telegram.warnings import PTBUserWarning

REDACTED = "<token>"


class _Redacting(logging.Formatter):
    """Replaces the token in the finished line, traceback and all."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record), self._secrets)


def redacted(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return text


def secrets_of(token: str) -> tuple[str, ...]:
    """The token as a whole, as it stands in an address, and the part behind the colon, which is the secret."""
    number, _, secret = token.partition(":")
    return tuple(filter(None, (token, f"{number}%3A{secret}", secret)))


def set_up(token: str, *, debug: bool) -> None:
    """Log to stderr: what the bot does, and of the libraries only what is wrong. Their lines hold addresses, which
    hold the token."""
    secrets = secrets_of(token)
    handler = logging.StreamHandler()
    handler.setFormatter(_Redacting(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("footnote").setLevel(logging.DEBUG if debug else logging.INFO)
    logging.getLogger("bot.telegram_app").setLevel(logging.DEBUG if debug else logging.INFO)
    # Its errors are raised, and told here in a line; of an update that it cannot read it would log every word.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", category=PTBUserWarning)
    logging.captureWarnings(True)
    sys.excepthook = _hook(secrets)


def _hook(
    secrets: tuple[str, ...],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace)), secrets))

    return show
