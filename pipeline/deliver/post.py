"""Post one submission, once, and read its session back.

Before the first byte of a POST leaves, the ledger has it on the disk. What is not known for certain
afterwards is left to `follow_up`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from pipeline.deliver.context import RunContext
from pipeline.deliver.readback import (
    Verdict,
    outcome_after_refusal,
    outcome_if_unreadable,
    outcome_of,
    read_back,
)
from pipeline.errors import (
    AnswerLost,
    Forbidden,
    LedgerError,
    NotFound,
    Refused,
    SurpassError,
    Unreachable,
)
from pipeline.ledger import Attempt, Ledger
from pipeline.model import Ending, Run, Submission
from pipeline.surpass import Result, Session
from pipeline.surpass.circuit_breaker import CircuitBreaker, Slot, SlotDenied
from schemas.words import Kind, Outcome


@dataclass(frozen=True)
class Delivery:
    """What all of a run's batches have in common."""

    run: Run
    completion_date: dt.datetime  # on Surpass's clock: it goes out without a zone
    context: RunContext
    advance: Callable[[], None] = lambda: None

    @property
    def ledger(self) -> Ledger:
        """The run's ledger."""
        return self.context.ledger

    @property
    def breaker(self) -> CircuitBreaker:
        """The run's circuit breaker."""
        return self.context.breaker


@dataclass
class Case:
    """One submission under way: its POSTs, and how far it has come."""

    submission: Submission
    batch: int
    delivery: Delivery
    attempts: list[Attempt] = field(default_factory=list)
    lost: SurpassError | None = None  # why it is not known whether a POST was taken
    reading: Session | Result | None = None  # the last one; None where it failed
    unreadable: SurpassError | None = None  # why it failed
    posted_at: float = 0.0  # the last POST's end, by the event loop's clock

    @property
    def posts(self) -> int:
        """How many POSTs left this machine."""
        return sum(attempt.left for attempt in self.attempts)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """One POST: in the ledger before it leaves, and what came of it.

        SlotDenied where the run was stopped before that.
        """
        delivery = self.delivery
        if delivery.breaker.stopped_by is not None:  # while its turn was waited for
            raise SlotDenied(delivery.breaker.why_stopped)
        completed = f"{delivery.completion_date:%Y-%m-%dT%H:%M:%S}"
        attempt = Attempt(len(self.attempts) + 1, completed, began=delivery.context.latest())
        # Nothing leaves before this is on the disk.
        await delivery.ledger.intent(delivery.run, self.submission, attempt)
        came_back, left = Attempt.TAKEN, True
        try:
            yield
        except Unreachable as error:
            came_back, left = str(error), False
            raise
        except BaseException as error:
            came_back = str(error) or type(error).__name__
            raise
        finally:
            self.posted_at = asyncio.get_running_loop().time()
            done = replace(attempt, ended=delivery.context.latest(), came_back=came_back, left=left)
            self.attempts.append(done)


def shown_time(seconds: float) -> str:
    """A moment, in seconds since 1970, as messages write it: ``2026-06-02 14:03:22 UTC``."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


async def post_once(case: Case, slot: Slot) -> Verdict | None:
    """Send the submission and read it back; None where that proves nothing yet.

    SlotDenied where the run was stopped before it left.
    """
    try:
        await _post(case)
        slot.answered(taken=True)
        case.lost = None
    except SlotDenied:
        raise  # nothing left
    except SurpassError as error:
        verdict = _refusal(case, error, slot) if error.not_taken else None
        if verdict is not None:
            return await _unless_there(case, verdict)
        case.lost = _lost(case.lost, error)
    except LedgerError as error:
        slot.failed(error)
        if not case.posts:
            return Verdict(Outcome.FAILED, f"not sent: {error}")
        case.lost = AnswerLost(str(error))
    return await look(case, slot)


def _refusal(case: Case, error: SurpassError, slot: Slot) -> Verdict | None:
    """The verdict on an answer which proves that this POST was not taken.

    None after an earlier POST whose answer was lost: a 'no' may mean that that one was taken.
    """
    refused = isinstance(error, Refused | Forbidden | NotFound)
    if refused:
        slot.answered(taken=False)
    else:
        slot.failed(error)
    if case.lost is not None:
        return None
    if refused:
        return Verdict(Outcome.REFUSED, f"Surpass said: {error}")
    return Verdict(Outcome.FAILED, f"not sent: {error}")


async def _unless_there(case: Case, refusal: Verdict) -> Verdict:
    """The refusal, unless the session has what was sent: then it was delivered twice on its way."""
    if refusal.outcome is not Outcome.REFUSED:
        return refusal  # not even delivered
    try:
        reading = await read_back(case.delivery.context.client, case.submission.keycode)
    except SurpassError as error:
        if error.not_taken and isinstance(error, NotFound | Forbidden | Refused):
            return refusal  # Surpass's own words
        return outcome_if_unreadable(AnswerLost(refusal.reason), error)
    return outcome_after_refusal(case.submission, reading, refusal.reason) or refusal


def _lost(before: SurpassError | None, error: SurpassError) -> SurpassError:
    return error if before is None else AnswerLost(f"{before}; sent again: {error}")


async def look(case: Case, slot: Slot) -> Verdict | None:
    """Read the session back; None where that proves nothing yet."""
    submission, lost = case.submission, case.lost
    case.reading = case.unreadable = None
    try:
        case.reading = await read_back(case.delivery.context.client, submission.keycode)
    except SurpassError as error:
        # That a session has moved out of sight says nothing of Surpass's health.
        if not isinstance(error, NotFound):
            slot.failed(error)
        case.unreadable = error
        return None
    verdict = outcome_of(submission, case.reading, lost)
    if verdict is None and lost is not None:
        slot.failed(lost)
    return verdict


async def _post(case: Case) -> None:
    submission, delivery = case.submission, case.delivery
    surpass, completed = delivery.context.client, delivery.completion_date
    if submission.kind is Kind.MARKS:
        marks = submission.marks
        await surpass.assign_item_marks(submission.keycode, marks, completed, case.attempt)
    else:
        answers = submission.answers
        await surpass.assign_item_responses(submission.keycode, answers, completed, case.attempt)


async def record(case: Case, verdict: Verdict) -> Ending:
    """The ending, once it is in the ledger; where that fails the next run reads the session."""
    delivery, submission = case.delivery, case.submission
    ending = Ending(
        submission.number,
        verdict.outcome,
        verdict.reason,
        case.batch,
        case.posts,
        verdict.proof,
    )
    delivery.advance()
    try:
        settled = delivery.ledger.settlement(
            delivery.run.id, ending, submission.keycode, case.attempts
        )
        await asyncio.shield(settled)
    except LedgerError as error:
        delivery.breaker.stop(error)
        return replace(ending, reason=f"{ending.reason} (not recorded: {error})")
    return ending


async def release(case: Case, verdict: Verdict) -> Ending:
    """The ending of a submission whose session is not ours to settle."""
    case.delivery.advance()
    with suppress(LedgerError):  # then the claim ends with this process
        await asyncio.to_thread(case.delivery.ledger.let_go, [case.submission.keycode])
    return Ending(case.submission.number, verdict.outcome, verdict.reason, case.batch)
