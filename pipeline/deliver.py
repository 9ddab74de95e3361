"""Deliver: one POST per session, then the session is read again: that decides the outcome."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pipeline.errors import (
    DOUBTFUL,
    Forbidden,
    NotFound,
    NotUnderstood,
    Refused,
    SurpassError,
    Unreachable,
)
from pipeline.facts import Batch, Ending, Submission
from pipeline.line import Line, Stopped, Turn
from pipeline.surpass import Session, Surpass
from schemas.words import Kind, Outcome


def batches(submissions: Sequence[Submission], size: int) -> list[Batch]:
    """Number the submissions' batches from 1, in the files' order."""
    return [
        Batch(number, tuple(submissions[start : start + size]))
        for number, start in enumerate(range(0, len(submissions), size), start=1)
    ]


async def deliver(
    batch: Batch,
    completion_date: dt.datetime,
    surpass: Surpass,
    line: Line,
    advance: Callable[[], None],
) -> tuple[Ending, ...]:
    """Send every submission of the batch, at the line's pace; where each ended, in their order."""

    async def send(submission: Submission) -> Ending:
        posts = _Posts()
        try:
            async with line.place() as turn:
                outcome, reason = await _send(submission, completion_date, surpass, turn, posts)
        except Stopped as error:
            outcome, reason = Outcome.FAILED, f"not sent: {error}"
        advance()
        return Ending(submission.number, outcome, reason, batch.number, posts.sent)

    return tuple(await asyncio.gather(*map(send, batch.submissions)))


class _Posts:
    """How many POSTs left for one submission."""

    def __init__(self) -> None:
        self.sent = 0

    @contextmanager
    def __call__(self, _number: int) -> Iterator[None]:
        self.sent += 1
        try:
            yield
        except Unreachable:
            self.sent -= 1  # nothing left
            raise


async def _send(
    submission: Submission,
    completion_date: dt.datetime,
    surpass: Surpass,
    turn: Turn,
    posts: _Posts,
) -> tuple[Outcome, str]:
    lost: SurpassError | None = None
    try:
        await _post(submission, completion_date, surpass, posts)
    except (Refused, Forbidden, NotFound) as error:
        return Outcome.REFUSED, f"Surpass said: {error}"
    except DOUBTFUL as error:
        lost = error
    except SurpassError as error:
        turn.went_wrong(error)
        return Outcome.FAILED, f"not sent: {error}"
    try:
        session = await surpass.session(submission.keycode)
    except SurpassError as error:
        turn.went_wrong(error)
        return _unread(lost, error)
    if lost is not None and session.is_open:
        turn.went_wrong(lost)
    return _judged(submission, session, lost)


async def _post(
    submission: Submission, completion_date: dt.datetime, surpass: Surpass, posts: _Posts
) -> None:
    if submission.kind is Kind.MARKS:
        await surpass.assign_item_marks(
            submission.keycode, submission.marks, completion_date, trying=posts
        )
    else:
        await surpass.assign_item_responses(
            submission.keycode, submission.answers, completion_date, trying=posts
        )


def _unread(lost: SurpassError | None, error: SurpassError) -> tuple[Outcome, str]:
    if lost is None:
        return Outcome.UNCONFIRMED, f"taken, but the session could not be read back: {error}"
    return Outcome.IN_DOUBT, f"{lost}; and the session could not be read since: {error}"


def _judged(
    submission: Submission, session: Session, lost: SurpassError | None
) -> tuple[Outcome, str]:
    """The outcome by what came of the POST and what reading back shows."""
    state = session.state_told
    if state is None:
        return _unread(lost, NotUnderstood("the reply does not tell its state"))
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
            f"the answer was lost, the session is in {state}, and Surpass does not tell its marks",
        )
    return Outcome.ACCEPTED, f"the answer was lost, but the session is in {state} with these marks"


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
