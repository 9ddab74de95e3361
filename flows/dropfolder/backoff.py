"""How long to wait before something that failed is tried again: each time twice as long."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

LONGEST_WAIT_S = 600.0


class Backoff:
    """When each of several things may be tried again."""

    def __init__(self, first_wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``first_wait_s`` is waited after the first failure; nothing has failed yet."""
        self._first_wait_s = min(first_wait_s, LONGEST_WAIT_S)
        self._clock = clock
        self._waits: dict[Hashable, tuple[float, float]] = {}  # how long, until when

    def failed(self, key: Hashable, *, longest: bool = False) -> float:
        """It failed (again); the seconds to wait, the most there are where the ``longest``."""
        before, _ = self._waits.get(key, (self._first_wait_s / 2, 0.0))
        wait_s = LONGEST_WAIT_S if longest else min(before * 2, LONGEST_WAIT_S)
        self._waits[key] = (wait_s, self._clock() + wait_s)
        return wait_s

    def succeeded(self, key: Hashable) -> None:
        """It went well: the next failure counts as the first."""
        self._waits.pop(key, None)

    def wait(self, key: Hashable) -> float:
        """The seconds of its last wait, which grow with each failure; 0 where it went well."""
        return self._waits.get(key, (0.0, 0.0))[0]

    def remaining(self, key: Hashable) -> float:
        """The seconds that it must still wait; 0 where it may be tried."""
        _, until = self._waits.get(key, (0.0, 0.0))
        return max(until - self._clock(), 0.0)
