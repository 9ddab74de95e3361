"""What becomes of one submission: each outcome is what Surpass shows."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.surpass import Access
from schemas.words import Kind, Outcome
from tests.deliver.delivering import (
    MARKS,
    PAPER,
    TOLD,
    delivered,
    read_before_each_repeat,
    submission,
)
from tests.deliver.delivering import (
    surpass as surpass,  # a fixture, by its name  # a fixture, by its name
)
from tests.deliver.post_cases import CASES
from tests.serving import access, plain_wire, served, single


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
