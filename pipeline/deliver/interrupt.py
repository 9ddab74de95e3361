"""Ctrl-C and SIGTERM: no new requests; those under way end, are recorded and reported."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from pipeline.daemon_thread import give_up
from pipeline.errors import Interrupted
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(
    breaker: CircuitBreaker, surpass: Surpass, reading: Future[Any]
) -> Iterator[None]:
    """Within this block the first such signal ends the run in good order; a second one kills it.

    Where ``reading`` is still under way, it is not waited for: nothing was begun.
    """
    loop = asyncio.get_running_loop()

    def stop() -> None:
        interrupted = Interrupted("it was interrupted")
        breaker.stop(interrupted)
        give_up(reading, interrupted)
        surpass.hurry()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            with suppress(ValueError, NotImplementedError):
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        # Not in a thread, and not on Windows: there a signal is a kill, which is harmless too.
        with suppress(ValueError, NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        restore()
