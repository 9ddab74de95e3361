"""The states of a Surpass test session, as its published client numbers them."""

from __future__ import annotations

from enum import IntEnum


class TestState(IntEnum):
    """A test session's state. Numbers 17 and 21 do not occur."""

    __test__ = False  # pytest would take the name for a test case

    NONE = 0
    SCHEDULED_BUT_NOT_CREATED = 1
    SCHEDULED_BUT_NOT_DOWNLOADED = 2
    SCHEDULED_BUT_LOCKED = 3
    READY = 4
    LOCKED_FOR_INVIGILATOR = 5
    IN_PROGRESS = 6
    PAUSED = 7
    OFFLINE = 8
    FINISHED = 9
    VOIDED = 10
    MARKED = 11
    SCRIPT_VERIFIED = 12
    ARCHIVED = 13
    LOCKED_BY_PIN = 14
    AWAITING_MARKING = 15
    AWAITING_VERIFICATION = 16
    AWAITING_UPLOAD = 18
    PAPER_RESPONSE_UPLOAD = 19
    LOCAL_SCAN_REQUESTED = 20
    REQUIRES_CHECK_IN = 22
    EXCEPTION = 99

    @property
    def wire(self) -> str:
        """The state's name as Surpass writes it, such as ``PaperResponseUpload``."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @classmethod
    def parse(cls, value: object) -> TestState | None:
        """Read a state from a reply: a name in any case, a number, or a number as text.

        None for anything else: a state that this version has never heard of must not crash a run,
        it only means that the session is not open for marks.
        """
        return None if value is None else _BY_TEXT.get(str(value).strip().lower())


class VoidReason(IntEnum):
    """Why a session is voided; OTHER needs a message of its own."""

    NOT_YET_STARTED = -1
    AUTO = 0
    ABSENT = 1
    WITHDRAWN = 2
    PARTIALLY_COMPLETED = 3
    OTHER = 4

    @property
    def wire(self) -> str:
        """The reason's name as Surpass wants it, such as ``NotYetStarted``."""
        return "".join(part.capitalize() for part in self.name.split("_"))


# The only states from which a session can be reset to SCHEDULED_BUT_NOT_CREATED.
RESETTABLE = frozenset(TestState(number) for number in (1, 2, 3, 4))

# The changes of state that a PUT can make, as (from, to).
POSSIBLE_CHANGES = {
    (TestState.IN_PROGRESS, TestState.PAUSED),
    (TestState.PAUSED, TestState.IN_PROGRESS),
    (TestState.READY, TestState.VOIDED),
    (TestState.LOCKED_BY_PIN, TestState.VOIDED),
    (TestState.LOCKED_FOR_INVIGILATOR, TestState.VOIDED),
    (TestState.PAUSED, TestState.VOIDED),
    (TestState.IN_PROGRESS, TestState.VOIDED),
}

_BY_TEXT = {state.wire.lower(): state for state in TestState} | {
    str(int(state)): state for state in TestState
}
