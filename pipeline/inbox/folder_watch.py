"""Wake up when something happens in the drop folder, and from time to time in any case.

Notifications are only a hint to look: they do not come from the other machines of a share, and are
lost where the system's queue is full. What is true is what the next look sees.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from watchfiles import awatch

logging.getLogger("watchfiles").setLevel(logging.WARNING)

_STEP = 50  # milliseconds of quiet that end a group of changes
_GROUP = 200  # milliseconds that it may last


class Bell:
    """Rings when something changes in the folder: ``async with Bell(folder) as bell``."""

    def __init__(self, folder: Path) -> None:
        """Nothing is watched before the block is entered."""
        self._folder = folder
        self._seen: tuple[int, int] | None = None
        self._rung = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Bell:
        """Begin to watch."""
        await self._follow()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Watch no more."""
        await self._stop()

    async def wait(self, seconds: float, stop: asyncio.Event) -> None:
        """Until it rings, for so many seconds at most; also until told to stop."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._rung, stop)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        self._rung.clear()
        await self._follow()

    async def _follow(self) -> None:
        """Watch the folder that has the name now: it may have been away, or be another one."""
        there = await asyncio.to_thread(self._identity)
        if there == self._seen and not (self._watching and self._watching.done()):
            return
        await self._stop()
        self._seen = there
        if there is not None:
            self._watching = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        # No more notifications here, or the folder went away: the periodic look goes on.
        with suppress(OSError, RuntimeError):
            async for _ in awatch(
                self._folder,
                watch_filter=None,
                step=_STEP,
                debounce=_GROUP,
                ignore_permission_denied=True,
            ):
                self._rung.set()

    async def _stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None

    def _identity(self) -> tuple[int, int] | None:
        try:
            seen = self._folder.stat()
        except OSError:
            return None
        return seen.st_dev, seen.st_ino
