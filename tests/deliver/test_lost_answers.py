"""Every way in which an answer is lost: nothing is sent twice blindly."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access
from schemas.words import Kind, Outcome, Proof
from tests.deliver.delivering import (
    LOST,
    PAPER,
    PROVEN_NOT_TAKEN,
    TOLD,
    UNTOLD,
    delivered,
    meant,
    patience,
    read_before_each_repeat,
    submission,
)
from tests.deliver.delivering import surpass as surpass  # a fixture, by its name
from tests.serving import plain_wire, served


@pytest.mark.parametrize("what", Kind)
@pytest.mark.parametrize("kind", LOST)
def test_an_answer_lost_once_is_made_good(
    sandbox: Sandbox, login: Access, kind: FaultKind, what: Kind
) -> None:
    planned = submission(what)
    sandbox.faults.set(Fault(kind, method="POST", times=1, seconds=60))
    (ending,) = delivered(patience(kind, login), [planned])
    assert ending.outcome is Outcome.ACCEPTED
    assert ending.attempts == len(sandbox.journal.posts()) == (1 if kind.carried_out else 2)
    assert sandbox.session(TOLD).applied == (meant(planned),)
    assert read_before_each_repeat(sandbox.journal.entries)


@pytest.mark.parametrize("what", Kind)
@pytest.mark.parametrize("kind", LOST)
def test_an_answer_lost_every_time_ends_as_what_reading_back_shows(
    sandbox: Sandbox, login: Access, kind: FaultKind, what: Kind
) -> None:
    planned = submission(what)
    sandbox.faults.set(Fault(kind, method="POST", seconds=60))
    (ending,) = delivered(patience(kind, login), [planned])
    taken = kind.carried_out
    assert ending.outcome is (Outcome.ACCEPTED if taken else Outcome.FAILED)
    assert sandbox.session(TOLD).applied == ((meant(planned),) if taken else ())
    assert ending.attempts == len(sandbox.journal.posts())
    assert read_before_each_repeat(sandbox.journal.entries)


@pytest.mark.parametrize("what", Kind)
@pytest.mark.parametrize("kind", [kind for kind in LOST if kind not in PROVEN_NOT_TAKEN])
def test_an_answer_lost_and_never_read_since_is_in_doubt_and_sent_once(
    sandbox: Sandbox, login: Access, kind: FaultKind, what: Kind
) -> None:
    planned = submission(what)
    sandbox.faults.set(
        Fault(kind, method="POST", seconds=60), Fault(FaultKind.UNAVAILABLE, method="GET")
    )
    (ending,) = delivered(patience(kind, login), [planned])
    assert (ending.outcome, ending.attempts) == (Outcome.IN_DOUBT, 1)
    assert len(sandbox.journal.posts()) == 1
    assert len(sandbox.session(TOLD).applied) == kind.carried_out


@pytest.mark.parametrize("what", Kind)
def test_an_error_in_a_200_is_a_no_and_is_not_sent_again(
    sandbox: Sandbox, login: Access, what: Kind
) -> None:
    sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, method="POST"))
    (ending,) = delivered(login, [submission(what)])
    assert (ending.outcome, ending.attempts) == (Outcome.REFUSED, 1)
    assert "Something is wrong, in a status 200" in ending.reason
    assert sandbox.session(TOLD).applied == ()


class Doubling(httpx.AsyncBaseTransport):
    """Delivers each POST twice, and shows the answer to the second; then it may be in the way."""

    def __init__(self, *, in_the_way: bool) -> None:
        self._wire = plain_wire()
        self._in_the_way = in_the_way
        self._posted = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            await self._wire.handle_async_request(request)
            self._posted = True
        elif self._posted and self._in_the_way:
            return httpx.Response(404, content="<html>", request=request)
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        await self._wire.aclose()


@dataclass(frozen=True)
class Doubled:
    keycode: str
    outcome: Outcome
    proof: Proof | None = None
    becomes_result: bool = False
    in_the_way: bool = False


DOUBLED = {
    "told": Doubled(TOLD, Outcome.ACCEPTED, Proof.MARKS),
    "a result": Doubled(TOLD, Outcome.ACCEPTED, Proof.RESULT, becomes_result=True),
    "not told": Doubled(UNTOLD, Outcome.UNCONFIRMED),
    "not read since": Doubled(TOLD, Outcome.IN_DOUBT, in_the_way=True),
}


@pytest.mark.parametrize("name", DOUBLED)
def test_a_refusal_of_what_was_delivered_twice_is_none(name: str) -> None:
    case = DOUBLED[name]
    papers = [SandboxSession.paper(TOLD, PAPER), SandboxSession.paper(UNTOLD)]
    with served(papers, becomes_result=case.becomes_result) as (sandbox, login):
        wire = Doubling(in_the_way=case.in_the_way)
        (ending,) = delivered(login, [submission(Kind.MARKS, case.keycode)], wire)
        posts = sandbox.journal.posts()
    assert [post.applied for post in posts] == [True, False]
    assert (ending.outcome, ending.proof) == (case.outcome, case.proof), ending
