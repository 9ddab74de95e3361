"""The line: how many sessions are under way at once, and when to stop sending altogether."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from pipeline.errors import DOUBTFUL, SurpassError, Unauthorised, Unreachable


class Stopped(SurpassError):  # noqa: N818
    """The line was stopped before this one's turn; nothing of it was sent."""


# Not among them: a 'no' to one session, which says nothing of the others.
_FAILURES = (*DOUBTFUL, Unreachable, Unauthorised)


class Turn:
    """A place in the line, held; it is told of a failure that does not leave it as an error."""

    def __init__(self) -> None:
        """Nothing has gone wrong."""
        self.error: SurpassError | None = None

    def went_wrong(self, error: SurpassError) -> None:
        """This turn counts as a failure, because of the error."""
        self.error = error


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
    async def place(self) -> AsyncIterator[Turn]:
        """Wait for a place, and hold it; Stopped where the line is."""
        async with self._places, AsyncExitStack() as alone:
            if not self._proven:
                await alone.enter_async_context(self._first)
            if self._proven:  # by now: those that waited for the first need not go one by one
                await alone.aclose()
            with self._counted() as turn:
                yield turn

    @contextmanager
    def _counted(self) -> Iterator[Turn]:
        if self.stopped_by is not None:
            raise Stopped(f"the run was stopped: {self.stopped_by}") from self.stopped_by
        turn = Turn()
        try:
            yield turn
        except SurpassError as error:
            self._count(error if isinstance(error, _FAILURES) else None)
            raise
        self._count(turn.error)

    def _count(self, error: SurpassError | None) -> None:
        """The line stops where too many failed in a row, or trying again cannot help."""
        if error is None:
            self._failures = 0
            self._proven = True
            return
        self._failures += 1
        if (
            isinstance(error, Unauthorised)
            or not self._proven
            or self._failures >= self._stop_after
        ):
            self.stopped_by = self.stopped_by or error
