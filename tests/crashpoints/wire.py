"""The wire between the client and the model of Surpass: each request is a point."""

from __future__ import annotations

import asyncio

import httpx

from tests.crashpoints.faults import Answer, RequestFault, Stored
from tests.crashpoints.points import Points
from tests.crashpoints.surpass_model import Reply, SurpassModel, called
from tests.crashpoints.virtual_time import VirtualClock

TIMEOUT_S = 30.0
QUIET_S = 120.0
_WAY_S = 0.01  # to Surpass, and as long back
_SOON_S = 2.0
_LATE_S = QUIET_S - 1
_HTML = b"<html><body><h1>Bad Gateway</h1></body></html>"
_ODD: dict[Answer, tuple[int, bytes, dict[str, str]]] = {
    Answer.GATEWAY: (504, _HTML, {}),
    Answer.ERROR: (500, b"", {}),
    Answer.GARBAGE: (200, _HTML, {}),
    Answer.EMPTY: (200, b"", {}),
    Answer.THROTTLED: (429, b"", {"Retry-After": "1"}),
    Answer.TURNED_AWAY: (503, _HTML, {"Retry-After": "1"}),
    Answer.NOT_THERE: (404, _HTML, {}),
}
_GOOD = RequestFault(Answer.GOOD, Stored.NOW)


class Wire(httpx.AsyncBaseTransport):
    """Carries the client's requests to the model."""

    def __init__(self, surpass: SurpassModel, points: Points, clock: VirtualClock) -> None:
        """Nothing is under way."""
        self._surpass = surpass
        self._points = points
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request, or what befalls it."""
        what, keycode = called(str(request.url))
        fault = self._points.reach(request.method, f"{what} {keycode}") or _GOOD
        assert isinstance(fault, RequestFault)
        if fault.answer is Answer.NO_CONNECTION:
            raise httpx.ConnectError("no route to host", request=request)
        await asyncio.sleep(_WAY_S)
        if self._points.dead:
            self._points.reach("", "")
        self._surpass.at(self._clock.now)
        reply = self._reply(request, what, keycode, fault)
        return await self._answered(request, reply, fault)

    def _reply(self, request: httpx.Request, what: str, keycode: str, fault: RequestFault) -> Reply:
        """What Surpass itself answers, whatever the client sees of it."""
        if request.method == "GET":
            return self._surpass.read(keycode, result=what == "Result")
        self._surpass.arrives(keycode)
        if fault.stored in (Stored.SOON, Stored.LATE):
            delay = _SOON_S if fault.stored is Stored.SOON else _LATE_S
            self._surpass.post_later(keycode, request.content, self._clock.now + delay)
            return 200, b""
        if fault.stored is Stored.NOT:
            return 200, b""
        reply = self._surpass.post(keycode, request.content)
        if fault.stored is Stored.TWICE:
            reply = self._surpass.post(keycode, request.content)
        return reply

    async def _answered(
        self, request: httpx.Request, reply: Reply, fault: RequestFault
    ) -> httpx.Response:
        if fault.answer is Answer.DEATH:
            self._points.die()
        if fault.answer is Answer.TIMED_OUT:
            await asyncio.sleep(TIMEOUT_S)
            raise httpx.ReadTimeout("", request=request)
        await asyncio.sleep(_WAY_S)
        if fault.answer is Answer.LOST:
            raise httpx.ReadError("connection reset", request=request)
        status, content, headers = _ODD.get(fault.answer, (*reply, {}))
        return httpx.Response(status, content=content, headers=headers, request=request)
