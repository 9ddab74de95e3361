"""The line: how many sessions are under way at once, and when to stop sending altogether."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.errors import DOUBTFUL, SurpassError, Unauthorised, Unreachable


class Stopped(SurpassError):  # noqa: N818
    """The line was stopped before this one's turn; nothing of it was sent."""


class Line:
    """A run's way to Surpass: a bounded number at once, none any more once it is stopped.

    A run that goes wrong stops at its first credentials refused, or after some failures in a row:
    no thousand identical errors, and no user locked out by a thousand wrong passwords. The first
    request goes alone, to find that out.
    """

    def __init__(self, concurrency: int, stop_after: int) -> None:
        """Open, with nothing under way."""
        self._places = asyncio.Semaphore(concurrency)
        self._first = asyncio.Lock()
        self._proven = False
        self._failures = 0
        self._stop_after = stop_after
        self.stopped_by: SurpassError | None = None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, and hold it; Stopped where the line is."""
        async with self._places:
            if self._proven:
                async with self._counted():
                    yield
            else:
                async with self._first, self._counted():
                    yield

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        if self.stopped_by is not None:
            raise Stopped(f"the run was stopped: {self.stopped_by}") from self.stopped_by
        try:
            yield
        except (*DOUBTFUL, Unreachable, Unauthorised) as error:
            self.went_wrong(error)
            raise
        except SurpassError:
            self._went_well()
            raise
        else:
            self._went_well()

    def went_wrong(self, error: SurpassError) -> None:
        """Count a failure; the line stops where there are too many, or trying again cannot help."""
        self._failures += 1
        if (
            isinstance(error, Unauthorised)
            or not self._proven
            or self._failures >= self._stop_after
        ):
            self.stopped_by = self.stopped_by or error

    def _went_well(self) -> None:
        self._failures = 0
        self._proven = True
