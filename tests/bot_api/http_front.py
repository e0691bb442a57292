"""The HTTP side: requests in, answers out, files."""

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from bot_api import editing, profile, queries, second_reading, sending
from bot_api.faults import Fault, Faults
from bot_api.first_reading import Upload, method_names, read_parameters, refusal_of
from bot_api.refusals import (
    INVALID_TOKEN,
    METHOD_NOT_FOUND,
    NOT_FOUND,
    UNAUTHORIZED,
    Refusal,
)
from bot_api.shown import Request
from bot_api.world import World

MOST_IN_A_REQUEST = 60 << 20
METHODS = sending.METHODS | editing.METHODS | queries.METHODS | profile.METHODS


class HttpFront:
    """Answers `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, world: World, token: str, faults: Faults) -> None:
        self.world = world
        self.token = token
        self.faults = faults
        self.requests: list[Request] = []

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MOST_IN_A_REQUEST)
        application.router.add_route("*", "/bot{token:[^/]+}/{method}", self.handle)
        application.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self.handle_file)
        return application

    async def handle_file(self, http: web.Request) -> web.Response:
        stored = self.world.file_at(http.match_info["path"])
        if http.match_info["token"] != self.token:
            return answer_of(Refusal(*UNAUTHORIZED))
        request = Request("file", {"path": http.match_info["path"]}, None, time.time(), [])
        fault = self.note(request)
        refusal = fault.refusal() if fault else None
        if stored is None or stored.content is None or refusal:
            return answer_of(refusal or Refusal(*NOT_FOUND))
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.delay)
        if fault and fault.kind in {"drop", "drop_after"}:
            return dropped(http)
        request.status = 200
        return web.Response(body=stored.content, content_type="application/octet-stream")

    async def handle(self, http: web.Request) -> web.Response:
        if refusal := self.token_refusal(http.match_info["token"]):
            return answer_of(refusal)
        method = method_names().get(http.match_info["method"].lower())
        raw = await self.raw_parameters(http)
        if method is None:
            words = ["Telegram has no such method"]
            self.note(Request(http.match_info["method"], raw, None, time.time(), words, 404))
            return answer_of(Refusal(*METHOD_NOT_FOUND))
        parameters, problems = read_parameters(method, raw)
        sentences = [*map(str, problems), *second_reading.request_problems(method, parameters)]
        request = Request(method, parameters, parameters.get("chat_id"), time.time(), sentences)
        fault = self.note(request)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.delay)
        if fault and fault.kind == "drop":
            return dropped(http)
        try:
            if fault and (refusal := fault.refusal()):
                raise refusal
            if refusal := refusal_of(method, parameters, problems):
                raise refusal
            result = json.loads(json.dumps(await self.result(method, parameters, http)))
        except Refusal as error:
            return self.close(request, error.code, error.description, answer_of(error))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            request.problems.append(f"the test server failed: {error!r}")
            return self.close(request, 500, repr(error), answer_of(Refusal(500, repr(error))))
        request.result = result
        request.problems += second_reading.answer_problems(method, result)
        answer = (
            dropped(http)
            if fault and fault.kind == "drop_after"
            else web.json_response({"ok": True, "result": result})
        )
        return self.close(request, 200, "", answer)

    def token_refusal(self, token: str) -> Refusal | None:
        if token == self.token:
            return None
        return Refusal(
            *(UNAUTHORIZED if token.partition(":")[0].isdigit() and ":" in token else INVALID_TOKEN)
        )

    def note(self, request: Request) -> Fault | None:
        with self.world.changed:
            self.requests.append(request)
            self.world.changed.notify_all()
            return self.faults.strike(request)

    def close(self, request: Request, status: int, words: str, answer: web.Response) -> web.Response:
        with self.world.changed:
            request.status, request.description = status, words
            self.world.changed.notify_all()
        return answer

    async def result(self, method: str, parameters: dict[str, Any], http: web.Request) -> Any:
        """What the method gives; the world is not changed by anybody else meanwhile."""
        updates = self.world.updates
        if method == "getUpdates":
            return await updates.get_updates(parameters, lambda: connected(http))
        if method in {"setWebhook", "deleteWebhook"}:
            return updates.set_webhook(parameters)
        with self.world.changed:
            if method == "getWebhookInfo":
                return updates.webhook_info()
            if method not in METHODS:
                raise LookupError(f"{method} is not answered by this server")
            return METHODS[method](self.world, parameters)

    async def raw_parameters(self, http: web.Request) -> dict[str, Any]:
        """The parameters of the address and the body, files with them."""
        raw: dict[str, Any] = dict(http.query)
        if http.content_type == "application/json":
            return raw | await http.json()
        for name, value in (await http.post()).items():
            if isinstance(value, web.FileField):
                raw[name] = Upload(value.filename, value.file.read())
            else:
                raw[name] = value
        used = set()
        for name, value in raw.items():
            if isinstance(value, str) and value.startswith("attach://") and value[9:] in raw:
                raw[name] = raw[value[9:]]
                used.add(value[9:])
        return {name: value for name, value in raw.items() if name not in used}


def answer_of(refusal: Refusal) -> web.Response:
    if refusal.code == 502:
        return web.Response(
            status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html"
        )
    return web.json_response(refusal.payload(), status=refusal.code)


def connected(http: web.Request) -> bool:
    return http.transport is not None and not http.transport.is_closing()


def dropped(http: web.Request) -> web.Response:
    """Close the connection without a word."""
    if http.transport:
        http.transport.abort()
    return web.Response()
