"""``papermarks ingest`` and ``papermarks check``."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated

import typer

from flows import orchestrator
from flows.cli import exits, show
from pipeline import settings
from pipeline.facts import Validated
from pipeline.progress import Progress
from pipeline.report import as_json
from pipeline.run import Job, Report, run, start_reading
from pipeline.surpass import Surpass

Files = Annotated[list[Path], typer.Argument(help="Mark sheets or scan exports, CSV or Excel.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the reconciliation as JSON.")]
Quietly = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no summary.")]


def ingest(files: Files, as_json: AsJson = False, quiet: Quietly = False) -> None:
    """Send the files' marks and responses to Surpass, and account for every row."""
    job = Job(tuple(files), settings.load())
    raise typer.Exit(send(job, as_json=as_json, quiet=quiet))


def check(
    files: Files,
    offline: Annotated[bool, typer.Option("--offline", help="Without asking Surpass.")] = False,
    as_json: AsJson = False,
    quiet: Quietly = False,
) -> None:
    """Do everything but send: read, validate, and ask Surpass about each session."""
    job = Job(tuple(files), settings.load(), send=False)
    if not offline:
        job.settings.access  # noqa: B018  # what is missing is told before anything is read
    with show.progress(quiet=quiet or as_json) as progress:
        reading = start_reading(job, progress)
        report = asyncio.run(_plainly(job, reading, progress, offline=offline))
    raise typer.Exit(_end(report, as_json=as_json, quiet=quiet))


def send(job: Job, *, as_json: bool, quiet: bool) -> int:
    """Run the job through Prefect, and tell how it ended; the exit code."""
    job.settings.access  # noqa: B018  # what is missing is told before anything is read
    with show.progress(quiet=quiet or as_json) as progress:
        starting = orchestrator.start(job.settings.home, progress) if job.settings.prefect else None
        reading = start_reading(job, progress)
        report = _orchestrated(job, reading, starting, progress)
    return _end(report, as_json=as_json, quiet=quiet)


def _orchestrated(
    job: Job, reading: Future[Validated], starting: Future[None] | None, progress: Progress
) -> Report:
    """Through Prefect where it is there; marks do not wait for an orchestrator that is not."""
    if starting is None:
        return asyncio.run(_plainly(job, reading, progress, offline=False))
    try:
        starting.result()
    except Exception as error:  # whatever it is, the run can do without
        show.note(f"Prefect could not be started, so this run goes on without it: {error}")
        return asyncio.run(_plainly(job, reading, progress, offline=False))
    from flows.ingest import HandOver, handing_over, ingest_marks

    with handing_over(HandOver(job, reading, progress)):
        return asyncio.run(ingest_marks([str(path) for path in job.files]))


async def _plainly(
    job: Job, reading: Future[Validated], progress: Progress, *, offline: bool
) -> Report:
    if offline:
        return await run(job, reading, None, progress=progress)
    async with Surpass(job.settings.access) as surpass:
        return await run(job, reading, surpass, progress=progress)


def _end(report: Report, *, as_json: bool, quiet: bool) -> int:
    if as_json:
        typer.echo(as_json_text(report))
    elif not quiet:
        show.summary(report)
    return exits.for_run(report.reconciliation)


def as_json_text(report: Report) -> str:
    """The reconciliation's JSON, as in the report's file."""
    return as_json.dumps(report.reconciliation).rstrip()
