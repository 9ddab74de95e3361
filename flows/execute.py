"""Carry a run out: through Prefect where it is ready, else plainly.

Marks do not wait for an orchestrator that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from flows.log import Log
from pipeline.errors import NotBalanced
from pipeline.run import ingest
from pipeline.settings import Settings
from pipeline.stages import Report, Work
from pipeline.surpass import Surpass, access_of

Flow = Callable[[], Coroutine[Any, Any, Report]]


def ready(connecting: Future[bool] | None, log: Log) -> bool:
    """Wait until a flow can run; False where Prefect is not wanted, not there, or broken."""
    if connecting is None:
        return False
    try:
        return connecting.result()
    except Exception as error:  # whatever it is, a run can do without
        log(f"Prefect cannot be used, so this goes on without it: {error}")
        return False


async def through_prefect(work: Work, flow: Flow, log: Log) -> Report:
    """Run it as the flow. What ended well is not undone where Prefect could not be informed."""
    from prefect import tags

    from flows.ingest import handing_over
    from flows.prefect_side.crash_detection import TAG

    with handing_over(work) as handover, tags(TAG, *profile_tags(work.job.settings)):
        try:
            return await flow()
        except Exception as failure:
            error = handover.error or failure
            if handover.report is not None:
                # Of one that did not add up the report says it.
                if not handover.reported and not isinstance(error, NotBalanced):
                    log(f"The run ended, but Prefect could not be informed: {error}")
                return handover.report
            if handover.begun:
                raise error from None  # what Prefect was told of it says less
            log(f"Prefect could not carry this run, which goes on without it: {error}")
    return await plainly(work, log)


def profile_tags(settings: Settings) -> list[str]:
    """What Prefect shows of the profile that a run was for; nothing without profiles."""
    return [] if settings.profile is None else [f"profile:{settings.profile}"]


async def plainly(work: Work, log: Log) -> Report:
    """Here and now, without Prefect; but for a limit that machines share, which is kept there."""
    settings, pace = work.job.settings, None
    if settings.dask is not None:
        log("DASK spreads a run that goes through Prefect; this one goes without, from here alone")
    if settings.shared_limit is not None:
        from flows.prefect_side import rate_limit

        pace = rate_limit.pace(settings)
    async with Surpass(access_of(settings), pace=pace) as surpass:
        return await ingest(work, surpass)
