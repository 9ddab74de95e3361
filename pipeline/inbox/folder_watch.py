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

_QUIET_MS = 50  # without a change, and a group of changes is at its end
_GROUP_MS = 200  # that it may last


class FolderWatch:
    """Tells when something changes in a folder: ``async with FolderWatch(folder) as watch``."""

    def __init__(self, folder: Path) -> None:
        """Nothing is watched before the block is entered."""
        self._folder = folder
        self._watched: tuple[int, int] | None = None
        self.changed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> FolderWatch:
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
        """Until something changes, for so many seconds at most; also until told to stop."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self.changed, stop)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        self.changed.clear()
        await self._follow()

    async def _follow(self) -> None:
        """Watch the folder that has the name now: it may have been away, or be another one."""
        present = await asyncio.to_thread(self._identity)
        if present == self._watched and not (self._watching and self._watching.done()):
            return
        await self._stop()
        self._watched = present
        if present is not None:
            self._watching = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        # No more notifications here, or the folder went away: the periodic look goes on.
        with suppress(OSError, RuntimeError):
            async for _ in awatch(
                self._folder,
                watch_filter=None,
                step=_QUIET_MS,
                debounce=_GROUP_MS,
                ignore_permission_denied=True,
            ):
                self.changed.set()

    async def _stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._folder.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino
