"""The nightly run: sweep the inbox, re-run what earlier runs left, report what is outstanding."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

import pandas as pd
from prefect import flow, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.dropfolder.watcher import sweep
from flows.ingest import handing_over, rerun_failed
from flows.prefect_side import crash_detection, publish
from flows.prefect_side.redaction import ErrorRedaction, RedactedError, redacted_words
from pipeline import settings
from pipeline.deliver.confirm import Confirmation
from pipeline.errors import Interrupted, PapermarksError
from pipeline.evidence.purge import purge
from pipeline.ledger import open_ledger
from pipeline.ledger.backup import back_up
from pipeline.office.outstanding import done, outstanding, summary, workbook
from pipeline.progress import QUIET
from pipeline.report import to_python_values
from pipeline.report.atomic import write_bytes
from pipeline.run import confirm
from pipeline.settings import Settings
from pipeline.stages import Job, new_run, start_rerun
from pipeline.surpass import Surpass, access_of
from schemas.frames import DataFrame, OutstandingSession
from schemas.words import Origin, Outcome

_RERUN_OUTCOMES = [str(Outcome.FAILED), str(Outcome.IN_DOUBT)]
_DEAD_AFTER = dt.timedelta(hours=6)  # since it began, where no end of a run is recorded
_MAX_ROWS = 1000  # of a table in Prefect; the workbook has all


@flow(name="sweep-inbox", flow_run_name="sweep the inbox", persist_result=False)
async def sweep_inbox() -> State[None]:
    """Take what lies in the inbox now."""
    return _state(await ErrorRedaction().call(_sweep_signed))


@flow(name="nightly", flow_run_name="nightly: inbox, re-runs, outstanding", persist_result=False)
async def nightly() -> State[None]:
    """Sweep the inbox, settle or re-run what earlier runs left, report what is missing."""
    return _state(await ErrorRedaction().call(_all_of_the_night))


@dataclass(frozen=True)
class _Work:
    """What was done, in a sentence, and why files had to go back to the inbox, if any had."""

    done: str
    left: str | None = None


def _state(work: _Work) -> State[None]:
    if work.left is None:
        return Completed(message=work.done)
    why = f"{work.left}; {work.done}"
    return Failed(message=why, data=RedactedError(why))


async def _sweep_signed() -> _Work:
    in_force = settings.load()
    with crash_detection.signed(in_force.home):
        return await _sweep(in_force)


async def _all_of_the_night() -> _Work:
    in_force = settings.load()
    with crash_detection.signed(in_force.home):
        swept = await _sweep(in_force)
        confirmed = await _confirm(in_force)
        waiting = await _outstanding(in_force)
        rerun = [run for run in _runs_to_rerun(waiting) if await _rerun(run, in_force)]
        if rerun:
            waiting = await _outstanding(in_force)
        await _publish(waiting, in_force)
        await _back_up(in_force)
        await _purge(in_force)
    return _Work(
        f"{swept.done}; settled by reading again: {len(confirmed.recovered)}, still open: "
        f"{confirmed.left}; runs sent again: {len(rerun)}; sessions waiting: {len(waiting)}",
        swept.left,
    )


async def _back_up(in_force: Settings) -> None:
    """A copy of the ledger; that there is none undoes nothing of the night."""
    try:
        await asyncio.to_thread(back_up, in_force)
    except (PapermarksError, OSError) as error:
        get_run_logger().warning("The ledger was not copied: %s", error)


async def _purge(in_force: Settings) -> None:
    """Personal data that is old enough goes, where the settings say how old that is."""
    if in_force.purge_after is None:
        return
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=in_force.purge_after)

    def remove() -> int:
        with open_ledger(in_force) as ledger:
            return len(purge(ledger, in_force, before).runs)

    try:
        get_run_logger().info("Runs purged: %s", await asyncio.to_thread(remove))
    except (PapermarksError, OSError) as error:
        get_run_logger().warning("Old runs were not purged: %s", error)


async def _sweep(in_force: Settings) -> _Work:
    results = await sweep(in_force)
    for result in results:
        if isinstance(result.error, Interrupted):
            raise result.error
    unfinished = [result.error for result in results if result.error is not None]
    taken = f"files taken: {len(results)}"
    if not unfinished:
        return _Work(taken)
    return _Work(taken, f"{len(unfinished)} not finished: {redacted_words(unfinished[0])}")


async def _confirm(in_force: Settings) -> Confirmation:
    async with Surpass(access_of(in_force)) as surpass:
        return await confirm(in_force, surpass)


async def _outstanding(in_force: Settings) -> DataFrame[OutstandingSession]:
    now = dt.datetime.now(dt.UTC)
    with open_ledger(in_force) as ledger:
        async with Surpass(access_of(in_force)) as surpass:
            return await outstanding(
                surpass,
                ledger,
                {},
                now,
                time_zone=in_force.time_zone,
                auto_void_days=in_force.auto_void_days,
            )


def _runs_to_rerun(waiting: DataFrame[OutstandingSession]) -> list[str]:
    """The runs that left a session to do which still waits, the oldest first.

    Only the last one that had the session counts: what it left is what is to be done.
    """
    dead_before = pd.Timestamp(dt.datetime.now(dt.UTC) - _DEAD_AFTER).tz_localize(None)
    unended = waiting["run"].notna() & waiting["outcome"].isna()
    died = unended & (waiting["run_began"] < dead_before)
    rerun = waiting["outcome"].isin(_RERUN_OUTCOMES) | died
    return sorted(waiting.loc[rerun, "run"].unique().tolist())


async def _rerun(run: str, in_force: Settings) -> bool:
    """One run's trouble must not keep the others waiting."""
    try:
        # In hand before the flow begins: it says that the schedule did this, and nobody's command.
        job = Job(in_force, run=new_run(Origin.SCHEDULE))
        with handing_over(start_rerun(job, run, (), QUIET)) as handover:
            await rerun_failed(run)
    except RedactedError as failure:
        if handover.report is None:
            if not isinstance(handover.error, PapermarksError):
                raise
            get_run_logger().warning("Run %s was not sent again: %s", run, failure)
            return False
        get_run_logger().warning("Run %s left something again: %s", run, failure)
    except PapermarksError as error:  # before the flow began
        get_run_logger().warning("Run %s was not sent again: %s", run, redacted_words(error))
        return False
    stopped = handover.report.reconciliation.stopped_by if handover.report is not None else None
    if isinstance(stopped, Interrupted):
        raise stopped
    return True


async def _publish(waiting: DataFrame[OutstandingSession], in_force: Settings) -> None:
    path = in_force.reports / f"outstanding-{dt.date.today():%Y-%m-%d}.xlsx"
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    async with Surpass(access_of(in_force)) as surpass:
        over = await done(surpass, waiting)
    profile = in_force.shown_profile
    content = await asyncio.to_thread(workbook, path.parent, waiting, profile, over)
    await asyncio.to_thread(write_bytes, path, content)
    rows = to_python_values(summary(waiting, over).head(_MAX_ROWS)).to_dict("list")
    table = {str(name): values for name, values in rows.items()}
    where = publish.where_it_is("The list of all sessions that wait", path)
    await acreate_table_artifact(key="outstanding", table=table, description=where)
