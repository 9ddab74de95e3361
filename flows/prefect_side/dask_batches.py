"""Send a run's batches over a Dask cluster: each by whichever worker is free.

Everything else stays with the run. A worker gets the numbers of the submissions to send,
never what they carry: that it reads in the ledger they share, and it reaches Surpass by its own
settings.

What holds, wherever the batches are sent:

- The workers' requests under way are at most CONCURRENCY in all, and RATE_LIMIT in a second: each
  batch has its share of both. What the run itself must take over comes on top. SHARED_LIMIT is
  asked before each request, as everywhere.
- Each batch has a circuit breaker of its own, so STOP_AFTER and MOST_REFUSED count within a batch.
  What stops one stops the run: no other batch begins, and those under way send nothing more.
- A worker claims what it sends, in its own name. Where it dies, Dask gives its batch to another:
  that one sees in the ledger what is done. What no worker could do, the run does itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import distributed
from prefect import get_run_logger
from prefect.context import TagsContext
from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture

from flows.prefect_side import dask_worker, publish
from flows.prefect_side.dask_worker import BatchOrder, BatchResult, send_batch, stop_event
from pipeline.deliver.post import Delivery
from pipeline.deliver.resume import resume
from pipeline.errors import LedgerError
from pipeline.model import Batch, Ending
from pipeline.settings import Settings
from pipeline.stages import BatchSender
from schemas.words import Outcome

_NO_WORKER_TIMEOUT_S = 30.0  # that a cluster may be without any worker
_RESULT_POLL_S = 0.1  # whether a batch has ended
_CLUSTER_POLL_S = 2.0  # whether it has workers
_BATCHES_WITHOUT_CLUSTER = 2  # under way in the run itself, where there is no cluster


@asynccontextmanager
async def on_cluster(
    settings: Settings, publisher: publish.PrefectPublisher
) -> AsyncIterator[BatchSender]:
    """The cluster that the settings name, from the first batch that is sent to it."""
    cluster = _Cluster(settings, publisher)
    try:
        yield cluster.send
    finally:
        await asyncio.to_thread(cluster.close)


class _Cluster:
    def __init__(self, settings: Settings, publisher: publish.PrefectPublisher) -> None:
        self._settings = settings
        self._publisher = publisher
        self._opening = asyncio.Lock()
        self._runner: DaskTaskRunner | None = None
        self._slots: asyncio.Semaphore | None = None
        self._at_once = 1
        self._had_worker_at = self._checked_at = 0.0

    async def send(self, batch: Batch, delivery: Delivery) -> tuple[Ending, ...]:
        """By a worker; here, where none can."""
        async with self._opening:
            slots = self._slots = self._slots or await self._open()
        async with slots:
            if self._runner is not None and delivery.breaker.stopped_by is None:
                try:
                    return await self._by_worker(self._runner, batch, delivery)
                except Exception as error:  # whatever it is, a run can do without
                    _warn(f"Dask could not send batch {batch.number}, which goes on here", error)
            return await self._publisher.step(
                f"batch {batch.number}", lambda: _send_here(batch, delivery)
            )

    def close(self) -> None:
        """Leave the cluster; end it where it is ours."""
        if self._runner is not None:
            try:
                self._runner.__exit__(None, None, None)
            except Exception as error:  # the run has ended, and its report is written
                _warn("The Dask cluster could not be left in good order", error)

    async def _open(self) -> asyncio.Semaphore:
        """Find the cluster, and say how many batches it takes at once."""
        runner: DaskTaskRunner = DaskTaskRunner(**_cluster_arguments(self._settings))
        runner.__enter__()
        try:
            threads = await asyncio.to_thread(_count_threads, runner)
        except Exception as error:
            _warn("The Dask cluster cannot be reached, so this goes on without it", error)
            await asyncio.to_thread(runner.__exit__, None, None, None)
            return asyncio.Semaphore(_BATCHES_WITHOUT_CLUSTER)
        self._runner = runner
        self._had_worker_at = self._checked_at = time.monotonic()
        self._at_once = min(threads, self._settings.concurrency)
        return asyncio.Semaphore(self._at_once)

    async def _by_worker(
        self, runner: DaskTaskRunner, batch: Batch, delivery: Delivery
    ) -> tuple[Ending, ...]:
        numbers = tuple(submission.number for submission in batch.submissions)
        completed = delivery.completion_date
        order = BatchOrder(
            delivery.run,
            batch.number,
            numbers,
            completed,
            self._overrides(),
            self._settings.profile,
        )
        with TagsContext(current_tags=set()):  # as in publish.PrefectPublisher.step
            future = runner.submit(send_batch, {"order": order})
        result = await self._result(runner.client, future, delivery)
        if result.stopped_by is not None:
            delivery.breaker.stop(result.stopped_by)
        for _ in result.endings:
            delivery.advance()
        async with publish.best_effort():
            await self._publisher.show_progress()
        return result.endings

    async def _result(
        self, client: distributed.Client, future: PrefectDaskFuture[BatchResult], delivery: Delivery
    ) -> BatchResult:
        stop = distributed.Event(stop_event(delivery.run), client=client)
        stop_sent = False
        while not future.wrapped_future.done():
            await asyncio.sleep(_RESULT_POLL_S)
            if delivery.breaker.stopped_by is not None and not stop_sent:
                stop_sent = True
                await asyncio.to_thread(stop.set)
            if await self._is_deserted(client):
                await asyncio.to_thread(client.cancel, [future.wrapped_future])
                raise TimeoutError(f"it has had no worker for {_NO_WORKER_TIMEOUT_S:.0f} seconds")
        return await asyncio.to_thread(future.result)

    async def _is_deserted(self, client: distributed.Client) -> bool:
        """Whether it has had no worker for so long that a batch might wait for ever."""
        now = time.monotonic()
        if now > self._checked_at + _CLUSTER_POLL_S:
            if await asyncio.to_thread(client.nthreads):
                self._had_worker_at = now
            self._checked_at = now
        return self._checked_at > self._had_worker_at + _NO_WORKER_TIMEOUT_S

    def _overrides(self) -> dict[str, Any]:
        settings, at_once = self._settings, self._at_once
        return {
            "concurrency": settings.concurrency // at_once,
            "rate_limit": settings.rate_limit and settings.rate_limit / at_once,
            "stop_after": settings.stop_after,
            "most_refused": settings.most_refused,
        }


def _cluster_arguments(settings: Settings) -> dict[str, Any]:
    if settings.dask != "local":
        return {"address": settings.dask, "client_kwargs": {"timeout": _NO_WORKER_TIMEOUT_S}}
    processes = {
        "n_workers": min(os.cpu_count() or 1, settings.concurrency),
        "threads_per_worker": 1,
        "dashboard_address": None,  # a port that nobody asked for
        "silence_logs": logging.CRITICAL,  # the terminal shows our own lines
        "preload": [dask_worker.__name__],
    }
    return {"cluster_kwargs": processes}


def _count_threads(runner: DaskTaskRunner) -> int:
    runner.client.wait_for_workers(1, timeout=_NO_WORKER_TIMEOUT_S)
    return sum(runner.client.nthreads().values())


def _warn(what: str, error: Exception) -> None:
    get_run_logger().warning("%s: %s: %s", what, type(error).__name__, error)


async def _send_here(batch: Batch, delivery: Delivery) -> tuple[Ending, ...]:
    numbers = [submission.number for submission in batch.submissions]
    try:
        return await resume(batch.number, numbers, delivery)
    except LedgerError as error:
        delivery.breaker.stop(error)  # the report must tell of all
        reason = f"it may have been sent: {error}"
        return tuple(Ending(n, Outcome.IN_DOUBT, reason, batch.number) for n in numbers)
