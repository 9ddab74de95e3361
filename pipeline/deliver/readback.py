"""Judge what came of a POST by what reading the session back shows."""

from __future__ import annotations

from pipeline.errors import NotUnderstood, SurpassError
from pipeline.model import Submission
from pipeline.surpass import Session
from schemas.words import Kind, Outcome


def outcome_of(
    submission: Submission, session: Session, lost: SurpassError | None
) -> tuple[Outcome, str]:
    """The outcome and its reason; ``lost`` says why the POST's own answer is not known."""
    state = session.state_told
    if state is None:
        return outcome_if_unreadable(lost, NotUnderstood("the reply does not tell its state"))
    if session.is_open:
        if lost is not None:
            return Outcome.FAILED, f"not taken: {lost}"
        return Outcome.UNCONFIRMED, f"Surpass said it took it, but the session is still in {state}"
    difference = differs(submission, session)
    if difference:
        return Outcome.UNCONFIRMED, f"the session is in {state}, but {difference}"
    if lost is None:
        return Outcome.ACCEPTED, f"taken; the session is in {state}"
    if difference is None:
        return (
            Outcome.UNCONFIRMED,
            f"{lost}; the session is in {state}, and Surpass does not tell its marks",
        )
    return Outcome.ACCEPTED, f"the answer was lost, but the session is in {state} with these marks"


def outcome_if_unreadable(lost: SurpassError | None, error: SurpassError) -> tuple[Outcome, str]:
    """The outcome where the session could not be read back."""
    if lost is None:
        return Outcome.UNCONFIRMED, f"taken, but the session could not be read back: {error}"
    return Outcome.IN_DOUBT, f"{lost}; and the session could not be read since: {error}"


def differs(submission: Submission, session: Session) -> str | None:
    """How the session's content differs from what was meant; "" if it agrees; None if not told."""
    if submission.kind is Kind.MARKS:
        return _marks_differ(submission, session)
    told = {question: item.response for question, item in session.items.items()}
    if not any(told.values()):
        return None
    wrong = [
        question
        for question, answer in submission.answers
        if (told.get(question) or "") != (answer or "")
    ]
    return f"the answers to {', '.join(wrong)} differ" if wrong else ""


def _marks_differ(submission: Submission, session: Session) -> str | None:
    told = {question: item.mark for question, item in session.items.items()}
    if any(mark is not None for mark in told.values()):
        wrong = [question for question, mark in submission.marks if told.get(question) != mark]
        return f"the marks for {', '.join(wrong)} differ" if wrong else ""
    if session.mark is None:
        return None
    total = sum(mark or 0 for _, mark in submission.marks)
    return "" if session.mark == total else f"its mark is {session.mark:g}, not {total}"
