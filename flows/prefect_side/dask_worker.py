"""What a worker of a Dask cluster does: it sends one batch, by the ledger and its own settings."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import distributed
from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.prefect_side import rate_limit
from flows.prefect_side.redaction import ErrorRedaction
from pipeline import settings
from pipeline.deliver.context import RunContext
from pipeline.deliver.post import Delivery
from pipeline.deliver.resume import resume
from pipeline.errors import PapermarksError, SendingStopped
from pipeline.ledger import open_ledger
from pipeline.model import Ending, Run
from pipeline.surpass import Surpass, access_of
from pipeline.surpass.circuit_breaker import CircuitBreaker

_STOP_POLL_S = 2.0  # whether the run was stopped


@dataclass(frozen=True)
class BatchOrder:
    """What a worker must know to send a batch. Nothing personal: Dask and Prefect may show it."""

    run: Run
    batch: int
    submissions: tuple[int, ...]
    completion_date: dt.datetime
    overrides: Mapping[str, Any]  # settings that the run decides, in place of the worker's own
    profile: str | None  # of the run: which of the worker's Surpasses is meant


@dataclass(frozen=True)
class BatchResult:
    """Where a batch's submissions ended, and what stopped its sending, if anything did."""

    endings: tuple[Ending, ...]
    stopped_by: PapermarksError | None


# --- in the workers


def dask_setup(worker: distributed.Worker) -> None:
    """Dask calls this in each process of a local cluster: Ctrl-C is for the run alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@task(task_run_name="batch {order.batch}", cache_policy=NO_CACHE, persist_result=False)
async def send_batch(order: BatchOrder) -> BatchResult:
    """Send a batch, or what is left of it."""
    return await _send(order)  # what a task itself names is pickled by value: as little as can be


async def _send(order: BatchOrder) -> BatchResult:
    return await ErrorRedaction().call(partial(_deliver, order))


async def _deliver(order: BatchOrder) -> BatchResult:
    environment = os.environ | {settings.PROFILE: order.profile or ""}
    in_force = settings.load(environment).model_copy(update=order.overrides)
    breaker = CircuitBreaker(in_force.concurrency, in_force.stop_after, in_force.most_refused)
    with open_ledger(in_force) as ledger:
        async with Surpass(access_of(in_force), pace=rate_limit.pace(in_force)) as surpass:
            context = RunContext(
                surpass,
                ledger,
                breaker,
                quiet_period=in_force.quiet_period,
                max_posts=in_force.max_attempts,
            )
            delivery = Delivery(order.run, order.completion_date, context)
            async with _stoppable(order, breaker, surpass):
                endings = await resume(order.batch, order.submissions, delivery)
    return BatchResult(endings, breaker.stopped_by)


@asynccontextmanager
async def _stoppable(
    order: BatchOrder, breaker: CircuitBreaker, surpass: Surpass
) -> AsyncIterator[None]:
    """Within this block the run can stop the sending, as it does for Ctrl-C."""
    stop = distributed.Event(stop_event(order.run), client=distributed.get_client())

    async def check() -> None:
        if await asyncio.to_thread(stop.is_set):
            breaker.stop(SendingStopped("it was told to"))
            surpass.hurry()

    async def watch() -> None:
        while breaker.stopped_by is None:
            await asyncio.sleep(_STOP_POLL_S)
            await check()

    await check()  # it may have waited for a worker all the while
    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)  # the scheduler may be away


def stop_event(run: Run) -> str:
    """The name of the event by which the run tells its workers to send nothing more."""
    return f"papermarks: stop {run.id}"
