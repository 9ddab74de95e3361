"""The nightly run: sweep the inbox, take up what earlier runs left, tell what is outstanding."""

from __future__ import annotations

import asyncio
import datetime as dt

import pandas as pd
from prefect import flow, get_run_logger
from prefect.artifacts import acreate_link_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.dropfolder.watcher import sweep
from flows.ingest import rerun_failed
from flows.prefect_side import crash_detection
from pipeline import settings
from pipeline.errors import Interrupted, PapermarksError
from pipeline.office.outstanding import outstanding, summary, workbook
from pipeline.report import to_python_values
from pipeline.report.atomic import write_bytes
from pipeline.run import Confirmation, confirm
from pipeline.settings import Settings
from pipeline.surpass import Surpass
from schemas.words import Outcome

_AGAIN = [str(Outcome.FAILED), str(Outcome.IN_DOUBT)]
_SURELY_OVER = dt.timedelta(hours=6)  # since a run began that has not told its end
_MOST_ROWS = 1000  # of a table in Prefect; the workbook has all


@flow(name="sweep-inbox", flow_run_name="sweep the inbox", persist_result=False)
async def sweep_inbox() -> State[None]:
    """Take what lies in the inbox now."""
    await crash_detection.sign()
    return Completed(message=await _swept(settings.load()))


@flow(name="nightly", flow_run_name="nightly: inbox, re-runs, outstanding", persist_result=False)
async def nightly() -> State[None]:
    """Sweep the inbox, take up what earlier runs left failed or in doubt, tell what is missing."""
    await crash_detection.sign()
    ours = settings.load()
    swept = await _swept(ours)
    confirmed = await _confirmed(ours)
    waiting = await _outstanding(ours)
    taken_up = [run for run in _left_to_do(waiting) if await _taken_up(run)]
    if taken_up:
        waiting = await _outstanding(ours)
    await _show(waiting, ours)
    return Completed(
        message=f"{swept}; settled by reading again: {len(confirmed.recovered)}, still open: "
        f"{confirmed.left}; runs taken up: {len(taken_up)}; sessions waiting: {len(waiting)}"
    )


async def _swept(ours: Settings) -> str:
    handled = await sweep(ours)
    for each in handled:
        if isinstance(each.because, Interrupted):
            raise each.because
    return f"files taken: {len(handled)}"


async def _confirmed(ours: Settings) -> Confirmation:
    async with Surpass(ours.access) as surpass:
        return await confirm(ours, surpass)


async def _outstanding(ours: Settings) -> pd.DataFrame:
    now = dt.datetime.now(dt.UTC)
    with ours.ledger() as ledger:
        async with Surpass(ours.access) as surpass:
            return await outstanding(surpass, ledger, {}, now, time_zone=ours.time_zone)


def _left_to_do(waiting: pd.DataFrame) -> list[str]:
    """The runs that left a session to do which still waits, the oldest first.

    Only the last one that had the session counts: what it left is what is to be done.
    """
    over = pd.Timestamp(dt.datetime.now(dt.UTC) - _SURELY_OVER).tz_localize(None)
    died = waiting["run"].notna() & waiting["outcome"].isna() & (waiting["run_began"] < over)
    again = waiting["outcome"].isin(_AGAIN) | died
    return sorted(waiting.loc[again, "run"].unique().tolist())


async def _taken_up(run: str) -> bool:
    """One run's trouble must not keep the others waiting."""
    try:
        report = await rerun_failed(run)
    except PapermarksError as error:
        get_run_logger().warning("Run %s was not taken up: %s", run, error)
        return False
    if isinstance(report.reconciliation.stopped_by, Interrupted):
        raise report.reconciliation.stopped_by
    return True


async def _show(waiting: pd.DataFrame, ours: Settings) -> None:
    path = ours.reports / f"outstanding-{dt.date.today():%Y-%m-%d}.xlsx"
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(write_bytes, path, workbook(waiting, ours.shown_profile))
    rows = to_python_values(summary(waiting).head(_MOST_ROWS)).to_dict("list")
    table = {str(name): values for name, values in rows.items()}
    await acreate_table_artifact(key="outstanding", table=table)
    await acreate_link_artifact(key="outstanding-report", link=path.resolve().as_uri())
