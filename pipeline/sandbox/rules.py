"""How a session may change: pure functions from a session to the changed one, or a refusal.

Only changes that the vendor documents are allowed; what is a guess says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pipeline.sandbox.errors import ErrorNumber, refused
from pipeline.sandbox.sessions import Application, Linked, SandboxSession
from schemas.states import RESETTABLE, TestState, VoidReason

_VOIDABLE = frozenset(
    {
        TestState.READY,
        TestState.LOCKED_BY_PIN,
        TestState.LOCKED_FOR_INVIGILATOR,
        TestState.PAUSED,
        TestState.IN_PROGRESS,
    }
)

# The changes that a PUT can make, as (from, to).
ALLOWED_CHANGES = frozenset(
    {
        (TestState.IN_PROGRESS, TestState.PAUSED),
        (TestState.PAUSED, TestState.IN_PROGRESS),
        *((state, TestState.VOIDED) for state in _VOIDABLE),
    }
)


def change_state(
    session: SandboxSession,
    wanted: TestState,
    reason: VoidReason | None = None,
    message: str | None = None,
) -> SandboxSession:
    """Do what a PUT asks. Voiding needs a reason (a guess), and OTHER a message (documented)."""
    if (session.state, wanted) not in ALLOWED_CHANGES:
        raise refused(
            ErrorNumber.WRONG_STATE,
            f"A session in {session.state.wire} cannot be changed to {wanted.wire}.",
        )
    if wanted is not TestState.VOIDED:
        return replace(session, state=wanted)
    if reason is None:
        raise refused(ErrorNumber.BAD_VOID_REASON, "Voiding needs a voidReason.")
    if reason is VoidReason.OTHER and not (message and message.strip()):
        raise refused(ErrorNumber.BAD_VOID_REASON, "voidReason Other needs a voidMessage.")
    return replace(session, state=wanted, void_reason=reason, void_message=message)


def reset(session: SandboxSession, current: str, updated: Linked) -> SandboxSession:
    """Put a session that nobody has started back to state 1, on another test form."""
    if session.state not in RESETTABLE:
        raise refused(
            ErrorNumber.WRONG_STATE, f"A session in {session.state.wire} cannot be reset."
        )
    if current != session.test_form.reference:
        raise refused(
            ErrorNumber.WRONG_TEST_FORM, "currentTestFormRef is not this session's test form."
        )
    return replace(session, state=TestState.SCHEDULED_BUT_NOT_CREATED, test_form=updated)


def submit_marked_exam(session: SandboxSession) -> SandboxSession:
    """Close the marking of a script that an outside system marked in Surpass."""
    if session.state is not TestState.AWAITING_MARKING:
        raise refused(
            ErrorNumber.WRONG_STATE,
            f"SubmitMarkedExam needs AwaitingMarking; this session is in {session.state.wire}.",
        )
    return replace(session, state=TestState.MARKED)


def require_open(session: SandboxSession) -> None:
    """Marks and responses are taken in one state only."""
    if session.state is not TestState.PAPER_RESPONSE_UPLOAD:
        raise refused(
            ErrorNumber.WRONG_STATE,
            "Marks and responses are taken in PaperResponseUpload only; "
            f"this session is in {session.state.wire}.",
        )


def take_marks(
    session: SandboxSession,
    marks: Mapping[str, int | None],
    completed: datetime,
    state_after: TestState,
) -> SandboxSession:
    """Keep the marks of one POST, whose content has been checked."""
    require_open(session)
    return replace(
        session,
        state=state_after,
        marks={**session.marks, **marks},
        applied=(*session.applied, Application("marks", marks, completed)),
    )


def take_responses(
    session: SandboxSession,
    responses: Mapping[str, str | None],
    completed: datetime | None,
    state_after: TestState,
) -> SandboxSession:
    """Keep the responses of one POST; the sandbox has no answer key, so they bring no marks."""
    require_open(session)
    return replace(
        session,
        state=state_after,
        responses={**session.responses, **responses},
        applied=(*session.applied, Application("responses", responses, completed)),
    )
