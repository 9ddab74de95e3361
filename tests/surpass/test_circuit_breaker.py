"""The line: so many at once, and none any more once there is no sense in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from pipeline.errors import (
    AnswerLost,
    Forbidden,
    NotFound,
    NotUnderstood,
    Refused,
    SurpassError,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
    WrongState,
)
from pipeline.model import Ending, Submission
from pipeline.sandbox import Fault, FaultKind, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker, SlotDenied
from schemas.words import Outcome
from tests.serving import access, marks, plain_wire, send, served

REFUSED = Refused((), 400)
FAILURES = [
    AnswerLost("lost"),
    Unavailable("5xx"),
    Throttled("429"),
    NotUnderstood("odd"),
    Unreachable("nobody"),
]
ANSWERS = [REFUSED, WrongState(REFUSED, "Marked"), NotFound("unknown"), Forbidden("not yours")]
FINE = None


async def through(breaker: CircuitBreaker, *ends: SurpassError | None) -> list[SurpassError | None]:
    """One after the other through the line; what each met there."""

    async def run_one(end: SurpassError | None) -> SurpassError | None:
        try:
            async with breaker.slot():
                if end is not None:
                    raise end
        except SurpassError as error:
            return error
        return None

    return [await run_one(end) for end in ends]


def stopped(met: Sequence[SurpassError | None]) -> list[bool]:
    return [isinstance(error, SlotDenied) for error in met]


def test_it_holds_as_many_as_asked_and_never_more() -> None:
    async def crowd() -> list[int]:
        breaker, now, seen = CircuitBreaker(5, stop_after=1), 0, []

        async def hold() -> None:
            nonlocal now
            async with breaker.slot():
                now += 1
                seen.append(now)
                await asyncio.sleep(0.001)
                now -= 1

        await asyncio.gather(*(hold() for _ in range(50)))
        return seen

    seen = asyncio.run(crowd())
    assert len(seen) == 50
    assert max(seen) == 5


def test_the_first_goes_alone_and_those_that_waited_for_it_go_together() -> None:
    async def crowd() -> None:
        breaker, together, went = CircuitBreaker(4, stop_after=1), asyncio.Barrier(4), 0

        async def hold() -> None:
            nonlocal went
            async with breaker.slot():
                went += 1
                if went == 1:
                    for _ in range(20):
                        await asyncio.sleep(0)  # time enough for others to come in, if they could
                    assert went == 1
                else:
                    await together.wait()

        async with asyncio.timeout(10):
            await asyncio.gather(*(hold() for _ in range(1 + 4)))

    asyncio.run(crowd())


AWAY = [error for error in FAILURES if not isinstance(error, NotUnderstood)]


@pytest.mark.parametrize("error", [*AWAY, Unauthorised("wrong")], ids=lambda e: type(e).__name__)
def test_where_the_first_fails_no_other_goes(error: SurpassError) -> None:
    breaker = CircuitBreaker(8, stop_after=100)
    met = asyncio.run(through(breaker, error, FINE, FINE))
    assert stopped(met) == [False, True, True]
    assert breaker.stopped_by is error
    assert str(error) in str(met[1])


def test_one_odd_session_is_not_a_service_that_is_away() -> None:
    breaker = CircuitBreaker(8, stop_after=3)
    met = asyncio.run(through(breaker, NotUnderstood("odd"), FINE, FINE))
    assert stopped(met) == [False, False, False]
    assert breaker.stopped_by is None


@pytest.mark.parametrize("error", ANSWERS, ids=lambda e: type(e).__name__)
def test_a_no_to_one_session_is_an_answer_and_stops_nothing(error: SurpassError) -> None:
    breaker = CircuitBreaker(1, stop_after=1)
    met = asyncio.run(through(breaker, *[error] * 5, FINE))
    assert met == [*[error] * 5, None]
    assert breaker.stopped_by is None


def test_refused_credentials_stop_it_at_once_whenever_they_come() -> None:
    breaker = CircuitBreaker(1, stop_after=100)
    met = asyncio.run(through(breaker, FINE, FINE, Unauthorised("changed"), FINE))
    assert stopped(met) == [False, False, False, True]


@pytest.mark.parametrize("error", FAILURES, ids=lambda e: type(e).__name__)
def test_so_many_failures_in_a_row_stop_it(error: SurpassError) -> None:
    met = asyncio.run(
        through(CircuitBreaker(1, stop_after=3), FINE, error, error, error, FINE, FINE)
    )
    assert stopped(met) == [False, False, False, False, True, True]


@pytest.mark.parametrize("good", [FINE, REFUSED], ids=["a success", "a no"])
def test_an_answer_in_between_begins_the_row_anew(good: SurpassError | None) -> None:
    lost = AnswerLost("lost")
    met = asyncio.run(through(CircuitBreaker(1, stop_after=3), FINE, *[lost, lost, good] * 5, FINE))
    assert not any(stopped(met))


def test_a_failure_that_is_told_and_not_raised_counts_the_same() -> None:
    async def tell() -> list[bool]:
        breaker = CircuitBreaker(1, stop_after=3)
        await through(breaker, FINE)
        for _ in range(3):
            async with breaker.slot() as turn:
                turn.failed(AnswerLost("lost"))
        return stopped(await through(breaker, FINE))

    assert asyncio.run(tell()) == [True]


def test_what_is_under_way_when_it_stops_is_finished() -> None:
    async def both() -> list[str]:
        breaker, story = CircuitBreaker(2, stop_after=1), []
        await through(breaker, FINE)
        inside, over = asyncio.Event(), asyncio.Event()

        async def slow() -> None:
            async with breaker.slot():
                inside.set()
                await over.wait()
                story.append("slow finished")

        task = asyncio.create_task(slow())
        await inside.wait()
        await through(breaker, AnswerLost("lost"))
        story.append(f"stopped by {breaker.stopped_by}")
        over.set()
        await task
        return story

    assert asyncio.run(both()) == ["stopped by lost", "slow finished"]


def test_a_place_is_free_again_however_it_was_left() -> None:
    async def leave() -> None:
        breaker = CircuitBreaker(1, stop_after=100)
        await through(breaker, FINE, AnswerLost("lost"), REFUSED)
        with pytest.raises(ZeroDivisionError):
            async with breaker.slot():
                raise ZeroDivisionError
        task = asyncio.create_task(_forever(breaker))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            assert await through(breaker, FINE) == [None]

    asyncio.run(leave())


async def _forever(breaker: CircuitBreaker) -> None:
    async with breaker.slot():
        await asyncio.Event().wait()


# --- the same, with a run's submissions and the sandbox at the other end


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
        asyncio.run(through(breaker, FINE))
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
    asyncio.run(through(breaker, FINE))
    with served(papers(count)) as (_, login):
        wire = Counting(concurrency)
        login = access(login.url, concurrency=concurrency)
        endings = delivered(login, breaker, count, wire)
    assert {ending.outcome for ending in endings} == {Outcome.ACCEPTED}
    assert wire.most == concurrency
