"""What can happen at a point: the process dies, a write fails, an answer is lost, late or odd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Died(BaseException):
    """The process is gone. Nothing may catch this, and nothing that it does afterwards counts."""


class Stored(Enum):
    """What Surpass does with a POST."""

    NOT = auto()
    NOW = auto()
    SOON = auto()  # seconds later
    LATE = auto()  # just before the quiet period is over
    TWICE = auto()  # something on the way delivers it a second time


class Answer(Enum):
    """What the client is told."""

    GOOD = auto()
    DEATH = auto()  # it does not live to see it
    NO_CONNECTION = auto()
    LOST = auto()  # cut off
    TIMED_OUT = auto()
    GATEWAY = auto()  # 504
    ERROR = auto()  # 500
    GARBAGE = auto()
    EMPTY = auto()
    THROTTLED = auto()  # 429
    TURNED_AWAY = auto()  # 503 and Retry-After
    NOT_THERE = auto()  # 404, of something on the way


@dataclass(frozen=True)
class RequestFault:
    """What becomes of one request."""

    answer: Answer
    stored: Stored = Stored.NOT

    def __str__(self) -> str:
        """As a failing test shows it."""
        return f"{self.answer.name}, stored {self.stored.name}"


class WriteFault(Enum):
    """What becomes of one write to the ledger."""

    DIES_BEFORE = auto()
    DIES_AFTER = auto()
    FAILS_BEFORE = auto()
    FAILS_AFTER = auto()  # on the disk, and the database says that it is not
    CUT_BEFORE = auto()  # the connection is lost: the write is done again
    CUT_AFTER = auto()  # the same, and it was on the disk already

    def __str__(self) -> str:
        """As a failing test shows it."""
        return self.name


Fault = RequestFault | WriteFault
Faults = Mapping[str, tuple[Fault, ...]]
"""What can happen, by the kind of point."""

_POSTS = {
    Stored.NOT: (
        Answer.DEATH, Answer.NO_CONNECTION, Answer.LOST, Answer.GATEWAY, Answer.ERROR,
        Answer.GARBAGE, Answer.EMPTY, Answer.THROTTLED, Answer.TURNED_AWAY, Answer.NOT_THERE,
    ),
    Stored.NOW: (
        Answer.DEATH, Answer.LOST, Answer.GATEWAY, Answer.ERROR, Answer.GARBAGE, Answer.EMPTY,
    ),
    Stored.SOON: (Answer.TIMED_OUT, Answer.GATEWAY),
    Stored.LATE: (Answer.DEATH, Answer.LOST, Answer.TIMED_OUT, Answer.GATEWAY),
    Stored.TWICE: (Answer.GOOD, Answer.GATEWAY),
}  # fmt: skip
_READINGS = (
    Answer.DEATH, Answer.NO_CONNECTION, Answer.TIMED_OUT, Answer.GATEWAY, Answer.GARBAGE,
    Answer.EMPTY, Answer.THROTTLED, Answer.NOT_THERE,
)  # fmt: skip

FAULTS: Faults = {
    "POST": tuple(
        RequestFault(answer, how) for how, answers in _POSTS.items() for answer in answers
    ),
    "GET": tuple(RequestFault(answer) for answer in _READINGS),
    "write": (
        WriteFault.DIES_BEFORE, WriteFault.DIES_AFTER,
        WriteFault.FAILS_BEFORE, WriteFault.FAILS_AFTER,
    ),
}  # fmt: skip
"""Where the ledger is a file."""
FAULTS_WITH_A_SERVER: Faults = {**FAULTS, "write": tuple(WriteFault)}
"""Where it is in a database to which a connection leads."""


def is_death(fault: Fault) -> bool:
    """Whether the process does not live on."""
    if isinstance(fault, RequestFault):
        return fault.answer is Answer.DEATH
    return fault in (WriteFault.DIES_BEFORE, WriteFault.DIES_AFTER)
