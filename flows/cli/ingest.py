"""``papermarks ingest``, ``rerun`` and ``check``."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import execute
from flows.cli import choose, exits, show
from flows.cli.history import named
from flows.prefect_side import connect
from pipeline import event_loop, settings
from pipeline.ledger import open_ledger
from pipeline.progress import Progress
from pipeline.report import as_json as as_json_of
from pipeline.run import check_only
from pipeline.stages import Job, Report, Work, start, start_check, start_rerun
from pipeline.surpass import Surpass, access_of

Canary = Annotated[
    bool, typer.Option("--canary", help="One session of each paper first, proven; then the rest.")
]
Files = Annotated[list[Path], typer.Argument(help="Mark sheets or scan exports, CSV or Excel.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the reconciliation as JSON.")]
Layout = Annotated[str | None, typer.Option(help="Try only this layout: see papermarks layouts.")]
Quietly = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no summary.")]


def ingest(
    files: Files,
    canary: Canary = False,
    layout: Layout = None,
    as_json: AsJson = False,
    quiet: Quietly = False,
) -> None:
    """Send the files' marks and responses to Surpass, and account for every row."""
    job = Job(settings.load(), canary=canary, layout=layout)
    raise typer.Exit(send(job, files, as_json=as_json, quiet=quiet))


def rerun(
    run: Annotated[
        str | None,
        typer.Argument(help="The run's id, or last. None: choose among those that left something."),
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help="Only this batch; repeat for more.")
    ] = None,
    canary: Canary = False,
    as_json: AsJson = False,
    quiet: Quietly = False,
) -> None:
    """Send again what a run left failed, in doubt or not open; its files are not needed."""
    job, batches = Job(settings.load(), canary=canary), batch or []
    with open_ledger(job.settings) as ledger:
        chosen = (
            choose.run_to_rerun(ledger, job.settings.surpass_host)
            if run is None
            else named(ledger, run)
        )

    def flow() -> Coroutine[Any, Any, Report]:
        from flows.ingest import rerun_failed

        return rerun_failed(chosen, batches)

    begin = partial(start_rerun, job, chosen, batches)
    raise typer.Exit(_send(job, begin, flow, as_json=as_json, quiet=quiet))


def check(
    files: Files,
    offline: Annotated[bool, typer.Option("--offline", help="Without asking Surpass.")] = False,
    layout: Layout = None,
    as_json: AsJson = False,
    quiet: Quietly = False,
) -> None:
    """Do everything but send: read, validate, and ask Surpass about each session."""
    job = Job(settings.load(), layout=layout)
    access = None if offline else access_of(job.settings)

    async def checked(work: Work) -> Report:
        if access is None:
            return await check_only(work, None)
        async with Surpass(access) as surpass:
            return await check_only(work, surpass)

    with show.progress(quiet=quiet or as_json) as progress:
        report = event_loop.run(lambda: checked(start_check(job, files, progress)))
    raise typer.Exit(_end(report, as_json=as_json, quiet=quiet))


def send(job: Job, files: Sequence[Path], *, as_json: bool, quiet: bool) -> int:
    """Send these files, and show how it ended; the exit code."""

    def flow() -> Coroutine[Any, Any, Report]:
        from flows.ingest import ingest_marks

        return ingest_marks([str(path) for path in files])

    return _send(job, partial(start, job, files), flow, as_json=as_json, quiet=quiet)


def _send(
    job: Job,
    begin: Callable[[Progress], Work],
    flow: execute.Flow,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Through Prefect where a server of it is there; else plainly, at once."""
    job.settings.require_surpass()  # what is missing is said before anything is read
    with show.progress(quiet=quiet or as_json) as progress:
        starting = connect.start(job.settings.home, progress) if job.settings.prefect else None
        work = begin(progress)
        through_prefect = execute.ready(starting, show.note)
        if through_prefect and not connect.answers():
            show.note("Prefect's server does not answer, so this goes on without it")
            through_prefect = False
        report = event_loop.run(
            partial(execute.through_prefect, work, flow, show.note)
            if through_prefect
            else partial(execute.plainly, work, show.note)
        )
    return _end(report, as_json=as_json, quiet=quiet)


def _end(report: Report, *, as_json: bool, quiet: bool) -> int:
    if as_json:
        typer.echo(as_json_of.dumps(report.account).rstrip())
    elif not quiet:
        show.summary(report)
    if as_json and report.not_written is not None:
        show.note(f"papermarks: {report.not_written}.")
    return exits.for_report(report)
