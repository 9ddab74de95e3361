"""Submissions that are posted, what befalls them, and the outcome that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.model import Submission
from pipeline.sandbox import Fault, FaultKind, Sandbox
from schemas.states import TestState
from schemas.words import Kind, Outcome, Proof
from tests.deliver.delivering import (
    MARKS,
    POST_CUT_BEFORE,
    SHUT,
    SMALL,
    TOLD,
    UNTOLD,
    submission,
)
from tests.serving import DONE, marks


def keyed_by_hand(sandbox: Sandbox, given: Mapping[str, int | None]) -> None:
    """Somebody keys these marks in Surpass itself."""
    sandbox.put_in_state(TOLD, TestState.PAPER_RESPONSE_UPLOAD)
    body = [{"questionNumber": name, "mark": mark} for name, mark in given.items()]
    sandbox.take_marks(TOLD, body, DONE.replace(tzinfo=None))


POST_CUT_AFTER = Fault(FaultKind.CUT_AFTER, method="POST")
GET_FAILS = Fault(FaultKind.UNAVAILABLE, method="GET")


@dataclass(frozen=True, kw_only=True)
class Case:
    outcome: Outcome
    reason: str
    attempts: int = 1
    applied: int = 0
    submission: Submission = field(default_factory=lambda: submission(Kind.MARKS))
    faults: tuple[Fault, ...] = ()
    meanwhile: Callable[[Sandbox], object] | None = None
    proof: Proof | None = None


def post(kind: FaultKind, **more: Any) -> tuple[Fault, ...]:
    return (Fault(kind, method="POST", **more),)


NOT_TOLD = submission(Kind.MARKS, UNTOLD)
CASES = {
    "answered, left, marks agree": Case(
        outcome=Outcome.ACCEPTED,
        reason="taken; the session is in Marked",
        applied=1,
        proof=Proof.MARKS,
    ),
    "answered, left, answers agree": Case(
        outcome=Outcome.ACCEPTED,
        reason="taken; the session is in Marked",
        applied=1,
        submission=submission(Kind.RESPONSES),
        proof=Proof.ANSWERS,
    ),
    "answered, left, marks not told": Case(
        outcome=Outcome.ACCEPTED,
        reason="taken; the session is in Marked, no marks are told",
        applied=1,
        submission=NOT_TOLD,
        proof=Proof.STATE,
    ),
    "answered, stored, state stays": Case(
        outcome=Outcome.ACCEPTED,
        reason="the marks are there; the session is still in PaperResponseUpload",
        applied=1,
        faults=post(FaultKind.STATE_STAYS),
        proof=Proof.MARKS,
    ),
    "answered, stored, state follows later": Case(
        outcome=Outcome.ACCEPTED,
        reason="the marks are there",
        applied=1,
        faults=post(FaultKind.STATE_LATER, seconds=3600),
        proof=Proof.MARKS,
    ),
    "answered, nothing stored, state stays": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="Surpass said that it took it, but the session still waits: Surpass lists no marks",
        faults=post(FaultKind.NOT_STORED),
    ),
    "answered, nothing stored, not told": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="Surpass said that it took it, but the session still waits: without the marks",
        submission=NOT_TOLD,
        faults=post(FaultKind.NOT_STORED),
    ),
    "answered, nothing stored, left": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Marked, but Surpass lists no marks",
        faults=post(FaultKind.NOT_STORED_MOVED),
    ),
    "answered, stored in part": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Marked, but the marks for 3 differ",
        applied=1,
        submission=marks(TOLD, {"1": 5, "2": 0, "3": 2}),
        faults=post(FaultKind.STORED_IN_PART),
    ),
    "answered, answers stored in part": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Marked, but the answers to 3 do not agree",
        applied=1,
        submission=submission(Kind.RESPONSES),
        faults=post(FaultKind.STORED_IN_PART),
    ),
    "answered, left, other marks": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Marked, but the marks for 1, 2 differ",
        applied=2,
        meanwhile=lambda sandbox: keyed_by_hand(sandbox, MARKS | {"1": 4, "2": 1}),
    ),
    "answered, voided since, not told": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Voided: look at it in Surpass",
        applied=1,
        submission=NOT_TOLD,
        meanwhile=lambda sandbox: sandbox.put_in_state(UNTOLD, TestState.VOIDED),
    ),
    "answered, not read back": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="Surpass said that it took it, but the session could not be read back: "
        "Surpass cannot serve now (HTTP 503)",
        applied=1,
        faults=(GET_FAILS,),
    ),
    "lost, left, marks agree": Case(
        outcome=Outcome.ACCEPTED,
        reason="the answer was lost, but what was sent is there; the session is in Marked",
        applied=1,
        faults=(POST_CUT_AFTER,),
        proof=Proof.MARKS,
    ),
    "lost, left, marks not told": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="; the session is in Marked, and Surpass does not tell its marks",
        applied=1,
        submission=NOT_TOLD,
        faults=(POST_CUT_AFTER,),
    ),
    "lost, left, answers not told": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="; the session is in Marked, and Surpass does not tell its marks",
        applied=1,
        submission=submission(Kind.RESPONSES, UNTOLD),
        faults=(POST_CUT_AFTER,),
    ),
    "lost, left by other marks": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Marked, but the marks for 3 differ",
        applied=1,
        faults=(POST_CUT_BEFORE,),
        meanwhile=lambda sandbox: keyed_by_hand(sandbox, MARKS | {"3": 1}),
    ),
    "lost, voided by somebody": Case(
        outcome=Outcome.UNCONFIRMED,
        reason="the session is in Voided: look at it in Surpass",
        faults=(POST_CUT_BEFORE,),
        meanwhile=lambda sandbox: sandbox.put_in_state(TOLD, TestState.VOIDED),
    ),
    "lost, still open after all tries": Case(
        outcome=Outcome.FAILED,
        reason="not taken: no whole answer came",
        attempts=3,
        faults=(POST_CUT_BEFORE,),
    ),
    "lost to a gateway's page": Case(
        outcome=Outcome.FAILED,
        reason="not taken: Surpass cannot serve now (HTTP 502)",
        attempts=3,
        faults=post(FaultKind.GATEWAY_PAGE),
    ),
    "throttled beyond all patience": Case(
        outcome=Outcome.FAILED,
        reason="not sent: Surpass asks for patience (HTTP 429)",
        faults=(Fault(FaultKind.TOO_MANY_REQUESTS, method="POST", retry_after=9999),),
    ),
    "lost, never read since, taken": Case(
        outcome=Outcome.IN_DOUBT,
        reason="and it is not known whether Surpass took it. The next run reads it again",
        applied=1,
        faults=(POST_CUT_AFTER, GET_FAILS),
    ),
    "lost, never read since, not taken": Case(
        outcome=Outcome.IN_DOUBT,
        reason="and it is not known whether Surpass took it. The next run reads it again",
        faults=(POST_CUT_BEFORE, GET_FAILS),
    ),
    "refused for a mark": Case(
        outcome=Outcome.REFUSED,
        reason="Surpass said: [sandbox] Element 2 names question '2', "
        "which this session does not have.",
        submission=submission(Kind.MARKS, SMALL),
    ),
    "refused for its state": Case(
        outcome=Outcome.REFUSED,
        reason="Surpass said: [sandbox] Marks and responses are taken in PaperResponseUpload only",
        submission=submission(Kind.MARKS, SHUT),
    ),
    "refused as unknown": Case(
        outcome=Outcome.REFUSED,
        reason="Surpass said: [sandbox] There is no such session.",
        submission=submission(Kind.MARKS, "UNKNOWN1"),
    ),
}
