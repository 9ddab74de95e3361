"""What becomes of a change whose answer was lost.

A POST of marks or responses is made again only after an answer that proves that it was not taken.
A change of state is read before it is made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

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
from pipeline.sandbox import Entry, Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from schemas.states import TestState, VoidReason
from tests.serving import CUT, DONE, access, asked, reply, saying, served, single

CODE = "H76RBD8P"
OPEN = reply(single(keycode=CODE, testState="PaperResponseUpload"))
MARKED = reply(single(keycode=CODE, testState="Marked"))
RUNNING = reply(single(keycode=CODE, testState="InProgress"))
PAUSED = reply(single(keycode=CODE, testState="Paused"))
TAKEN = reply({"id": 7, "reference": CODE, "errors": None})
NO = {"errors": [{"ErrorCode": 1, "Message": "No."}]}
REFUSED = reply(NO, 400)
PAGE = "<html><title>An error page of something in between</title></html>"
UNAUTHORISED = reply("", 401)
BUSY = reply("", 429)
TURNED_AWAY = reply("", 503, Retry_After="0")
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

POSTS = ("marks", "responses")
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


@dataclass(frozen=True)
class Story:
    """The answers in turn (the last of them ever after), the error in the end, what was asked."""

    answers: list[bytes]
    error: type[SurpassError] | None
    methods: str
    not_taken: bool = False  # of the error: whether it proves that the POST was not taken


def once(answer: bytes, error: type[SurpassError], *, not_taken: bool = False) -> Story:
    return Story([answer], error, "POST", not_taken)


POST_STORIES = {
    "taken": Story([TAKEN], None, "POST"),
    # Said before anything was done: again, without reading.
    "throttled, taken": Story([BUSY, TAKEN], None, "POST POST"),
    "turned away, taken": Story([TURNED_AWAY, TAKEN], None, "POST POST"),
    "throttled, turned away, taken": Story([BUSY, TURNED_AWAY, TAKEN], None, "POST POST POST"),
    "throttled each time": Story([BUSY], Throttled, "POST POST POST POST", not_taken=True),
    "turned away each time": Story([TURNED_AWAY], Unavailable, "POST POST POST POST", True),
    "throttled beyond our patience": once(
        reply("", 429, Retry_After="9999"), Throttled, not_taken=True
    ),
    "throttled, lost": Story([BUSY, CUT], AnswerLost, "POST POST"),
    "turned away, broken": Story([TURNED_AWAY, reply("", 500)], Unavailable, "POST POST"),
    "throttled, refused": Story([BUSY, REFUSED, OPEN], Refused, "POST POST GET", not_taken=True),
    # Perhaps taken: never again.
    "cut": once(CUT, AnswerLost),
    "half an answer": once(TAKEN[:-9], AnswerLost),
    "no HTTP": once(b"220 mail.example ESMTP\r\n", AnswerLost),
    "500": once(reply("", 500), Unavailable),
    "500 in Surpass's words": once(reply(NO, 500), Unavailable),
    "500 with a wait": once(reply("", 500, Retry_After="0"), Unavailable),
    "502": once(reply(PAGE, 502), Unavailable),
    "503 without a wait": once(reply("", 503), Unavailable),
    "503 with a wait that cannot be read": once(reply("", 503, Retry_After="soon"), Unavailable),
    "504": once(reply(PAGE, 504), Unavailable),
    "504 with a wait": once(reply(PAGE, 504, Retry_After="0"), Unavailable),
    "200, not JSON": once(reply(PAGE), NotUnderstood),
    "200, half the JSON": once(reply('{"id": 7, "refe'), NotUnderstood),
    "200, empty": once(reply(""), NotUnderstood),
    "200, of odd form": once(reply([1]), NotUnderstood),
    "301": once(reply("", 301, Location="/login"), NotUnderstood),
    "302 as a page": once(reply(PAGE, 302, Location="/login"), NotUnderstood),
    "400 as a page": once(reply(PAGE, 400), NotUnderstood),
    "400, JSON without errors": once(reply({"message": "no"}, 400), NotUnderstood),
    "400, errors null": once(reply({"errors": None}, 400), NotUnderstood),
    "408": once(reply(PAGE, 408), NotUnderstood),
    "409 as a page": once(reply(PAGE, 409), NotUnderstood),
    "413 as a page": once(reply(PAGE, 413), NotUnderstood),
    "499": once(reply("", 499), NotUnderstood),
    "401 as a page": once(UNAUTHORISED, Unauthorised),
    "403 as a page": once(reply(PAGE, 403), Forbidden),
    "404 as a page": once(reply(PAGE, 404), NotFound),
    # Surpass's own no: final, and nothing was taken.
    "401 in Surpass's words": once(reply(NO, 401), Unauthorised, not_taken=True),
    "403 in Surpass's words": once(reply(NO, 403), Forbidden, not_taken=True),
    "404 in Surpass's words": once(reply(NO, 404), NotFound, not_taken=True),
    "refused": Story([REFUSED, OPEN], Refused, "POST GET", not_taken=True),
    "refused with 200": Story([reply(NO), OPEN], Refused, "POST GET", not_taken=True),
    "refused, not open": Story([REFUSED, MARKED], WrongState, "POST GET", not_taken=True),
    "refused, not read": Story([REFUSED, reply("", 404)], Refused, "POST GET", not_taken=True),
    "refused, unknown by 400": Story([REFUSED], Refused, "POST GET", not_taken=True),
}  # fmt: skip

PUT_STORIES = {
    "taken": Story([TAKEN], None, "PUT"),
    "lost, still due, taken": Story([CUT, RUNNING, TAKEN], None, "PUT GET PUT"),
    "throttled, still due, taken": Story([BUSY, RUNNING, TAKEN], None, "PUT GET PUT"),
    "lost, made": Story([CUT, PAUSED], AnswerLost, "PUT GET"),
    "lost, not read, still due, taken": Story(
        [CUT, CUT, RUNNING, TAKEN], None, "PUT GET GET PUT"
    ),
    "lost, never read": Story([CUT], AnswerLost, "PUT GET GET GET"),
    "lost, reading refused": Story([CUT, REFUSED], AnswerLost, "PUT GET"),
    "lost, password changed": Story([CUT, UNAUTHORISED], AnswerLost, "PUT GET"),
    "lost, unknown now": Story([CUT, reply("", 404)], AnswerLost, "PUT GET"),
    "lost, told of another": Story([CUT, OTHER], AnswerLost, "PUT GET GET GET"),
    "lost, still due, refused": Story([CUT, RUNNING, REFUSED], AnswerLost, "PUT GET PUT"),
    "lost, still due, password changed": Story(
        [CUT, RUNNING, UNAUTHORISED], AnswerLost, "PUT GET PUT"
    ),
    "lost each time": Story([CUT, RUNNING] * 4, AnswerLost, "PUT GET PUT GET PUT GET PUT"),
    "throttled each time": Story(
        [BUSY, RUNNING] * 4, Throttled, "PUT GET PUT GET PUT GET PUT", not_taken=True
    ),
    "throttled beyond our patience": Story(
        [reply("", 429, Retry_After="9999")], Throttled, "PUT", not_taken=True
    ),
    "refused": Story([REFUSED, RUNNING], Refused, "PUT GET", not_taken=True),
    "refused, not from this state": Story(
        [REFUSED, MARKED], WrongState, "PUT GET", not_taken=True
    ),
    "refused, not read": Story([REFUSED, reply("", 404)], Refused, "PUT GET", not_taken=True),
    "unauthorised": Story([UNAUTHORISED], Unauthorised, "PUT"),
    "an answer of odd form": Story([reply([1])], NotUnderstood, "PUT"),
}  # fmt: skip


def ends_as_told(story: Story, change: str) -> None:
    with saying(*story.answers) as server:
        login = access(server.url, max_attempts=4)
        if story.error is None:
            assert asked(login, CHANGES[change][1]).reference == CODE
        else:
            with pytest.raises(story.error) as caught:
                asked(login, CHANGES[change][1])
            assert type(caught.value) is story.error
            assert caught.value.not_taken is story.not_taken
        assert " ".join(server.methods) == story.methods


@pytest.mark.parametrize("name", POST_STORIES)
@pytest.mark.parametrize("change", POSTS)
def test_the_story_of_one_post(change: str, name: str) -> None:
    ends_as_told(POST_STORIES[name], change)


@pytest.mark.parametrize("name", PUT_STORIES)
def test_the_story_of_one_change_of_state(name: str) -> None:
    ends_as_told(PUT_STORIES[name], "pause")


def test_what_happened_first_and_what_since_are_both_told() -> None:
    words = r"HTTP 502.*; since then: .*HTTP 404"
    with (
        saying(reply("", 502), reply("", 404)) as server,
        pytest.raises(AnswerLost, match=words),
    ):
        asked(access(server.url), CHANGES["pause"][1])


@pytest.mark.parametrize("tries", [1, 4])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_never_left_needs_no_reading(change: str, tries: int) -> None:
    """And it is no doubt: whoever is not reached has taken nothing."""
    with saying() as server:
        gone = access(server.url, max_attempts=tries)
    with pytest.raises(Unreachable) as caught:
        asked(gone, CHANGES[change][1])
    assert caught.value.not_taken


@pytest.mark.parametrize("change", POSTS)
def test_a_post_that_never_left_is_tried_again(change: str) -> None:
    """Where the connection is there at the next try, it is taken; nothing was read for it."""
    tries = 0

    @asynccontextmanager
    async def away_at_first() -> AsyncIterator[None]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Unreachable("no turn yet")
        yield

    async def call() -> None:
        async with Surpass(access(server.url), pace=away_at_first) as surpass:
            await CHANGES[change][1](surpass)

    with saying(TAKEN) as server:
        asyncio.run(call())
        assert server.methods == ["POST"]
    assert tries == 2


def test_a_post_is_announced_when_its_turn_has_come() -> None:
    """Or a run that is killed after a long wait would seem to have sent it long ago."""
    story: list[str] = []

    @asynccontextmanager
    async def happens(what: str) -> AsyncIterator[None]:
        story.append(f"{what}, {len(server.requests)} asked")
        yield

    async def call() -> None:
        async with Surpass(access(server.url), pace=lambda: happens("turn")) as surpass:
            await surpass.assign_item_marks(CODE, [("1", 1)], DONE, lambda: happens("announced"))

    with saying(TAKEN) as server:
        asyncio.run(call())
    assert story == ["turn, 0 asked", "announced, 0 asked"]


def test_each_post_is_announced_before_it_leaves_and_told_its_end() -> None:
    story: list[str] = []

    @asynccontextmanager
    async def attempt() -> AsyncIterator[None]:
        number = 1 + sum("begins" in line for line in story)
        story.append(f"{number} begins, {len(server.requests)} asked")
        try:
            yield
        except SurpassError as error:
            story.append(f"{number} {type(error).__name__}")
            raise
        story.append(f"{number} answered, {len(server.requests)} asked")

    with saying(reply("", 429), reply("", 503, Retry_After="0"), TAKEN) as server:
        asked(
            access(server.url),
            lambda surpass: surpass.assign_item_marks(CODE, [("1", 3)], DONE, attempt),
        )
    assert story == [
        "1 begins, 0 asked",
        "1 Throttled",
        "2 begins, 1 asked",
        "2 Unavailable",
        "3 begins, 2 asked",
        "3 answered, 3 asked",
    ]


def test_where_it_cannot_be_announced_nothing_leaves() -> None:
    @asynccontextmanager
    async def attempt() -> AsyncIterator[None]:
        raise OSError("the disk is full")
        yield

    with saying(TAKEN) as server:
        with pytest.raises(OSError, match="full"):
            asked(
                access(server.url),
                lambda surpass: surpass.assign_item_responses(CODE, [("1", "A")], attempt=attempt),
            )
        assert server.requests == []
