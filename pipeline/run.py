"""The whole run, stage by stage. This screen tells the story; the stages do the work.

    read ▶ find the candidates' sessions ▶ validate ▶ number the questions as the paper does
    ▶ recover what earlier runs left in flight ▶ already sent? ▶ check each session ▶ deliver, batch
    by batch ▶ reconcile ▶ report

``step`` is how a stage is executed: here plainly, in the flows as a Prefect task.
``spread`` sends a batch by another process, where the flow has some.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd

from pipeline import report
from pipeline.daemon_thread import in_daemon_thread
from pipeline.deliver.already_sent import already_sent
from pipeline.deliver.batches import batches, deliver, prove
from pipeline.deliver.context import RunContext
from pipeline.deliver.follow_up import FollowUp
from pipeline.deliver.interrupt import interruptible
from pipeline.deliver.post import Delivery
from pipeline.deliver.preflight import Checked, check, unchecked
from pipeline.deliver.recover import Recovered, recover
from pipeline.errors import LedgerError
from pipeline.findings import concat_findings, endings, make_findings
from pipeline.interpret import Blanks, in_force
from pipeline.interpret.prepare import prepare
from pipeline.ledger import Ledger, open_ledger
from pipeline.ledger.rerun import take_up
from pipeline.model import Batch, Ending, Interpreted, Run, Submission, Validated
from pipeline.notify import account, notify, targets_of
from pipeline.papers.load import load
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.papers.versions import numbered
from pipeline.progress import Progress
from pipeline.read.limits import limits_of
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.settings import Settings
from pipeline.submissions import submissions
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.time_zones import ServerTime, server_time
from pipeline.validate.anomalies import watched
from pipeline.validate.entries import validate
from pipeline.validate.session_lookup import find
from schemas.words import Outcome

_T = TypeVar("_T")
Step = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
Spread = Callable[[Batch, Delivery], Awaitable[tuple[Ending, ...]]]

_BATCHES_AT_ONCE = 2  # the next one starts while the last answers of the one before come in


async def plainly(_name: str, work: Callable[[], Awaitable[_T]]) -> _T:
    """Execute a stage here and now."""
    return await work()


@dataclass(frozen=True)
class Job:
    """What a run is asked to do."""

    settings: Settings
    canary: bool = False  # one session of each paper first, proven, then the rest
    layout: str | None = None  # the name of the only layout to try
    run: Run = field(default_factory=lambda: begin())


@dataclass(frozen=True)
class Work:
    """A job whose reading is under way, and who watches it."""

    job: Job
    reading: Future[tuple[Interpreted, ...]]
    progress: Progress
    papers: Papers = NO_PAPERS  # as the office defines them


@dataclass(frozen=True)
class Report:
    """What became of everything, and the folder in which it is written."""

    reconciliation: Reconciliation
    folder: Path
    untold: tuple[str, ...] = ()  # who should have been told of it, and why that failed


def start(job: Job, files: Sequence[Path], progress: Progress, names: Sequence[str] = ()) -> Work:
    """Begin to read at once, in a thread: whatever else must start, starts beside.

    ``names`` is what reports call the files, where that is not what they are called on the disk.
    """
    layouts = in_force(job.settings.layouts, job.layout)
    papers = load(job.settings.papers)
    advance = progress.stage("Read", len(files))
    blanks = Blanks(mark=job.settings.blank_mark)
    limits = limits_of(job.settings)
    reading = partial(prepare, files, layouts, blanks, advance, names, limits)
    return Work(job, in_daemon_thread(reading, name="read"), progress, papers)


def start_again(job: Job, parent: str, batches: Collection[int], progress: Progress) -> Work:
    """Begin to take up what an earlier run left to do, in place of reading files."""
    papers = load(job.settings.papers)
    advance = progress.stage("Take up", 1)
    reading = in_daemon_thread(partial(_taken_up, job.settings, parent, batches), name="read")
    reading.add_done_callback(lambda _: advance())
    return Work(replace(job, run=replace(job.run, parent=parent)), reading, progress, papers)


async def ingest(
    work: Work, surpass: Surpass, step: Step = plainly, spread: Spread | None = None
) -> Report:
    """Carry the work out: send what is right, and account for everything."""
    settings = work.job.settings
    with open_ledger(settings) as ledger:
        context = _context(work, surpass, ledger)
        with interruptible(context.breaker, surpass, work.reading):
            read = await step("read and validate", lambda: _read(work, context))
            ready = _sendable(read, settings)
            await asyncio.to_thread(ledger.begin, work.job.run, read, ready)
            await step("recover", lambda: recover(context))
            checked = await step("check", lambda: _examine(work, ready, read, context))
            ended = await _deliver(work, checked, context, step, spread)
            await _finish(work, (*checked.endings, *ended), context)
    return await _notified(await _reported(work, read, checked, ended, context, step), settings)


async def look(work: Work, surpass: Surpass | None) -> Report:
    """Everything but sending; without ``surpass`` its sessions are not asked for."""
    settings = work.job.settings
    with open_ledger(settings) as ledger:
        context = _context(work, surpass, ledger)
        read = await _read(work, context)
        checked = await _examine(work, _sendable(read, settings), read, context)
    would = tuple(Ending(s.number, Outcome.READY, Outcome.READY.meaning) for s in checked.open)
    return await _reported(work, read, checked, would, context, plainly)


@dataclass(frozen=True)
class Confirmation:
    """What reading unsettled sessions again has shown."""

    recovered: tuple[Recovered, ...]
    left: int  # still in doubt or unconfirmed


async def confirm(settings: Settings, surpass: Surpass, run: str | None = None) -> Confirmation:
    """Read again what is in doubt or unconfirmed, of one run or of all. Nothing is sent.

    LookupError where there is no such run.
    """
    with open_ledger(settings) as ledger:
        keycodes = None if run is None else await asyncio.to_thread(_keycodes_of, ledger, run)
        recovered = await recover(_services(settings, surpass, ledger), keycodes=keycodes)
        known = await asyncio.to_thread(ledger.in_flight)
        left = [each for each in known if keycodes is None or each.keycode in keycodes]
    return Confirmation(recovered, len(left))


def _keycodes_of(ledger: Ledger, run: str) -> set[str]:
    return {submission["keycode"] for submission in ledger.show(run)["submissions"]}


def _context(work: Work, surpass: Surpass | None, ledger: Ledger) -> RunContext:
    """The run's services, with its papers."""
    return replace(_services(work.job.settings, surpass, ledger), papers=work.papers)


def _services(settings: Settings, surpass: Surpass | None, ledger: Ledger) -> RunContext:
    """What every stage of delivery needs: built here and nowhere else."""
    return RunContext(
        surpass=surpass,
        ledger=ledger,
        breaker=CircuitBreaker(settings.concurrency, settings.stop_after, settings.most_refused),
        quiet_period=settings.quiet_period,
        max_posts=settings.max_attempts,
    )


def begin() -> Run:
    """A run's identity: sorts by time, and no two are alike."""
    started = _now()
    return Run(f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", started)


async def _read(work: Work, context: RunContext) -> Validated:
    """The files' entries, with the sessions of candidates named by a reference, as submissions."""
    sources = await asyncio.wrap_future(work.reading)
    found = await find(sources, context.surpass, context.breaker, context.ledger.sent_for)
    read = await asyncio.to_thread(lambda: watched(validate(found)))
    return await numbered(read, work.papers, context.surpass, context.breaker)


def _taken_up(settings: Settings, parent: str, batches: Collection[int]) -> tuple[Interpreted, ...]:
    with open_ledger(settings) as ledger:
        return take_up(ledger, parent, batches)


def _sendable(read: Validated, settings: Settings) -> list[Submission]:
    stopped = {ending.submission for ending in endings(read.findings)}
    # One that is not known has a finding; had it none, the run would not balance, and it not be sent.
    known = read.submissions.index[read.submissions["keycode"] != ""]
    wanted = [number for number in known if number not in stopped]
    return submissions(read.entries, wanted, settings.blank_answer)


async def _examine(
    work: Work, ready: Sequence[Submission], read: Validated, context: RunContext
) -> Checked:
    """What the ledger knows of the submissions, then what Surpass says."""
    ledger = context.ledger
    before = await asyncio.to_thread(ledger.known, [each.keycode for each in ready])
    known = await asyncio.to_thread(already_sent, ready, read.entries, before, ledger.entries)
    if context.surpass is None:
        return unchecked(ready, read, known)
    advance = work.progress.stage("Check the sessions", len(ready) - len(known.numbers))
    return _with_clock(await check(ready, read, known, context, advance), work.job)


async def _deliver(
    work: Work, checked: Checked, context: RunContext, step: Step, spread: Spread | None
) -> tuple[Ending, ...]:
    job = work.job
    advance = work.progress.stage("Send", len(checked.open))
    completed = job.settings.completion_date or _server_time(checked, job).moment
    delivery = Delivery(job.run, completed, context, advance)
    follow_up = FollowUp(delivery)
    batch_slots = asyncio.Semaphore(_BATCHES_AT_ONCE)

    async def send(batch: Batch) -> tuple[Ending, ...]:
        if spread is not None and several:
            return await spread(batch, delivery)
        async with batch_slots:
            work = partial(deliver, batch, delivery, follow_up)
            return cast(tuple[Ending, ...], await step(f"batch {batch.number}", work))

    canaries = _one_of_each_paper(checked) if job.canary else ()
    groups = batches(checked.open, job.settings.batch_size, canaries)
    several = len(groups) > 1  # one alone would only be slower elsewhere
    ended = []
    if canaries:
        ended.append((*await send(groups.pop(0)), *await follow_up.drain()))
        prove(ended[0], context.breaker)
    ended += await asyncio.gather(*map(send, groups))
    ended.append(await follow_up.drain())
    return tuple(ending for part in ended for ending in part)


def _one_of_each_paper(checked: Checked) -> tuple[Submission, ...]:
    """One submission for each test form and kind: sent first, to see that all is well."""
    first: dict[object, Submission] = {}
    for submission in checked.open:
        session = checked.sessions.get(submission.number)
        form = session and (session.test_form or session.test)
        first.setdefault((form and (form.reference or form.id), submission.kind), submission)
    return tuple(first.values())


async def _finish(work: Work, ended: Sequence[Ending], context: RunContext) -> None:
    try:
        finished = replace(work.job.run, finished=_now())
        await asyncio.to_thread(context.ledger.finish, finished, ended)
    except LedgerError as error:
        context.breaker.stop(error)  # the report still tells what became of everything


async def _reported(
    work: Work,
    read: Validated,
    checked: Checked,
    ended: Sequence[Ending],
    context: RunContext,
    step: Step,
) -> Report:
    reconciliation = reconcile(
        replace(work.job.run, finished=_now(), profile=work.job.settings.shown_profile),
        read,
        checked.findings,
        (*checked.endings, *ended),
        sent=checked.open,
        papers=checked.papers,
        stopped_by=context.breaker.stopped_by,
    )
    folder = await step("report", lambda: _report(reconciliation, work))
    return Report(reconciliation, folder)


async def _report(reconciliation: Reconciliation, work: Work) -> Path:
    advance = work.progress.stage("Write the report", 1)
    folder = await asyncio.to_thread(report.write, reconciliation, work.job.settings.reports)
    advance()
    return folder


async def _notified(report: Report, settings: Settings) -> Report:
    """The same report, once those whom the settings name have been told of it."""
    summary = account(report.reconciliation)
    where = f"{report.folder.name}/reconciliation.xlsx"
    return replace(report, untold=await notify(summary, where, targets_of(settings)))


def _server_time(checked: Checked, job: Job) -> ServerTime:
    """The run's start on Surpass's own clock, since dates on the wire bear no zone."""
    zones = (session.server_time_zone for session in checked.sessions.values())
    told = next(filter(None, zones), None)
    return server_time(job.run.started, setting=job.settings.time_zone, told=told)


def _with_clock(checked: Checked, job: Job) -> Checked:
    """With a finding where marks will be sent with a date of this machine's clock."""
    problem = _server_time(checked, job).problem
    if problem is None or not checked.open or job.settings.completion_date is not None:
        return checked
    whole_run = pd.DataFrame({"file": [""], "sheet": [""], "column": [""]})
    told = make_findings("time-zone-unknown", whole_run, why=problem)
    return replace(checked, findings=concat_findings([checked.findings, told]))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
