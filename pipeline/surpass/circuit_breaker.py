"""The circuit breaker: bound how many sessions are under way, and stop after failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from pipeline.errors import (
    DOUBTFUL,
    NotUnderstood,
    PapermarksError,
    SendingStopped,
    SurpassError,
    Unauthorised,
    Unreachable,
)


class SlotDenied(SurpassError):  # noqa: N818
    """The run was stopped before this one's slot came; nothing of it was sent."""


# Not among them: a 'no' to one session, which says nothing of the others.
_FAILURES = (*DOUBTFUL, Unreachable, Unauthorised)
_MIN_ANSWERS_FOR_SHARE = 10  # submissions of which a share can be said


class Slot:
    """Permission to have one session under way; it records failures that raise no error."""

    def __init__(self) -> None:
        """Nothing has gone wrong."""
        self.error: PapermarksError | None = None
        self.taken: bool | None = None

    def failed(self, error: PapermarksError) -> None:
        """Count this session as a failure, because of the error."""
        self.error = error

    def answered(self, *, taken: bool) -> None:
        """Record that something was sent, and whether Surpass accepted it."""
        self.taken = taken


class CircuitBreaker:
    """Lets a bounded number of sessions be under way at once, and none once it has stopped.

    A run that goes wrong stops at its first credentials refused, after some failures in a row, or
    when too large a share of what it sends is refused: no thousand identical errors, and no user
    locked out by a thousand wrong passwords. The first request goes alone, to find that out.
    """

    def __init__(self, concurrency: int, stop_after: int, most_refused: float = 1.0) -> None:
        """Open, with nothing under way; ``most_refused`` is a share of what was sent, 0 to 1."""
        self._slots = asyncio.Semaphore(concurrency)
        self._first = asyncio.Lock()
        self._proven = False
        self._failures = 0
        self._answered = 0
        self._refused = 0
        self._stop_after = stop_after
        self._most_refused = most_refused
        self.stopped_by: PapermarksError | None = None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for a slot, and hold it; SlotDenied once the run is stopped."""
        async with self._slots, AsyncExitStack() as alone:
            if not self._proven:
                await alone.enter_async_context(self._first)
            if self._proven:  # by now: those that waited for the first need not go one by one
                await alone.aclose()
            with self._count_outcome() as slot:
                yield slot

    def stop(self, error: PapermarksError) -> None:
        """Give no more slots. What is under way ends by itself."""
        self.stopped_by = self.stopped_by or error

    @property
    def why_stopped(self) -> str:
        """The reason given for a submission that was not sent because the run was stopped."""
        return f"the run was stopped: {self.stopped_by}"

    @contextmanager
    def _count_outcome(self) -> Iterator[Slot]:
        if self.stopped_by is not None:
            raise SlotDenied(self.why_stopped) from self.stopped_by
        slot = Slot()
        try:
            yield slot
        except SurpassError as error:
            self._count(error if isinstance(error, _FAILURES) else None)
            raise
        self._count(slot.error)
        self._count_refusal(slot)

    def _count(self, error: PapermarksError | None) -> None:
        """Stop where too many failed in a row, or where trying again cannot help."""
        if error is None:
            self._failures = 0
            self._proven = True
            return
        self._failures += 1
        hopeless = isinstance(error, Unauthorised) or not isinstance(error, SurpassError)
        # One odd session says nothing of the others.
        failed_at_start = not self._proven and not isinstance(error, NotUnderstood)
        if hopeless or failed_at_start or self._failures >= self._stop_after:
            self.stop(error)

    def _count_refusal(self, slot: Slot) -> None:
        if slot.taken is None:
            return
        self._answered += 1
        self._refused += not slot.taken
        too_many = self._refused > self._most_refused * self._answered
        if self._answered >= _MIN_ANSWERS_FOR_SHARE and too_many:
            reason = f"Surpass refused {self._refused} of {self._answered} submissions"
            self.stop(SendingStopped(reason))
