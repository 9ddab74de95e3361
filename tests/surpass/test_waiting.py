"""Who waits for marks: each session once, with what only it tells itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs

import pytest

from pipeline.errors import NotFound, Unauthorised, Unavailable
from pipeline.sandbox import Fault, FaultKind, SandboxSession
from pipeline.surpass import Access
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import WaitingSession, waiting_sessions
from schemas.states import TestState
from tests.serving import DONE, access, asked, reply, saying, served, single

ALL: Mapping[str, str] = {}
paper = SandboxSession.paper


def find_waiting(where: Access, conditions: Mapping[str, str] = ALL) -> list[WaitingSession]:
    return asked(where, partial(waiting_sessions, where=conditions, breaker=CircuitBreaker(4, 5)))


def keycodes(waits: list[WaitingSession]) -> list[str | None]:
    return [waiting.session.keycode for waiting in waits]


def test_all_that_wait_and_no_others_over_several_pages() -> None:
    open_ = [paper(f"OPEN{number:04d}", {"1": 5}) for number in range(95)]
    shut = [paper(f"SHUT{state:04d}", state=state) for state in TestState if not is_open(state)]
    with served([*open_, *shut]) as (_, where):
        waits = find_waiting(where)
    assert keycodes(waits) == [waiting.keycode for waiting in open_]
    assert all(waiting.unread is None and not waiting.session.items for waiting in waits)


def test_questions_are_told_where_they_are_asked_for() -> None:
    with served([paper("AAAA0001", {"1": 5})]) as (_, where):
        ask = partial(waiting_sessions, where=ALL, breaker=CircuitBreaker(4, 5), questions=True)
        (waiting,) = asked(where, ask)
    assert {name: item.available_marks for name, item in waiting.session.items.items()} == {"1": 5}


def is_open(state: TestState) -> bool:
    return state is TestState.PAPER_RESPONSE_UPLOAD


@dataclass(frozen=True)
class StateFilterCase:
    form: str  # in which a state is filtered
    any_wait: bool
    filters: list[str | None]  # what is asked for


STATE_FILTERS: dict[str, StateFilterCase] = {
    "by name": StateFilterCase(form="name", any_wait=True, filters=["PaperResponseUpload"]),
    "by number": StateFilterCase(
        form="number", any_wait=True, filters=["PaperResponseUpload", "19"]
    ),
    "refused": StateFilterCase(
        form="refused", any_wait=True, filters=["PaperResponseUpload", "19", None]
    ),
    "by name, nothing waits": StateFilterCase(
        form="name", any_wait=False, filters=["PaperResponseUpload", "19"]
    ),
    "by number, nothing waits": StateFilterCase(
        form="number", any_wait=False, filters=["PaperResponseUpload", "19"]
    ),
    "refused, nothing waits": StateFilterCase(
        form="refused", any_wait=False, filters=["PaperResponseUpload", "19", None]
    ),
}


@pytest.mark.parametrize("name", STATE_FILTERS)
def test_the_state_is_asked_for_by_name_then_by_number_then_looked_at_here(name: str) -> None:
    case = STATE_FILTERS[name]
    open_ = [
        paper(f"OPEN{number:04d}", centre_reference="C1") for number in range(3 * case.any_wait)
    ]
    shut = [paper(f"SHUT{number:04d}", state=TestState.MARKED) for number in range(3)]
    with served([*open_, *shut], state_filter=case.form) as (sandbox, where):
        assert keycodes(find_waiting(where)) == [session.keycode for session in open_]
        asked_for = [
            parse_qs(entry.query) for entry in sandbox.journal.entries if entry.path.endswith("n")
        ]
        assert keycodes(find_waiting(where, {"centre/reference": "C1"})) == [
            session.keycode for session in open_
        ]
    shown = [query.get("$filter", [None])[0] for query in asked_for]
    assert shown == [state and f"state eq {state}" for state in case.filters]


@pytest.mark.parametrize("references", [True, False], ids=["references listed", "ids only"])
@pytest.mark.parametrize("centre", ["North and South", "O'Neill's", "West 1", "Žižek"])
def test_whatever_a_centre_is_called_its_sessions_are_found(
    centre: str, *, references: bool
) -> None:
    """What no filter can say is looked at on our side."""
    sessions = [
        paper("AAAA0001", centre_reference=centre),
        paper("AAAA0002", centre_reference="South"),
        paper("AAAA0003", centre_reference=centre, state=TestState.MARKED),
    ]
    with served(sessions, list_references=references) as (_, where):
        assert keycodes(find_waiting(where, {"centre/reference": centre})) == ["AAAA0001"]


NO = reply({"errors": [{"ErrorCode": 1, "Message": "No."}]}, 400)
LISTED = reply(single(id=7, reference="AAAA0001", currentExamState="PaperResponseUpload"))
RESULT = reply(single(id=7, reference="AAAA0001"))


@pytest.mark.parametrize("gone", [reply("", 404), NO], ids=["404", "400"])
def test_one_that_became_a_result_since_it_was_listed_is_out(gone: bytes) -> None:
    with saying(LISTED, gone, RESULT) as server:
        assert find_waiting(access(server.url)) == []
        assert [request.target.partition("?")[0] for request in server.requests] == [
            "/api/v2/TestSession",
            "/api/v2/TestSession/7",
            "/api/v2/Result/7",
        ]


@pytest.mark.parametrize("gone", [reply("", 404), NO], ids=["404", "400"])
def test_one_that_is_neither_session_nor_result_is_told(gone: bytes) -> None:
    with saying(LISTED, gone, gone) as server:
        (waiting,) = find_waiting(access(server.url))
    assert isinstance(waiting.unread, NotFound)


@pytest.mark.parametrize("status", [404, 400])
def test_what_has_become_a_result_waits_no_more(status: int) -> None:
    sessions = [paper(f"AAAA000{at}", {"1": 5}) for at in range(3)]
    with served(sessions, becomes_result=True, result_gone_status=status) as (sandbox, where):
        asked(where, lambda surpass: surpass.assign_item_marks("AAAA0001", [("1", 3)], DONE))
        assert sandbox.session("AAAA0001").is_result
        assert keycodes(find_waiting(where)) == ["AAAA0000", "AAAA0002"]
        result = asked(where, lambda surpass: surpass.result("AAAA0001"))
        assert result.reference == "AAAA0001"
        assert result.items["1"].marks == (3, 3)
        with pytest.raises(NotFound):
            asked(where, lambda surpass: surpass.session("AAAA0001"))
        with pytest.raises(NotFound):
            asked(where, lambda surpass: surpass.result("AAAA0002"))


def test_only_those_asked_for() -> None:
    sessions = [
        paper("AAAA0001", test_reference="BIO", centre_reference="NORTH"),
        paper("AAAA0002", test_reference="BIO", centre_reference="SOUTH"),
        paper("AAAA0003", test_reference="CHEM", centre_reference="NORTH"),
    ]
    with served(sessions) as (_, where):
        filters = {"test/reference": "BIO", "centre/reference": "NORTH"}
        assert keycodes(find_waiting(where, filters)) == ["AAAA0001"]
        assert find_waiting(where, {"centre/reference": "EAST"}) == []


def test_the_keycode_is_the_sessions_own_whatever_the_list_calls_it() -> None:
    """That a list's reference is the keycode is a guess: nothing hangs on it."""
    with served([paper("AAAA0001"), paper("AAAA0002")], reference_is_keycode=False) as (_, where):
        assert keycodes(find_waiting(where)) == ["AAAA0001", "AAAA0002"]


@pytest.mark.parametrize(("proven", "keycode"), [(True, "AAAA0002"), (False, None)])
def test_one_that_cannot_be_read_is_told_by_what_is_proven(
    *, proven: bool, keycode: str | None
) -> None:
    sessions = [paper("AAAA0001"), paper("AAAA0002")]
    with served(sessions, reference_is_keycode=proven) as (sandbox, where):
        sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, keycode="AAAA0002"))
        read, unread = find_waiting(where)
    assert read.unread is None
    assert unread.session.keycode == keycode
    assert isinstance(unread.unread, NotFound)
    assert "in a status 200" in str(unread.unread)


def test_where_none_could_be_read_no_keycode_is_believed() -> None:
    with served([paper("AAAA0001")]) as (sandbox, where):
        sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, path="TestSession/"))
        assert keycodes(find_waiting(where)) == [None]


def test_one_that_moved_on_since_it_was_listed_is_out() -> None:
    listed = {"id": 7, "reference": "AAAA0001", "currentExamState": "PaperResponseUpload"}
    moved = {"id": 7, "keycode": "AAAA0001", "testState": "Marked"}
    with saying(reply(single(**listed)), reply(single(**moved))) as server:
        assert find_waiting(access(server.url)) == []
        assert [request.target.partition("?")[0] for request in server.requests] == [
            "/api/v2/TestSession",
            "/api/v2/TestSession/7",
        ]


def test_a_list_that_does_not_heed_the_state_is_sifted() -> None:
    listed = {"id": 7, "reference": "AAAA0001", "currentExamState": "Marked"}
    with saying(reply(single(**listed))) as server:
        assert find_waiting(access(server.url)) == []
        assert len(server.requests) == 1


def test_wrong_credentials_are_an_error_at_once() -> None:
    with served([paper("AAAA0001")]) as (_, where), pytest.raises(Unauthorised):
        find_waiting(access(where.url, password="wrong"))


def test_a_surpass_that_goes_away_is_an_error_and_not_a_short_list() -> None:
    sessions = [paper(f"AAAA{number:04d}") for number in range(30)]
    with served(sessions) as (sandbox, where):
        sandbox.faults.set(Fault(FaultKind.UNAVAILABLE, path="TestSession/"))
        with pytest.raises(Unavailable):
            find_waiting(where)
        assert len(sandbox.journal.entries) < 40, "the line stops; it does not ask for all"
