"""Settle: find out what became of what earlier runs sent and did not live to see answered.

Only the record of our own intent lets us claim a changed session as ours.
"""

from __future__ import annotations

import asyncio

from pipeline.deliver.readback import outcome_of
from pipeline.errors import AnswerLost, SurpassError
from pipeline.ledger import Known, Ledger, State
from pipeline.model import Ending, Submission
from pipeline.surpass import Session, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.words import Outcome

_ENDED = AnswerLost("the run that sent it ended before an answer came")


async def settle(surpass: Surpass, ledger: Ledger, line: CircuitBreaker) -> int:
    """Read every session that was left over, and record what that shows; how many there were.

    What cannot be read stays for the next run.
    """
    left = await asyncio.to_thread(ledger.leftover)
    claimed = await asyncio.to_thread(ledger.claim, [known.keycode for known in left])

    async def one(known: Known) -> None:
        try:
            async with line.slot():
                session = await surpass.session(known.keycode)
        except SurpassError:
            await asyncio.to_thread(ledger.let_go, [known.keycode])
            return
        submission = await asyncio.to_thread(ledger.meant, known)
        outcome, reason = _judged(known, submission, session)
        ending = Ending(submission.number, outcome, reason)
        await asyncio.to_thread(ledger.settle, str(known.run), ending, known.keycode)

    open_ = [known for known in claimed.values() if known.state in (State.SENDING, State.UNSURE)]
    settled_meanwhile = claimed.keys() - {known.keycode for known in open_}
    await asyncio.to_thread(ledger.let_go, settled_meanwhile)
    await asyncio.gather(*map(one, open_))
    return len(open_)


def _judged(known: Known, submission: Submission, session: Session) -> tuple[Outcome, str]:
    if known.state is State.UNSURE and session.is_open:
        # Surpass said then that it took it: to send it again is for a person to decide.
        return outcome_of(submission, session, None)
    return outcome_of(submission, session, _ENDED)
