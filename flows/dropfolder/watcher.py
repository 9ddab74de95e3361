"""The drop folder's two ways: ``watch`` until told to stop, ``sweep`` once.

Any number of them may be at work at once, on one machine or on many: each file is taken by one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import PurePath

from flows.dropfolder.backoff import Backoff
from flows.dropfolder.worker import Desk, FileResult
from flows.execute import Tell
from pipeline.errors import Interrupted, Unauthorised
from pipeline.inbox import DOUBT, Bell, Taken, shown
from pipeline.settings import Settings

__all__ = ["FileResult", "sweep", "watch"]

_HINDERED = 2  # so many files in a row, and a sweep ends: Surpass is away, or we are broken
_ALL = object()  # what patience is lost with where no file can be carried out


def _to_stderr(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}", file=sys.stderr, flush=True)


async def sweep(
    settings: Settings, *, stop: asyncio.Event | None = None, tell: Tell = _to_stderr
) -> list[FileResult]:
    """Take and carry out everything that is there once: leftovers first, then what has settled.

    What still moves is waited for, as long as it may take to settle. InputError where the settings
    or the folders cannot be used.
    """
    return await _Sweep(Desk(settings, tell), settings.settle, stop or asyncio.Event()).swept()


async def watch(settings: Settings, stop: asyncio.Event, *, tell: Tell = _to_stderr) -> None:
    """Carry out each file as it settles, until told to stop; the one under way is finished first.

    InputError where the settings or the folders cannot be used.
    """
    desk = Desk(settings, tell)
    watching = _Watch(desk, settings.poll, stop)
    tell(f"Watching {desk.inbox.folder}")
    async with Bell(desk.inbox.folder) as bell:
        while not stop.is_set():
            await bell.wait(await watching.round(), stop)


class _Sweep:
    """One time through the inbox."""

    def __init__(self, desk: Desk, settle: float, stop: asyncio.Event) -> None:
        self._desk = desk
        self._stop = stop
        self._settle = settle
        self._handled: list[FileResult] = []
        self._hindered = 0

    async def swept(self) -> list[FileResult]:
        async for taken in _leftovers(self._desk):
            if self._over:
                taken.release()
                break
            await self._carry(taken)
        left = await self._take_all()
        if left:
            names = ", ".join(shown(path) for path in sorted(left)[:3])
            self._desk.tell(f"Left in the inbox for the next time: {len(left)}, such as {names}")
        return self._handled

    async def _take_all(self) -> set[PurePath]:
        """Take what is there now; what of it could not be taken."""
        wanted: set[PurePath] | None = None
        give_up = self._patient()
        while (look := await self._desk.look()) is not None:
            there = {*look.settled, *look.moving}
            wanted = there if wanted is None else wanted & there
            for path in [path for path in look.settled if path in wanted]:
                if not self._over and await self._take(path):
                    wanted.remove(path)
                    give_up = self._patient()
            if not wanted or self._over or time.monotonic() > give_up:
                break
            await asyncio.sleep(min(max(look.due or 0.0, 0.05), self._settle))
        return wanted or set()

    def _patient(self) -> float:
        """Until when we wait for what moves: a little longer than it may take to settle."""
        return time.monotonic() + self._settle * (DOUBT + 2)

    async def _take(self, path: PurePath) -> bool:
        """Whether it need not be looked at again."""
        taken = await asyncio.to_thread(self._desk.take, path)
        return taken is not None and not (await self._carry(taken)).changed

    async def _carry(self, taken: Taken) -> FileResult:
        handled = await self._desk.handle(taken)
        if not handled.changed:
            self._handled.append(handled)
        self._hindered = self._hindered + 1 if handled.hinders else 0
        if isinstance(handled.because, Interrupted):
            self._stop.set()
        return handled

    @property
    def _over(self) -> bool:
        """To go on would only send more files back, or lock the user out."""
        refused = self._handled and isinstance(self._handled[-1].because, Unauthorised)
        return self._stop.is_set() or self._hindered >= _HINDERED or bool(refused)


class _Watch:
    """Round after round of the inbox, with patience where something is away."""

    def __init__(self, desk: Desk, poll: float, stop: asyncio.Event) -> None:
        self._desk = desk
        self._poll = poll
        self._stop = stop
        self._patience = Backoff(poll)

    async def round(self) -> float:
        """Carry out all that can be; the seconds until the next look."""
        async for taken in _leftovers(self._desk):
            if self._must_wait(taken.name):
                taken.release()
            else:
                await self._carry(taken)
        look = await self._desk.look()
        for path in look.settled if look is not None else ():
            if not self._must_wait(path):
                taken_now = await asyncio.to_thread(self._desk.take, path)
                if taken_now is not None:
                    await self._carry(taken_now)
        due = look.due if look is not None else None
        return self._poll if due is None else min(due, self._poll)

    def _must_wait(self, path: PurePath) -> bool:
        return self._stop.is_set() or any(map(self._patience.left, (_ALL, path)))

    async def _carry(self, taken: Taken) -> None:
        handled = await self._desk.handle(taken)
        if isinstance(handled.because, Interrupted):
            self._stop.set()
        elif handled.hinders:
            self._patience.lost(taken.name)
            refused = isinstance(handled.because, Unauthorised)
            wait = self._patience.lost(_ALL, at_once=refused)
            self._desk.tell(f"Nothing is taken for {wait:.0f} seconds; then it is tried again")
        else:
            self._patience.regained(taken.name)
            if handled.outcomes:  # so Surpass was asked
                self._patience.regained(_ALL)


async def _leftovers(desk: Desk) -> AsyncIterator[Taken]:
    found = desk.leftovers()
    while (taken := await asyncio.to_thread(next, found, None)) is not None:
        yield taken
