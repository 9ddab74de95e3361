"""The Prefect flow over the run: a task for each stage and each batch.

No marks, names or file contents in parameters, logs or artifacts: counts and paths only. Prefect
orchestrates and shows; what was sent is known from Surpass and our own records, never from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, cast

from prefect import flow
from prefect.runtime import flow_run
from pydantic import Field

from flows.prefect_side import crash_detection, publish, rate_limit
from pipeline import settings
from pipeline.errors import InputError
from pipeline.progress import QUIET
from pipeline.run import Job, Report, Spread, Work, ingest, start, start_again
from pipeline.settings import Settings
from pipeline.surpass import Surpass


@dataclass
class HandedOver:
    """Work that somebody began, and how far the flow that took it up has come."""

    work: Work
    begun: bool = False
    report: Report | None = None


_handed_over: ContextVar[HandedOver | None] = ContextVar("handed_over", default=None)


@contextmanager
def handing_over(work: Work) -> Iterator[HandedOver]:
    """Within this block the flow takes up ``work``, which is under way, in place of beginning anew.

    So the command line can read files while Prefect starts. The report is there as soon as it is
    written, whatever then becomes of the flow.
    """
    handed = HandedOver(work)
    token = _handed_over.set(handed)
    try:
        yield handed
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


Number = Annotated[int, Field(ge=1)]


def _rerun_name() -> str:
    return f"rerun of {flow_run.parameters['run']}"


@flow(name="rerun-failed", flow_run_name=_rerun_name, persist_result=False)
async def rerun_failed(run: str, batches: list[Number] | None = None) -> Report:
    """Send again what a run left failed, in doubt or not open; its files are not needed.

    Args:
        run: its id, such as 20261123-001541-0e60, as its folder of reports is named
        batches: only these, by their numbers; none given: all that is left
    """
    return await _carried_out(partial(_begun_again, run, batches or []))


async def _carried_out(begin: Callable[[], Work]) -> Report:
    """What was handed over, else the work begun now.

    A flow itself must not name a ContextVar: a served flow is pickled, and those cannot be.
    """
    handed = _handed_over.get() or HandedOver(begin())
    handed.begun = True
    work = handed.work
    async with publish.in_passing():
        await crash_detection.sign()
    shown = publish.Seen()
    settings = work.job.settings
    async with (
        Surpass(settings.access, pace=rate_limit.pace(settings)) as surpass,
        _spread(settings, shown) as spread,
    ):
        report = await ingest(shown.watched(work), surpass, shown.step, spread)
    handed.report = report
    # A state is what a flow may return in place of its result; whoever calls it gets the report.
    return cast(Report, await publish.show(report))


def _spread(settings: Settings, shown: publish.Seen) -> AbstractAsyncContextManager[Spread | None]:
    """Other processes for the batches, where the settings name some."""
    if settings.dask is None:
        return nullcontext()
    try:
        from flows.prefect_side import dask_batches
    except ImportError as error:
        needed = "pip install 'papermarks[dask]'"
        raise InputError(f"DASK is set, but {error.name} is not installed: {needed}") from error
    return dask_batches.over(settings, shown)


def _begun(files: list[str]) -> Work:
    return start(Job(settings.load()), [Path(name) for name in files], QUIET)


def _begun_again(run: str, batches: list[int]) -> Work:
    return start_again(Job(settings.load()), run, batches, QUIET)
