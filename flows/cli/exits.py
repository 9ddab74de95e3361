"""How a command ended, for scripts: the exit code of a run that finished."""

from __future__ import annotations

from pipeline.errors import ExitCode, NotBalanced
from pipeline.reconcile import Reconciliation
from pipeline.stages import Report


def for_report(report: Report) -> ExitCode:
    """As the run ended; but that its report could not be written needs a person first."""
    if report.not_written is not None and report.reconciliation.balanced:
        return report.not_written.exit_code
    return for_run(report.reconciliation)


def for_run(reconciliation: Reconciliation) -> ExitCode:
    """Why it stopped, where it did; else what the worst of its submissions came to."""
    if not reconciliation.balanced:
        return NotBalanced.exit_code
    if reconciliation.stopped_by is not None:
        return reconciliation.stopped_by.exit_code
    if not reconciliation.readable:
        return ExitCode.NOTHING_READABLE
    return ExitCode.DONE if reconciliation.settled else ExitCode.NEEDS_A_PERSON
