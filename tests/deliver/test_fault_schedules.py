"""Any schedule of faults: nothing is taken twice, and no outcome lies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Interrupted
from pipeline.model import Ending, Submission
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState
from schemas.words import Kind, Outcome
from tests.deliver.delivering import (
    LOST,
    PAPER,
    TOLD,
    delivered,
    meant,
    read_before_each_repeat,
    submission,
)
from tests.deliver.delivering import surpass as surpass  # a fixture, by its name
from tests.serving import access, marks, plain_wire, responses, send, served


def crowd() -> tuple[list[SandboxSession], list[Submission]]:
    """Twenty sessions of all sorts; of each pair one gets marks, the other answers."""
    papers, submissions = [], []
    for number in range(20):
        keycode = f"PAPER{number:03d}"
        questions = {} if number in {4, 5} else {"1": 1} if number in {8, 9} else PAPER
        state = TestState.MARKED if number in {12, 13} else TestState.PAPER_RESPONSE_UPLOAD
        papers.append(SandboxSession.paper(keycode, questions, state))
        if number % 2:
            answers = {"1": "ABCDE"[number % 5], "2": "", "3": "B"}
            submissions.append(responses(keycode, answers, number))
        else:
            submissions.append(marks(keycode, {"1": number % 5, "2": None, "3": 5}, number))
    return papers, submissions


PAPERS, SUBMISSIONS = crowd()


@pytest.fixture(scope="module")
def twenty() -> Iterator[tuple[Sandbox, Access]]:
    with served(PAPERS) as there:
        yield there


# Not those that hang: their timeouts are real time.
SUDDEN = [kind for kind in LOST if not kind.value.startswith("hang")] + [FaultKind.ERROR_IN_200]
SCHEDULES = st.lists(
    st.builds(
        Fault,
        st.sampled_from(SUDDEN),
        method=st.sampled_from(["POST", "GET", None]),
        probability=st.sampled_from([0.05, 0.2, 0.5]),
        times=st.sampled_from([None, 1, 5]),
    ),
    max_size=5,
)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(schedule=SCHEDULES, seed=st.integers(0, 1000), stop_after=st.sampled_from([2, 1000]))
def test_whatever_goes_wrong_nothing_is_taken_twice_and_no_outcome_lies(
    twenty: tuple[Sandbox, Access], schedule: list[Fault], seed: int, stop_after: int
) -> None:
    sandbox, login = twenty
    sandbox.reset()
    sandbox.faults.set(*schedule, seed=seed)
    endings = delivered(login, SUBMISSIONS, stop_after=stop_after)

    assert len(endings) == len(SUBMISSIONS)
    assert read_before_each_repeat(sandbox.journal.entries)
    for planned, ending in zip(SUBMISSIONS, endings, strict=True):
        applied = sandbox.session(planned.keycode).applied
        assert applied in ((), (meant(planned),))
        assert ending.attempts == len(sandbox.journal.posts(planned.keycode))
        if ending.outcome is Outcome.ACCEPTED:
            assert applied
        if ending.outcome in {Outcome.FAILED, Outcome.REFUSED}:
            assert not applied
    bodies = {(entry.keycode, entry.body) for entry in sandbox.journal.posts()}
    assert len(bodies) == len({keycode for keycode, _ in bodies})  # never two contents


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000))
def test_where_surpass_is_fickle_enough_tries_bring_everything_in(
    twenty: tuple[Sandbox, Access], seed: int
) -> None:
    sandbox, login = twenty
    sandbox.reset()
    sandbox.faults.set(
        *(Fault(kind, probability=0.1) for kind in SUDDEN if kind is not FaultKind.ERROR_IN_200),
        seed=seed,
    )
    good = [
        planned for planned in SUBMISSIONS if sandbox.session(planned.keycode).questions == PAPER
    ]
    good = [planned for planned in good if planned.keycode not in {"PAPER012", "PAPER013"}]
    endings = delivered(access(login.url, max_attempts=50, retry_wait=0), good)
    assert {ending.outcome for ending in endings} == {Outcome.ACCEPTED}


def test_what_is_sent_is_byte_for_byte_what_was_meant(sandbox: Sandbox, login: Access) -> None:
    delivered(login, [submission(Kind.MARKS)])
    (post,) = sandbox.journal.posts()
    assert json.loads(post.body) == [
        {"questionNumber": "1", "mark": 5},
        {"questionNumber": "2", "mark": 0},
        {"questionNumber": "3", "mark": None},
    ]
    assert (post.path, post.query) == (
        f"/api/v2/TestSession/{TOLD}/ItemMarks/",
        "completionDate=2025-06-02T09:30:00",
    )


def test_what_waits_for_its_turn_when_the_run_is_stopped_is_not_sent(
    sandbox: Sandbox, login: Access
) -> None:
    breaker = CircuitBreaker(8, stop_after=1000)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        breaker.stop(Interrupted("it was interrupted"))
        yield

    async def sending() -> list[Ending]:
        async with Surpass(login, plain_wire(), pace=turn) as surpass:
            return await send([submission(Kind.MARKS)], surpass, breaker)

    (ending,) = asyncio.run(sending())
    assert ending.outcome is Outcome.FAILED
    assert ending.reason == "not sent: the run was stopped: it was interrupted"
    assert ending.attempts == 0
    assert not sandbox.journal.posts()
