"""A language model of any provider that LangChain's `init_chat_model` knows: made from its name, read as it writes.

Whatever goes wrong with it is one error, LanguageModelFailed, that says why in words, and comes in a bounded time.
What it writes is proved elsewhere: here is only text.
"""

import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

RETRIES = (
    2  # of a request that failed, made by the provider's client, within the time that an answer may take
)
EXTRAS = ("openai", "anthropic", "ollama")  # the providers that can be installed with Footnote
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
NO_KEY = "none"  # what a server of one's own is told, which asks for none

# What providers call the reason of a reply's end, and the reasons that mean it was cut.
_END = ("finish_reason", "stop_reason", "done_reason", "stopReason", "status")
_CUT = ("length", "max_tokens", "content_filter", "safety", "refusal", "incomplete", "error")
_STATUS = {
    400: "did not accept the request",
    401: "refused the key: check FOOTNOTE_LLM_API_KEY",
    403: "refused the key: check FOOTNOTE_LLM_API_KEY",
    404: "was not found: check FOOTNOTE_LLM and FOOTNOTE_LLM_URL",
    408: "took too long",
    413: "did not accept so long a request",
    429: "takes no more requests for now",
    504: "took too long",
}


class LanguageModelFailed(FootnoteError):
    """The message is what may follow the model's name: "refused the key: check FOOTNOTE_LLM_API_KEY (401)"."""


@dataclass(frozen=True, slots=True)
class LanguageModelChoice:
    """`name` is `provider:model`; `url` and `api_key` are empty for the provider's own; `timeout` in seconds."""

    name: str
    url: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0

    @property
    def provider(self) -> str:
        return self.name.partition(":")[0].replace("-", "_").lower()


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """`timeout` is the time that a whole answer may take, retries included, in seconds."""

    name: str
    chat: "BaseChatModel"
    timeout: float
    says_when_done: bool = False  # its provider gives a reason for the end: an end without one is a cut

    def stream(self, messages: "Sequence[BaseMessage]", within: float | None = None) -> Generator[str]:
        """The pieces of its reply as they come. LanguageModelFailed: it broke off, or took longer than `within`."""
        # The client's own timeout starts again with every byte and every retry: the whole is timed here.
        allowed = self.timeout if within is None else within
        deadline = monotonic() + allowed
        pieces: SimpleQueue[str | _End] = SimpleQueue()
        stopped = Event()
        Thread(target=self._read, args=(messages, pieces, stopped), daemon=True).start()
        anything = False
        try:
            while isinstance(piece := self._next(pieces, deadline, allowed), str):
                anything = anything or bool(piece.strip())
                yield piece
        finally:
            stopped.set()
        if reason := piece.reason(anything, self.says_when_done):
            raise LanguageModelFailed(reason)

    def _next(self, pieces: "SimpleQueue[str | _End]", deadline: float, allowed: float) -> "str | _End":
        try:
            return pieces.get(timeout=max(0.0, deadline - monotonic()))
        except Empty:
            raise LanguageModelFailed(f"took longer than {allowed:g} seconds") from None

    def _read(
        self, messages: "Sequence[BaseMessage]", pieces: "SimpleQueue[str | _End]", stopped: Event
    ) -> None:
        """Put the pieces of the reply into the queue, and its end, whichever way it came."""

        def hand_over(kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
            pieces.put(_End(error, finish))
            return True  # each provider's client has errors of its own: all of them mean that no more comes

        finish = ""
        with ExitStack() as stack:
            stack.push(hand_over)
            for chunk in self.chat.stream(list(messages)):
                if stopped.is_set():
                    return
                said = chunk.response_metadata
                finish = next((str(said[name]) for name in _END if said.get(name)), finish)
                pieces.put(str(chunk.text))


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None
    finish: str  # the provider's word for why the reply ended

    def reason(self, anything: bool, says_when_done: bool) -> str:
        """What went wrong, empty if nothing did."""
        if self.error is not None and anything:
            return "broke off"
        if self.error is not None:
            return _reason(self.error)
        if not anything:
            return "gave an empty answer"
        cut = self.finish.lower() in _CUT or (says_when_done and not self.finish)
        return "broke off" if cut else ""


def _reason(error: BaseException) -> str:
    """Why a request failed, in words of ours: the provider's own may hold parts of the key."""
    status = getattr(error, "status_code", None) or getattr(
        getattr(error, "response", None), "status_code", None
    )
    if isinstance(status, int) and status >= 400:
        return f"{_STATUS.get(status, 'has trouble of its own')} ({status})"
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if "Timeout" in kinds:
        return "took too long"
    if "Connect" in kinds:
        return "cannot be reached: check FOOTNOTE_LLM_URL and the network"
    if "No generation chunks" in str(error):
        return "gave an empty answer"
    if "Protocol" in kinds or "ReadError" in kinds:
        return "broke off"
    if "Decode" in kinds or "Validation" in kinds:
        return "sent what cannot be read"
    return f"failed ({type(error).__name__})"


def load_language_model(choice: LanguageModelChoice) -> LanguageModel:
    """The chosen model, ready to be asked; nothing is sent yet.

    FootnoteError: its provider is unknown, not installed or has no key, in one sentence with the mend.
    """
    _check(choice)
    try:
        from langchain.chat_models import init_chat_model

        chat = init_chat_model(choice.name, **_arguments(choice))
    except ImportError as error:
        raise FootnoteError(_not_installed(choice, error)) from error
    except (ValueError, TypeError, LookupError, OSError) as error:
        raise FootnoteError(_unusable(choice, error)) from error
    return LanguageModel(choice.name, chat, choice.timeout, says_when_done=choice.provider in EXTRAS)


def _check(choice: LanguageModelChoice) -> None:
    provider, _, model = choice.name.partition(":")
    if not provider or not model:
        raise FootnoteError(
            f"FOOTNOTE_LLM={choice.name} is not a provider and a model: write it as in openai:gpt-5-mini."
        )
    key = KEYS.get(choice.provider)
    if key and not (choice.url or choice.api_key or os.environ.get(key)):
        raise FootnoteError(f"FOOTNOTE_LLM={choice.name} needs a key: set FOOTNOTE_LLM_API_KEY or {key}.")


def _arguments(choice: LanguageModelChoice) -> dict[str, Any]:
    """What `init_chat_model` is given beside the name."""
    base: dict[str, Any] = {"base_url": choice.url} if choice.url else {}
    if choice.provider == "ollama":  # its client takes time and key in its own way, and makes no retries
        headers = {"Authorization": f"Bearer {choice.api_key}"} if choice.api_key else {}
        return base | {"client_kwargs": {"timeout": choice.timeout, "headers": headers}}
    base |= {"timeout": choice.timeout, "max_retries": RETRIES}
    if choice.api_key:
        base["api_key"] = choice.api_key
    elif choice.url and not os.environ.get(KEYS.get(choice.provider, "")):
        base["api_key"] = NO_KEY
    return base


def _unusable(choice: LanguageModelChoice, error: Exception) -> str:
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
    if "infer model provider" in reason or "Unsupported provider" in reason:
        return (
            f"FOOTNOTE_LLM={choice.name} names no provider that LangChain knows: write it as in openai:gpt-5-mini, "
            "anthropic:claude-haiku-4-5 or ollama:qwen3."
        )
    return f"FOOTNOTE_LLM={choice.name} cannot be used ({reason}): check the settings FOOTNOTE_LLM_*."


def _not_installed(choice: LanguageModelChoice, error: ImportError) -> str:
    if choice.provider in EXTRAS:
        return f"FOOTNOTE_LLM={choice.name} is not installed: run pip install 'footnote[{choice.provider}]'."
    if error.name == "langchain" or "langchain'" in str(error):
        return f"FOOTNOTE_LLM={choice.name} is not installed: run pip install langchain and its provider's package."
    return f"FOOTNOTE_LLM={choice.name} is not installed: {str(error).strip().rstrip('.')}."
