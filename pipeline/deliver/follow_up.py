"""Follow up: what was sent and is not yet known to have been taken.

A gateway may give up (504, a cut) while Surpass is still storing, so that a session which still
waits a moment later proves nothing. It is read at growing intervals, and nothing is sent again
before the quiet period since its last POST is over. Other submissions go on meanwhile, and a run
does not wait for the last of them: what is open then is in doubt, and the next run looks again.
"""

from __future__ import annotations

import asyncio
from typing import Self

from pipeline.deliver.post import Case, Delivery, look, post_once, record, shown_time
from pipeline.deliver.readback import Verdict, outcome_if_still_open, outcome_if_unreadable
from pipeline.model import Ending
from pipeline.surpass.circuit_breaker import Slot, SlotDenied
from schemas.words import Outcome

_FIRST_WAIT, _LONGEST_WAIT = 1 / 60, 1 / 6  # shares of the quiet period


class FollowUp:
    """Reads again, beside everything else, what a POST left open; an async context manager.

    Whoever leaves it by an error leaves nothing running: the next run looks at what was open.
    """

    def __init__(self, delivery: Delivery) -> None:
        """Follow nothing yet."""
        self._delivery = delivery
        self._hurry = asyncio.Event()
        self._followed: list[asyncio.Task[Ending]] = []

    async def __aenter__(self) -> Self:
        """Ready to follow."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what is still followed."""
        for task in self._followed:
            task.cancel()
        await asyncio.gather(*self._followed, return_exceptions=True)

    def take(self, case: Case) -> None:
        """Follow this case, until it is settled or the others are done."""
        self._followed.append(asyncio.create_task(self._follow(case)))

    async def drain(self) -> tuple[Ending, ...]:
        """Where each case taken so far ended; those still open are read once more, not waited for.

        To be called when everything else is done; cases may be taken again afterwards.
        """
        self._hurry.set()
        try:
            endings = await asyncio.gather(*self._followed)
        finally:
            self._hurry.clear()
        self._followed.clear()
        return tuple(endings)

    async def _follow(self, case: Case) -> Ending:
        quiet = self._delivery.context.quiet_period
        wait = quiet * _FIRST_WAIT
        while True:
            left = case.posted_at + quiet - asyncio.get_running_loop().time()
            await self._sleep(min(wait, max(left, 0)))
            verdict = await self._look_again(case)
            if verdict is not None:
                return await record(case, verdict)
            wait = min(2 * wait, quiet * _LONGEST_WAIT)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            return

    async def _look_again(self, case: Case) -> Verdict | None:
        """The verdict; None where it is still to be followed."""
        # Before the reading: what is stored between a look and the end of the wait is seen.
        over = (
            asyncio.get_running_loop().time()
            >= case.posted_at + self._delivery.context.quiet_period
        )
        hurried = self._hurry.is_set()
        try:
            async with self._delivery.breaker.slot() as slot:
                verdict = await look(case, slot)
                if verdict is None and over:
                    verdict = await self._after_quiet_period(case, slot)
                if verdict is None and hurried and not over:
                    verdict = self._unsettled(case)
                return verdict
        except SlotDenied:
            return self._unsettled(case)

    async def _after_quiet_period(self, case: Case, slot: Slot) -> Verdict | None:
        """Nothing can come of the last POST any more: sent again where nothing is there."""
        if case.reading is None:
            return self._unsettled(case)
        verdict = outcome_if_still_open(case.submission, case.reading, case.lost)
        if verdict is not None:
            return verdict
        if len(case.attempts) >= self._delivery.context.max_posts:
            return Verdict(Outcome.FAILED, f"not taken: {case.lost}")
        return await post_once(case, slot)

    def _unsettled(self, case: Case) -> Verdict:
        """The verdict where nobody waits any longer."""
        if case.reading is not None:
            verdict = outcome_if_still_open(case.submission, case.reading, case.lost)
            if verdict is not None:
                return verdict
        if case.lost is None and case.unreadable is not None:
            return outcome_if_unreadable(None, case.unreadable)
        now = self._delivery.context.latest()
        ended = max((a.ended or a.began for a in case.attempts), default=now)
        sent = f"{shown_time(ended)} ({case.lost})"
        return Verdict(
            Outcome.IN_DOUBT,
            in_doubt(sent, shown_time(ended + self._delivery.context.quiet_period)),
        )


def in_doubt(sent: str, after: str) -> str:
    """Why a submission is in doubt: when it was sent, and when it may be sent again."""
    return (
        f"sent at {sent}, and it is not known whether Surpass took it. The next run reads it "
        f"again; it is sent again only if nothing is there after {after}"
    )
