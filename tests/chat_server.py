"""A server that speaks OpenAI's chat protocol over real HTTP, and answers, lies or fails as a test tells it to.

with ChatServer() as server:
    server.replies = [says("Kim met Putin. [1]")]
    ... FOOTNOTE_LLM_URL=server.url ...
    server.requests[0]["messages"]
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        chat = self.server.chat
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        chat.requests.append(request)
        chat.keys.append(self.headers.get("Authorization", ""))
        reply = chat.replies[min(len(chat.requests), len(chat.replies)) - 1]
        self.close_connection = True
        try:
            reply(self)
        except (BrokenPipeError, ConnectionResetError):
            chat.hung_up += 1

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

    def open_stream(self) -> None:
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: str) -> None:
        raw = data.encode()
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()

    def piece(self, text: str, finish: str | None = None) -> None:
        """One piece of the reply, as OpenAI sends it."""
        delta = {"role": "assistant", "content": text} if text else {}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.chunk(
            f"data: {json.dumps({**_HEAD, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
        )

    def close_stream(self) -> None:
        self.chunk("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")


_HEAD = {"id": "chatcmpl-1", "created": 1_700_000_000, "model": "scripted"}
Reply = Callable[[_Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    chat: "ChatServer"


class ChatServer:
    """`replies` are given in turn, the last one again and again; `requests` are the bodies that came."""

    def __init__(self, replies: Sequence[Reply] = ()) -> None:
        self.replies: list[Reply] = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []  # the Authorization headers that came
        self.hung_up = 0  # clients that left before the reply was over
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.chat = self
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def wait_for_requests(self, count: int, patience: float = 30.0) -> None:
        """Wait until so many requests have come."""
        deadline = time.monotonic() + patience
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"{len(self.requests)} requests came, not {count}"
            time.sleep(0.02)

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def says(text: str, finish: str | None = "stop") -> Reply:
    """The text in pieces of seven characters, and the reason of its end."""

    def reply(handler: _Handler) -> None:
        if not handler.server.chat.requests[-1].get("stream"):
            _whole(handler, text, finish)
            return
        handler.open_stream()
        for start in range(0, len(text), 7):
            handler.piece(text[start : start + 7])
        handler.piece("", finish)
        handler.close_stream()

    return reply


def _whole(handler: _Handler, text: str, finish: str | None) -> None:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    _send_json(handler, 200, {**_HEAD, "object": "chat.completion", "choices": [choice]})


def refuses(status: int, message: str = "scripted failure", retry_after: str = "0") -> Reply:
    """An error as OpenAI sends it."""

    def reply(handler: _Handler) -> None:
        _send_json(handler, status, {"error": {"message": message, "type": "scripted"}}, retry_after)

    return reply


def _send_json(handler: _Handler, status: int, body: dict[str, Any], retry_after: str = "0") -> None:
    raw = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(raw)))
    handler.send_header("Retry-After", retry_after)
    handler.end_headers()
    handler.wfile.write(raw)


def hangs(seconds: float = 30.0) -> Reply:
    """Takes the request and says nothing."""

    def reply(handler: _Handler) -> None:
        threading.Event().wait(seconds)

    return reply


def drips(seconds: float = 30.0) -> Reply:
    """A word every tenth of a second that never becomes a sentence: no pause is long, the whole never ends."""

    def reply(handler: _Handler) -> None:
        handler.open_stream()
        pause = threading.Event()
        for _ in range(int(seconds * 10)):
            handler.piece("and ")
            pause.wait(0.1)

    return reply


def ends_at_once(handler: _Handler) -> None:
    """An empty stream."""
    handler.open_stream()
    handler.close_stream()


def breaks_off(text: str) -> Reply:
    """The connection is gone after the text, in the middle of the stream."""

    def reply(handler: _Handler) -> None:
        handler.open_stream()
        handler.piece(text)

    return reply


def stops_without_reason(text: str) -> Reply:
    """The stream ends properly after the text, but nobody said that the reply is complete."""

    def reply(handler: _Handler) -> None:
        handler.open_stream()
        handler.piece(text)
        handler.close_stream()

    return reply


def sends_garbage(handler: _Handler) -> None:
    """A stream of what is no JSON."""
    handler.open_stream()
    handler.chunk("data: {not json\n\n")
    handler.close_stream()
