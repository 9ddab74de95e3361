"""What becomes of a change whose answer was lost.

A POST of marks or responses is made again only after an answer that proves that it was not taken.
A change of state is read before it is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.errors import (
    AnswerLost,
    SurpassError,
)
from pipeline.sandbox import Entry, Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access
from tests.serving import asked, served
from tests.surpass.answers import CODE
from tests.surpass.changes import CHANGES, POSTS

STATE_CHANGES = tuple(change for change in CHANGES if change not in POSTS)
WRITES = ("PUT", "PATCH")
LOST_BEFORE = [
    FaultKind.CUT_BEFORE,
    FaultKind.ERROR_BEFORE,
    FaultKind.UNAVAILABLE,
    FaultKind.TOO_MANY_REQUESTS,
]
LOST_AFTER = [FaultKind.CUT_AFTER, FaultKind.ERROR_AFTER, FaultKind.MALFORMED]


Paper = Callable[[str], tuple[Sandbox, Access]]


@pytest.fixture(scope="module")
def papers() -> Iterator[dict[str, tuple[Sandbox, Access]]]:
    with ExitStack() as all_of_them:
        yield {
            change: all_of_them.enter_context(served([SandboxSession.paper(CODE, {"1": 5}, state)]))
            for change, (state, _) in CHANGES.items()
        }


@pytest.fixture
def paper(papers: dict[str, tuple[Sandbox, Access]]) -> Paper:
    """The sandbox for a change, as on its first day."""

    def fresh(change: str) -> tuple[Sandbox, Access]:
        papers[change][0].reset()
        return papers[change]

    return fresh


def read_in_between(entries: Sequence[Entry]) -> bool:
    """Whether between any two changes the session was read, with an answer."""
    answered = [entry for entry in entries if entry.method != "GET" or entry.status == 200]
    return all("GET" in (first.method, other.method) for first, other in pairwise(answered))


@pytest.mark.parametrize("fault", LOST_BEFORE)
@pytest.mark.parametrize("change", STATE_CHANGES)
def test_a_change_of_state_that_was_lost_before_it_was_made_is_made_after_reading(
    paper: Paper, change: str, fault: FaultKind
) -> None:
    state, call = CHANGES[change]
    sandbox, login = paper(change)
    sandbox.faults.set(Fault(fault, times=1))
    asked(login, call)
    assert sandbox.session(CODE).state is not state
    methods = [entry.method for entry in sandbox.journal.entries]
    assert methods == [methods[0], "GET", methods[0]]


@pytest.mark.parametrize("fault", LOST_AFTER)
@pytest.mark.parametrize("change", [change for change in STATE_CHANGES if change != "reset"])
def test_a_change_of_state_that_was_lost_after_it_was_made_is_not_made_again(
    paper: Paper, change: str, fault: FaultKind
) -> None:
    state, call = CHANGES[change]
    sandbox, login = paper(change)
    sandbox.faults.set(*(Fault(fault, method=write) for write in WRITES))
    with pytest.raises(AnswerLost, match="moved on"):
        asked(login, call)
    assert sandbox.session(CODE).state is not state
    assert len([entry for entry in sandbox.journal.entries if entry.method != "GET"]) == 1


@pytest.mark.parametrize("fault", LOST_AFTER)
def test_a_reset_cannot_be_told_from_its_absence_yet_is_read_between_and_not_done_twice(
    paper: Paper, fault: FaultKind
) -> None:
    sandbox, login = paper("reset")
    sandbox.faults.set(Fault(fault, method="PATCH", times=1))
    with pytest.raises(AnswerLost, match=r"since then: .*is not this session's test form"):
        asked(login, CHANGES["reset"][1])
    assert sandbox.session(CODE).test_form.reference == "FORM-2"
    assert read_in_between(sandbox.journal.entries)


@pytest.mark.parametrize("fault", [*LOST_BEFORE, *LOST_AFTER])
@pytest.mark.parametrize("change", STATE_CHANGES)
def test_however_often_it_is_lost_the_session_is_read_between_two_changes_of_state(
    paper: Paper, change: str, fault: FaultKind
) -> None:
    sandbox, login = paper(change)
    sandbox.faults.set(
        *(Fault(fault, method=write) for write in WRITES),
        Fault(fault, method="GET", probability=0.5),
        seed=3,
    )
    with pytest.raises(SurpassError):
        asked(login, CHANGES[change][1])
    assert read_in_between(sandbox.journal.entries)


# The faults whose answer proves that a POST was not taken; ERROR_IN_200 is a refusal, and final.
NOT_TAKEN = {
    "429": Fault(FaultKind.TOO_MANY_REQUESTS),
    "429 with a wait": Fault(FaultKind.TOO_MANY_REQUESTS, retry_after=0),
    "503 with a wait": Fault(FaultKind.UNAVAILABLE, retry_after=0),
}
DOUBTS = [
    kind
    for kind in FaultKind
    if kind not in {FaultKind.LATENCY, FaultKind.TOO_MANY_REQUESTS, FaultKind.ERROR_IN_200}
    and not kind.of_posts
] + [FaultKind.STORED_LATE, FaultKind.STORED_LATE_CUT]
FINALLY_STORED = {kind for kind in DOUBTS if kind.carried_out or kind.of_posts}


@pytest.mark.parametrize("name", NOT_TAKEN)
@pytest.mark.parametrize("change", POSTS)
def test_a_post_that_was_surely_not_taken_is_made_again_without_reading(
    paper: Paper, change: str, name: str
) -> None:
    sandbox, login = paper(change)
    sandbox.faults.set(replace(NOT_TAKEN[name], times=2))
    asked(login, CHANGES[change][1])
    assert [entry.method for entry in sandbox.journal.entries] == ["POST", "POST", "POST"]
    assert len(sandbox.session(CODE).applied) == 1


@pytest.mark.parametrize("kind", DOUBTS)
@pytest.mark.parametrize("change", POSTS)
def test_after_any_other_end_a_post_is_not_made_again(
    paper: Paper, change: str, kind: FaultKind
) -> None:
    sandbox, login = paper(change)
    hangs = kind in {FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER}
    sandbox.faults.set(Fault(kind, seconds=600 if hangs or kind.is_late else 0))
    with pytest.raises(SurpassError) as caught:
        asked(replace(login, timeout=0.5) if hangs else login, CHANGES[change][1])
    assert not caught.value.not_taken
    assert [entry.method for entry in sandbox.journal.entries] == ["POST"]
    sandbox.settle_late()
    assert len(sandbox.session(CODE).applied) == (kind in FINALLY_STORED)
