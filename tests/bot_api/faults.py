"""Failures on demand."""

import math
import time
from dataclasses import dataclass, field

from bot_api.refusals import OTHER_POLL, SERVER_ERROR, Refusal, too_many_requests
from bot_api.shown import Request

KINDS = {"429", "500", "502", "409", "drop", "drop_after", "slow"}


@dataclass
class Fault:
    """A failure that strikes matching requests while it has `times` or time left; `hits` are those."""

    method: str | None
    chat: int | None
    kind: "str | Refusal"
    times: int | None
    until: float
    retry_after: int | None
    delay: float
    hits: list[Request] = field(default_factory=list)

    def strikes(self, request: Request) -> bool:
        if (self.times is not None and len(self.hits) >= self.times) or time.monotonic() > self.until:
            return False
        if self.chat is not None and self.chat != request.chat:
            return False
        return self.method in {request.method, "*"} or (
            self.method is None and request.method != "getUpdates"
        )

    def refusal(self) -> Refusal | None:
        """What the bot is told, for the kinds that answer."""
        if isinstance(self.kind, Refusal):
            return Refusal(self.kind.code, self.kind.description, self.kind.parameters)
        if self.kind == "429":
            left = self.until - time.monotonic()
            storm = math.ceil(left) if math.isfinite(left) else 1
            return too_many_requests(max(self.retry_after or storm, 1))
        answers = {"500": SERVER_ERROR, "502": (502, "Bad Gateway"), "409": OTHER_POLL}
        return Refusal(*answers[self.kind]) if self.kind in answers else None


class Faults:
    """The failures that were asked for, the earliest first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(
        self,
        method: str | None,
        chat: int | None,
        kind: "str | Refusal",
        times: int | None,
        seconds: float | None,
        retry_after: int | None,
        delay: float,
    ) -> Fault:
        if not isinstance(kind, Refusal) and kind not in KINDS:
            raise ValueError(f"no failure {kind!r}; there are {', '.join(sorted(KINDS))}")
        if times is None and seconds is None:
            times = 1
        until = time.monotonic() + seconds if seconds is not None else math.inf
        fault = Fault(method, chat, kind, times, until, retry_after, delay)
        self.faults.append(fault)
        return fault

    def strike(self, request: Request) -> Fault | None:
        """The failure that strikes this request, which is noted with it."""
        for fault in self.faults:
            if fault.strikes(request):
                fault.hits.append(request)
                return fault
        return None
