"""Bots that talk to the server in its own tests."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot_api.server import BotApiServer


def talk(server: BotApiServer, speak: Callable[[Bot], Awaitable[None]], token: str | None = None) -> None:
    """Run a coroutine with a bot that is connected to the server."""

    async def run() -> None:
        bot = Bot(token or server.token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")
        async with bot:
            await speak(bot)

    asyncio.run(run())


def keyboard(*data: str) -> InlineKeyboardMarkup:
    """A row of buttons, each with its callback data in title case."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(text.title(), callback_data=text) for text in data]])


def call(server: BotApiServer, method: str, **parameters: Any) -> dict[str, Any]:
    """A request that no library would make."""
    request = urllib.request.Request(
        f"{server.url}/bot{server.token}/{method}",
        json.dumps(parameters).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)
