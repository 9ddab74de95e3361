"""Resume: send what is left of a batch that another process may have begun.

The ledger says what it carries and how far it came, so this may be done again, and anywhere: what
has an ending keeps it, and what a process that is gone had sent is not sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from pipeline.deliver.batches import deliver
from pipeline.deliver.context import RunContext
from pipeline.deliver.follow_up import FollowUp
from pipeline.deliver.post import Delivery
from pipeline.errors import SurpassError
from pipeline.ledger import Known, State
from pipeline.model import Batch, Ending, Submission
from schemas.words import Outcome


async def resume(
    number: int, submissions: Collection[int], delivery: Delivery
) -> tuple[Ending, ...]:
    """Deliver the batch of these submissions, here; where each ended, by their numbers.

    LedgerError where the ledger cannot tell that; LookupError where it does not know them.
    """
    ledger, run = delivery.ledger, delivery.run.id
    before = await asyncio.to_thread(ledger.standing, run, submissions)
    rest = tuple(submission for submission, ending in before if ending is None)
    for _ in range(len(before) - len(rest)):
        delivery.advance()
    await _hear_clock(rest, delivery.context)
    async with FollowUp(delivery) as follow_up:
        endings = await deliver(Batch(number, rest), delivery, follow_up)
        ended = {ending.submission: ending for ending in (*endings, *await follow_up.drain())}
    # Another process that was thought dead may have written an ending meanwhile: that one stands.
    after = await asyncio.to_thread(ledger.standing, run, submissions)
    known = await asyncio.to_thread(ledger.known, [submission.keycode for submission in rest])
    return tuple(
        ending or _as_known(ended[submission.number], known.get(submission.keycode), run)
        for submission, ending in after
    )


async def _hear_clock(submissions: Sequence[Submission], context: RunContext) -> None:
    """Have Surpass's clock before anything is sent: that of a worker's machine may be off.

    When a POST left is what the next run goes by, and its own answer may be lost.
    """
    if not submissions:
        return
    keycode = submissions[0].keycode
    if context.client.clock.ahead_s is None:
        with suppress(SurpassError):  # then sending will show what is wrong
            await context.client.session(keycode, additional=False)
    await context.hear_clock(keycode)


def _as_known(ending: Ending, known: Known | None, run: str) -> Ending:
    """The ending; but not 'failed' of what this run has sent and nobody saw answered."""
    sent = known is not None and known.state is State.IN_DOUBT and known.run == run
    if not sent or ending.outcome is not Outcome.FAILED:
        return ending
    reason = "sent by a process that is gone; the next run settles it"
    return replace(ending, outcome=Outcome.IN_DOUBT, reason=reason)
