"""footnote telegram: the bot."""

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from bot import opening
from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.telegram_app.application import Options

LOCK = "telegram.lock"
TOKEN = re.compile(r"\d+:[\w-]{10,}")
WORKERS_WITH_MODEL = 8  # answers at once that mostly wait for a language model


@click.command("telegram", short_help="Answer people on Telegram.")
@click.option(
    "--webhook", metavar="URL", help="Have Telegram post to this public address; the default is to poll."
)
@click.option(
    "--listen",
    default="127.0.0.1:8443",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the webhook's posts arrive from the reverse proxy.",
)
@click.pass_context
def command(context: click.Context, webhook: str | None, listen: str) -> None:
    """Answer people on Telegram until SIGTERM or Ctrl-C. FOOTNOTE_TELEGRAM_TOKEN holds the token from @BotFather.

    What is being answered is finished before it stops; what waits is answered after the next start.

    \b
    footnote telegram                                            by long polling, which needs no address
    footnote telegram --webhook https://bot.example.org/telegram behind a reverse proxy
    """
    import asyncio

    from filelock import FileLock, Timeout

    chosen = opening.settings(context)
    token = _token(chosen)
    host, port = _address(listen)
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    from bot.telegram_app import logs
    from bot.telegram_app.application import run

    logs.set_up(token, debug=bool(context.parent and context.parent.params.get("debug")))
    collection = opening.collection(context, create=True)
    model = collection.language_model() is not None
    lock = FileLock(collection.data / LOCK)
    try:
        with lock.acquire(timeout=0):
            asyncio.run(run(_options(chosen, token, model, webhook or "", host, port), collection))
    except Timeout:
        raise FootnoteError(
            f"Another 'footnote telegram' is running on {collection.data}: stop it first, or choose another --data."
        ) from None


def _token(settings: "Settings") -> str:
    token = settings.telegram_token.get_secret_value().strip() if settings.telegram_token else ""
    if not token:
        raise FootnoteError(
            "FOOTNOTE_TELEGRAM_TOKEN is not set: @BotFather gives you a token, put it into the environment or .env."
        )
    if not TOKEN.fullmatch(token):
        raise FootnoteError(
            "FOOTNOTE_TELEGRAM_TOKEN is no token: one looks like 1234567890:AAH…, copy it again from @BotFather."
        )
    return token


def _api_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url):
        raise FootnoteError(
            f"FOOTNOTE_TELEGRAM_API_URL={url} is no http:// or https:// address: leave it out for Telegram's own."
        )
    return url


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise click.UsageError(f"--listen {listen} is no HOST:PORT, such as 127.0.0.1:8443.")
    return host.strip("[]"), int(port)


def _options(
    settings: "Settings", token: str, language_model: bool, webhook: str, host: str, port: int
) -> "Options":
    from bot.telegram_app.access import Access
    from bot.telegram_app.application import Options

    if webhook and urlsplit(webhook).scheme != "https":
        raise click.UsageError(f"--webhook {webhook} is no https:// address: Telegram posts to nothing else.")
    access = Access(
        settings.telegram_users,
        settings.telegram_groups,
        settings.telegram_administrators,
        settings.telegram_strangers == "refuse",
    )
    return Options(
        token,
        _api_url(settings.telegram_api_url),
        access,
        settings.telegram_questions_per_minute,
        settings.telegram_retention_days,
        WORKERS_WITH_MODEL if language_model else os.cpu_count() or 1,
        language_model,
        webhook,
        host,
        port,
        _secret(settings),
    )


def _secret(settings: "Settings") -> str:
    secret = settings.telegram_webhook_secret.get_secret_value() if settings.telegram_webhook_secret else ""
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise FootnoteError(
            "FOOTNOTE_TELEGRAM_WEBHOOK_SECRET cannot be used: 16 to 256 of the characters A-Z a-z 0-9 _ -."
        )
    return secret
