"""Recover: find out what became of what earlier runs sent and did not live to see settled.

Only the record of our own intent lets us claim a changed session as ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.concurrently import concurrently
from pipeline.deliver.context import RunContext
from pipeline.deliver.readback import Verdict, outcome_if_still_open, outcome_of, read_back
from pipeline.errors import AnswerLost, SurpassError
from pipeline.ledger import Attempt, Known, Ledger, State
from pipeline.model import Ending
from schemas.words import Outcome

_NO_ANSWER = AnswerLost("the run that sent it ended before an answer came")


@dataclass(frozen=True)
class Recovered:
    """One session that an earlier run left, and where its submission stands now."""

    keycode: str
    run: str
    before: State
    outcome: Outcome
    reason: str


async def recover(
    context: RunContext, *, keycodes: Collection[str] | None = None
) -> tuple[Recovered, ...]:
    """Read every session that is in flight or unconfirmed, and record what that shows.

    ``keycodes`` limits it to these. What cannot be read, or may still be taken, stays for the next
    run and is not among what is returned.
    """
    ledger = context.ledger
    left = await asyncio.to_thread(ledger.in_flight)
    wanted = [known for known in left if keycodes is None or known.keycode in keycodes]
    claimed = await asyncio.to_thread(ledger.claim, [known.keycode for known in wanted])

    async def recover_session(known: Known) -> Recovered | None:
        try:
            async with context.breaker.slot():
                verdict = await _verdict(known, context)
        except SurpassError:
            verdict = None
        if verdict is None:
            await _let_go(ledger, [known.keycode])
            return None
        number, run = known.submission or 0, str(known.run)
        ending = Ending(number, verdict.outcome, verdict.reason, proof=verdict.proof)
        await ledger.settlement(run, ending, known.keycode, by=context.acting)
        return Recovered(known.keycode, run, known.state, verdict.outcome, verdict.reason)

    still = [
        known for known in claimed.values() if known.state in (State.IN_DOUBT, State.UNCONFIRMED)
    ]
    await _let_go(ledger, claimed.keys() - {known.keycode for known in still})
    recovered = await concurrently(map(recover_session, still))
    return tuple(session for session in recovered if session is not None)


async def _let_go(ledger: Ledger, keycodes: Collection[str]) -> None:
    await asyncio.to_thread(ledger.let_go, keycodes)


async def _verdict(known: Known, context: RunContext) -> Verdict | None:
    """What reading the session shows; None where it must be left as it is."""
    ledger = context.ledger
    submission = await asyncio.to_thread(ledger.meant, known)
    last = await asyncio.to_thread(ledger.last_attempt, known)
    began = time.monotonic()
    reading = await read_back(context.client, known.keycode)
    await context.hear_clock(known.keycode)
    # As of before the reading: what is stored between the reading and the quiet period's end is
    # seen. Told after it, since only Surpass's answer tells its clock.
    asked_at = context.earliest() - (time.monotonic() - began)
    over = last is None or asked_at >= context.quiet_until(last)
    answered = last is not None and last.came_back == Attempt.TAKEN
    lost = None if answered else _NO_ANSWER
    verdict = outcome_of(submission, reading, lost)
    if verdict is not None:
        return verdict
    if not over or known.state is State.UNCONFIRMED:
        # Surpass said that it took it: to send it again is for a person to decide.
        return None
    left = outcome_if_still_open(submission, reading, lost)
    return left or Verdict(Outcome.FAILED, f"not taken: {lost}")
