"""Group commit: writes that wait at the same time reach the disk together.

One thread writes. While it commits a group, the next writes gather, and are the next group: nobody
waits for a timer, and a disk or a network is waited for once a group, not once a write.

    writes come      A         B  C  D             E
    the thread       |commit A |    |commit B C D  |commit E
    released                   A                   B C D    E

Each write is released when its own group is on the disk, and no sooner. A write that may not be
made (its claim is lost) fails alone; an error of the database reaches all of its group.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from pipeline.errors import LedgerError

MAX_GROUP = 500  # writes; what one statement can name

_Write = TypeVar("_Write")
_End = BaseException | None  # of a write: None where it is on the disk


@dataclass(frozen=True)
class _Waiting(Generic[_Write]):
    """A write, and who waits for it: a thread, or a task of an event loop."""

    write: _Write
    written: Future[None] | asyncio.Future[None]

    def begin(self) -> bool:
        """Whether it is still to be written."""
        if isinstance(self.written, Future):
            return self.written.set_running_or_notify_cancel()
        return not self.written.cancelled()


class GroupCommit(Generic[_Write]):
    """The thread that writes, and what waits for it.

    ``commit`` puts a group on the disk in one transaction; for each write it returns None, or why
    that one may not be made. What it raises reaches all of the group.
    """

    def __init__(self, commit: Callable[[Sequence[_Write]], Sequence[Exception | None]]) -> None:
        """Nothing waits yet, and the thread does not run."""
        self._commit = commit
        self._queue: SimpleQueue[_Waiting[_Write] | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def submit(self, write: _Write) -> Future[None]:
        """Have it written; done when it is on the disk. Cancelled before, it is not written."""
        written: Future[None] = Future()
        self._put(_Waiting(write, written))
        return written

    def submit_here(self, write: _Write) -> asyncio.Future[None]:
        """The same, for who waits in the event loop that runs here."""
        written = asyncio.get_running_loop().create_future()
        self._put(_Waiting(write, written))
        return written

    def _put(self, waiting: _Waiting[_Write]) -> None:
        with self._closing:
            if self._closed:
                raise LedgerError("the ledger is closed")
            self._queue.put(waiting)

    def close(self) -> None:
        """Write what waits, and end the thread."""
        with self._closing:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            self._write(group)

    def _next_group(self) -> list[_Waiting[_Write]]:
        """Everything that waits now, or else what comes next; nothing at the end."""
        group: list[_Waiting[_Write]] = []
        while len(group) < MAX_GROUP:
            try:
                waiting = self._queue.get(block=not group)
            except Empty:
                break
            if waiting is None:
                self._queue.put(None)  # the last, again: found when this group is written
                break
            if waiting.begin():
                group.append(waiting)
        return group

    def _write(self, group: Sequence[_Waiting[_Write]]) -> None:
        ends: Sequence[BaseException | None]
        try:
            ends = self._commit([waiting.write for waiting in group])
        except BaseException as error:  # whatever it is, nobody may wait for ever
            ends = [_copy(error) for _ in group]
        _release([(waiting.written, end) for waiting, end in zip(group, ends, strict=True)])


def _release(ended: Sequence[tuple[Future[None] | asyncio.Future[None], _End]]) -> None:
    """Let all go on that waited; an event loop is woken once for all of its own."""
    in_loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[None], _End]]] = {}
    for future, end in ended:
        if isinstance(future, asyncio.Future):
            in_loops.setdefault(future.get_loop(), []).append((future, end))
        else:
            _set(future, end)
    for loop, of_loop in in_loops.items():
        with suppress(RuntimeError):  # it has ended: nobody waits there
            loop.call_soon_threadsafe(_set_all, of_loop)


def _set_all(ended: Sequence[tuple[asyncio.Future[None], _End]]) -> None:
    for future, end in ended:
        if not future.done():  # given up meanwhile
            _set(future, end)


def _set(future: Future[None] | asyncio.Future[None], end: _End) -> None:
    if end is None:
        future.set_result(None)
    else:
        future.set_exception(end)


def _copy(error: BaseException) -> BaseException:
    """Each waiter raises an error of its own: a traceback belongs to one thread."""
    if not isinstance(error, LedgerError):
        return error
    copy = type(error)(*error.args)
    copy.__cause__ = error.__cause__
    return copy
