"""What a POST leaves behind where its marks are stored late, in part, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from pipeline.sandbox import Fault, FaultKind
from schemas.states import TestState

from .contract import CODE, paper, post, scored, serving, session_of

MARKS: dict[str, int | None] = {"1": 4, "2": 3, "3": 9}
WAITS, MARKED = "PaperResponseUpload", "Marked"


@dataclass(frozen=True)
class LeftBehind:
    status: int | str
    at_once: tuple[str, int]  # state, and questions stored
    later: tuple[str, int]  # the same once what is late came


LEFT_BEHIND: dict[FaultKind, LeftBehind] = {
    FaultKind.STORED_LATE: LeftBehind(status=504, at_once=(WAITS, 0), later=(MARKED, 3)),
    FaultKind.STORED_LATE_CUT: LeftBehind(status="cut", at_once=(WAITS, 0), later=(MARKED, 3)),
    FaultKind.STATE_LATER: LeftBehind(status=200, at_once=(WAITS, 3), later=(MARKED, 3)),
    FaultKind.STATE_STAYS: LeftBehind(status=200, at_once=(WAITS, 3), later=(WAITS, 3)),
    FaultKind.NOT_STORED: LeftBehind(status=200, at_once=(WAITS, 0), later=(WAITS, 0)),
    FaultKind.NOT_STORED_MOVED: LeftBehind(status=200, at_once=(MARKED, 0), later=(MARKED, 0)),
    FaultKind.STORED_IN_PART: LeftBehind(status=200, at_once=(MARKED, 1), later=(MARKED, 1)),
    FaultKind.GATEWAY_PAGE: LeftBehind(status=502, at_once=(WAITS, 0), later=(WAITS, 0)),
}


def status_of(client: httpx.Client, marks: dict[str, int | None]) -> int | str:
    try:
        return post(client, marks).status_code
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return "cut"


def state_and_marks(client: httpx.Client) -> tuple[str, int]:
    """The state, and how many questions have a mark."""
    session = session_of(client)
    return session["testState"], sum(1 for item in scored(session) if item["mark"])


def test_every_fault_of_posts_is_in_the_table() -> None:
    assert {kind for kind in FaultKind if kind.of_posts} == set(LEFT_BEHIND) - {
        FaultKind.GATEWAY_PAGE
    }


@pytest.mark.parametrize("kind", LEFT_BEHIND)
def test_what_a_post_leaves_behind(kind: FaultKind) -> None:
    case = LEFT_BEHIND[kind]
    with serving(paper()) as (sandbox, client):
        # An hour: nothing comes by itself while the test runs.
        sandbox.faults.set(Fault(kind, method="POST", times=1, seconds=3600))
        assert status_of(client, MARKS) == case.status
        assert state_and_marks(client) == case.at_once
        assert sandbox.journal.posts()[0].applied == (case.at_once[1] > 0)
        sandbox.settle_late()
        assert state_and_marks(client) == case.later
        sandbox.settle_late()  # a second time brings nothing
        assert state_and_marks(client) == case.later
        assert sandbox.journal.posts()[0].applied == (case.later[1] > 0)
        assert len(sandbox.session(CODE).applied) == (case.later[1] > 0)


@pytest.mark.parametrize("kind", LEFT_BEHIND)
def test_a_second_post_while_the_session_is_open_is_seen_as_a_double(kind: FaultKind) -> None:
    (state, stored_at_once), (_, stored_later) = LEFT_BEHIND[kind].at_once, LEFT_BEHIND[kind].later
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(kind, times=1, seconds=3600))
        status_of(client, MARKS)
        assert status_of(client, MARKS) == (200 if state == WAITS else 400)
        sandbox.settle_late()
        first = (stored_at_once or stored_later) > 0
        second = state == WAITS
        assert len(sandbox.session(CODE).applied) == first + second
        assert [entry.applied for entry in sandbox.journal.posts()] == [first, second]


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.is_late])
def test_what_is_late_comes_by_itself(kind: FaultKind) -> None:
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(kind, times=1, seconds=0.01))
        status_of(client, MARKS)
        for _ in range(3000):  # each look is a request; far fewer are needed
            if state_and_marks(client)[0] == MARKED:
                break
        assert state_and_marks(client) == (MARKED, 3)
        assert len(sandbox.session(CODE).applied) == 1


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.is_late])
def test_a_server_that_stops_stores_what_is_late(kind: FaultKind) -> None:
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(kind, seconds=3600))
        status_of(client, MARKS)
    session = sandbox.session(CODE)
    assert (session.state, len(session.applied)) == (TestState.MARKED, 1)


def test_a_reset_forgets_what_is_late() -> None:
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(FaultKind.STORED_LATE, seconds=3600))
        status_of(client, MARKS)
        sandbox.reset()
        sandbox.settle_late()
        assert state_and_marks(client) == (WAITS, 0)


@pytest.mark.parametrize("kind", LEFT_BEHIND)
def test_a_post_that_surpass_refuses_leaves_nothing_behind(kind: FaultKind) -> None:
    status = LEFT_BEHIND[kind].status
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(kind, times=1, seconds=3600))
        assert status_of(client, {"1": 6}) == (400 if status == 200 else status)
        sandbox.settle_late()
        assert state_and_marks(client) == (WAITS, 0)


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.of_posts])
def test_other_requests_do_not_meet_a_fault_of_posts(kind: FaultKind) -> None:
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(kind, times=1))
        assert client.get(f"TestSession/{CODE}").status_code == 200
        client.put(f"TestSession/{CODE}/SubmitMarkedExam")
        assert sandbox.faults.left[0][1] == 1


@pytest.mark.parametrize("kind", [FaultKind.STORED_LATE, FaultKind.GATEWAY_PAGE], ids=str)
def test_a_gateway_answers_with_a_page_of_its_own(kind: FaultKind) -> None:
    with serving(paper()) as (sandbox, client):
        sandbox.faults.set(Fault(kind, seconds=3600))
        reply = post(client, MARKS)
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.text.startswith("<html>")


@pytest.mark.parametrize(
    ("kind", "total"),
    [(FaultKind.STATE_LATER, 16.0), (FaultKind.NOT_STORED_MOVED, None),
     (FaultKind.STORED_IN_PART, 4.0), (FaultKind.STORED_LATE, 16.0)],
)  # fmt: skip
def test_what_moves_on_becomes_a_result_where_sessions_do(
    kind: FaultKind, total: float | None
) -> None:
    with serving(paper(), becomes_result=True) as (sandbox, client):
        sandbox.faults.set(Fault(kind, times=1, seconds=3600))
        post(client, MARKS)
        sandbox.settle_late()
        assert client.get(f"TestSession/{CODE}").status_code == 404
        (result,) = client.get(f"Result/{CODE}").json()["response"]
    assert result.get("mark") == total
    assert {type(item["mark"]) for item in scored(result)} == {float}
