"""How a session may change: pure functions from a session to the changed one, or a refusal.

Only changes that the vendor documents or its screens make are allowed; what is a guess says so.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

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
        # The reference does not list these, but the vendor's screens void from them.
        TestState.PAPER_RESPONSE_UPLOAD,
        TestState.AWAITING_MARKING,
        TestState.MARKED,
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
    """Change the state as a PUT asks. A reason may be left out; OTHER needs a message."""
    if (session.state, wanted) not in ALLOWED_CHANGES:
        raise refused(
            ErrorNumber.WRONG_STATE,
            f"A session in {session.state.wire} cannot be changed to {wanted.wire}.",
        )
    if wanted is not TestState.VOIDED:
        return replace(session, state=wanted)
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
    """Refuse a session that takes no marks: only PaperResponseUpload does."""
    if session.state is not TestState.PAPER_RESPONSE_UPLOAD:
        raise refused(
            ErrorNumber.WRONG_STATE,
            "Marks and responses are taken in PaperResponseUpload only; "
            f"this session is in {session.state.wire}.",
        )


def store(session: SandboxSession, application: Application) -> SandboxSession:
    """Keep what one POST brought, whose content has been checked.

    Responses bring no marks: the sandbox has no answer key. An application without content, such as
    the first half of a single mark, leaves the session as it was.
    """
    if not application.content:
        return session
    stored = replace(session, applied=(*session.applied, application))
    if application.kind == "marks":
        marks = {
            key: mark for key, mark in application.content.items() if not isinstance(mark, str)
        }
        return replace(stored, marks={**session.marks, **marks})
    answers = {
        key: answer for key, answer in application.content.items() if not isinstance(answer, int)
    }
    return replace(stored, responses={**session.responses, **answers})


def first_half(application: Application) -> Application:
    """The first half of what one POST brought, rounded down."""
    half = dict(islice(application.content.items(), len(application.content) // 2))
    return replace(application, content=half)


def move_on(
    session: SandboxSession, state_after: TestState, *, becomes_result: bool
) -> SandboxSession:
    """Change the session as Surpass does after a POST: to another state, or to a result."""
    return replace(session, state=state_after, is_result=session.is_result or becomes_result)
