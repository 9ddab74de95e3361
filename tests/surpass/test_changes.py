"""A change whose answer was lost is never simply sent again: the session is read first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from pipeline.errors import (
    AnswerLost,
    NotUnderstood,
    Refused,
    SurpassError,
    Throttled,
    Unauthorised,
    Unreachable,
    WrongState,
)
from pipeline.sandbox import Entry, Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from schemas.states import TestState, VoidReason
from tests.serving import CUT, DONE, access, asked, reply, saying, served, single

CODE = "H76RBD8P"
OPEN = reply(single(keycode=CODE, testState="PaperResponseUpload"))
MARKED = reply(single(keycode=CODE, testState="Marked"))
TAKEN = reply({"id": 7, "reference": CODE, "errors": []})
REFUSED = reply({"errors": [{"ErrorCode": 1, "Message": "No."}]}, 400)
UNAUTHORISED = reply("", 401)
BUSY = reply("", 429)
OTHER = reply(single(keycode="OTHER001"))

# Each change: the session's state before it, and the call.
CHANGES: dict[str, tuple[TestState, Callable[[Surpass], Awaitable[Any]]]] = {
    "marks": (
        TestState.PAPER_RESPONSE_UPLOAD,
        lambda surpass: surpass.assign_item_marks(CODE, [("1", 3)], DONE),
    ),
    "responses": (
        TestState.PAPER_RESPONSE_UPLOAD,
        lambda surpass: surpass.assign_item_responses(CODE, [("1", "A")], DONE),
    ),
    "pause": (
        TestState.IN_PROGRESS,
        lambda surpass: surpass.update_state(CODE, TestState.PAUSED),
    ),
    "void": (
        TestState.READY,
        lambda surpass: surpass.update_state(
            CODE, TestState.VOIDED, void_reason=VoidReason.ABSENT
        ),
    ),
    "reset": (TestState.READY, lambda surpass: surpass.reset(CODE, "FORM-1", "FORM-2")),
    "submit": (TestState.AWAITING_MARKING, lambda surpass: surpass.submit_marked(CODE)),
}  # fmt: skip

WRITES = ("POST", "PUT", "PATCH")
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
    told = [entry for entry in entries if entry.method != "GET" or entry.status == 200]
    return all("GET" in (one.method, other.method) for one, other in pairwise(told))


@pytest.mark.parametrize("fault", LOST_BEFORE)
@pytest.mark.parametrize("change", CHANGES)
def test_lost_before_it_was_made_it_is_made_after_reading(
    paper: Paper, change: str, fault: FaultKind
) -> None:
    state, call = CHANGES[change]
    sandbox, way = paper(change)
    sandbox.faults.set(Fault(fault, times=1))
    asked(way, call)
    assert sandbox.session(CODE).state is not state
    methods = [entry.method for entry in sandbox.journal.entries]
    assert methods == [methods[0], "GET", methods[0]]


@pytest.mark.parametrize("fault", LOST_AFTER)
@pytest.mark.parametrize("change", [change for change in CHANGES if change != "reset"])
def test_lost_after_it_was_made_it_is_not_made_again(
    paper: Paper, change: str, fault: FaultKind
) -> None:
    state, call = CHANGES[change]
    sandbox, way = paper(change)
    sandbox.faults.set(*(Fault(fault, method=write) for write in WRITES))
    with pytest.raises(AnswerLost, match="moved on"):
        asked(way, call)
    assert sandbox.session(CODE).state is not state
    assert len([entry for entry in sandbox.journal.entries if entry.method != "GET"]) == 1


@pytest.mark.parametrize("fault", LOST_AFTER)
def test_a_reset_cannot_be_told_from_its_absence_yet_is_read_between_and_not_done_twice(
    paper: Paper, fault: FaultKind
) -> None:
    sandbox, way = paper("reset")
    sandbox.faults.set(Fault(fault, method="PATCH", times=1))
    with pytest.raises(AnswerLost, match=r"since then: .*is not this session's test form"):
        asked(way, CHANGES["reset"][1])
    assert sandbox.session(CODE).test_form.reference == "FORM-2"
    assert read_in_between(sandbox.journal.entries)


@pytest.mark.parametrize("fault", [*LOST_BEFORE, *LOST_AFTER])
@pytest.mark.parametrize("change", CHANGES)
def test_however_often_it_is_lost_the_session_is_read_between_two_changes(
    paper: Paper, change: str, fault: FaultKind
) -> None:
    sandbox, way = paper(change)
    sandbox.faults.set(
        *(Fault(fault, method=write) for write in WRITES),
        Fault(fault, method="GET", probability=0.5),
        seed=3,
    )
    with pytest.raises(SurpassError):
        asked(way, CHANGES[change][1])
    assert read_in_between(sandbox.journal.entries)


# What is answered to POST, GET, POST, … in turn; the error in the end; and what was asked.
STORIES: dict[str, tuple[list[bytes], type[SurpassError] | None, str]] = {
    "taken": ([TAKEN], None, "POST"),
    "lost, open, taken": ([CUT, OPEN, TAKEN], None, "POST GET POST"),
    "lost, gone": ([CUT, MARKED], AnswerLost, "POST GET"),
    "lost, not read, open, taken": ([CUT, CUT, OPEN, TAKEN], None, "POST GET GET POST"),
    "lost, never read": ([CUT], AnswerLost, "POST GET GET GET"),
    "lost, reading refused": ([CUT, REFUSED], AnswerLost, "POST GET"),
    "lost, password changed": ([CUT, UNAUTHORISED], AnswerLost, "POST GET"),
    "lost, unknown now": ([CUT, reply("", 404)], AnswerLost, "POST GET"),
    "lost, told of another": ([CUT, OTHER], AnswerLost, "POST GET GET GET"),
    "lost, open, refused": ([CUT, OPEN, REFUSED], AnswerLost, "POST GET POST"),
    "lost, open, password changed": ([CUT, OPEN, UNAUTHORISED], AnswerLost, "POST GET POST"),
    "lost each time": ([CUT, OPEN] * 4, AnswerLost, "POST GET POST GET POST GET POST"),
    "throttled each time": ([BUSY, OPEN] * 4, Throttled, "POST GET POST GET POST GET POST"),
    "throttled beyond our patience": ([reply("", 429, Retry_After="9999")], Throttled, "POST"),
    "refused": ([REFUSED, OPEN], Refused, "POST GET"),
    "refused, not open": ([REFUSED, MARKED], WrongState, "POST GET"),
    "refused, not read": ([REFUSED, reply("", 404)], Refused, "POST GET"),
    "unauthorised": ([UNAUTHORISED], Unauthorised, "POST"),
    "an answer of odd form": ([reply([1])], NotUnderstood, "POST"),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_the_story_of_one_post(name: str) -> None:
    answers, error, methods = STORIES[name]
    with saying(*answers) as server:
        way = access(server.url, max_attempts=4)
        if error is None:
            assert asked(way, CHANGES["marks"][1]).reference == CODE
        else:
            with pytest.raises(error) as caught:
                asked(way, CHANGES["marks"][1])
            assert type(caught.value) is error
        assert " ".join(server.methods) == methods


def test_what_happened_first_and_what_since_are_both_told() -> None:
    words = r"HTTP 502.*; since then: .*HTTP 404"
    with (
        saying(reply("", 502), reply("", 404)) as server,
        pytest.raises(AnswerLost, match=words),
    ):
        asked(access(server.url), CHANGES["marks"][1])


@pytest.mark.parametrize("tries", [1, 4])
def test_a_post_that_never_left_needs_no_reading(tries: int) -> None:
    """And it is no doubt: whoever is not reached has taken nothing."""
    with saying() as server:
        gone = access(server.url, max_attempts=tries)
    with pytest.raises(Unreachable):
        asked(gone, CHANGES["marks"][1])


def test_each_post_is_announced_before_it_leaves_and_told_its_end() -> None:
    story: list[str] = []

    @asynccontextmanager
    async def trying(number: int) -> AsyncIterator[None]:
        story.append(f"{number} begins, {len(server.requests)} asked")
        try:
            yield
        except SurpassError as error:
            story.append(f"{number} {type(error).__name__}")
            raise
        story.append(f"{number} answered, {len(server.requests)} asked")

    with saying(CUT, OPEN, reply("", 503), OPEN, TAKEN) as server:
        asked(
            access(server.url),
            lambda surpass: surpass.assign_item_marks(CODE, [("1", 3)], DONE, trying=trying),
        )
    assert story == [
        "1 begins, 0 asked",
        "1 AnswerLost",
        "2 begins, 2 asked",
        "2 Unavailable",
        "3 begins, 4 asked",
        "3 answered, 5 asked",
    ]


def test_where_it_cannot_be_announced_nothing_leaves() -> None:
    @asynccontextmanager
    async def trying(number: int) -> AsyncIterator[None]:
        raise OSError("the disk is full")
        yield

    with saying(TAKEN) as server:
        with pytest.raises(OSError, match="full"):
            asked(
                access(server.url),
                lambda surpass: surpass.assign_item_responses(CODE, [("1", "A")], trying=trying),
            )
        assert server.requests == []
