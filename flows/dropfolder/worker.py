"""One process's work on the drop folder: a claimed file is a run, and ends where it belongs."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath

from flows import execute
from flows.dropfolder.settled_folders import SettledFolders
from flows.log import Log
from flows.prefect_side import connect
from pipeline.errors import (
    ExitCode,
    FileCausesCrashes,
    FolderUnavailable,
    InputError,
    InternalError,
    Interrupted,
    NotBalanced,
    PapermarksError,
)
from pipeline.inbox import (
    BESIDE,
    NOTE,
    ClaimedFile,
    Inbox,
    InboxScan,
    Place,
    place_for,
    place_for_error,
    printable,
)
from pipeline.inbox.receipt import receipt
from pipeline.machine_faults import explain
from pipeline.progress import QUIET
from pipeline.reconcile import Reconciliation
from pipeline.settings import Settings
from pipeline.stages import Job, Report, Work, new_run, start
from schemas.words import Origin, Outcome

TAG = "inbox"  # of the flow runs that are started here
_MAX_CRASHES = 20  # processes that may die over one file before a person looks at it
_CANCELLED = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)
_EXIT_CODES: dict[Place | None, ExitCode] = {
    Place.ATTENTION: ExitCode.NEEDS_A_PERSON,
    Place.REJECTED: ExitCode.NOTHING_READABLE,
}


@dataclass(frozen=True)
class FileResult:
    """What became of one file: counts, and nothing personal but its own name."""

    file: str  # its path in the inbox
    run: str | None  # None where none came to its end
    outcomes: dict[str, int]
    went_to: str  # the file's path in PAPERMARKS_HOME
    place: Place | None  # None where it could not be moved, and waits in working/
    error: PapermarksError | None = field(default=None, repr=False)  # why it ended early
    changed: bool = False  # somebody wrote to it meanwhile: it is back, to be claimed again

    @property
    def blocks_others(self) -> bool:
        """Whether what ended it early would end the next file's run too."""
        error = self.error
        return error is not None and (
            error.try_again_later or error.exit_code is ExitCode.OUR_FAULT
        )

    @property
    def exit_code(self) -> ExitCode:
        """How a command ends that had only this file."""
        if self.error is not None:
            return self.error.exit_code
        return _EXIT_CODES.get(self.place, ExitCode.DONE)

    @property
    def line(self) -> str:
        """In a line for a person."""
        counts = ", ".join(f"{count} {name}" for name, count in self.outcomes.items())
        reason = "it was written to meanwhile" if self.changed else str(self.error or "")
        nothing = "nothing in it can be read" if self.place is Place.REJECTED else "nothing to send"
        summary = counts or ("not finished" if reason else nothing)
        return f"{self.file}: {summary} → {self.went_to}" + (f" ({reason})" if reason else "")


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
            self.log_once("working", f"working/ cannot be looked at: {_reason(error)}")

    def claim(self, path: PurePath) -> ClaimedFile | None:
        """Claim a file; None where another has it, or it cannot be claimed."""
        self.unclaimed.pop(path, None)
        try:
            return self.inbox.claim(path)
        except OSError as error:
            self.unclaimed[path] = _reason(error)
            self.log_once(
                (path, error.errno),
                f"{printable(path)} cannot be moved to working/, and stays: {_reason(error)}",
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
            place, error = _place_and_error(report)
        except _CANCELLED:
            claimed.file_away(Place.INBOX)
            raise
        except BaseException as raised:  # not all of Prefect's signals are an Exception
            error = _as_ours(raised)
            place = place_for_error(error)
        result = await asyncio.to_thread(_file_away, claimed, place, report, error)
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
            self.log_once("away", f"The inbox is away; waiting for it: {_reason(error)}")
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


def _file_away(
    claimed: ClaimedFile, place: Place, report: Report | None, error: PapermarksError | None
) -> FileResult:
    """Move the file to its place, with its reports where a person must look."""
    run = report.reconciliation.run.id if report else None
    by_outcome = report.reconciliation.totals.by_outcome if report else {}
    outcomes = {name: count for name, count in by_outcome.items() if count}
    name, home = printable(claimed.name), claimed.home
    try:
        reports = _reports(report, error) if place in (Place.ATTENTION, Place.REJECTED) else {}
        filed = claimed.file_away(
            place, reports, sha256=_sha256(report), receipt=_receipt(name, report)
        )
    except OSError as failed:
        claimed.release()
        left_at = printable(claimed.path.relative_to(home))
        return FileResult(name, run, outcomes, left_at, None, _as_ours(failed))
    went_to = printable(filed.path.relative_to(home))
    changed = filed.place is not place
    return FileResult(name, run, outcomes, went_to, filed.place, error, changed)


def _receipt(name: str, report: Report | None) -> str:
    """What lies beside the file in done/."""
    sha256 = _sha256(report)
    if report is None or sha256 is None:
        return ""
    run, totals = report.reconciliation.run, report.reconciliation.totals
    note = "" if run.parent is None else f"It takes up what was left of run {run.parent}."
    return receipt(name, sha256, run.id, totals.by_outcome, note=note)


def _sha256(report: Report | None) -> str | None:
    """Of the bytes of the one file that the run read."""
    return report.reconciliation.sources[0].sha256 if report is not None else None


def _another_run_helps(reconciliation: Reconciliation) -> bool:
    """Whether a session was left that the next run settles, such as one whose holder died."""
    unfinished = {Outcome.FAILED, Outcome.IN_DOUBT}
    counts = reconciliation.totals.by_outcome
    return reconciliation.stopped_by is None and any(counts[outcome] for outcome in unfinished)


def _place_and_error(report: Report) -> tuple[Place, PapermarksError | None]:
    """Where the file belongs. Without a report nobody could see what became of it: later again."""
    if report.not_written is not None and report.reconciliation.balanced:
        return place_for_error(report.not_written), report.not_written
    return place_for(report.reconciliation), _why_ended_early(report.reconciliation)


def _why_ended_early(reconciliation: Reconciliation) -> PapermarksError | None:
    """Why a run did not come to its end, if so."""
    if not reconciliation.balanced:
        return NotBalanced("the account of this run does not add up: do not rely on it, report it")
    return reconciliation.stopped_by


def _reports(report: Report | None, error: PapermarksError | None) -> dict[str, bytes]:
    """What a person finds next to the file: the reconciliation; without one, why there is none."""
    if report is not None and report.not_written is None:
        paths = [*(report.folder / name for name in BESIDE), *report.returned]
        return {path.name: path.read_bytes() for path in paths}
    again = "To try it again, move the file back to the inbox: nothing is sent twice."
    return {NOTE: f"This file was not finished: {error or ''}.\n{again}\n".encode()}


def _as_ours(error: BaseException) -> PapermarksError:
    """An error of ours for whatever ended a run: others' stop here.

    Of one that is a defect, no message: it may hold what stood in a file.
    """
    if isinstance(error, PapermarksError):
        return error
    if isinstance(error, OSError):
        return FolderUnavailable(_reason(error))
    if not isinstance(error, Exception):
        return Interrupted("it was interrupted")
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return InternalError(f"this is our fault; please report {type(error).__name__}{where}")


def _reason(error: OSError) -> str:
    return explain(error)
