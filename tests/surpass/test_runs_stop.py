"""Runs stop, against the sandbox: nothing is sent any more once there is no sense in it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from pipeline.errors import (
    Unauthorised,
)
from pipeline.model import Ending, Submission
from pipeline.sandbox import Fault, FaultKind, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.words import Outcome
from tests.serving import access, marks, plain_wire, send, served


def papers(count: int) -> list[SandboxSession]:
    return [SandboxSession.paper(f"PAPER{number:03d}", {"1": 5}) for number in range(count)]


def all_marks(count: int) -> list[Submission]:
    return [marks(f"PAPER{number:03d}", {"1": 3}, number) for number in range(count)]


def delivered(
    login: Access, breaker: CircuitBreaker, count: int, wire: httpx.AsyncBaseTransport | None = None
) -> list[Ending]:
    async def sending() -> list[Ending]:
        async with Surpass(login, wire or plain_wire()) as surpass:
            return await send(all_marks(count), surpass, breaker, size=50)

    return asyncio.run(sending())


def one_was_answered(breaker: CircuitBreaker) -> None:
    """Or a single submission would go alone at first."""

    async def answered() -> None:
        async with breaker.slot():
            pass

    asyncio.run(answered())


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"username": "nobody"}])
def test_a_wrong_password_is_tried_once_for_two_hundred_submissions(wrong: dict[str, str]) -> None:
    with served(papers(200)) as (sandbox, login):
        breaker = CircuitBreaker(8, stop_after=5)
        endings = delivered(access(login.url, **wrong), breaker, 200)
        assert len(sandbox.journal.entries) == 1
    assert [ending.outcome for ending in endings] == [Outcome.FAILED] * 200
    assert all("the user name or password is wrong" in ending.reason for ending in endings)
    assert all("not sent" in ending.reason for ending in endings)
    assert isinstance(breaker.stopped_by, Unauthorised)


def test_a_surpass_that_is_not_there_is_tried_for_one_submission_only() -> None:
    with served([]) as (_, login):
        pass
    endings = delivered(login, CircuitBreaker(8, stop_after=5), 200)
    assert {(ending.outcome, ending.attempts) for ending in endings} == {(Outcome.FAILED, 0)}
    assert all("no connection" in ending.reason for ending in endings)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(FaultKind.UNAVAILABLE, method="POST", retry_after=0), Outcome.FAILED),
        (Fault(FaultKind.TOO_MANY_REQUESTS, method="POST"), Outcome.FAILED),
        (Fault(FaultKind.UNAVAILABLE, method="POST"), Outcome.IN_DOUBT),  # it may have been taken
        (Fault(FaultKind.GATEWAY_PAGE, method="POST"), Outcome.IN_DOUBT),
    ],
    ids=["503 with a wait", "429", "503", "502"],
)
def test_a_surpass_that_goes_away_is_not_asked_two_hundred_times(
    fault: Fault, outcome: Outcome
) -> None:
    with served(papers(200)) as (sandbox, login):
        sandbox.faults.set(fault)
        breaker = CircuitBreaker(4, stop_after=5)
        one_was_answered(breaker)
        endings = delivered(access(login.url, max_attempts=2), breaker, 200)
        posted = {entry.keycode for entry in sandbox.journal.posts()}
    assert len(posted) <= 5 + 4  # the row of failures, and what was under way beside it
    assert {ending.outcome for ending in endings if ending.attempts} == {outcome}
    assert {ending.outcome for ending in endings if not ending.attempts} == {Outcome.FAILED}
    assert sum(ending.attempts == 0 for ending in endings) == 200 - len(posted)
    assert sum(len(ending.applied) for ending in sandbox.sessions) == 0


class Counting(httpx.AsyncBaseTransport):
    """A wire that lets nobody pass until so many have come, and knows how many were on it."""

    def __init__(self, expected: int) -> None:
        self._wire = plain_wire()
        self._expected = expected
        self._all_came = asyncio.Event()
        self._now = 0
        self.most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._now += 1
        self.most = max(self.most, self._now)
        if self._now == self._expected:
            self._all_came.set()
        try:
            async with asyncio.timeout(60):
                await self._all_came.wait()
            return await self._wire.handle_async_request(request)
        finally:
            self._now -= 1

    async def aclose(self) -> None:
        await self._wire.aclose()


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_a_surpass_is_asked_as_much_at_once_as_set_and_no_more(concurrency: int) -> None:
    count = 6 * concurrency
    breaker = CircuitBreaker(concurrency, stop_after=5)
    one_was_answered(breaker)
    with served(papers(count)) as (_, login):
        wire = Counting(concurrency)
        login = access(login.url, concurrency=concurrency)
        endings = delivered(login, breaker, count, wire)
    assert {ending.outcome for ending in endings} == {Outcome.ACCEPTED}
    assert wire.most == concurrency
