"""The gate in front of the API: every request is written down, and meets the faults that are on.

It stands outside the application, as networks and proxies do: the application answers as usual, and
what becomes of its answer is decided here. An answer of None is a connection that is cut.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.sandbox.errors import ErrorNumber, Problem
from pipeline.sandbox.faults import Fault, FaultKind
from pipeline.sandbox.replies import refusal
from pipeline.sandbox.store import Arrival, Sandbox

ARRIVAL_IN_SCOPE = "sandbox.arrival"  # the request's number in the journal, and its fault
CUT_IN_SCOPE = "sandbox.cut"  # closes the connection; the server puts it there

_KEY = re.compile(r"^/api/v2/(?:TestSession|Result)/([^/]+)")

# What a gateway in front of Surpass shows of its own: no JSON, and no word of Surpass.
_GATEWAY_PAGE = (
    "<html><head><title>{title}</title></head>"
    "<body><center><h1>{title}</h1></center><hr><center>[sandbox] gateway</center></body></html>"
)


@dataclass(slots=True)
class Answer:
    """A whole response, held back until it is decided what becomes of it."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Stand in for ASGI's ``send``."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def send(self, send: Send) -> None:
        """Send the held response on."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Gate:
    """An ASGI application around the sandbox's own; one for each running server."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        """Guard ``app``, which serves ``sandbox``."""
        self._app = app
        self._sandbox = sandbox
        self._closing = asyncio.Event()
        self._arriving: set[Callable[[], None]] = set()  # how to cut each request still arriving

    def release(self) -> None:
        """The server stops: end what hangs, on either side. Call it in the server's own thread."""
        self._closing.set()
        for cut in tuple(self._arriving):
            cut()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; only the API is written down and meets faults."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        cut: Callable[[], None] = scope[CUT_IN_SCOPE]
        self._arriving.add(cut)
        try:
            body = await _read(receive)
        finally:
            self._arriving.discard(cut)
        if body is None:
            return
        method, path = scope["method"], scope["path"]
        match = _KEY.match(path)
        keycode = (self._sandbox.keycode(match[1]) or match[1]) if match else None
        # Nothing is awaited between these two: requests meet faults in the journal's order.
        decision = self._sandbox.faults.decide(method, path, keycode)
        journal = self._sandbox.journal
        number = journal.open(
            method,
            path,
            scope["query_string"].decode("latin-1"),
            keycode,
            body,
            decision.fault.kind if decision.fault else None,
        )
        scope[ARRIVAL_IN_SCOPE] = Arrival(number, decision.fault)
        answer = None
        if await self._pause(decision.delay):
            answer = await self._answer(scope, body, decision.fault)
        journal.close(number, "cut" if answer is None else answer.status)
        if answer is not None:
            await answer.send(send)
        else:
            cut()
            # One turn of the loop, so that the server learns of it before it misses an answer.
            await asyncio.sleep(0)

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Answer | None:
        if fault is None:
            return await _run(self._app, scope, body)
        if not (fault.kind.carried_out or fault.kind.of_posts):
            return await self._refuse(scope, fault)
        answer = await _run(self._app, scope, body)
        if fault.kind.is_late:
            number = scope[ARRIVAL_IN_SCOPE].number
            asyncio.get_running_loop().call_later(fault.seconds, self._sandbox.settle_late, number)
        return await self._spoil(scope, fault, answer)

    async def _refuse(self, scope: Scope, fault: Fault) -> Answer | None:
        """The request never reaches the application."""
        match fault.kind:
            case FaultKind.TOO_MANY_REQUESTS:
                return await self._error(scope, 429, "Too many requests.", _retry_after(fault))
            case FaultKind.UNAVAILABLE:
                return await self._error(scope, 503, "Not available now.", _retry_after(fault))
            case FaultKind.ERROR_BEFORE:
                return await self._error(scope, 500, "Something broke.")
            case FaultKind.ERROR_IN_200:
                return await self._error(scope, 200, "Something is wrong, in a status 200.")
            case FaultKind.GATEWAY_PAGE:
                return await _gateway_page(scope, 502, "502 Bad Gateway")
            case FaultKind.HANG_BEFORE:
                await self._pause(fault.seconds)
        return None

    async def _spoil(self, scope: Scope, fault: Fault, answer: Answer) -> Answer | None:
        """The application has answered, but its answer does not arrive as it should."""
        match fault.kind:
            case FaultKind.STORED_LATE:
                return await _gateway_page(scope, 504, "504 Gateway Time-out")
            case FaultKind.CUT_AFTER | FaultKind.STORED_LATE_CUT:
                return None
            case FaultKind.ERROR_AFTER:
                # The same words as before: a client cannot tell the two apart.
                return await self._error(scope, 500, "Something broke.")
            case FaultKind.MALFORMED:
                half = answer.body[: max(1, len(answer.body) // 2)]
                return await _run(Response(half, media_type="application/json"), scope, b"")
            case FaultKind.HANG_AFTER:
                return answer if await self._pause(fault.seconds) else None
        return answer  # what is wrong then lies in the session, not in the answer

    async def _error(
        self, scope: Scope, status: int, text: str, headers: dict[str, str] | None = None
    ) -> Answer:
        zone = self._sandbox.options.server_time_zone
        error = refusal(scope["method"], [Problem(ErrorNumber.FAULT, text)], zone)
        return await _run(JSONResponse(error, status, headers), scope, b"")

    async def _pause(self, seconds: float) -> bool:
        """Wait; False when the server stops before the time is over."""
        if seconds <= 0:
            return True
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return True
        return False


async def _gateway_page(scope: Scope, status: int, title: str) -> Answer:
    return await _run(HTMLResponse(_GATEWAY_PAGE.format(title=title), status), scope, b"")


def _retry_after(fault: Fault) -> dict[str, str] | None:
    if fault.retry_after is None:
        return None
    if not fault.retry_after_as_date:
        return {"Retry-After": str(fault.retry_after)}
    # HTTP dates have whole seconds; the one more keeps the wait from being too short.
    then = datetime.now(UTC) + timedelta(seconds=fault.retry_after + 1)
    return {"Retry-After": format_datetime(then, usegmt=True)}


async def _read(receive: Receive) -> bytes | None:
    """The request's body; None when the client went away while sending it."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body", False):
            return body


async def _run(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    answer = Answer()
    await app(scope, receive, answer.take)
    return answer
