"""What becomes of one submission: each outcome is what Surpass shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from pipeline.model import Submission
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access
from schemas.states import TestState
from schemas.words import Kind, Outcome, Proof
from tests.deliver.delivering import (
    MARKS,
    PAPER,
    POST_CUT_BEFORE,
    SHUT,
    SMALL,
    TOLD,
    UNTOLD,
    delivered,
    read_before_each_repeat,
    submission,
)
from tests.deliver.delivering import surpass as surpass  # a fixture, by its name
from tests.serving import DONE, access, marks, plain_wire, served, single


class Meanwhile(httpx.AsyncBaseTransport):
    """The plain wire; after the first POST somebody else is quicker than whoever reads next."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self._wire = plain_wire()
        self._happens: Callable[[], object] | None = happens

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._wire.handle_async_request(request)
        finally:
            if request.method == "POST" and self._happens is not None:
                happens, self._happens = self._happens, None
                happens()

    async def aclose(self) -> None:
        await self._wire.aclose()


def keyed_by_hand(sandbox: Sandbox, given: Mapping[str, int | None]) -> None:
    """Somebody keys these marks in Surpass itself."""
    sandbox.put_in_state(TOLD, TestState.PAPER_RESPONSE_UPLOAD)
    body = [{"questionNumber": name, "mark": mark} for name, mark in given.items()]
    sandbox.take_marks(TOLD, body, DONE.replace(tzinfo=None))


POST_CUT_AFTER = Fault(FaultKind.CUT_AFTER, method="POST")
GET_FAILS = Fault(FaultKind.UNAVAILABLE, method="GET")


@dataclass(frozen=True)
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
        Outcome.ACCEPTED, "taken; the session is in Marked", applied=1, proof=Proof.MARKS
    ),
    "answered, left, answers agree": Case(
        Outcome.ACCEPTED,
        "taken; the session is in Marked",
        applied=1,
        submission=submission(Kind.RESPONSES),
        proof=Proof.ANSWERS,
    ),
    "answered, left, marks not told": Case(
        Outcome.ACCEPTED,
        "taken; the session is in Marked, no marks are told",
        applied=1,
        submission=NOT_TOLD,
        proof=Proof.STATE,
    ),
    "answered, stored, state stays": Case(
        Outcome.ACCEPTED,
        "the marks are there; the session is still in PaperResponseUpload",
        applied=1,
        faults=post(FaultKind.STATE_STAYS),
        proof=Proof.MARKS,
    ),
    "answered, stored, state follows later": Case(
        Outcome.ACCEPTED,
        "the marks are there",
        applied=1,
        faults=post(FaultKind.STATE_LATER, seconds=3600),
        proof=Proof.MARKS,
    ),
    "answered, nothing stored, state stays": Case(
        Outcome.UNCONFIRMED,
        "Surpass said that it took it, but the session still waits: Surpass lists no marks",
        faults=post(FaultKind.NOT_STORED),
    ),
    "answered, nothing stored, not told": Case(
        Outcome.UNCONFIRMED,
        "Surpass said that it took it, but the session still waits: without the marks",
        submission=NOT_TOLD,
        faults=post(FaultKind.NOT_STORED),
    ),
    "answered, nothing stored, left": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but Surpass lists no marks",
        faults=post(FaultKind.NOT_STORED_MOVED),
    ),
    "answered, stored in part": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the marks for 3 differ",
        applied=1,
        submission=marks(TOLD, {"1": 5, "2": 0, "3": 2}),
        faults=post(FaultKind.STORED_IN_PART),
    ),
    "answered, answers stored in part": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the answers to 3 do not agree",
        applied=1,
        submission=submission(Kind.RESPONSES),
        faults=post(FaultKind.STORED_IN_PART),
    ),
    "answered, left, other marks": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the marks for 1, 2 differ",
        applied=2,
        meanwhile=lambda sandbox: keyed_by_hand(sandbox, MARKS | {"1": 4, "2": 1}),
    ),
    "answered, voided since, not told": Case(
        Outcome.UNCONFIRMED,
        "the session is in Voided: look at it in Surpass",
        applied=1,
        submission=NOT_TOLD,
        meanwhile=lambda sandbox: sandbox.put_in_state(UNTOLD, TestState.VOIDED),
    ),
    "answered, not read back": Case(
        Outcome.UNCONFIRMED,
        "Surpass said that it took it, but the session could not be read back: "
        "Surpass cannot serve now (HTTP 503)",
        applied=1,
        faults=(GET_FAILS,),
    ),
    "lost, left, marks agree": Case(
        Outcome.ACCEPTED,
        "the answer was lost, but what was sent is there; the session is in Marked",
        applied=1,
        faults=(POST_CUT_AFTER,),
        proof=Proof.MARKS,
    ),
    "lost, left, marks not told": Case(
        Outcome.UNCONFIRMED,
        "; the session is in Marked, and Surpass does not tell its marks",
        applied=1,
        submission=NOT_TOLD,
        faults=(POST_CUT_AFTER,),
    ),
    "lost, left, answers not told": Case(
        Outcome.UNCONFIRMED,
        "; the session is in Marked, and Surpass does not tell its marks",
        applied=1,
        submission=submission(Kind.RESPONSES, UNTOLD),
        faults=(POST_CUT_AFTER,),
    ),
    "lost, left by other marks": Case(
        Outcome.UNCONFIRMED,
        "the session is in Marked, but the marks for 3 differ",
        applied=1,
        faults=(POST_CUT_BEFORE,),
        meanwhile=lambda sandbox: keyed_by_hand(sandbox, MARKS | {"3": 1}),
    ),
    "lost, voided by somebody": Case(
        Outcome.UNCONFIRMED,
        "the session is in Voided: look at it in Surpass",
        faults=(POST_CUT_BEFORE,),
        meanwhile=lambda sandbox: sandbox.put_in_state(TOLD, TestState.VOIDED),
    ),
    "lost, still open after all tries": Case(
        Outcome.FAILED, "not taken: no whole answer came", attempts=3, faults=(POST_CUT_BEFORE,)
    ),
    "lost to a gateway's page": Case(
        Outcome.FAILED,
        "not taken: Surpass cannot serve now (HTTP 502)",
        attempts=3,
        faults=post(FaultKind.GATEWAY_PAGE),
    ),
    "throttled beyond all patience": Case(
        Outcome.FAILED,
        "not sent: Surpass asks for patience (HTTP 429)",
        faults=(Fault(FaultKind.TOO_MANY_REQUESTS, method="POST", retry_after=9999),),
    ),
    "lost, never read since, taken": Case(
        Outcome.IN_DOUBT,
        "and it is not known whether Surpass took it. The next run reads it again",
        applied=1,
        faults=(POST_CUT_AFTER, GET_FAILS),
    ),
    "lost, never read since, not taken": Case(
        Outcome.IN_DOUBT,
        "and it is not known whether Surpass took it. The next run reads it again",
        faults=(POST_CUT_BEFORE, GET_FAILS),
    ),
    "refused for a mark": Case(
        Outcome.REFUSED,
        "Surpass said: [sandbox] Element 2 names question '2', which this session does not have.",
        submission=submission(Kind.MARKS, SMALL),
    ),
    "refused for its state": Case(
        Outcome.REFUSED,
        "Surpass said: [sandbox] Marks and responses are taken in PaperResponseUpload only",
        submission=submission(Kind.MARKS, SHUT),
    ),
    "refused as unknown": Case(
        Outcome.REFUSED,
        "Surpass said: [sandbox] There is no such session.",
        submission=submission(Kind.MARKS, "UNKNOWN1"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_outcome_is_what_surpass_shows(sandbox: Sandbox, login: Access, name: str) -> None:
    case = CASES[name]
    sandbox.faults.set(*case.faults)
    happens = case.meanwhile
    wire = Meanwhile(lambda: happens(sandbox)) if happens else None
    (ending,) = delivered(login, [case.submission], wire)
    assert (ending.outcome, ending.attempts) == (case.outcome, case.attempts), ending
    assert ending.proof == case.proof
    assert case.reason in ending.reason
    assert len(sandbox.journal.posts()) == case.attempts
    assert sum(len(planned.applied) for planned in sandbox.sessions) == case.applied
    assert read_before_each_repeat(sandbox.journal.entries)


def test_every_outcome_of_a_delivery_is_in_the_table() -> None:
    made_elsewhere = {
        Outcome.UNCHANGED,  # by the ledger
        Outcome.INVALID,  # by findings, as the next three
        Outcome.ABSENT,
        Outcome.HELD,
        Outcome.NOT_OPEN,
        Outcome.READY,  # by a run that sends nothing
    }
    assert {case.outcome for case in CASES.values()} == {*Outcome} - made_elsewhere


def test_a_surpass_that_cannot_be_reached_was_sent_nothing() -> None:
    with served([]) as (_, login):
        pass
    (ending,) = delivered(login, [submission(Kind.MARKS)])
    assert (ending.outcome, ending.attempts) == (Outcome.FAILED, 0)
    assert ending.reason.startswith("not sent: no connection to 127.0.0.1")


def test_a_password_that_is_refused_sends_nothing(sandbox: Sandbox, login: Access) -> None:
    (ending,) = delivered(access(login.url, password="guess"), [submission(Kind.MARKS)])
    assert ending.outcome is Outcome.FAILED
    assert "not sent: Surpass refused to sign us in (HTTP 401)" in ending.reason
    assert sandbox.session(TOLD).applied == ()


def test_a_user_without_the_permission_is_refused_in_surpasss_words() -> None:
    strangers = {"forbidden_username": "stranger", "forbidden_password": "open sesame"}
    with served([SandboxSession.paper(TOLD, PAPER)], **strangers) as (_, login):
        stranger = access(login.url, username="stranger", password="open sesame")
        (ending,) = delivered(stranger, [submission(Kind.MARKS)])
    assert ending.outcome is Outcome.REFUSED
    assert "Surpass said: [sandbox] This user lacks the permission." in ending.reason


@pytest.mark.parametrize(
    ("answered", "outcome"), [(True, Outcome.UNCONFIRMED), (False, Outcome.IN_DOUBT)]
)
def test_a_session_that_no_longer_tells_its_state_confirms_nothing(
    answered: bool, outcome: Outcome
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=single(keycode=TOLD))
        return httpx.Response(200, json={"id": 1}) if answered else httpx.Response(500)

    (ending,) = delivered(
        access("http://surpass"), [submission(Kind.MARKS)], httpx.MockTransport(answer)
    )
    assert (ending.outcome, ending.attempts) == (outcome, 1)
    assert "does not tell its state" in ending.reason


def test_an_answer_without_documented_form_is_read_back_and_not_sent_again(
    sandbox: Sandbox,
) -> None:
    posts = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            posts.append(request)
            return httpx.Response(200, json=["taken"])
        items = [{"displayNumber": name, "mark": mark or 0.0} for name, mark in MARKS.items()]
        reply = single(keycode=TOLD, testState="Marked", sections=[{"items": items}])
        return httpx.Response(200, json=reply)

    (ending,) = delivered(
        access("http://surpass"), [submission(Kind.MARKS)], httpx.MockTransport(answer)
    )
    assert (ending.outcome, len(posts)) == (Outcome.ACCEPTED, 1)
