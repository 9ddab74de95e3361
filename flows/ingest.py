"""The Prefect flow over the run: a task for each stage and each batch.

No marks, names or file contents in parameters, logs or artifacts: counts and paths only. Prefect
orchestrates and shows; what was sent is known from Surpass and our own records, never from here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_table_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from pipeline import settings
from pipeline.errors import LawBroken
from pipeline.progress import QUIET
from pipeline.run import Job, Report, Work, ingest, start, start_again
from pipeline.surpass import Surpass
from schemas.words import Outcome

_T = TypeVar("_T")

_HandedOver = tuple[Work, list[Report]]
_handed_over: ContextVar[_HandedOver | None] = ContextVar("handed_over", default=None)


@contextmanager
def handing_over(work: Work) -> Iterator[list[Report]]:
    """Within this block the flow takes up ``work``, which is under way, in place of beginning anew.

    So the command line can read files while Prefect starts. The report is in the list as soon as
    it is written, whatever then becomes of the flow.
    """
    done: list[Report] = []
    token = _handed_over.set((work, done))
    try:
        yield done
    finally:
        _handed_over.reset(token)


def _run_name() -> str:
    files = [Path(name).name for name in flow_run.parameters["files"]]
    return f"ingest {files[0]}" + (f" and {len(files) - 1} more" if len(files) > 1 else "")


@flow(name="ingest-marks", flow_run_name=_run_name, persist_result=False, validate_parameters=False)
async def ingest_marks(files: list[str]) -> Report:
    """Read the files, check their sessions, send what is right, and reconcile.

    A run with findings completes; one whose law is broken fails.
    """
    return await _carried_out(partial(_begun, files))


def _rerun_name() -> str:
    return f"rerun of {flow_run.parameters['run']}"


@flow(name="rerun-failed", flow_run_name=_rerun_name, persist_result=False)
async def rerun_failed(run: str, batches: list[int] | None = None) -> Report:
    """Send again what a run left to do: all of it, or these batches."""
    return await _carried_out(partial(_begun_again, run, batches or []))


async def _carried_out(begin: Callable[[], Work]) -> Report:
    """What was handed over, else the work begun now.

    A flow itself must not name a ContextVar: a served flow is pickled, and those cannot be.
    """
    work, done = _handed_over.get() or (begin(), [])
    async with Surpass(work.job.settings.access) as surpass:
        report = await ingest(work, surpass, as_task)
    done.append(report)
    await _show(report)
    if not report.reconciliation.law_holds:
        raise LawBroken(str(report.folder))
    return report


def _begun(files: list[str]) -> Work:
    return start(Job(settings.load()), [Path(name) for name in files], QUIET)


def _begun_again(run: str, batches: list[int]) -> Work:
    return start_again(Job(settings.load()), run, batches, QUIET)


async def as_task(name: str, work: Callable[[], Awaitable[_T]]) -> _T:
    """Execute a stage as a Prefect task. Its data stay in this process: it has no parameters."""

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    async def stage() -> _T:
        return await work()

    return await stage()


async def _show(report: Report) -> None:
    """What Prefect's pages show of a run: a summary, the outcomes, a link to the report."""
    reconciliation, totals = report.reconciliation, report.reconciliation.totals
    law = "holds" if reconciliation.law_holds else "IS BROKEN"
    summary = (
        f"{totals.submissions} submissions from {totals.rows_read} rows: "
        + (", ".join(f"{n} {name}" for name, n in totals.by_outcome.items() if n) or "nothing")
        + f". The law {law}."
    )
    get_run_logger().info("Run %s: %s", reconciliation.run.id, summary)
    await acreate_markdown_artifact(
        key="reconciliation", markdown=f"**Run {reconciliation.run.id}**\n\n{summary}"
    )
    await acreate_table_artifact(
        key="outcomes",
        table=[
            {
                "outcome": name,
                "submissions": count,
                "marks": totals.marks_by_outcome[name],
                "meaning": Outcome(name).meaning,
            }
            for name, count in totals.by_outcome.items()
        ],
    )
    await acreate_link_artifact(
        key="report", link=(report.folder / "reconciliation.xlsx").resolve().as_uri()
    )
