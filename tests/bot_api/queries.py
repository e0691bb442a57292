"""The methods that answer callback and inline queries, and those that fetch files."""

import time
from typing import Any

from bot_api.entities import settled
from bot_api.refusals import QUERY_TOO_OLD, Refusal, bad_request
from bot_api.sending import Parameters, keyboard
from bot_api.shown import CallbackAnswer, InlineAnswer
from bot_api.world import MOST_DOWNLOADED, World


def answer_callback_query(world: World, parameters: Parameters) -> bool:
    query = world.queries.get(parameters["callback_query_id"])
    if query is None or not query.open():
        raise Refusal(*QUERY_TOO_OLD)
    url = parameters.get("url")
    if url and not url.startswith(
        (f"https://t.me/{world.bot.username}?start=", f"t.me/{world.bot.username}?start=")
    ):
        raise bad_request("URL_INVALID")
    alert = parameters.get("show_alert", False)
    query.answer = CallbackAnswer(parameters.get("text", ""), alert, url, time.time())
    return True


def answer_inline_query(world: World, parameters: Parameters) -> bool:
    query = world.queries.get(parameters["inline_query_id"])
    if query is None or not query.open():
        raise Refusal(*QUERY_TOO_OLD)
    results = parameters["results"]
    check_results(results)
    query.answer = InlineAnswer(
        results,
        parameters.get("button"),
        parameters.get("next_offset", ""),
        parameters.get("cache_time"),
        parameters.get("is_personal", False),
        time.time(),
    )
    return True


def check_results(results: list[dict[str, Any]]) -> None:
    if len({result["id"] for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    for result in results:
        content = result.get("input_message_content", {})
        if "message_text" in content and not settled(content["message_text"], content.get("entities", []))[0]:
            raise bad_request("MESSAGE_EMPTY")
        keyboard(result)


def get_file(world: World, parameters: Parameters) -> dict[str, Any]:
    stored = world.files.get(parameters["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size > MOST_DOWNLOADED:
        raise bad_request("file is too big")
    names = ("file_id", "file_unique_id", "file_size")
    return {name: stored.payload()[name] for name in names} | {"file_path": stored.path}


METHODS = {
    "answerCallbackQuery": answer_callback_query,
    "answerInlineQuery": answer_inline_query,
    "getFile": get_file,
}
