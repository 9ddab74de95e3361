"""What the ledger tells: sessions as it knows them, and single POSTs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from schemas.words import Outcome


class State(StrEnum):
    """What we last did to a session."""

    FREE = "free"  # nothing that lasts
    SENDING = "sending"  # about to be posted, or posted, and what came of it is not yet known
    TAKEN = "taken"  # Surpass has our content
    UNSURE = "unsure"  # posted, and a person must look at what came of it


AFTER = {
    Outcome.ACCEPTED: State.TAKEN,
    Outcome.UNCONFIRMED: State.UNSURE,
    Outcome.IN_DOUBT: State.SENDING,
}
"""The state that an outcome of sending leaves; FREE after every other."""


@dataclass(frozen=True)
class Known:
    """A session as the ledger has it, and the submission that was last sent to it."""

    keycode: str
    state: State
    run: str | None = None
    submission: int | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Attempt:
    """One POST: when it left, when and what came back. ``None`` where nothing did."""

    TAKEN: ClassVar[str] = "taken"  # what came back where Surpass said yes

    post: int
    completion_date: str
    began: float
    ended: float | None = None
    came_back: str | None = None
    left: bool = True  # whether anything was sent at all


@dataclass(frozen=True)
class Resolution:
    """What a person found out of a session, and wrote down: who, when and why."""

    keycode: str
    run: str
    submission: int
    taken: bool  # whether Surpass has what was sent
    reason: str
    who: str
    at: float  # seconds since 1970


@dataclass(frozen=True)
class Seen:
    """The last submission of a session that the ledger has, of whichever run."""

    keycode: str
    run: str
    began: float  # the run; seconds since 1970
    outcome: Outcome | None  # None: its run is under way, or died
    reason: str | None
