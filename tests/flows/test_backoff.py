"""How long something that failed is left alone. The clock is ours."""

from __future__ import annotations

import pytest

from flows.dropfolder.backoff import LONGEST_WAIT_S, Backoff

_FIRST_S = 5.0


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def backoff(clock: _Clock) -> Backoff:
    return Backoff(_FIRST_S, clock)


def test_each_failure_waits_twice_as_long_up_to_the_longest(backoff: Backoff) -> None:
    waits = [backoff.failed("file") for _ in range(10)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == LONGEST_WAIT_S


def test_a_wait_runs_out(backoff: Backoff, clock: _Clock) -> None:
    backoff.failed("file")
    clock.now += 2
    assert backoff.remaining("file") == 3
    clock.now += 100
    assert backoff.remaining("file") == 0


def test_a_success_forgets_the_failures(backoff: Backoff) -> None:
    backoff.failed("file")
    backoff.failed("file")
    backoff.succeeded("file")
    assert backoff.remaining("file") == 0
    assert backoff.failed("file") == _FIRST_S


def test_what_must_not_be_tried_soon_waits_longest_at_once(backoff: Backoff) -> None:
    assert backoff.failed("credentials", longest=True) == LONGEST_WAIT_S


def test_other_things_do_not_wait(backoff: Backoff) -> None:
    backoff.failed("file")
    assert backoff.remaining("another") == 0
