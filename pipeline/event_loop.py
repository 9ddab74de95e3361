"""Run what is asynchronous in an event loop of its own.

Where no more files may be open, ``asyncio.run`` fails, and complains twice beside its error: of a
coroutine that nobody awaited, and of half a loop that it cannot close. As it ends, it writes out
what came of it, since Python makes a message of the handler of Ctrl-C, which nobody sees: for a
report with its frames some hundredths of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")


class _EventLoop(asyncio.SelectorEventLoop):
    def __del__(self) -> None:
        with suppress(AttributeError):  # what it closes could not be opened
            super().__del__()


def run(main: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """What it comes to; OSError where no loop can be had."""
    came: list[_T] = []

    async def keep() -> None:
        came.append(await main())

    with asyncio.Runner(loop_factory=_EventLoop) as runner:
        runner.get_loop()  # before there is a coroutine
        runner.run(keep())
    return came[0]
