"""The whole run, stage by stage. This screen tells the story; the stages do the work.

    read and validate ▶ check ▶ deliver, batch by batch ▶ reconcile ▶ report

``step`` is how a stage is executed: here plainly, in the flows as a Prefect task.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline import report
from pipeline.check import Checked, check, unchecked
from pipeline.deliver import batches, deliver
from pipeline.facts import Batch, Ending, Run, Validated
from pipeline.findings import endings
from pipeline.interpret import Blanks
from pipeline.line import Line
from pipeline.prepare import prepare
from pipeline.progress import QUIET, Progress
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.settings import Settings
from pipeline.submissions import submissions
from pipeline.surpass import Surpass
from schemas.words import Outcome

_T = TypeVar("_T")
Step = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]

_BATCHES_AT_ONCE = 2  # the next one starts while the last answers of the one before come in


async def plainly(_name: str, work: Callable[[], Awaitable[_T]]) -> _T:
    """Execute a stage here and now."""
    return await work()


@dataclass(frozen=True)
class Job:
    """What a run is asked to do."""

    files: tuple[Path, ...]
    settings: Settings
    send: bool = True
    run: Run = field(default_factory=lambda: begin())


@dataclass(frozen=True)
class Report:
    """What became of everything, and the folder in which it is written."""

    reconciliation: Reconciliation
    folder: Path


def start_reading(job: Job, progress: Progress) -> Future[Validated]:
    """Begin to read and validate at once, in a thread: whatever else must start, starts beside."""
    advance = progress.stage("Read and validate", len(job.files))
    pool = ThreadPoolExecutor(1, thread_name_prefix="read")
    reading = pool.submit(prepare, job.files, Blanks(mark=job.settings.blank_mark), advance)
    pool.shutdown(wait=False)
    return reading


async def run(
    job: Job,
    reading: Future[Validated],
    surpass: Surpass | None,
    step: Step = plainly,
    progress: Progress = QUIET,
) -> Report:
    """One run over the job's files.

    Without ``surpass`` nothing is checked or sent; with it, ``job.send`` decides about sending.
    """
    begun, settings = job.run, job.settings
    line = Line(settings.concurrency, settings.stop_after)

    read = await step("read and validate", lambda: asyncio.wrap_future(reading))
    checked = await step("check", lambda: _check(read, settings, surpass, line, progress))
    ended = (
        await _deliver(checked, settings, begun, surpass, line, step, progress)
        if job.send and surpass is not None
        else tuple(Ending(s.number, Outcome.READY, Outcome.READY.meaning) for s in checked.open)
    )
    reconciliation = reconcile(
        replace(begun, finished=_now()),
        read,
        checked.findings,
        (*checked.endings, *ended),
        sent=checked.open,
        stopped_by=line.stopped_by,
    )
    folder = await step("report", lambda: _report(reconciliation, settings, progress))
    return Report(reconciliation, folder)


def begin() -> Run:
    """A run's identity: sorts by time, and no two are alike."""
    started = _now()
    return Run(id=f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", started=started)


async def _check(
    read: Validated, settings: Settings, surpass: Surpass | None, line: Line, progress: Progress
) -> Checked:
    stopped = {ending.submission for ending in endings(read.findings)}
    wanted = [number for number in read.submissions.index if number not in stopped]
    ready = submissions(read.entries, wanted, settings.blank_answer)
    if surpass is None:
        return unchecked(ready, read.findings)
    return await check(ready, read, surpass, line, progress.stage("Check the sessions", len(ready)))


async def _deliver(
    checked: Checked,
    settings: Settings,
    begun: Run,
    surpass: Surpass,
    line: Line,
    step: Step,
    progress: Progress,
) -> tuple[Ending, ...]:
    advance = progress.stage("Send", len(checked.open))
    completed = settings.completion_date or _local(begun.started, settings, checked)
    turns = asyncio.Semaphore(_BATCHES_AT_ONCE)

    async def send(batch: Batch) -> tuple[Ending, ...]:
        async with turns:
            return cast(
                tuple[Ending, ...],
                await step(
                    f"batch {batch.number}",
                    lambda: deliver(batch, completed, surpass, line, advance),
                ),
            )

    parts = await asyncio.gather(*map(send, batches(checked.open, settings.batch_size)))
    return tuple(ending for part in parts for ending in part)


async def _report(reconciliation: Reconciliation, settings: Settings, progress: Progress) -> Path:
    advance = progress.stage("Write the report", 1)
    folder = await asyncio.to_thread(report.write, reconciliation, settings.reports)
    advance()
    return folder


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
