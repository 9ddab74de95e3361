"""One process's work on the drop folder: a claimed file is a run, and ends where it belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from flows import execute
from flows.dropfolder.file_result import FileResult, as_ours, file_away, place_and_error
from flows.dropfolder.settled_folders import SettledFolders
from flows.log import Log
from flows.prefect_side import connect
from pipeline.errors import (
    FileCausesCrashes,
    InputError,
    PapermarksError,
)
from pipeline.inbox import (
    ClaimedFile,
    Inbox,
    InboxScan,
    Place,
    place_for_error,
    printable,
)
from pipeline.machine_faults import explain
from pipeline.progress import QUIET
from pipeline.reconcile import Reconciliation
from pipeline.settings import Settings
from pipeline.stages import Job, Report, Work, new_run, start
from schemas.words import Origin, Outcome

TAG = "inbox"  # of the flow runs that are started here
_MAX_CRASHES = 20  # processes that may die over one file before a person looks at it
_CANCELLED = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)


class InboxWorker:
    """Claims files one after the other, and carries each to its end."""

    def __init__(self, settings: Settings, log: Log) -> None:
        """InputError where Surpass is not set up, or the folders cannot be used."""
        settings.require_surpass()  # what is missing is said before anything is claimed
        self.inbox = Inbox(settings.home, settings.settle)
        self.log = log
        self._settings = settings
        self.unclaimed: dict[PurePath, str] = {}  # files that cannot be moved, and why
        self._already_said: set[object] = set()
        self._settled = SettledFolders(settings, log)
        self._may_have_settled = True  # by resolve, a re-run or another process
        self._prepare()
        # Its import is under way while the first file settles.
        self._prefect = connect.start(settings.home, QUIET) if settings.prefect else None

    def abandoned(self) -> Iterator[ClaimedFile]:
        """What a dead process left; none where the folders are away."""
        try:
            yield from self.inbox.abandoned()
        except OSError as error:
            self.log_once("working", f"working/ cannot be looked at: {explain(error)}")

    def claim(self, path: PurePath) -> ClaimedFile | None:
        """Claim a file; None where another has it, or it cannot be claimed."""
        self.unclaimed.pop(path, None)
        try:
            return self.inbox.claim(path)
        except OSError as error:
            self.unclaimed[path] = explain(error)
            self.log_once(
                (path, error.errno),
                f"{printable(path)} cannot be moved to working/, and stays: {explain(error)}",
            )
            return None

    def log_once(self, key: object, text: str) -> None:
        """Log it, unless something was logged under the same key before."""
        if key not in self._already_said:
            self._already_said.add(key)
            self.log(text)

    async def process(self, claimed: ClaimedFile) -> FileResult:
        """Carry it out, file it away, and log what became of it."""
        report: Report | None = None
        error: PapermarksError | None = None
        try:
            report = await self._run(claimed)
            if _another_run_helps(report.reconciliation):
                report = await self._run(claimed)
            place, error = place_and_error(report)
        except _CANCELLED:
            claimed.file_away(Place.INBOX)
            raise
        except BaseException as raised:  # not all of Prefect's signals are an Exception
            error = as_ours(raised)
            place = place_for_error(error)
        result = await asyncio.to_thread(file_away, claimed, place, report, error)
        self.log(result.line)
        self._may_have_settled |= Outcome.ACCEPTED in result.outcomes
        for problem in report.problems if report is not None else ():
            self.log(problem)
        return result

    async def move_settled(self) -> None:
        """What waits in attention/ and was settled since goes to done/.

        Looked for at the start, and once a round in which anything was accepted: there may be much.
        """
        if self._may_have_settled:
            self._may_have_settled = False
            await asyncio.to_thread(self._settled.move)

    async def scan(self) -> InboxScan | None:
        """What is there; None where the inbox is away, which is said, as is its return."""
        try:
            scan = await asyncio.to_thread(self.inbox.scan)
        except OSError as error:
            self.log_once("away", f"The inbox is away; waiting for it: {explain(error)}")
            return None
        if "away" in self._already_said:
            self._already_said.discard("away")
            self.log("The inbox is back")
        for path, why in scan.ignored.items():
            self.log_once(("ignored", path), f"{printable(path)} is left where it is: {why}")
        return scan

    def _prepare(self) -> None:
        try:
            self.inbox.prepare()
            problem = self.inbox.problem()
        except OSError as error:
            raise InputError(f"the drop folder cannot be made: {error}") from error
        if problem is not None:
            raise InputError(problem)

    async def _run(self, claimed: ClaimedFile) -> Report:
        if claimed.crashes >= _MAX_CRASHES:
            raise FileCausesCrashes(
                f"papermarks ended {claimed.crashes} times while it worked on this file, so it is "
                "not tried again by itself"
            )
        if await self._prefect_answers():
            from prefect import tags

            from flows.ingest import ingest_marks

            try:
                with tags(TAG):
                    flow = partial(ingest_marks, [printable(claimed.name)])
                    return await execute.through_prefect(self._begin(claimed), flow, self.log)
            except PapermarksError:
                raise
            except Exception as error:
                problem = type(error).__name__  # its message may hold what stood in the file
                self.log(f"Prefect could not carry the run, which begins anew without: {problem}")
        return await execute.plainly(self._begin(claimed), self.log)

    def _begin(self, claimed: ClaimedFile) -> Work:
        job = Job(self._settings, run=new_run(Origin.INBOX))
        return start(job, [claimed.path], QUIET, [printable(claimed.name)])

    async def _prefect_answers(self) -> bool:
        """Whether it answers now: a server may come and go in the life of a watcher."""
        log = partial(self.log_once, "prefect")
        if not await asyncio.to_thread(execute.ready, self._prefect, log):
            if self._prefect is not None:  # it may be there for the next file
                self._prefect = connect.start(self._settings.home, QUIET)
            return False
        if not await asyncio.to_thread(connect.answers, tries=1):
            self.log_once("prefect", "Prefect does not answer; runs go on without it until it does")
            return False
        self._already_said.discard("prefect")
        return True


def _another_run_helps(reconciliation: Reconciliation) -> bool:
    """Whether a session was left that the next run settles, such as one whose holder died."""
    unfinished = {Outcome.FAILED, Outcome.IN_DOUBT}
    counts = reconciliation.totals.by_outcome
    return reconciliation.stopped_by is None and any(counts[outcome] for outcome in unfinished)
