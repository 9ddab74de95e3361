"""Whose session it is, where a list leaves the references out: by filter or by reading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.surpass import Access, Receipt, Session, Surpass
from pipeline.surpass.by_candidate import all_sessions_of, recorded_sessions, with_candidates
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import list_waiting
from schemas.states import TestState
from tests.serving import plain_wire, served

REFERENCES = ["1001", "1002", "ab 3", "O'Neill", "Sand and Son", "1006"]
SESSIONS = [
    SandboxSession.paper(f"PAPER00{at}", {"1": 5}, candidate_reference=reference)
    for at, reference in enumerate(REFERENCES)
] + [
    SandboxSession.paper("MARKED01", state=TestState.MARKED, candidate_reference="1001"),
    SandboxSession.paper("MARKED02", state=TestState.MARKED, candidate_reference="2002"),
]  # fmt: skip

_By = dict[str | None, str | None]


class _Between(httpx.AsyncBaseTransport):
    """The wire, with something in between that changes the requests."""

    def __init__(self, change: Callable[[httpx.Request], httpx.Request | httpx.Response]) -> None:
        self._wire, self._change = plain_wire(), change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        changed = self._change(request)
        if isinstance(changed, httpx.Response):
            return changed
        return await self._wire.handle_async_request(changed)

    async def aclose(self) -> None:
        await self._wire.aclose()


def ignoring(request: httpx.Request) -> httpx.Request:
    """As a Surpass that does not know the filter by candidate, and says nothing of it."""
    kept = [
        part
        for part in request.url.params.get("$filter", "").split(" and ")
        if part and not part.startswith("candidate/")
    ]
    url = request.url.copy_remove_param("$filter")
    url = url.copy_set_param("$filter", " and ".join(kept)) if kept else url
    return httpx.Request(request.method, url, headers=request.headers)


def refusing(request: httpx.Request) -> httpx.Request | httpx.Response:
    """As a Surpass that refuses the filter by candidate."""
    if "candidate/" not in request.url.params.get("$filter", ""):
        return request
    return httpx.Response(400, json={"errors": [{"ErrorCode": 1, "Message": "No."}]})


def void(keycode: str) -> Callable[[Surpass], Awaitable[Receipt]]:
    return lambda surpass: surpass.update_state(keycode, TestState.VOIDED)


def untouched(request: httpx.Request) -> httpx.Request:
    return request


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served(SESSIONS, list_references=False) as running:
        yield running


@dataclass(frozen=True)
class Case:
    candidates: Collection[str]
    expected: _By  # of the candidates asked for, by keycode
    between: Callable[[httpx.Request], Any] = untouched
    filtered: int = 0  # requests with a filter by candidate
    read: int = 0  # sessions read on their own


CASES = {
    "few: a filter for each, after one for nobody": Case(
        ["1001", "ab 3"], {"PAPER000": "1001", "PAPER002": "ab 3"}, filtered=3
    ),
    "one that is not there": Case(["9999"], {}, filtered=2),
    "case does not count": Case(["AB 3"], {"PAPER002": "AB 3"}, filtered=3),
    "one with letters that is not there": Case(["Xy 3"], {}, filtered=4),
    "one whose session waits no more": Case(["2002"], {}, filtered=2),
    "what no filter can say is read": Case(
        ["1001", "O'Neill", "Sand and Son"],
        {"PAPER000": "1001", "PAPER003": "O'Neill", "PAPER004": "Sand and Son"},
        filtered=2, read=5,
    ),
    "more candidates than sessions: each session is read": Case(
        [*REFERENCES, "9999"], {f"PAPER00{at}": who for at, who in enumerate(REFERENCES)},
        read=6,
    ),
    "a filter that is ignored is noticed": Case(
        ["1001", "1002"], {"PAPER000": "1001", "PAPER001": "1002"},
        between=ignoring, filtered=1, read=6,
    ),
    "a filter that is refused": Case(
        ["1001", "1002"], {"PAPER000": "1001", "PAPER001": "1002"},
        between=refusing, filtered=1, read=6,
    ),
}  # fmt: skip


def carried_out(
    login: Access,
    call: Callable[[Surpass], Awaitable[Any]],
    between: Callable[..., Any] = untouched,
) -> tuple[Any, list[httpx.URL]]:
    """What came of it, and the addresses that were asked for."""
    asked: list[httpx.URL] = []

    def noted(request: httpx.Request) -> httpx.Request | httpx.Response:
        asked.append(request.url)
        changed: httpx.Request | httpx.Response = between(request)
        return changed

    async def run() -> Any:
        async with Surpass(login, _Between(noted)) as surpass:
            return await call(surpass)

    return asyncio.run(run()), asked


@pytest.mark.parametrize("name", CASES)
def test_each_candidate_s_session_is_found(surpass: tuple[Sandbox, Access], name: str) -> None:
    case = CASES[name]

    async def find(client: Surpass) -> list[Session]:
        open_ = await list_waiting(client, {})
        assert not any(session.candidate and session.candidate.reference for session in open_)
        return await with_candidates(open_, case.candidates, client, CircuitBreaker(4, 5))

    sessions, asked = carried_out(surpass[1], find, case.between)
    named = {
        session.keycode: session.candidate.reference for session in sessions if session.candidate
    }
    assert {key: who for key, who in named.items() if who in case.candidates} == case.expected
    by_reference = {session.keycode: session.candidate.reference for session in SESSIONS}
    assert all(who.casefold() == by_reference[key].casefold() for key, who in named.items() if who)
    assert len([u for u in asked if "candidate/" in u.params.get("$filter", "")]) == case.filtered
    assert len([u for u in asked if not u.path.endswith("/TestSession")]) == case.read


def test_where_the_list_tells_them_nothing_more_is_asked() -> None:
    async def find(client: Surpass) -> list[Session]:
        open_ = await list_waiting(client, {})
        return await with_candidates(open_, REFERENCES, client, CircuitBreaker(4, 5))

    with served(SESSIONS) as (_, login):
        sessions, asked = carried_out(login, find)
    assert [session.candidate.reference for session in sessions] == REFERENCES
    assert len(asked) == 1


def test_one_that_moved_on_since_it_was_listed_has_no_name(
    surpass: tuple[Sandbox, Access],
) -> None:
    """Neither 404 nor 400 stops the others from being read."""

    async def find(client: Surpass) -> list[Session]:
        open_ = [
            *await list_waiting(client, {}),
            Session.model_validate({"id": 999_999, "keycode": "GONE0001"}),
        ]
        return await with_candidates(
            open_, [str(number) for number in range(99)], client, CircuitBreaker(4, 5)
        )

    sessions, _ = carried_out(surpass[1], find)
    listed_sessions = {
        session.keycode: session.candidate and session.candidate.reference for session in sessions
    }
    assert listed_sessions == {
        **{f"PAPER00{at}": who for at, who in enumerate(REFERENCES)},
        "GONE0001": None,
    }


@pytest.mark.parametrize(
    ("between", "sessions"),
    [(untouched, ["PAPER000", "MARKED01", "MARKED02"]), (ignoring, []), (refusing, [])],
    ids=["obeyed", "ignored", "refused"],
)
def test_all_sessions_of_candidates_are_only_theirs(
    surpass: tuple[Sandbox, Access], between: Callable[..., Any], sessions: list[str]
) -> None:
    """Where the filter is ignored, everybody's sessions come: none is taken for theirs."""
    listed_sessions, _ = carried_out(
        surpass[1],
        lambda client: all_sessions_of(["1001", "2002", "O'Neill"], client, CircuitBreaker(4, 5)),
        between,
    )
    assert [session.keycode for session in listed_sessions] == sessions


def test_an_ignored_filter_is_noticed_though_nothing_waits_any_more() -> None:
    with served([SESSIONS[-1]], list_references=False) as (_, login):
        listed_sessions, asked = carried_out(
            login,
            lambda client: all_sessions_of(["1001"], client, CircuitBreaker(4, 5)),
            ignoring,
        )
    assert listed_sessions == []
    assert len(asked) == 1


@dataclass(frozen=True)
class Recorded:
    keycode: str
    candidate: str
    state: str | None  # None: nothing is told of it


RECORDED = {
    "its result": Recorded(keycode="RESULT01", candidate="3001", state="Result"),
    "its result, without case": Recorded(keycode="RESULT02", candidate="AB-2", state="Result"),
    "a session that is no result yet": Recorded(
        keycode="MARKED02", candidate="2002", state="Marked"
    ),
    "one that is another candidate's": Recorded(keycode="RESULT01", candidate="3002", state=None),
    "a session that is another candidate's": Recorded(
        keycode="MARKED02", candidate="3002", state=None
    ),
    "one that waits again": Recorded(keycode="PAPER000", candidate="1001", state=None),
    "one that is not there": Recorded(keycode="NOTHERE1", candidate="1001", state=None),
}


@pytest.mark.parametrize("status", [404, 400])
@pytest.mark.parametrize("name", RECORDED)
def test_what_became_of_a_session_that_our_records_have(name: str, status: int) -> None:
    case = RECORDED[name]
    results = [
        SandboxSession.paper("RESULT01", {"1": 5}, candidate_reference="3001"),
        SandboxSession.paper("RESULT02", {"1": 5}, candidate_reference="ab-2"),
    ]
    with served(
        [*SESSIONS, *results],
        becomes_result=True, result_gone_status=status, unknown_status=status,
    ) as (sandbox, login):  # fmt: skip
        for session in results:
            carried_out(login, void(session.keycode))
        assert sandbox.session("RESULT01").is_result
        listed_sessions, _ = carried_out(
            login,
            lambda client: recorded_sessions(
                {case.candidate: [case.keycode]}, client, CircuitBreaker(4, 5)
            ),
        )
    assert [
        (session.keycode, session.state_name, session.is_open) for session in listed_sessions
    ] == ([(case.keycode, case.state, False)] if case.state else [])
