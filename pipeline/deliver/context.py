"""What every stage of delivery needs: built once, in run.py, and handed on."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pipeline.ledger import Ledger
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker


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

    def now(self) -> float:
        """The time by Surpass's clock, in seconds since 1970: this machine's may be off."""
        return time.time() if self.surpass is None else self.surpass.clock.now()

    @property
    def client(self) -> Surpass:
        """Surpass, of a run that is not offline."""
        assert self.surpass is not None  # noqa: S101  # run.py sends nothing offline
        return self.surpass
