"""One process's work on the drop folder: a taken file is a run, and ends where it belongs."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath

import httpx

from flows import execute as sending
from flows.prefect_side import connect
from pipeline.errors import InputError, Interrupted, NotBalanced, PapermarksError, SendingStopped
from pipeline.inbox import (
    NOTE,
    REPORTS,
    Inbox,
    Look,
    Place,
    Taken,
    place_for,
    place_for_error,
    shown,
)
from pipeline.progress import QUIET
from pipeline.reconcile import Reconciliation
from pipeline.run import Job, Report, Work, start
from pipeline.settings import Settings
from schemas.words import Outcome

TAG = "inbox"  # of the flow runs that are started here
_ENOUGH = 20  # processes that may die over one file before a person looks at it
_ENDS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)
_NOTHING: dict[Place | None, str] = {Place.REJECTED: "nothing in it can be read"}


@dataclass(frozen=True)
class FileResult:
    """What became of one file: counts, and nothing personal but its own name."""

    file: str  # its path in the inbox
    run: str | None  # None where none came to its end
    outcomes: dict[str, int]
    went_to: str  # the file's path in PAPERMARKS_HOME
    place: Place | None  # None where it could not be moved, and waits in working/
    because: BaseException | None = field(default=None, repr=False)  # why it ended early
    changed: bool = False  # somebody wrote to it meanwhile: it is back, to be taken again

    @property
    def hinders(self) -> bool:
        """Whether what ended it early would end the next file's run too."""
        own = self.place is Place.ATTENTION and isinstance(
            self.because, InputError | SendingStopped
        )
        return self.because is not None and not own

    @property
    def line(self) -> str:
        """In a line for a person."""
        counts = ", ".join(f"{count} {name}" for name, count in self.outcomes.items())
        why = "it was written to meanwhile" if self.changed else _said(self.because)
        nothing = "not finished" if why else _NOTHING.get(self.place, "nothing to send")
        told = counts or nothing
        return f"{self.file}: {told} → {self.went_to}" + (f" ({why})" if why else "")


class Desk:
    """Takes files one after the other, and carries each to its end."""

    def __init__(self, settings: Settings, tell: sending.Tell) -> None:
        """InputError where Surpass is not set up, or the folders cannot be used."""
        settings.access  # noqa: B018  # what is missing is told before anything is taken
        self.inbox = Inbox(settings.home, settings.settle)
        self.tell = tell
        self._settings = settings
        self._told: set[object] = set()
        self._prepare()
        self._starting: Future[None] | None = None
        if settings.prefect:
            self._starting = connect.start(settings.home, QUIET)

    def leftovers(self) -> Iterator[Taken]:
        """What a dead process left; none where the folders are away."""
        try:
            yield from self.inbox.leftovers()
        except OSError as error:
            self.say_once("leftovers", f"working/ cannot be looked at: {_said(error)}")

    def take(self, path: PurePath) -> Taken | None:
        """Take a file; None where another has it, or it cannot be taken."""
        try:
            return self.inbox.take(path)
        except OSError as error:
            self.say_once(
                (path, error.errno),
                f"{shown(path)} cannot be moved to working/, and stays: {_said(error)}",
            )
            return None

    def say_once(self, what: object, text: str) -> None:
        """Tell it, unless it was told of the same thing before."""
        if what not in self._told:
            self._told.add(what)
            self.tell(text)

    async def handle(self, taken: Taken) -> FileResult:
        """Carry it out, put it away, and tell."""
        report: Report | None = None
        error: BaseException | None = None
        try:
            report = await self._run(taken)
            if _another_run_helps(report.reconciliation):
                report = await self._run(taken)
            place, error = place_for(report.reconciliation), _why(report.reconciliation)
        except _ENDS:
            taken.put_away(Place.INBOX)
            raise
        except BaseException as raised:  # not all of Prefect's signals are an Exception
            error = raised if isinstance(raised, Exception) else Interrupted("it was interrupted")
            place = place_for_error(error)
        handled = await asyncio.to_thread(_put_away, taken, place, report, error)
        self.tell(handled.line)
        for untold in report.untold if report is not None else ():
            self.tell(untold)
        return handled

    async def look(self) -> Look | None:
        """What is there; None where the inbox is away, which is told, as is its return."""
        try:
            look = await asyncio.to_thread(self.inbox.look)
        except OSError as error:
            self.say_once("away", f"The inbox is away; waiting for it: {_said(error)}")
            return None
        if "away" in self._told:
            self._told.discard("away")
            self.tell("The inbox is back")
        for path, why in look.left.items():
            self.say_once(("left", path), f"{shown(path)} is left where it is: {why}")
        return look

    def _prepare(self) -> None:
        try:
            self.inbox.prepare()
            problem = self.inbox.problem()
        except OSError as error:
            raise InputError(f"the drop folder cannot be made: {error}") from error
        if problem is not None:
            raise InputError(problem)

    async def _run(self, taken: Taken) -> Report:
        if taken.deaths >= _ENOUGH:
            raise InputError(
                f"papermarks ended {taken.deaths} times while it worked on this file, so it is not "
                "tried again by itself"
            )
        if await self._prefect_is_there():
            from prefect import tags

            from flows.ingest import ingest_marks

            try:
                with tags(TAG):
                    flow = partial(ingest_marks, [shown(taken.name)])
                    return await sending.through_prefect(self._begin(taken), flow, self.tell)
            except PapermarksError:
                raise
            except Exception as error:
                problem = type(error).__name__  # its message may hold what stood in the file
                self.tell(f"Prefect could not carry the run, which begins anew without: {problem}")
        return await sending.plainly(self._begin(taken))

    def _begin(self, taken: Taken) -> Work:
        return start(Job(self._settings), [taken.path], QUIET, [shown(taken.name)])

    async def _prefect_is_there(self) -> bool:
        """Whether it answers now: a server may go away and come back in the life of a watcher."""
        if not await asyncio.to_thread(sending.ready, self._starting, self.tell):
            self._starting = None
            return False
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                await client.get(f"{os.environ['PREFECT_API_URL']}/health")
        except httpx.TransportError:
            self.say_once("prefect", "Prefect does not answer; runs go on without it until it does")
            return False
        self._told.discard("prefect")
        return True


def _put_away(
    taken: Taken, place: Place, report: Report | None, error: BaseException | None
) -> FileResult:
    """The file in its place, and what is told of it."""
    run = report.reconciliation.run.id if report else None
    by_outcome = report.reconciliation.totals.by_outcome if report else {}
    outcomes = {name: count for name, count in by_outcome.items() if count}
    name, home = shown(taken.name), taken.home
    try:
        beside = _beside(report, error) if place in (Place.ATTENTION, Place.REJECTED) else {}
        put = taken.put_away(place, beside)
    except OSError as failed:
        taken.release()
        return FileResult(name, run, outcomes, shown(taken.path.relative_to(home)), None, failed)
    changed = put.place is not place
    return FileResult(
        name, run, outcomes, shown(put.path.relative_to(home)), put.place, error, changed
    )


def _another_run_helps(reconciliation: Reconciliation) -> bool:
    """Whether a session was left that the next run settles, such as one whose holder died."""
    left = {Outcome.FAILED, Outcome.IN_DOUBT}
    counts = reconciliation.totals.by_outcome
    return reconciliation.stopped_by is None and any(counts[outcome] for outcome in left)


def _why(reconciliation: Reconciliation) -> PapermarksError | None:
    """Why a run did not come to its end, if so."""
    if not reconciliation.balanced:
        return NotBalanced("the account of this run does not add up: do not rely on it, report it")
    return reconciliation.stopped_by


def _beside(report: Report | None, error: BaseException | None) -> dict[str, bytes]:
    """What a person finds next to the file: the reconciliation; without one, why there is none."""
    if report is not None:
        return {name: (report.folder / name).read_bytes() for name in REPORTS}
    again = "To try it again, move the file back to the inbox: nothing is sent twice."
    return {NOTE: f"This file was not finished: {_said(error)}.\n{again}\n".encode()}


def _said(error: BaseException | None) -> str:
    """The error in words. Of one that is not ours, no message: it may hold what stood in a file."""
    if error is None or isinstance(error, PapermarksError):
        return str(error or "")
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"this is our fault; please report {type(error).__name__}{where}"
