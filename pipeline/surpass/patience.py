"""How long whole answers are waited for."""

from __future__ import annotations

import asyncio
from types import TracebackType

_WHOLE_FACTOR = 2  # times the time-out of one wait: what a whole answer may take
_NO_TIMEOUT_S = 3600.0
_HURRIED_S = 2.0  # for which an answer is waited for after Ctrl-C


class Patience:
    """How long whole answers are waited for.

    The client's time-out is for each wait alone. All of them together may take twice as long, or an
    answer of a byte at a time would never be given up. Once somebody waits for our end, no answer
    is waited for much longer: what it was is read by the next run.
    """

    def __init__(self, timeout_s: float | None) -> None:
        """``timeout_s`` of one wait."""
        self.whole_s = _WHOLE_FACTOR * (timeout_s or _NO_TIMEOUT_S)
        self._end: float | None = None
        self._waits: set[asyncio.Timeout] = set()

    def hurry(self) -> None:
        """Give up soon what is waited for, and all that is asked from now on."""
        self._end = asyncio.get_running_loop().time() + _HURRIED_S
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(self._sooner(wait.when()))

    def limit(self) -> _Limit:
        """An asynchronous context in which an answer is waited for; TimeoutError at its end."""
        now = asyncio.get_running_loop().time()
        return _Limit(asyncio.timeout_at(self._sooner(now + self.whole_s)), self._waits)

    def _sooner(self, when: float | None) -> float | None:
        return when if self._end is None else min(self._end, when or self._end)


class _Limit:
    """One wait, among the others while it lasts."""  # no generator: that would cost more

    def __init__(self, wait: asyncio.Timeout, waits: set[asyncio.Timeout]) -> None:
        self._wait, self._waits = wait, waits

    async def __aenter__(self) -> None:
        self._waits.add(self._wait)
        await self._wait.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waits.discard(self._wait)
        await self._wait.__aexit__(kind, error, trace)
