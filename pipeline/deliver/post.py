"""Deliver: one POST per session, then the session is read again: that decides the outcome.

Before the first byte of a POST leaves, the ledger has it on the disk; and only the process that has
claimed a session may send to it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from pipeline.deliver.readback import outcome_if_unreadable, outcome_of
from pipeline.errors import (
    DOUBTFUL,
    AnswerLost,
    Forbidden,
    LedgerError,
    NotFound,
    Refused,
    SendingStopped,
    SurpassError,
    Unreachable,
)
from pipeline.ledger import Attempt, Known, Ledger, State
from pipeline.model import Batch, Ending, Run, Submission
from pipeline.submissions import digest
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker, Slot, Stopped
from schemas.words import SETTLED, Kind, Outcome

_PATIENCE = 300.0  # seconds that a session may stay in another run's hands
_LOOK_AGAIN = 0.5  # seconds between looks whether it is free


@dataclass(frozen=True)
class Delivery:
    """What all of a run's batches have in common."""

    run: Run
    completion_date: dt.datetime
    surpass: Surpass
    ledger: Ledger
    line: CircuitBreaker
    advance: Callable[[], None]


def batches(
    submissions: Sequence[Submission], size: int, canaries: Sequence[Submission] = ()
) -> list[Batch]:
    """Number the submissions' batches from 1, in the files' order; canaries are the first."""
    ahead = {submission.number for submission in canaries}
    rest = [submission for submission in submissions if submission.number not in ahead]
    groups = [tuple(rest[start : start + size]) for start in range(0, len(rest), size)]
    first = [tuple(canaries)] if canaries else []
    return [Batch(number, group) for number, group in enumerate([*first, *groups], start=1)]


def prove(canaries: Sequence[Ending], line: CircuitBreaker) -> None:
    """Stop the line unless all that went ahead was accepted."""
    failed = [ending for ending in canaries if ending.outcome not in SETTLED]
    if failed:
        line.stop(SendingStopped(f"a session sent ahead was not accepted: {failed[0].reason}"))


async def deliver(batch: Batch, delivery: Delivery) -> tuple[Ending, ...]:
    """Send every submission of the batch, at the line's pace; where each ended, in their order."""
    claimed = await _claim([each.keycode for each in batch.submissions], delivery)
    if delivery.line.stopped_by is not None:
        await _let_go(claimed, delivery)
        for _ in batch.submissions:
            delivery.advance()
        reason = f"not sent: {delivery.line.why_stopped}"
        return tuple(
            Ending(each.number, Outcome.FAILED, reason, batch.number) for each in batch.submissions
        )

    async def send(submission: Submission) -> Ending:
        known = claimed.get(submission.keycode) or await _claimed(submission.keycode, delivery)
        posts = _Posts(delivery, submission)
        outcome, reason = await _outcome(submission, known, posts, delivery)
        ending = Ending(submission.number, outcome, reason, batch.number, posts.sent)
        delivery.advance()
        return await _recorded(ending, submission, known, posts, delivery)

    return tuple(await asyncio.gather(*map(send, batch.submissions)))


async def _let_go(keycodes: Collection[str], delivery: Delivery) -> None:
    with suppress(LedgerError):  # then they end with this process
        await asyncio.to_thread(delivery.ledger.let_go, keycodes)


async def _claim(keycodes: Sequence[str], delivery: Delivery) -> Mapping[str, Known]:
    """What it got; nothing once the line is stopped, as it is where the ledger fails."""
    if delivery.line.stopped_by is not None:
        return {}
    try:
        return await asyncio.to_thread(delivery.ledger.claim, keycodes)
    except LedgerError as error:
        delivery.line.stop(error)  # others may have been sent: the report must tell of all
        return {}


async def _claimed(keycode: str, delivery: Delivery) -> Known | None:
    """Wait until the run that holds the session is done with it, or dead."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and delivery.line.stopped_by is None:
        await asyncio.sleep(_LOOK_AGAIN)
        if got := await _claim([keycode], delivery):
            return got[keycode]
    return None


async def _outcome(
    submission: Submission, known: Known | None, posts: _Posts, delivery: Delivery
) -> tuple[Outcome, str]:
    if known is None:
        if delivery.line.stopped_by is not None:
            return Outcome.FAILED, f"not sent: {delivery.line.why_stopped}"
        return Outcome.FAILED, "not sent: another run holds this session and has not ended"
    if known.state is not State.FREE:
        return _sent_meanwhile(submission, known)
    try:
        async with delivery.line.slot() as turn:
            return await _send(submission, turn, posts, delivery)
    except Stopped as error:
        return Outcome.FAILED, f"not sent: {error}"


def _sent_meanwhile(submission: Submission, known: Known) -> tuple[Outcome, str]:
    """Another run had the session between our look at the ledger and our claim."""
    if known.state is not State.TAKEN:
        return Outcome.IN_DOUBT, f"run {known.run} sent it and ended; the next run settles it"
    if known.digest == digest(submission):
        return Outcome.UNCHANGED, f"the same content was accepted in run {known.run}"
    return Outcome.HELD, f"other content was accepted in run {known.run}, at the same time"


async def _send(
    submission: Submission, turn: Slot, posts: _Posts, delivery: Delivery
) -> tuple[Outcome, str]:
    lost: SurpassError | None = None
    try:
        await _post(submission, posts, delivery)
        turn.answered(taken=True)
    except (Refused, Forbidden, NotFound) as error:
        turn.answered(taken=False)
        return Outcome.REFUSED, f"Surpass said: {error}"
    except DOUBTFUL as error:
        lost = error
    except SurpassError as error:
        turn.failed(error)
        return Outcome.FAILED, f"not sent: {error}"
    except LedgerError as error:
        turn.failed(error)
        if not posts.sent:
            return Outcome.FAILED, f"not sent: {error}"
        lost = AnswerLost(str(error))
    try:
        session = await delivery.surpass.session(submission.keycode)
    except SurpassError as error:
        turn.failed(error)
        return outcome_if_unreadable(lost, error)
    if lost is not None and session.is_open:
        turn.failed(lost)
    return outcome_of(submission, session, lost)


async def _post(submission: Submission, posts: _Posts, delivery: Delivery) -> None:
    surpass, completed = delivery.surpass, delivery.completion_date
    if submission.kind is Kind.MARKS:
        marks = submission.marks
        await surpass.assign_item_marks(submission.keycode, marks, completed, trying=posts)
    else:
        answers = submission.answers
        await surpass.assign_item_responses(submission.keycode, answers, completed, trying=posts)


class _Posts:
    """The POSTs of one submission: each in the ledger before it leaves."""

    def __init__(self, delivery: Delivery, submission: Submission) -> None:
        self._delivery = delivery
        self._submission = submission
        self.tried: list[Attempt] = []

    @property
    def sent(self) -> int:
        """How many left."""
        return sum(attempt.left for attempt in self.tried)

    @asynccontextmanager
    async def __call__(self, number: int) -> AsyncIterator[None]:
        completed = f"{self._delivery.completion_date:%Y-%m-%dT%H:%M:%S}"
        attempt = Attempt(number, completed, began=time.time())
        await asyncio.to_thread(
            self._delivery.ledger.intend, self._delivery.run, self._submission, attempt
        )
        came_back, left = "taken", True
        try:
            yield
        except Unreachable as error:
            came_back, left = str(error), False
            raise
        except BaseException as error:
            came_back = str(error) or type(error).__name__
            raise
        finally:
            done = replace(attempt, ended=time.time(), came_back=came_back, left=left)
            self.tried.append(done)


async def _recorded(
    ending: Ending,
    submission: Submission,
    known: Known | None,
    posts: _Posts,
    delivery: Delivery,
) -> Ending:
    """The ending, once it is in the ledger; where that fails the next run reads the session."""
    keycode = submission.keycode
    try:
        if known is None or known.state is not State.FREE:
            await asyncio.to_thread(delivery.ledger.let_go, [keycode])
        else:
            settle = delivery.ledger.settle
            await asyncio.to_thread(settle, delivery.run.id, ending, keycode, posts.tried)
    except LedgerError as error:
        delivery.line.stop(error)
        return replace(ending, reason=f"{ending.reason} (not recorded: {error})")
    return ending
