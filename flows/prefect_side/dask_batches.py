"""A run's batches, spread over a Dask cluster: each is sent by whichever worker is free.

Everything else stays with the run. A worker is told which submissions to send, never what they
carry: that it reads in the ledger they share, and it reaches Surpass by its own settings.

What holds, wherever the batches are sent:

- The workers' requests under way are at most CONCURRENCY in all, and RATE_LIMIT in a second: each
  batch has its share of both. What the run itself must take over comes on top. SHARED_LIMIT is
  asked before each request, as everywhere.
- Each batch has a line of its own, so STOP_AFTER and MOST_REFUSED count within a batch. What stops
  one stops the run: no other batch begins, and those under way send nothing more.
- A worker claims what it sends, in its own name. Where it dies, Dask gives its batch to another:
  the ledger tells that one what is done. What no worker could do, the run does itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import distributed
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TagsContext
from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture

from flows.prefect_side import publish, rate_limit
from pipeline import settings
from pipeline.deliver.context import RunContext
from pipeline.deliver.post import Delivery
from pipeline.deliver.resume import resume
from pipeline.errors import LedgerError, PapermarksError, SendingStopped
from pipeline.model import Batch, Ending, Run
from pipeline.run import Spread
from pipeline.settings import Settings
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.words import Outcome

_PATIENCE = 30.0  # seconds that a cluster may be without any worker
_LOOK = 0.1  # seconds between two looks whether a batch has ended
_LOOK_AROUND = 2.0  # seconds between two questions to the cluster
_ALONE = 2  # batches under way in the run itself, where there is no cluster


@dataclass(frozen=True)
class Part:
    """A batch as a worker is told of it. Nothing personal: Dask and Prefect may show it."""

    run: Run
    batch: int
    submissions: tuple[int, ...]
    completion_date: dt.datetime
    share: Mapping[str, Any]  # settings that the run decides, in place of the worker's own
    profile: str | None  # of the run: which of the worker's Surpasses is meant


@dataclass(frozen=True)
class Carried:
    """Where a batch's submissions ended, and what stopped its line, if anything did."""

    endings: tuple[Ending, ...]
    stopped_by: PapermarksError | None


@asynccontextmanager
async def over(settings: Settings, shown: publish.Seen) -> AsyncIterator[Spread]:
    """The cluster that the settings name, from the first batch that is sent to it."""
    cluster = _Cluster(settings, shown)
    try:
        yield cluster.send
    finally:
        await asyncio.to_thread(cluster.close)


class _Cluster:
    def __init__(self, settings: Settings, shown: publish.Seen) -> None:
        self._settings = settings
        self._shown = shown
        self._opening = asyncio.Lock()
        self._runner: DaskTaskRunner | None = None
        self._turns: asyncio.Semaphore | None = None
        self._at_once = 1
        self._manned = self._asked = 0.0  # when it had a worker, and when we looked

    async def send(self, batch: Batch, delivery: Delivery) -> tuple[Ending, ...]:
        """By a worker; here, where none can."""
        async with self._opening:
            turns = self._turns = self._turns or await self._open()
        async with turns:
            if self._runner is not None and delivery.breaker.stopped_by is None:
                try:
                    return await self._carried(self._runner, batch, delivery)
                except Exception as error:  # whatever it is, a run can do without
                    _warn(f"Dask could not carry batch {batch.number}, which goes on here", error)
            return await self._shown.step(f"batch {batch.number}", lambda: _here(batch, delivery))

    def close(self) -> None:
        """Leave the cluster; end it where it is ours."""
        if self._runner is not None:
            try:
                self._runner.__exit__(None, None, None)
            except Exception as error:  # the run has ended, and its report is written
                _warn("The Dask cluster could not be left in good order", error)

    async def _open(self) -> asyncio.Semaphore:
        """Find the cluster, and say how many batches it takes at once."""
        runner: DaskTaskRunner = DaskTaskRunner(**_where(self._settings))
        runner.__enter__()
        try:
            threads = await asyncio.to_thread(_threads, runner)
        except Exception as error:
            _warn("The Dask cluster cannot be reached, so this goes on without it", error)
            await asyncio.to_thread(runner.__exit__, None, None, None)
            return asyncio.Semaphore(_ALONE)
        self._runner = runner
        self._manned = self._asked = time.monotonic()
        self._at_once = min(threads, self._settings.concurrency)
        return asyncio.Semaphore(self._at_once)

    async def _carried(
        self, runner: DaskTaskRunner, batch: Batch, delivery: Delivery
    ) -> tuple[Ending, ...]:
        numbers = tuple(each.number for each in batch.submissions)
        completed = delivery.completion_date
        profile = self._settings.profile
        part = Part(delivery.run, batch.number, numbers, completed, self._share(), profile)
        with TagsContext(current_tags=set()):  # as in publish.Seen.step
            future = runner.submit(send_batch, {"part": part})
        carried = await self._result(runner.client, future, delivery)
        if carried.stopped_by is not None:
            delivery.breaker.stop(carried.stopped_by)
        for _ in carried.endings:
            delivery.advance()
        async with publish.in_passing():
            await self._shown.show_progress()
        return carried.endings

    async def _result(
        self, client: distributed.Client, future: PrefectDaskFuture[Carried], delivery: Delivery
    ) -> Carried:
        stop = distributed.Event(_stop(delivery.run), client=client)
        told = False
        while not future.wrapped_future.done():
            await asyncio.sleep(_LOOK)
            if delivery.breaker.stopped_by is not None and not told:
                told = True
                await asyncio.to_thread(stop.set)
            if await self._is_deserted(client):
                await asyncio.to_thread(client.cancel, [future.wrapped_future])
                raise TimeoutError(f"it has had no worker for {_PATIENCE:.0f} seconds")
        return await asyncio.to_thread(future.result)

    async def _is_deserted(self, client: distributed.Client) -> bool:
        """Whether it has had no worker for so long that a batch might wait for ever."""
        now = time.monotonic()
        if now > self._asked + _LOOK_AROUND:
            if await asyncio.to_thread(client.nthreads):
                self._manned = now
            self._asked = now
        return self._asked > self._manned + _PATIENCE

    def _share(self) -> dict[str, Any]:
        ours, at_once = self._settings, self._at_once
        return {
            "concurrency": ours.concurrency // at_once,
            "rate_limit": ours.rate_limit and ours.rate_limit / at_once,
            "stop_after": ours.stop_after,
            "most_refused": ours.most_refused,
        }


def _where(settings: Settings) -> dict[str, Any]:
    if settings.dask != "local":
        return {"address": settings.dask, "client_kwargs": {"timeout": _PATIENCE}}
    processes = {
        "n_workers": min(os.cpu_count() or 1, settings.concurrency),
        "threads_per_worker": 1,
        "dashboard_address": None,  # a port that nobody asked for
        "silence_logs": logging.CRITICAL,  # the terminal is ours
        "preload": [__name__],
    }
    return {"cluster_kwargs": processes}


def _threads(runner: DaskTaskRunner) -> int:
    runner.client.wait_for_workers(1, timeout=_PATIENCE)
    return sum(runner.client.nthreads().values())


def _stop(run: Run) -> str:
    return f"papermarks: stop {run.id}"


def _warn(what: str, error: Exception) -> None:
    get_run_logger().warning("%s: %s: %s", what, type(error).__name__, error)


async def _here(batch: Batch, delivery: Delivery) -> tuple[Ending, ...]:
    numbers = [each.number for each in batch.submissions]
    try:
        return await resume(batch.number, numbers, delivery)
    except LedgerError as error:
        delivery.breaker.stop(error)  # the report must tell of all
        reason = f"it may have been sent: {error}"
        return tuple(Ending(n, Outcome.IN_DOUBT, reason, batch.number) for n in numbers)


# --- in the workers


def dask_setup(worker: distributed.Worker) -> None:
    """Dask calls this in each process of a local cluster: Ctrl-C is for the run alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@task(task_run_name="batch {part.batch}", cache_policy=NO_CACHE, persist_result=False)
async def send_batch(part: Part) -> Carried:
    """Send a batch, or what is left of it."""
    return await _sent(part)  # what a task itself names is pickled by value: as little as can be


async def _sent(part: Part) -> Carried:
    environment = os.environ | {settings.PROFILE: part.profile or ""}
    ours = settings.load(environment).model_copy(update=part.share)
    line = CircuitBreaker(ours.concurrency, ours.stop_after, ours.most_refused)
    with ours.ledger() as ledger:
        async with Surpass(ours.access, pace=rate_limit.pace(ours)) as surpass:
            context = RunContext(
                surpass,
                ledger,
                line,
                quiet_period=ours.quiet_period,
                max_posts=ours.max_attempts,
            )
            delivery = Delivery(part.run, part.completion_date, context)
            async with _stoppable(part, line, surpass):
                endings = await resume(part.batch, part.submissions, delivery)
    return Carried(endings, line.stopped_by)


@asynccontextmanager
async def _stoppable(part: Part, line: CircuitBreaker, surpass: Surpass) -> AsyncIterator[None]:
    """Within this block the run can stop the line, as it does for Ctrl-C."""
    stop = distributed.Event(_stop(part.run), client=distributed.get_client())

    async def look() -> None:
        if await asyncio.to_thread(stop.is_set):
            line.stop(SendingStopped("it was told to"))
            surpass.hurry()

    async def watch() -> None:
        while line.stopped_by is None:
            await asyncio.sleep(_LOOK_AROUND)
            await look()

    await look()  # it may have waited for a worker all the while
    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)  # the scheduler may be away
