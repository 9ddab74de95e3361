"""The line: so many at once, and none any more once there is no sense in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

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
from pipeline.surpass.circuit_breaker import CircuitBreaker, SlotDenied

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
