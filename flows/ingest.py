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
from flows.prefect_side.redaction import ErrorRedaction
from flows.rerun_choices import run_of
from pipeline import settings
from pipeline.errors import InputError
from pipeline.first_few import first_few
from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.settings import Settings
from pipeline.stages import BatchSender, Job, Report, Work, start, start_rerun
from pipeline.surpass import Surpass, access_of


@dataclass
class Handover:
    """Work that somebody began, and how far the flow that goes on with it has come."""

    work: Work
    begun: bool = False
    report: Report | None = None
    reported: bool = False  # to Prefect, how it ended
    error: Exception | None = None  # Prefect is not told its words


_handover: ContextVar[Handover | None] = ContextVar("handover", default=None)


@contextmanager
def handing_over(work: Work) -> Iterator[Handover]:
    """Within this block the flow goes on with ``work``, which is under way, in place of new work.

    So the command line can read files while Prefect starts. The report is there as soon as it is
    written, whatever then becomes of the flow.
    """
    handover = Handover(work)
    token = _handover.set(handover)
    try:
        yield handover
    finally:
        _handover.reset(token)


def _run_name() -> str:
    files = [Path(name).name for name in flow_run.parameters["files"]]
    return f"ingest {first_few(files, 1)}"


@flow(name="ingest-marks", flow_run_name=_run_name, persist_result=False, validate_parameters=False)
async def ingest_marks(files: list[str]) -> Report:
    """Read the files, check their sessions, send what is right, and reconcile.

    A run with findings completes; one whose account does not balance fails.
    """
    return await _execute(partial(_start, files))


Number = Annotated[int, Field(ge=1)]


def _rerun_name() -> str:
    return f"rerun of {run_of(flow_run.parameters['run'])}"


@flow(name="rerun-failed", flow_run_name=_rerun_name, persist_result=False)
async def rerun_failed(run: str, batches: list[Number] | None = None) -> Report:
    """Send again what a run left failed, in doubt or not open; its files are not needed.

    Args:
        run: one that left something to do; or its id, such as 20261123-001541-274-0e60, as its
            folder of reports is named
        batches: only these, by their numbers; none given: all that is left
    """
    return await _execute(partial(_start_again, run_of(run), batches or []))


async def _execute(begin: Callable[[], Work]) -> Report:
    """Carry out what was handed over, else work that is begun now.

    A flow itself must not name a ContextVar: a served flow is pickled, and those cannot be.
    """
    redaction, handover = ErrorRedaction(), _handover.get()
    try:
        return await redaction.call(partial(_carry_out, handover, begin))
    finally:
        if handover is not None:
            handover.error = redaction.error


async def _carry_out(handed_over: Handover | None, begin: Callable[[], Work]) -> Report:
    handover = handed_over or Handover(begin())
    handover.begun = True
    work = handover.work
    publisher = publish.PrefectPublisher()
    settings = work.job.settings
    await publish.name_run(work.job.run.id)
    with crash_detection.signed(settings.home):
        async with (
            Surpass(access_of(settings), pace=rate_limit.pace(settings)) as surpass,
            _dask_batches(settings, publisher) as spread,
        ):
            report = await ingest(publisher.observe(work), surpass, publisher.step, spread)
        handover.report = report
        # A state is what a flow may return in place of its result; its caller gets the report.
        state = await publish.publish(report, settings.home)
        handover.reported = True
        return cast(Report, state)


def _dask_batches(
    settings: Settings, publisher: publish.PrefectPublisher
) -> AbstractAsyncContextManager[BatchSender | None]:
    """Other processes for the batches, where the settings name some."""
    if settings.dask is None:
        return nullcontext()
    try:
        from flows.prefect_side import dask_batches
    except ImportError as error:
        install = "pip install 'papermarks[dask]'"
        raise InputError(f"DASK is set, but {error.name} is not installed: {install}") from error
    return dask_batches.on_cluster(settings, publisher)


def _start(files: list[str]) -> Work:
    return start(Job(settings.load()), [Path(name) for name in files], QUIET)


def _start_again(run: str, batches: list[int]) -> Work:
    return start_rerun(Job(settings.load()), run, batches, QUIET)
