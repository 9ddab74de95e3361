"""What the ledger tells: sessions as it knows them, and single POSTs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pipeline.ledger.keyed_hash import content_hash
from pipeline.model import Submission
from pipeline.submissions import digest
from schemas.words import Outcome


class State(StrEnum):
    """What the ledger knows of a session: an outcome's word, or OPEN where nothing of ours lasts.

    The values are what the first schema wrote: another version may be at work beside this one.
    """

    OPEN = "free"  # nothing that we sent is there, so it may be sent
    IN_DOUBT = "sending"  # about to be posted, or posted, and what came of it is not yet known
    ACCEPTED = "taken"  # Surpass has what we sent
    UNCONFIRMED = "unsure"  # posted, and a person must look at what came of it


UNFINISHED = "unfinished"
"""What is shown where a submission has no outcome: its run is under way, or died."""

STATE_AFTER = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.UNCONFIRMED: State.UNCONFIRMED,
    Outcome.IN_DOUBT: State.IN_DOUBT,
}
"""The state that an outcome of sending leaves; OPEN after every other."""


@dataclass(frozen=True)
class Known:
    """A session as the ledger has it, and the submission that was last sent to it."""

    keycode: str
    state: State
    run: str | None = None
    submission: int | None = None
    digest: str | None = None  # of what it was sent; a keyed hash of that once it was purged
    purge_key: str | None = field(default=None, repr=False)

    @property
    def purged(self) -> bool:
        """Whether what it was sent has been removed since."""
        return self.purge_key is not None

    def was_sent(self, submission: Submission) -> bool:
        """Whether it was last sent this very content."""
        content = digest(submission)
        if self.purge_key is not None:
            content = content_hash(self.purge_key, self.keycode, content)
        return self.digest == content


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
