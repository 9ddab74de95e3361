"""The whole run, stage by stage. This screen tells the story; the stages do the work.

    read ▶ find the candidates' sessions ▶ validate ▶ number the questions as the paper does
    ▶ recover what earlier runs left in flight ▶ already sent? ▶ check each session ▶ deliver, batch
    by batch ▶ reconcile ▶ report

``step`` is how a stage is executed: here and now, or by the flows as a Prefect task.
``send_elsewhere`` sends a batch by another process, where the flow has some.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd

from pipeline import report
from pipeline.account import Account, SurpassFacts, build_account, pseudonym_key
from pipeline.concurrently import concurrently
from pipeline.daemon_thread import in_daemon_thread
from pipeline.deliver.absences import held_where_sent
from pipeline.deliver.already_sent import already_sent
from pipeline.deliver.batches import batches, deliver, prove
from pipeline.deliver.completion_date import completion_date, with_clock_findings
from pipeline.deliver.confirm import Confirmation, confirm_unsettled
from pipeline.deliver.context import RunContext
from pipeline.deliver.double_keyed import held_for_second_keying
from pipeline.deliver.follow_up import FollowUp
from pipeline.deliver.interrupt import interruptible
from pipeline.deliver.post import Delivery
from pipeline.deliver.preflight import Checked, check, unchecked
from pipeline.deliver.recover import recover
from pipeline.errors import FolderUnavailable, LedgerError, SurpassError
from pipeline.evidence.archive import Archive
from pipeline.evidence.keep import keep
from pipeline.findings import endings
from pipeline.interpret import ReadingOptions, in_force
from pipeline.interpret.prepare import Keep, prepare
from pipeline.ledger import Ledger, ledger_in_thread, open_ledger
from pipeline.ledger.rerun import take_up
from pipeline.machine_faults import explain
from pipeline.model import Batch, Ending, Interpreted, Run, Submission, Validated
from pipeline.notify import notify, targets_of
from pipeline.papers.canaries import one_of_each_paper
from pipeline.papers.facts import maxima_of, session_facts, waiting_facts
from pipeline.papers.load import load_papers
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.papers.versions import number_by_paper
from pipeline.progress import Progress
from pipeline.read.limits import limits_of
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.report.returned import Written, write_returned
from pipeline.run_id import new_run_id
from pipeline.settings import Settings
from pipeline.submissions import build_submissions
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import list_waiting
from pipeline.user import host_name, user_name
from pipeline.validate.anomalies import with_tripwires
from pipeline.validate.entries import validate
from pipeline.validate.session_lookup import find
from schemas.words import Origin, Outcome

_T = TypeVar("_T")
Step = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
BatchSender = Callable[[Batch, Delivery], Awaitable[tuple[Ending, ...]]]

_MAX_BATCHES_AT_ONCE = 2  # the next one starts while the last answers of the one before come in


async def execute_here(_name: str, work: Callable[[], Awaitable[_T]]) -> _T:
    """Execute a stage here and now."""
    return await work()


@dataclass(frozen=True)
class Job:
    """What a run is asked to do."""

    settings: Settings
    canary: bool = False  # one session of each paper first, proven, then the rest
    layout: str | None = None  # the name of the only layout to try
    run: Run = field(default_factory=lambda: new_run())


@dataclass(frozen=True)
class Work:
    """A job whose files are being read, and what shows its progress."""

    job: Job
    reading: Future[tuple[Interpreted, ...]]
    progress: Progress
    papers: Papers = NO_PAPERS  # as the office defines them


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
    def problems(self) -> tuple[str, ...]:
        """What went wrong beside the report."""
        return self.not_kept + self.not_notified + self.not_returned


def start(job: Job, files: Sequence[Path], progress: Progress, names: Sequence[str] = ()) -> Work:
    """Begin to read at once, in a thread: whatever else must start, starts beside.

    ``names`` is what reports call the files, where that is not what they are called on the disk.
    """
    return _start(job, files, progress, names, Archive(job.settings.archive).keep)


def start_check(job: Job, files: Sequence[Path], progress: Progress) -> Work:
    """The same for a run that sends nothing: its files are not archived."""
    return _start(job, files, progress, (), None)


def _start(
    job: Job, files: Sequence[Path], progress: Progress, names: Sequence[str], keep: Keep | None
) -> Work:
    layouts = in_force(job.settings.layouts, job.layout)
    papers = load_papers(job.settings.papers)
    advance = progress.stage("Read", len(files))
    options = ReadingOptions.of(job.settings.layouts, job.settings.blank_mark)
    limits = limits_of(job.settings)
    reading = partial(prepare, files, layouts, options, advance, names, limits, keep)
    return Work(job, in_daemon_thread(reading, name="read"), progress, papers)


def start_rerun(job: Job, parent: str, batches: Collection[int], progress: Progress) -> Work:
    """Begin to read from the ledger what an earlier run left to do, in place of files."""
    papers = load_papers(job.settings.papers)
    advance = progress.stage("Take up", 1)

    def read_what_was_left() -> tuple[Interpreted, ...]:
        with open_ledger(job.settings) as ledger:
            return take_up(ledger, parent, batches)

    reading = in_daemon_thread(read_what_was_left, name="read")
    reading.add_done_callback(lambda _: advance())
    origin = Origin.RERUN if job.run.origin is Origin.COMMAND else job.run.origin
    rerun = replace(job.run, parent=parent, origin=origin)
    return Work(replace(job, run=rerun), reading, progress, papers)


async def ingest(
    work: Work,
    surpass: Surpass,
    step: Step = execute_here,
    send_elsewhere: BatchSender | None = None,
) -> Report:
    """Carry the work out: send what is right, and account for everything."""
    settings = work.job.settings
    async with ledger_in_thread(settings) as ledger:
        context = _context(work, surpass, ledger)
        with interruptible(context.breaker, surpass, work.reading):
            read = await step("read and validate", lambda: _read(work, context))
            work = await asyncio.to_thread(_linked, work, read, ledger)
            sendable = _sendable(read, settings)
            begin = partial(ledger.begin, work.job.run, read, sendable, settings.without_secrets)
            await asyncio.to_thread(begin)
            await step("settle what earlier runs left", lambda: recover(context))
            checked = await step(
                "check the sessions", lambda: _check(work, sendable, read, context)
            )
            sent = await _deliver(work, checked, context, step, send_elsewhere)
            await _finish(work, (*checked.endings, *sent), context)
        report = await _report(work, read, checked, sent, context, step)
    return await _notify(report, settings)


async def check_only(work: Work, surpass: Surpass | None) -> Report:
    """Everything but sending; without ``surpass`` its sessions are not asked for."""
    settings = work.job.settings
    async with ledger_in_thread(settings) as ledger:
        context = _context(work, surpass, ledger)
        read = await _read(work, context)
        checked = await _check(work, _sendable(read, settings), read, context)
        ready = tuple(Ending(s.number, Outcome.READY, Outcome.READY.meaning) for s in checked.open)
        return await _report(work, read, checked, ready, context, execute_here)


async def confirm(settings: Settings, surpass: Surpass, run: str | None = None) -> Confirmation:
    """Read again what is in doubt or unconfirmed, of one run or of all. Nothing is sent.

    LookupError where there is no such run.
    """
    async with ledger_in_thread(settings) as ledger:
        acting = f"papermarks confirm, by {user_name()} on {host_name()}"
        return await confirm_unsettled(_services(settings, surpass, ledger, acting), run)


def _context(work: Work, surpass: Surpass | None, ledger: Ledger) -> RunContext:
    services = _services(work.job.settings, surpass, ledger, f"run {work.job.run.id}")
    return replace(services, papers=work.papers)


def _services(
    settings: Settings, surpass: Surpass | None, ledger: Ledger, acting: str
) -> RunContext:
    """What every stage of delivery needs: built here and nowhere else."""
    return RunContext(
        surpass=surpass,
        ledger=ledger,
        breaker=CircuitBreaker(settings.concurrency, settings.stop_after, settings.most_refused),
        quiet_period=settings.quiet_period,
        max_posts=settings.max_attempts,
        acting=acting,
    )


def new_run(origin: Origin = Origin.COMMAND) -> Run:
    """A run's identity, which sorts by time, and no two are alike; who began it, and how."""
    started = _now()
    return Run(new_run_id(started), started, user=user_name(), host=host_name(), origin=origin)


async def _read(work: Work, context: RunContext) -> Validated:
    """The files' entries, with the sessions of candidates named by a reference, as submissions."""
    sources = await asyncio.wrap_future(work.reading)
    found = await find(sources, context.surpass, context.breaker, context.ledger.sent_for)
    options = work.job.settings.validation
    read = await asyncio.to_thread(
        lambda: with_tripwires(validate(found, options), options.hold_on)
    )
    read = await asyncio.to_thread(held_where_sent, read, context.ledger)
    return await number_by_paper(read, work.papers, context.surpass, context.breaker)


def _linked(work: Work, read: Validated, ledger: Ledger) -> Work:
    """The same, taking up what that run left whose workbook to mend this is, if it is one."""
    marks = {source.returned for source in read.sources if source.returned is not None}
    known = [mark.run for mark in marks if ledger.returned_by(mark.run, mark.sha256)]
    if len(known) != 1 or work.job.run.parent is not None:
        return work
    return replace(work, job=replace(work.job, run=replace(work.job.run, parent=known[0])))


def _sendable(read: Validated, settings: Settings) -> list[Submission]:
    """The submissions that nothing in the files stops."""
    stopped = {ending.submission for ending in endings(read.findings)}
    # One that is not known has a finding; had it none, the run would not balance.
    known = read.submissions.index[read.submissions["keycode"] != ""]
    sendable = [number for number in known if number not in stopped]
    return build_submissions(read.entries, sendable, settings.blank_answer)


async def _check(
    work: Work, sendable: Sequence[Submission], read: Validated, context: RunContext
) -> Checked:
    """What the ledger knows of the submissions, then what Surpass says."""
    ledger = context.ledger
    keycodes = [submission.keycode for submission in sendable]
    history = await asyncio.to_thread(ledger.known, keycodes)
    known = await asyncio.to_thread(already_sent, sendable, read.entries, history, ledger.entries)
    if work.job.settings.double_keyed:
        hold = partial(held_for_second_keying, sendable, read.entries, known)
        known = await asyncio.to_thread(hold, ledger.last_keyings)
    if context.surpass is None:
        return unchecked(sendable, read, known)
    advance = work.progress.stage("Check the sessions", len(sendable) - len(known.numbers))
    checked = await check(sendable, read, known, context, advance)
    clock = context.surpass.clock
    return with_clock_findings(work.job.settings, work.job.run.started, checked, clock)


async def _deliver(
    work: Work, checked: Checked, context: RunContext, step: Step, elsewhere: BatchSender | None
) -> tuple[Ending, ...]:
    """Send what is open, batch by batch; canaries first, alone, where the job asks for them."""
    job = work.job
    advance = work.progress.stage("Send", len(checked.open))
    completed = completion_date(job.settings, job.run.started, checked, context.client.clock)
    delivery = Delivery(job.run, completed, context, advance)
    batch_slots = asyncio.Semaphore(_MAX_BATCHES_AT_ONCE)
    canaries = one_of_each_paper(checked.open, checked.sessions) if job.canary else ()
    groups = batches(checked.open, job.settings.batch_size, canaries)
    several = len(groups) > 1  # one alone would only be slower elsewhere

    async def send(batch: Batch) -> tuple[Ending, ...]:
        if elsewhere is not None and several:
            return await elsewhere(batch, delivery)
        async with batch_slots:
            send_here = partial(deliver, batch, delivery, follow_up)
            return cast(tuple[Ending, ...], await step(f"batch {batch.number}", send_here))

    async with FollowUp(delivery) as follow_up:
        sent: list[Ending] = []
        if canaries:
            sent += [*await send(groups.pop(0)), *await follow_up.drain()]
            prove(sent, context.breaker)
        for endings in await concurrently(map(send, groups)):
            sent += endings
        return (*sent, *await follow_up.drain())


async def _finish(work: Work, ended: Sequence[Ending], context: RunContext) -> None:
    try:
        finished = replace(work.job.run, finished=_now())
        await asyncio.to_thread(context.ledger.finish, finished, ended)
    except LedgerError as error:
        context.breaker.stop(error)  # the report still tells what became of everything


async def _report(
    work: Work,
    read: Validated,
    checked: Checked,
    ended: Sequence[Ending],
    context: RunContext,
    step: Step,
) -> Report:
    """Reconcile what went in with what became of it, and write that down."""
    profile = work.job.settings.shown_profile
    reconciliation = reconcile(
        replace(work.job.run, finished=_now(), profile=profile),
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


async def _still_waiting(work: Work, context: RunContext) -> pd.DataFrame | None:
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
    except OSError as error:  # a full disk must not hide what was sent
        sent = bool((reconciliation.submissions["attempts"].fillna(0) > 0).any())
        return replace(written, not_written=_not_written(folder, error, sent=sent))
    return written


def _not_written(folder: Path, error: OSError, *, sent: bool) -> FolderUnavailable:
    problem = f"The report could not be written in {folder.parent}: {explain(error)}"
    if not sent:
        return FolderUnavailable(f"{problem}. This run sent nothing")
    return FolderUnavailable(
        f"{problem}. The marks that this run sent are sent, and are in the ledger: papermarks show "
        f"{folder.name}. For a report, hand in the same files again: nothing is sent twice"
    )


async def _notify(report: Report, settings: Settings) -> Report:
    """The same report, once those whom the settings name have been notified."""
    page = str((report.folder / "reconciliation.html").absolute())
    if report.not_written is not None:
        page = f"none: {report.not_written}"
    return replace(
        report, not_notified=await notify(report.account.summary, page, targets_of(settings))
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
