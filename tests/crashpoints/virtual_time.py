"""An event loop whose time jumps: an hour of waiting passes at once, and always in the same order.

Nothing in it runs beside anything else. What is handed to a thread is done by the loop itself, a
moment later, so that a run does the same things in the same order each time.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest import mock

_T = TypeVar("_T")
_EPOCH_S = 1_780_000_000.0  # what the clock on the wall shows at 0
_SHORTEST_S = 1e-6  # that each turn of the loop takes
THREAD_S = 0.001  # what is handed to a thread is done so much later


class Stuck(AssertionError):  # noqa: N818
    """Nothing is left to wait for, and the run has not ended."""


class VirtualClock:
    """What every clock shows: the loop's, the monotonic one, and the one on the wall."""

    def __init__(self) -> None:
        """At 0."""
        self.now = 0.0

    def wall(self) -> float:
        """Seconds since 1970."""
        return _EPOCH_S + self.now

    def monotonic(self) -> float:
        """Seconds since some time."""
        return self.now

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Within this block Python's clocks show this time to this thread, and it sleeps no longer.

        To others they show their own: a server of another test would wait for years.
        """
        this = threading.get_ident()

        def of_this_thread(
            virtual: Callable[[], float], real: Callable[[], float]
        ) -> Callable[[], float]:
            return lambda: virtual() if threading.get_ident() == this else real()

        sleep = time.sleep

        def passed(seconds: float) -> None:
            if threading.get_ident() == this:
                self.now += seconds
            else:
                sleep(seconds)

        with (
            mock.patch.object(time, "time", of_this_thread(self.wall, time.time)),
            mock.patch.object(time, "monotonic", of_this_thread(self.monotonic, time.monotonic)),
            mock.patch.object(time, "sleep", passed),
        ):
            yield

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run it to its end in an event loop of its own. Stuck where it waits for nothing."""
        with (
            self.shown(),
            _interrupts_as_they_are(),
            asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner,
        ):
            return runner.run(work)


@contextmanager
def _interrupts_as_they_are() -> Iterator[None]:
    """Within this block no runner takes Ctrl-C for itself.

    Its handler holds the task, and Python words it, with all the tables that the task holds,
    whenever it is asked for: a sixth of a run's time.
    """
    before = signal.getsignal(signal.SIGINT)
    ours = before is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, lambda *arguments: signal.default_int_handler(*arguments))
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, before)


class _Selector(selectors.SelectSelector):
    """Never waits: the time that would be waited for is over."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Stuck("the run waits for something that never comes")
        # Never none at all: who waits for less than a float can tell apart would wait for ever.
        self._clock.now += max(timeout or 0.0, _SHORTEST_S) if not ready else _SHORTEST_S
        return ready


class _Loop(asyncio.SelectorEventLoop):
    """The loop on that clock."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_Selector(clock))
        self._clock = clock

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(  # type: ignore[override]  # no executor is ever given
        self, executor: None, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        """Done by the loop, a moment later, whoever has given up waiting meanwhile."""
        done: asyncio.Future[_T] = self.create_future()

        def do() -> None:
            try:
                result = func(*args)
            except BaseException as error:
                if not done.cancelled():
                    done.set_exception(error)
            else:
                if not done.cancelled():
                    done.set_result(result)

        self.call_later(THREAD_S, do)
        return done
