"""What is open is sent, batch by batch."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import cast

from pipeline.concurrently import concurrently
from pipeline.deliver.batches import batches, deliver, prove
from pipeline.deliver.completion_date import completion_date
from pipeline.deliver.context import RunContext
from pipeline.deliver.follow_up import FollowUp
from pipeline.deliver.post import Delivery
from pipeline.deliver.preflight import Checked
from pipeline.model import Batch, Ending
from pipeline.papers.canaries import one_of_each_paper
from pipeline.settings import Settings
from pipeline.stages.job import Work
from pipeline.stages.step import BatchSender, Step


async def send_open(
    work: Work, checked: Checked, context: RunContext, step: Step, elsewhere: BatchSender | None
) -> tuple[Ending, ...]:
    """Send what is open, batch by batch; canaries first, alone, where the job asks for them."""
    job = work.job
    advance = work.progress.stage("Send", len(checked.open))
    if checked.open:
        await context.hear_clock(checked.open[0].keycode)
    completed = completion_date(job.settings, job.run.started, checked, context.client.clock)
    delivery = Delivery(job.run, completed, context, advance)
    batch_slots = asyncio.Semaphore(_batches_at_once(job.settings))
    canaries = one_of_each_paper(checked.open, checked.sessions) if job.canary else ()
    groups = batches(checked.open, job.settings.batch_size, canaries)
    several = len(groups) > 1  # one alone would only be slower elsewhere

    async def send(batch: Batch) -> tuple[Ending, ...]:
        if elsewhere is not None and several:
            return await elsewhere(batch, delivery)
        async with batch_slots:
            send_here = partial(deliver, batch, delivery, follow_up)
            return cast(tuple[Ending, ...], await step(f"batch {batch.number}", send_here))

    async with FollowUp(delivery) as follow_up:
        sent: list[Ending] = []
        if canaries:
            sent += [*await send(groups.pop(0)), *await follow_up.drain()]
            prove(sent, context.breaker)
        for endings in await concurrently(map(send, groups)):
            sent += endings
        return (*sent, *await follow_up.drain())


def _batches_at_once(settings: Settings) -> int:
    """As many as all requests at once need, and one that starts while the last answers come in."""
    return 1 + math.ceil(settings.concurrency / settings.batch_size)
