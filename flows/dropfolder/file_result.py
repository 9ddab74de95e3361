"""What became of a file: where it belongs after its run, and what lies beside it there."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.errors import (
    ExitCode,
    FolderUnavailable,
    InternalError,
    Interrupted,
    NotBalanced,
    PapermarksError,
    defect,
)
from pipeline.inbox import BESIDE, NOTE, ClaimedFile, Place, place_for, place_for_error, printable
from pipeline.inbox.receipt import receipt
from pipeline.machine_faults import explain, system_error
from pipeline.reconcile import Reconciliation
from pipeline.stages import Report

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
        nothing = "nothing of it can be used" if self.place is Place.REJECTED else "nothing to send"
        summary = counts or ("not finished" if reason else nothing)
        return f"{self.file}: {summary} → {self.went_to}" + (f" ({reason})" if reason else "")


def place_and_error(report: Report) -> tuple[Place, PapermarksError | None]:
    """Where the file belongs. Without a report nobody could see what became of it: later again."""
    if report.not_written is not None and report.reconciliation.balanced:
        return place_for_error(report.not_written), report.not_written
    return place_for(report.reconciliation), _why_ended_early(report.reconciliation)


def _why_ended_early(reconciliation: Reconciliation) -> PapermarksError | None:
    """Why a run did not come to its end, if so."""
    if not reconciliation.balanced:
        return NotBalanced("the account of this run does not add up: do not rely on it, report it")
    return reconciliation.stopped_by


def file_away(
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
        return FileResult(name, run, outcomes, left_at, None, as_ours(failed))
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


def _reports(report: Report | None, error: PapermarksError | None) -> dict[str, bytes]:
    """What a person finds next to the file: the reconciliation; without one, why there is none."""
    if report is not None and report.not_written is None:
        paths = [*(report.folder / name for name in BESIDE), *report.returned]
        return {path.name: path.read_bytes() for path in paths}
    again = "To try it again, move the file back to the inbox: nothing is sent twice."
    return {NOTE: f"This file was not finished: {error or ''}.\n{again}\n".encode()}


def as_ours(error: BaseException) -> PapermarksError:
    """An error of ours for whatever ended a run: others' stop here."""
    if isinstance(error, PapermarksError):
        return error
    if (fault := system_error(error)) is not None:
        return FolderUnavailable(explain(fault))
    if not isinstance(error, Exception):
        return Interrupted("it was interrupted")
    return InternalError(f"this is our fault; please report {defect(error)}")
