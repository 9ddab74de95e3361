"""Who waits for marks: each session once, with what only it tells itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pytest

from pipeline.errors import Refused, Unauthorised, Unavailable
from pipeline.sandbox import Fault, FaultKind, SandboxSession
from pipeline.surpass import Access
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import Waiting, waiting
from schemas.states import TestState
from tests.serving import access, asked, reply, saying, served, single

ALL: Mapping[str, str] = {}
paper = SandboxSession.paper


def found(where: Access, conditions: Mapping[str, str] = ALL) -> list[Waiting]:
    return asked(where, partial(waiting, where=conditions, line=CircuitBreaker(4, 5)))


def keycodes(waits: list[Waiting]) -> list[str | None]:
    return [one.session.keycode for one in waits]


def test_all_that_wait_and_no_others_over_several_pages() -> None:
    open_ = [paper(f"OPEN{number:04d}", {"1": 5}) for number in range(95)]
    shut = [paper(f"SHUT{state:04d}", state=state) for state in TestState if not is_open(state)]
    with served([*open_, *shut]) as (_, where):
        waits = found(where)
    assert keycodes(waits) == [one.keycode for one in open_]
    assert all(one.unread is None and not one.session.items for one in waits)


def test_questions_are_told_where_they_are_asked_for() -> None:
    with served([paper("AAAA0001", {"1": 5})]) as (_, where):
        ask = partial(waiting, where=ALL, line=CircuitBreaker(4, 5), questions=True)
        (one,) = asked(where, ask)
    assert {name: item.available_marks for name, item in one.session.items.items()} == {"1": 5}


def is_open(state: TestState) -> bool:
    return state is TestState.PAPER_RESPONSE_UPLOAD


def test_only_those_asked_for() -> None:
    sessions = [
        paper("AAAA0001", test_reference="BIO", centre_reference="NORTH"),
        paper("AAAA0002", test_reference="BIO", centre_reference="SOUTH"),
        paper("AAAA0003", test_reference="CHEM", centre_reference="NORTH"),
    ]
    with served(sessions) as (_, where):
        told = {"test/reference": "BIO", "centre/reference": "NORTH"}
        assert keycodes(found(where, told)) == ["AAAA0001"]
        assert found(where, {"centre/reference": "EAST"}) == []


def test_the_keycode_is_the_sessions_own_whatever_the_list_calls_it() -> None:
    """That a list's reference is the keycode is a guess: nothing hangs on it."""
    with served([paper("AAAA0001"), paper("AAAA0002")], reference_is_keycode=False) as (_, where):
        assert keycodes(found(where)) == ["AAAA0001", "AAAA0002"]


@pytest.mark.parametrize(("proven", "keycode"), [(True, "AAAA0002"), (False, None)])
def test_one_that_cannot_be_read_is_told_by_what_is_proven(
    *, proven: bool, keycode: str | None
) -> None:
    sessions = [paper("AAAA0001"), paper("AAAA0002")]
    with served(sessions, reference_is_keycode=proven) as (sandbox, where):
        sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, keycode="AAAA0002"))
        read, unread = found(where)
    assert read.unread is None
    assert unread.session.keycode == keycode
    assert isinstance(unread.unread, Refused)


def test_where_none_could_be_read_no_keycode_is_believed() -> None:
    with served([paper("AAAA0001")]) as (sandbox, where):
        sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, path="TestSession/"))
        assert keycodes(found(where)) == [None]


def test_one_that_moved_on_since_it_was_listed_is_out() -> None:
    listed = {"id": 7, "reference": "AAAA0001", "currentExamState": "PaperResponseUpload"}
    moved = {"id": 7, "keycode": "AAAA0001", "testState": "Marked"}
    with saying(reply(single(**listed)), reply(single(**moved))) as there:
        assert found(access(there.url)) == []
        assert [request.target.partition("?")[0] for request in there.requests] == [
            "/api/v2/TestSession",
            "/api/v2/TestSession/7",
        ]


def test_a_list_that_does_not_heed_the_state_is_sifted() -> None:
    listed = {"id": 7, "reference": "AAAA0001", "currentExamState": "Marked"}
    with saying(reply(single(**listed))) as there:
        assert found(access(there.url)) == []
        assert len(there.requests) == 1


def test_wrong_credentials_are_an_error_at_once() -> None:
    with served([paper("AAAA0001")]) as (_, where), pytest.raises(Unauthorised):
        found(access(where.url, password="wrong"))


def test_a_surpass_that_goes_away_is_an_error_and_not_a_short_list() -> None:
    sessions = [paper(f"AAAA{number:04d}") for number in range(30)]
    with served(sessions) as (sandbox, where):
        sandbox.faults.set(Fault(FaultKind.UNAVAILABLE, path="TestSession/"))
        with pytest.raises(Unavailable):
            found(where)
        assert len(sandbox.journal.entries) < 40, "the line stops; it does not ask for all"
