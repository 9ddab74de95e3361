"""The whole run, stage by stage. This screen tells the story; the stages do the work.

    read ▶ find the candidates' sessions ▶ validate ▶ number the questions as the paper does
    ▶ settle what earlier runs left ▶ recall and check ▶ deliver, batch by batch ▶ reconcile
    ▶ report

``step`` is how a stage is executed: here plainly, in the flows as a Prefect task.
``spread`` sends a batch by another process, where the flow has some.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline import report
from pipeline.deliver.already_sent import recall
from pipeline.deliver.interrupt import interruptible
from pipeline.deliver.post import Delivery, batches, deliver, prove
from pipeline.deliver.preflight import Checked, check, unchecked
from pipeline.deliver.recover import settle
from pipeline.errors import LedgerError
from pipeline.findings import endings
from pipeline.interpret import ReadingOptions, in_force
from pipeline.interpret.prepare import prepare
from pipeline.ledger import Ledger
from pipeline.ledger.rerun import take_up
from pipeline.model import Batch, Ending, Interpreted, Run, Submission, Validated
from pipeline.notify import account, notify
from pipeline.papers.load import load
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.papers.versions import numbered
from pipeline.progress import Progress
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.settings import Settings
from pipeline.submissions import submissions
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.validate.anomalies import with_tripwires
from pipeline.validate.entries import validate
from pipeline.validate.options import ValidationOptions
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
    blanks = ReadingOptions.of(job.settings.layouts, job.settings.blank_mark)
    reading = partial(prepare, files, layouts, blanks, advance, names)
    return Work(job, _in_thread(reading), progress, papers)


def start_again(job: Job, parent: str, batches: Collection[int], progress: Progress) -> Work:
    """Begin to take up what an earlier run left to do, in place of reading files."""
    papers = load(job.settings.papers)
    advance = progress.stage("Take up", 1)
    reading = _in_thread(partial(_taken_up, job.settings, parent, batches))
    reading.add_done_callback(lambda _: advance())
    return Work(replace(job, run=replace(job.run, parent=parent)), reading, progress, papers)


async def ingest(
    work: Work, surpass: Surpass, step: Step = plainly, spread: Spread | None = None
) -> Report:
    """Carry the work out: send what is right, and account for everything."""
    job, settings = work.job, work.job.settings
    line = CircuitBreaker(settings.concurrency, settings.stop_after, settings.most_refused)
    with settings.ledger() as ledger, interruptible(line, surpass):
        read = await step("read and validate", lambda: _read(work, surpass, line))
        ready = _sendable(read, settings)
        await asyncio.to_thread(ledger.begin, job.run, read, ready)
        await step("settle", lambda: settle(surpass, ledger, line))
        checked = await step("check", lambda: _examine(work, ready, read, ledger, surpass, line))
        ended = await _deliver(work, checked, ledger, surpass, line, step, spread)
        await _finish(work, (*checked.endings, *ended), ledger, line)
    return await _told(await _reported(work, read, checked, ended, line, step), settings)


async def look(work: Work, surpass: Surpass | None) -> Report:
    """Everything but sending; without ``surpass`` its sessions are not asked for."""
    settings = work.job.settings
    line = CircuitBreaker(settings.concurrency, settings.stop_after)
    with settings.ledger() as ledger:
        read = await _read(work, surpass, line)
        checked = await _examine(work, _sendable(read, settings), read, ledger, surpass, line)
    would = tuple(Ending(s.number, Outcome.READY, Outcome.READY.meaning) for s in checked.open)
    return await _reported(work, read, checked, would, line, plainly)


def begin() -> Run:
    """A run's identity: sorts by time, and no two are alike."""
    started = _now()
    return Run(f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", started)


async def _read(work: Work, surpass: Surpass | None, line: CircuitBreaker) -> Validated:
    """The files' entries, with the sessions of candidates named by a reference, as submissions."""
    sources = await asyncio.wrap_future(work.reading)
    found = await find(sources, surpass, line)
    read = await asyncio.to_thread(lambda: _checked(found, work.job.settings.validation))
    return await numbered(read, work.papers, surpass, line)


def _checked(found: Sequence[Interpreted], options: ValidationOptions) -> Validated:
    return with_tripwires(validate(found, options), options.hold_on)


def _in_thread(read: Callable[[], tuple[Interpreted, ...]]) -> Future[tuple[Interpreted, ...]]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="read")
    reading = pool.submit(read)
    pool.shutdown(wait=False)
    return reading


def _taken_up(settings: Settings, parent: str, batches: Collection[int]) -> tuple[Interpreted, ...]:
    with settings.ledger() as ledger:
        return take_up(ledger, parent, batches)


def _sendable(read: Validated, settings: Settings) -> list[Submission]:
    stopped = {ending.submission for ending in endings(read.findings)}
    # One that is not known has a finding; had it none, the law would break, and it not be sent.
    known = read.submissions.index[read.submissions["keycode"] != ""]
    wanted = [number for number in known if number not in stopped]
    return submissions(read.entries, wanted, settings.blank_answer)


async def _examine(
    work: Work,
    ready: Sequence[Submission],
    read: Validated,
    ledger: Ledger,
    surpass: Surpass | None,
    line: CircuitBreaker,
) -> Checked:
    """What the ledger knows of the submissions, then what Surpass says."""
    known = await asyncio.to_thread(ledger.known, [each.keycode for each in ready])
    recalled = await asyncio.to_thread(recall, ready, read.entries, known, ledger.entries)
    if surpass is None:
        return unchecked(ready, read, recalled)
    advance = work.progress.stage("Check the sessions", len(ready) - len(recalled.numbers))
    ours = ledger.under_way
    return await check(ready, read, recalled, surpass, line, ours, advance, work.papers)


async def _deliver(
    work: Work,
    checked: Checked,
    ledger: Ledger,
    surpass: Surpass,
    line: CircuitBreaker,
    step: Step,
    spread: Spread | None,
) -> tuple[Ending, ...]:
    job = work.job
    advance = work.progress.stage("Send", len(checked.open))
    completed = job.settings.completion_date or _local(job.run.started, job.settings, checked)
    delivery = Delivery(job.run, completed, surpass, ledger, line, advance)
    turns = asyncio.Semaphore(_BATCHES_AT_ONCE)

    async def send(batch: Batch) -> tuple[Ending, ...]:
        if spread is not None and several:
            return await spread(batch, delivery)
        async with turns:
            work = partial(deliver, batch, delivery)
            return cast(tuple[Ending, ...], await step(f"batch {batch.number}", work))

    canaries = _one_of_each_paper(checked) if job.canary else ()
    groups = batches(checked.open, job.settings.batch_size, canaries)
    several = len(groups) > 1  # one alone would only be slower elsewhere
    ended = []
    if canaries:
        ended.append(await send(groups.pop(0)))
        prove(ended[0], line)
    ended += await asyncio.gather(*map(send, groups))
    return tuple(ending for part in ended for ending in part)


def _one_of_each_paper(checked: Checked) -> tuple[Submission, ...]:
    """One submission for each test form and kind: sent first, to see that all is well."""
    first: dict[object, Submission] = {}
    for submission in checked.open:
        session = checked.sessions.get(submission.number)
        form = session and (session.test_form or session.test)
        first.setdefault((form and (form.reference or form.id), submission.kind), submission)
    return tuple(first.values())


async def _finish(
    work: Work, ended: Sequence[Ending], ledger: Ledger, line: CircuitBreaker
) -> None:
    try:
        finished = replace(work.job.run, finished=_now())
        await asyncio.to_thread(ledger.finish, finished, ended)
    except LedgerError as error:
        line.stop(error)  # the report still tells what became of everything


async def _reported(
    work: Work,
    read: Validated,
    checked: Checked,
    ended: Sequence[Ending],
    line: CircuitBreaker,
    step: Step,
) -> Report:
    reconciliation = reconcile(
        replace(work.job.run, finished=_now()),
        read,
        checked.findings,
        (*checked.endings, *ended),
        sent=checked.open,
        stopped_by=line.stopped_by,
    )
    folder = await step("report", lambda: _report(reconciliation, work))
    return Report(reconciliation, folder)


async def _report(reconciliation: Reconciliation, work: Work) -> Path:
    advance = work.progress.stage("Write the report", 1)
    folder = await asyncio.to_thread(report.write, reconciliation, work.job.settings.reports)
    advance()
    return folder


async def _told(report: Report, settings: Settings) -> Report:
    """The same report, once those whom the settings name have been told of it."""
    told = account(report.reconciliation)
    where = f"{report.folder.name}/reconciliation.xlsx"
    return replace(report, untold=await notify(told, where, settings.ways))


def _local(moment: dt.datetime, settings: Settings, checked: Checked) -> dt.datetime:
    """The moment on Surpass's own clock, since dates on the wire bear no zone."""
    told = next((session.server_time_zone for session in checked.sessions.values()), None)
    for name in (settings.time_zone, told):
        try:
            if name:
                return moment.astimezone(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError):
            continue  # Windows has names of its own: the setting is there for them
    return moment.astimezone()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
