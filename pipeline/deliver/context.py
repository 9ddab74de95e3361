"""What every stage of delivery needs: built once, in run.py, and handed on."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from pipeline.errors import SurpassError
from pipeline.ledger import Attempt, Ledger
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker

_MOST_READINGS = 8  # of which some may fail, or bear no date


@dataclass(frozen=True)
class RunContext:
    """The services of one run."""

    surpass: Surpass | None  # None: a check offline
    ledger: Ledger
    breaker: CircuitBreaker
    papers: Papers = NO_PAPERS
    quiet_period: float = 120.0  # seconds after a lost answer before anything is sent again
    max_posts: int = 5  # POSTs of one submission in a run
    acting: str = ""  # who settles what earlier runs left: a run, or a command and who gave it

    def latest(self) -> float:
        """The time by Surpass's clock, in seconds since 1970: as late as it may be."""
        return time.time() if self.surpass is None else self.surpass.clock.latest()

    def earliest(self) -> float:
        """The same, as early as it may be."""
        return time.time() if self.surpass is None else self.surpass.clock.earliest()

    def quiet_until(self, attempt: Attempt) -> float:
        """When nothing can come of a POST any more.

        One whose end nobody lived to see left at the latest when it would have been given up.
        """
        if attempt.ended is not None:
            return attempt.ended + self.quiet_period
        return (
            attempt.began + min(self.client.gives_up_after_s, self.quiet_period) + self.quiet_period
        )

    async def hear_clock(self, keycode: str) -> None:
        """Read that session until it is certain whose clock is wrong, if one is."""
        for _ in range(_MOST_READINGS):
            if not self.client.clock.in_dispute:
                return
            with suppress(SurpassError):  # who needs it finds out what is wrong
                await self.client.session(keycode, additional=False)

    @property
    def client(self) -> Surpass:
        """Surpass, of a run that is not offline."""
        assert self.surpass is not None  # noqa: S101  # run.py sends nothing offline
        return self.surpass
