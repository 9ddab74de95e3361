"""What went in is reconciled with what became of it, reported, and told to whom it concerns."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

from pipeline import report
from pipeline.account import Account, SurpassFacts, build_account, pseudonym_key
from pipeline.deliver.context import RunContext
from pipeline.deliver.preflight import Checked
from pipeline.errors import FolderUnavailable, SurpassError
from pipeline.evidence.keep import keep
from pipeline.machine_faults import explain, system_error
from pipeline.model import Ending, Validated
from pipeline.notify import notify, targets_of
from pipeline.papers.facts import maxima_of, session_facts, waiting_facts
from pipeline.read.limits import limits_of
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.report.returned import Written, write_returned
from pipeline.settings import Settings
from pipeline.stages.job import Work
from pipeline.stages.step import Step
from pipeline.surpass.waiting import list_waiting
from schemas.frames import DataFrame, WaitingSession
from schemas.words import REPORT_PAGE


@dataclass(frozen=True)
class Report:
    """What became of everything, and the folder in which it is written."""

    account: Account
    folder: Path
    not_notified: tuple[str, ...] = ()  # who should have been notified, and why that failed
    not_kept: tuple[str, ...] = ()  # what of the evidence could not be kept, and why
    not_written: FolderUnavailable | None = None  # why there is nothing in that folder
    returned: tuple[Path, ...] = ()  # workbooks for the senders, to mend
    not_returned: tuple[str, ...] = ()  # files of which none could be made, and why

    @property
    def reconciliation(self) -> Reconciliation:
        """What the account was made from."""
        return self.account.reconciliation

    @property
    def page(self) -> Path:
        """The page for people, unless it could not be written."""
        return self.folder / REPORT_PAGE

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong beside the report."""
        return self.not_kept + self.not_notified + self.not_returned


async def write_report(
    work: Work,
    read: Validated,
    checked: Checked,
    ended: Sequence[Ending],
    context: RunContext,
    step: Step,
) -> Report:
    """Reconcile what went in with what became of it, and write that down."""
    profile = work.job.settings.shown_profile
    reconciliation = await asyncio.to_thread(
        reconcile,
        replace(work.job.run, finished=dt.datetime.now(dt.UTC), profile=profile),
        read,
        checked.findings,
        (*checked.endings, *ended),
        sent=checked.open,
        papers=checked.papers,
        stopped_by=context.breaker.stopped_by,
    )
    facts = SurpassFacts(
        sessions=session_facts(checked.sessions),
        maxima=maxima_of(checked.sessions, work.papers),
        waiting=await _still_waiting(work, context),
    )

    async def write() -> Report:
        advance = work.progress.stage("Write the report", 1)
        written = await asyncio.to_thread(_write, reconciliation, read, facts, work)
        advance()
        return written

    made = cast(Report, await step("write the report", write))
    folder = made.folder if made.not_written is None else None
    evidence = partial(keep, context.ledger, work.job.settings, work.job.run.id, folder)
    return replace(made, not_kept=await asyncio.to_thread(evidence))


async def _still_waiting(work: Work, context: RunContext) -> DataFrame[WaitingSession] | None:
    """The sessions that wait in Surpass, where the office wants to know what is missing."""
    asked = work.job.settings.count_expected and context.surpass is not None
    if not asked or context.breaker.stopped_by is not None:
        return None
    try:
        async with context.breaker.slot():
            return waiting_facts(await list_waiting(context.client, {}))
    except SurpassError:  # the report then says that it is not known
        return None


def _write(
    reconciliation: Reconciliation, read: Validated, facts: SurpassFacts, work: Work
) -> Report:
    """The account of the run, written in all its views, and the files that go back to be mended."""
    settings = work.job.settings
    hidden = settings.report_identities == "pseudonym"
    key = pseudonym_key(settings.pseudonym_key) if hidden else None
    folder = settings.reports / work.job.run.id
    origin = work.job.run.origin
    returned = Written()
    if origin is None or not origin.from_ledger:  # first, as the page names them
        returned = write_returned(read, reconciliation, folder, limits_of(settings))
    account = build_account(reconciliation, read.entries, facts, key, returned.names)
    written = Report(account, folder, returned=returned.paths, not_returned=returned.failed)
    try:
        report.write(account, settings.reports)
    except Exception as error:  # a full disk must not hide what was sent, nor a lack of memory
        if (fault := system_error(error)) is None:
            raise
        sent = bool((reconciliation.submissions["attempts"].fillna(0) > 0).any())
        return replace(written, not_written=_not_written(folder, fault, sent=sent))
    return written


def _not_written(folder: Path, error: OSError, *, sent: bool) -> FolderUnavailable:
    problem = f"The report could not be written in {folder.parent}: {explain(error)}"
    if not sent:
        return FolderUnavailable(f"{problem}. This run sent nothing")
    return FolderUnavailable(
        f"{problem}. The marks that this run sent are sent, and are in the ledger: papermarks show "
        f"{folder.name}. For a report, hand in the same files again: nothing is sent twice"
    )


async def send_notifications(report: Report, settings: Settings) -> Report:
    """The same report, once those whom the settings name have been notified."""
    page = str(report.page.absolute())
    if report.not_written is not None:
        page = f"none: {report.not_written}"
    return replace(
        report, not_notified=await notify(report.account.summary, page, targets_of(settings))
    )
