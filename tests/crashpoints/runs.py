"""One run of the real pipeline from a state that an earlier one left, with faults at its points."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger import lease, owner
from pipeline.ledger.group_commit import GroupCommit
from pipeline.ledger.lease import Lease
from pipeline.ledger.open import head_file
from pipeline.model import Interpreted, Run
from pipeline.progress import QUIET
from pipeline.reconcile import Reconciliation
from pipeline.run import ingest
from pipeline.settings import Settings
from pipeline.stages import Job, Work, start
from pipeline.surpass import Surpass, access_of
from tests.crashpoints.disks import SURPASS, Content, Disk
from tests.crashpoints.engines import engines_kept
from tests.crashpoints.faults import Died, Fault
from tests.crashpoints.once import tables_computed_once
from tests.crashpoints.points import Points, ledger_writes
from tests.crashpoints.surpass_model import SurpassModel
from tests.crashpoints.virtual_time import THREAD_S, VirtualClock
from tests.crashpoints.wire import QUIET_S, TIMEOUT_S, Wire


@dataclass(frozen=True)
class State:
    """All that outlives a process: the ledger, Surpass, and the time."""

    ledger: Content
    surpass: SurpassModel
    now: float = 0.0
    head: bytes | None = None  # what the machine keeps of the end of the ledger's chain

    def later(self, seconds: float) -> State:
        """The same, after a while."""
        surpass = copy.deepcopy(self.surpass)
        surpass.at(self.now + seconds)
        return replace(self, surpass=surpass, now=self.now + seconds)


@dataclass(frozen=True)
class Ran:
    """What a run left, the points that it reached, and its account, if it lived to give one."""

    state: State
    points: tuple[tuple[str, str], ...]
    account: Reconciliation | None


@dataclass
class Office:
    """A mark sheet, and the settings with which it is sent."""

    settings: Settings
    sheet: Path
    disk: Disk
    sees_the_dead: bool = True  # False: as from another machine, where a lease alone tells
    sources: tuple[Interpreted, ...] = ()
    _runs: Iterator[int] = field(default_factory=count)
    _read: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, disk: Disk, sheet: Path, **more: Any) -> Office:
        """With the sheet read."""
        settings = Settings.model_validate(
            {
                "home": folder / "home",
                "surpass_url": f"https://{SURPASS}",
                "surpass_username": "office",
                "surpass_password": "secret",
                "ledger_url": disk.url,
                "timeout": TIMEOUT_S,
                "quiet_period": QUIET_S,
            }
            | more
        )
        sources = start(Job(settings), [sheet], QUIET).reading.result()
        return cls(settings, sheet, disk, sources=sources)

    def run(self, state: State, schedule: Mapping[int, Fault]) -> Ran:
        """Ingest the sheet from that state, with those faults at those points."""
        return self.run_with(state, lambda at, _kind: schedule.get(at))

    def run_with(
        self,
        state: State,
        fault_at: Callable[[int, str], Fault | None],
        carried_by: Callable[..., httpx.AsyncBaseTransport] = Wire,
    ) -> Ran:
        """The same, with whatever that says of each point's number and kind."""
        self.disk.put(state.ledger)
        self._head.parent.mkdir(parents=True, exist_ok=True)
        self._head.unlink(missing_ok=True)
        if state.head is not None:
            self._head.write_bytes(state.head)
        clock = VirtualClock()
        clock.now = state.now
        surpass = copy.deepcopy(state.surpass)
        left: list[State] = []

        def leave() -> None:
            head = self._head.read_bytes() if self._head.exists() else None
            left.append(State(self.disk.copy(), copy.deepcopy(surpass), clock.now, head))

        points = Points(fault_at, at_death=leave)
        account = None
        with (
            engines_kept(),
            ledger_writes(points, self.disk),
            _one_process(),
            _the_dead_are_seen() if self.sees_the_dead else _leases_alone_count(),
            _same_each_time(),
            tables_computed_once(),
        ):
            try:
                clock.run(self._ingested(carried_by(surpass, points, clock), clock))
            except _AtItsReport as reached:
                assert not points.dead, "something caught the death of the process"
                account = reached.reconciliation
            except Died:
                assert points.dead
            except LedgerError:
                sent = [what for kind, what in points.reached if kind == "POST"]
                assert not sent, "marks were sent, and no report tells of it"
        if not left:
            leave()
        return Ran(left[0], tuple(points.reached), account)

    @property
    def _head(self) -> Path:
        return head_file(self.settings).path

    async def _ingested(self, wire: httpx.AsyncBaseTransport, clock: VirtualClock) -> None:
        reading: Future[tuple[Interpreted, ...]] = Future()
        reading.set_result(self.sources)
        started = dt.datetime.fromtimestamp(clock.wall(), dt.UTC)
        run = Run(f"{started:%Y%m%d-%H%M%S}-{next(self._runs):06x}", started)
        work = Work(Job(self.settings, run=run), reading, QUIET)
        async with Surpass(access_of(self.settings), wire) as surpass:
            await ingest(work, surpass, self._step)

    async def _step(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """What depends on the sheet alone is done once."""
        if name != "read and validate":
            return await work()
        if name not in self._read:
            self._read[name] = await work()
        return self._read[name]


class _AtItsReport(Exception):  # noqa: N818
    """All is sent and recorded; what follows is of no consequence here."""

    def __init__(self, reconciliation: Reconciliation, *_: object) -> None:
        self.reconciliation = reconciliation


def _without_a_report(*arguments: Any) -> Any:
    raise _AtItsReport(*arguments)


class _GroupCommitOnTheLoop(GroupCommit[Any]):
    """Commits from the event loop what it was given a moment ago, in place of a thread."""

    def start(self) -> None:
        self._due = False

    def _put(self, waiting: Any) -> None:
        super()._put(waiting)
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(2 * THREAD_S, self._flush)

    def close(self) -> None:
        self._closed = True
        self._flush()

    def _flush(self) -> None:
        self._due = False
        self._queue.put(None)  # the end of what waits now
        while group := self._next_group():
            self._write(group)
        self._queue.get()


def _no_renewal(_: Lease) -> None:
    """A run that takes no time needs none."""


@contextmanager
def _one_process() -> Iterator[None]:
    """The ledger writes on the loop."""
    with (
        mock.patch("pipeline.ledger.ledger.GroupCommit", _GroupCommitOnTheLoop),
        mock.patch.object(Lease, "_renew", _no_renewal),
        mock.patch("pipeline.stages.reporting._write", _without_a_report),
    ):
        yield


@contextmanager
def _the_dead_are_seen() -> Iterator[None]:
    """Whoever looks for the process of an earlier run sees that it is dead."""
    of_another = f"{owner.place().rsplit('|', 2)[0]}|{2**22 + 1}|0"

    def place() -> str:
        return of_another

    with mock.patch.object(owner, "place", place):
        yield


@contextmanager
def _leases_alone_count() -> Iterator[None]:
    """Nobody sees who is dead; and leases are counted by the clock that jumps, on all databases."""

    def untold() -> str:
        return ""

    def now(_: sa.Connection) -> float:
        return time.time()

    with mock.patch.object(owner, "place", untold), mock.patch.object(lease, "_now", now):
        yield


@contextmanager
def _same_each_time() -> Iterator[None]:
    """The jitter of retries is the same in each run."""
    before = random.getstate()
    random.seed(1)
    try:
        yield
    finally:
        random.setstate(before)
