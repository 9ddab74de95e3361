"""Two ways to empty the drop folder: ``watch`` until told to stop, ``sweep`` once.

Any number of them may be at work at once, on one machine or on many: each file is claimed by one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

from flows.dropfolder.backoff import Backoff
from flows.dropfolder.file_result import FileResult
from flows.dropfolder.worker import InboxWorker
from flows.log import Log, to_stderr
from pipeline.errors import FolderUnavailable, Interrupted, Unauthorised, Unavailable
from pipeline.inbox import UNCERTAIN_FACTOR, ClaimedFile, FolderWatch, printable
from pipeline.settings import Settings
from pipeline.with_noun import with_noun

__all__ = ["FileResult", "sweep", "watch"]

_MAX_BLOCKED_IN_A_ROW = 2  # files, and a sweep ends: Surpass is away, or we are broken
_MAX_UNSERVED_IN_A_ROW = 4  # files, where Surpass answers, but cannot serve
_EVERY_FILE = object()  # the key under which a failure is kept that concerns all files
_BEAT_S = 5.0
_MAX_NAMED = 3  # files that a line names


async def sweep(
    settings: Settings, *, stop: asyncio.Event | None = None, log: Log = to_stderr
) -> list[FileResult]:
    """Carry out everything that is there once: abandoned files first, then what has settled.

    What still changes is waited for, as long as it may take to settle. InputError where the
    settings or the folders cannot be used.
    """
    worker = InboxWorker(settings, log)
    return await _Sweep(worker, settings.settle, stop or asyncio.Event()).results()


async def watch(settings: Settings, stop: asyncio.Event, *, log: Log = to_stderr) -> None:
    """Carry out each file as it settles, until told to stop; the one under way is finished first.

    InputError where the settings or the folders cannot be used.
    """
    worker = InboxWorker(settings, log)
    watching = _Watch(worker, settings.poll, stop)
    log(f"Watching {worker.inbox.folder}")
    async with FolderWatch(worker.inbox.folder) as folder:
        while not stop.is_set():
            await folder.wait(await watching.round(), stop)


class _Sweep:
    """One time through the inbox."""

    def __init__(self, worker: InboxWorker, settle_s: float, stop: asyncio.Event) -> None:
        self._worker = worker
        self._stop = stop
        self._settle_s = settle_s
        self._results: list[FileResult] = []
        self._blocked_in_a_row = 0

    async def results(self) -> list[FileResult]:
        async for claimed in _abandoned(self._worker):
            if self._over:
                claimed.release()
                break
            await self._process(claimed)
        remaining = await self._process_all()
        await self._worker.move_settled()
        if remaining:
            names = ", ".join(printable(path) for path in sorted(remaining)[:_MAX_NAMED])
            self._worker.log(
                f"Left in the inbox for the next time: {len(remaining)}, such as {names}"
            )
        return self._results

    async def _process_all(self) -> set[PurePath]:
        """Claim and carry out what is there now; the files that could not be claimed."""
        wanted: set[PurePath] | None = None
        deadline = self._deadline()
        while (scan := await self._worker.scan()) is not None:
            present = {*scan.settled, *scan.moving}
            wanted = present if wanted is None else wanted & present
            waiting = [path for path in scan.settled if path in wanted]
            while waiting and not self._over:
                path = waiting.pop(self._next_of(waiting))
                if await self._claim_and_process(path):
                    wanted.remove(path)
                    deadline = self._deadline()
            if not wanted or self._over or time.monotonic() > deadline:
                break
            await asyncio.sleep(min(max(scan.due_s or 0.0, 0.05), self._settle_s))
        self._report_unclaimed(wanted or set())
        return wanted or set()

    def _next_of(self, waiting: Sequence[PurePath]) -> int:
        """The oldest; any, where the one before failed: it may be that file's own session.

        By age alone, two such files would be all that each sweep comes to.
        """
        return random.randrange(len(waiting)) if self._blocked_in_a_row else 0  # noqa: S311

    def _report_unclaimed(self, left: set[PurePath]) -> None:
        """A result for each file that could not even be claimed: else a sweep would end well."""
        for path in sorted(left & self._worker.unclaimed.keys()):
            name, error = printable(path), FolderUnavailable(self._worker.unclaimed[path])
            self._results.append(FileResult(name, None, {}, f"inbox/{name}", None, error))

    def _deadline(self) -> float:
        """Until when we wait for what changes: a little longer than it may take to settle."""
        return time.monotonic() + self._settle_s * (UNCERTAIN_FACTOR + 2)

    async def _claim_and_process(self, path: PurePath) -> bool:
        """Whether it need not be looked at again."""
        claimed = await asyncio.to_thread(self._worker.claim, path)
        return claimed is not None and not (await self._process(claimed)).changed

    async def _process(self, claimed: ClaimedFile) -> FileResult:
        result = await self._worker.process(claimed)
        if not result.changed:
            self._results.append(result)
        self._blocked_in_a_row = self._blocked_in_a_row + 1 if result.blocks_others else 0
        if isinstance(result.error, Interrupted):
            self._stop.set()
        return result

    @property
    def _over(self) -> bool:
        """To go on would only send more files back, or lock the user out."""
        refused = self._results and isinstance(self._results[-1].error, Unauthorised)
        last = self._results[-1].error if self._results else None
        answers = isinstance(last, Unavailable)  # it is there, though it cannot serve this one
        most = _MAX_UNSERVED_IN_A_ROW if answers else _MAX_BLOCKED_IN_A_ROW
        blocked = self._blocked_in_a_row >= most
        return self._stop.is_set() or blocked or bool(refused)


class _Watch:
    """Round after round of the inbox; what fails is tried again after longer and longer waits."""

    def __init__(self, worker: InboxWorker, poll_s: float, stop: asyncio.Event) -> None:
        self._worker = worker
        self._poll_s = poll_s
        self._stop = stop
        self._backoff = Backoff(poll_s)

    async def round(self) -> float:
        """Carry out all that can be; the seconds until the next look."""
        async for claimed in _abandoned(self._worker):
            if self._must_wait(claimed.name):
                claimed.release()
            else:
                await self._process(claimed)
        scan = await self._worker.scan()
        settled_files = scan.settled if scan is not None else ()
        # What failed before comes last, or it would keep all the others waiting again and again.
        for path in sorted(settled_files, key=self._backoff.wait):
            if not self._must_wait(path):
                settled = await asyncio.to_thread(self._worker.claim, path)
                if settled is not None:
                    await self._process(settled)
        await self._worker.move_settled()
        due_s = scan.due_s if scan is not None else None
        return self._poll_s if due_s is None else min(due_s, self._poll_s)

    def _must_wait(self, path: PurePath) -> bool:
        return self._stop.is_set() or any(map(self._backoff.remaining, (_EVERY_FILE, path)))

    async def _process(self, claimed: ClaimedFile) -> None:
        result = await self._worker.process(claimed)
        if isinstance(result.error, Interrupted):
            self._stop.set()
        elif result.blocks_others:
            self._backoff.failed(claimed.name)
            refused = isinstance(result.error, Unauthorised)
            wait_s = self._backoff.failed(_EVERY_FILE, longest=refused)
            wait = with_noun(round(wait_s), "second")
            self._worker.log(f"Nothing is taken for {wait}; then it is tried again")
        else:
            self._backoff.succeeded(claimed.name)
            if result.outcomes:  # so Surpass was asked
                self._backoff.succeeded(_EVERY_FILE)


def heartbeat(home: Path) -> Path:
    """The file that a watcher touches while it is not stuck, for who keeps it alive."""
    return home / "prefect" / "watching"


async def beat(home: Path) -> None:
    """Touch it for ever. It is this process's event loop that must come round to it."""
    while True:
        with suppress(OSError):  # a full disk: nothing that a new start would mend
            heartbeat(home).parent.mkdir(exist_ok=True, mode=0o700)
            heartbeat(home).touch()
        await asyncio.sleep(_BEAT_S)


async def _abandoned(worker: InboxWorker) -> AsyncIterator[ClaimedFile]:
    files = worker.abandoned()
    while (claimed := await asyncio.to_thread(next, files, None)) is not None:
        yield claimed
