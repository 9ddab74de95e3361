"""How long to wait before something is tried again that went wrong: each time twice as long."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

LONGEST = 600.0  # seconds


class Backoff:
    """Of each thing, when it may be tried again. Times in seconds."""

    def __init__(self, first: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``first`` is waited after the first time; nothing has gone wrong yet."""
        self._first = min(first, LONGEST)
        self._clock = clock
        self._waits: dict[Hashable, tuple[float, float]] = {}  # how long, until when

    def lost(self, what: Hashable, *, at_once: bool = False) -> float:
        """It went wrong (again); the wait before the next time, the longest one ``at_once``."""
        before, _ = self._waits.get(what, (self._first / 2, 0.0))
        wait = LONGEST if at_once else min(before * 2, LONGEST)
        self._waits[what] = (wait, self._clock() + wait)
        return wait

    def regained(self, what: Hashable) -> None:
        """It went well."""
        self._waits.pop(what, None)

    def left(self, what: Hashable) -> float:
        """How long it must still wait; 0 where it may be tried."""
        _, until = self._waits.get(what, (0.0, 0.0))
        return max(until - self._clock(), 0.0)
