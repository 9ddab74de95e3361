"""Deliver batches: claim their sessions, send each submission once, and account for each.

A batch of three, of which another run has the second in hand and the third's answer is lost:

    claim       AAAAAAA2, CCCCCCC2; BBBBBBB2 is waited for, until its run settles it
    AAAAAAA2    intent on the disk, POST, read back: Marked, as sent   accepted, settled
    BBBBBBB2    claimed at last: that run sent the same content        unchanged, let go
    CCCCCCC2    intent on the disk, POST, 504                          followed up, beside the rest

At most as many are between intent and settlement as the circuit breaker has slots: so many, and no
more, are in doubt after a kill. Their intents and endings reach the disk in groups.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from pipeline.concurrently import concurrently
from pipeline.deliver.follow_up import FollowUp, in_doubt
from pipeline.deliver.post import Case, Delivery, post_once, record, release, shown_time
from pipeline.deliver.readback import Verdict
from pipeline.errors import LedgerError, SendingStopped
from pipeline.ledger import Known, State
from pipeline.model import Batch, Ending, Submission
from pipeline.surpass.circuit_breaker import CircuitBreaker, SlotDenied
from schemas.words import SETTLED, Outcome

_CLAIM_WAIT_S = 300.0  # how long a session may stay in another run's hands
_CLAIM_AGAIN_S = 0.5


def batches(
    submissions: Sequence[Submission], size: int, canaries: Sequence[Submission] = ()
) -> list[Batch]:
    """Number the submissions' batches from 1, in the files' order; canaries are the first."""
    ahead = {submission.number for submission in canaries}
    rest = [submission for submission in submissions if submission.number not in ahead]
    groups = [tuple(rest[start : start + size]) for start in range(0, len(rest), size)]
    first = [tuple(canaries)] if canaries else []
    return [Batch(number, group) for number, group in enumerate([*first, *groups], start=1)]


def prove(canaries: Sequence[Ending], breaker: CircuitBreaker) -> None:
    """Stop sending unless all that went ahead was accepted."""
    failed = [ending for ending in canaries if ending.outcome not in SETTLED]
    if failed:
        reason = f"a session sent ahead was not accepted: {failed[0].reason}"
        breaker.stop(SendingStopped(reason))


async def deliver(batch: Batch, delivery: Delivery, follow_up: FollowUp) -> tuple[Ending, ...]:
    """Send every submission of the batch; where those ended that are settled, in their order.

    ``follow_up`` gets the others, whose answers were lost, and tells where they ended.
    """
    claimed = await _claim([submission.keycode for submission in batch.submissions], delivery)
    if delivery.breaker.stopped_by is not None:
        return await _not_sent(batch, claimed, delivery)

    async def send(submission: Submission) -> Ending | None:
        known = claimed.get(submission.keycode) or await _claimed(submission.keycode, delivery)
        case = Case(submission, batch.number, delivery)
        if known is None:
            return await release(case, _not_ours(delivery))
        if known.state is not State.OPEN:
            return await release(case, await _sent_meanwhile(submission, known, delivery))
        try:
            async with delivery.breaker.slot() as slot:
                verdict = await post_once(case, slot)
        except SlotDenied as error:
            verdict = Verdict(Outcome.FAILED, f"not sent: {error}")
        if verdict is not None:
            return await record(case, verdict)
        follow_up.take(case)
        return None

    endings = await concurrently(map(send, batch.submissions))
    return tuple(ending for ending in endings if ending is not None)


async def _not_sent(
    batch: Batch, claimed: Mapping[str, Known], delivery: Delivery
) -> tuple[Ending, ...]:
    await _let_go(claimed, delivery)
    for _ in batch.submissions:
        delivery.advance()
    reason = f"not sent: {delivery.breaker.why_stopped}"
    return tuple(
        Ending(submission.number, Outcome.FAILED, reason, batch.number)
        for submission in batch.submissions
    )


async def _let_go(keycodes: Collection[str], delivery: Delivery) -> None:
    with suppress(LedgerError):  # then they end with this process
        await asyncio.to_thread(delivery.ledger.let_go, keycodes)


async def _claim(keycodes: Sequence[str], delivery: Delivery) -> Mapping[str, Known]:
    """What it got; nothing once sending is stopped, as it is where the ledger fails."""
    if delivery.breaker.stopped_by is not None:
        return {}
    try:
        return await asyncio.to_thread(delivery.ledger.claim, keycodes)
    except LedgerError as error:
        delivery.breaker.stop(error)  # others may have been sent: the report must tell of all
        return {}


async def _claimed(keycode: str, delivery: Delivery) -> Known | None:
    """Wait until the run that holds the session is done with it, or dead."""
    deadline = time.monotonic() + _CLAIM_WAIT_S
    while time.monotonic() < deadline and delivery.breaker.stopped_by is None:
        await asyncio.sleep(_CLAIM_AGAIN_S)
        if got := await _claim([keycode], delivery):
            return got[keycode]
    return None


def _not_ours(delivery: Delivery) -> Verdict:
    if delivery.breaker.stopped_by is not None:
        return Verdict(Outcome.FAILED, f"not sent: {delivery.breaker.why_stopped}")
    reason = "not sent: another run holds this session and has not ended"
    return Verdict(Outcome.FAILED, reason)


async def _sent_meanwhile(submission: Submission, known: Known, delivery: Delivery) -> Verdict:
    """Another run has sent the session, and this one may not."""
    if known.state is not State.ACCEPTED:
        return Verdict(Outcome.IN_DOUBT, await _doubt(known, delivery))
    if known.was_sent(submission):
        return Verdict(Outcome.UNCHANGED, f"the same content was accepted in run {known.run}")
    reason = f"other content was accepted in run {known.run}, at the same time"
    return Verdict(Outcome.HELD, reason)


async def _doubt(known: Known, delivery: Delivery) -> str:
    try:
        last = await asyncio.to_thread(delivery.ledger.last_attempt, known)
    except LedgerError:
        last = None
    if last is None:
        return f"run {known.run} was about to send it; the next run reads it first"
    sent = f"{shown_time(last.ended or last.began)} by run {known.run}"
    return in_doubt(sent, shown_time(delivery.context.quiet_until(last)))
