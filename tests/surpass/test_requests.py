"""Each call of the TestSession resource: the request as documented, and its answer typed."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest

from flows.cli.session import list_sessions
from pipeline.errors import InputError, Refused, WrongState
from pipeline.sandbox import Application, Sandbox, SandboxSession
from pipeline.surpass import Access, Receipt, Surpass, filters
from schemas.states import TestState, VoidReason
from tests.serving import PASSWORD, USERNAME, access, all_of, asked, reply, saying, served, single

CODE = "H76RBD8P"
DONE = dt.datetime(2025, 6, 2, 9, 30, 5, 999999, tzinfo=dt.UTC)
RECEIPT = {"id": 7, "reference": CODE, "href": "…", "errors": [], "serverTimeZone": "Europe/London"}
SESSION = single(id=7, keycode=CODE, testState="PaperResponseUpload")
RESULT = single(id=7, reference=CODE)

# name: call, its answer, method, what stands after /api/v2/TestSession (or /api/v2), JSON body
CALLS: dict[str, tuple[Callable[[Surpass], Awaitable[Any]], object, str, str, object]] = {
    "list": (
        lambda surpass: all_of(surpass.sessions()),
        SESSION,
        "GET",
        "?$top=40&includeAdditionalInfo=true&showTest=true&showTestForm=true",
        None,
    ),
    "list, filtered": (
        lambda surpass: all_of(surpass.sessions({"centre/reference": "C+1", "state": 19})),
        SESSION,
        "GET",
        "?$top=40&includeAdditionalInfo=true&showTest=true&showTestForm=true"
        "&$filter=centre/reference eq C+1 and state eq 19",
        None,
    ),
    "one by keycode": (
        lambda surpass: surpass.session(CODE),
        SESSION,
        "GET",
        f"/{CODE}?returnAdditionalInformation=true",
        None,
    ),
    "one by id": (
        lambda surpass: surpass.session(7),
        SESSION,
        "GET",
        "/7?returnAdditionalInformation=true",
        None,
    ),
    "one by id as text": (
        lambda surpass: surpass.session("7"),
        SESSION,
        "GET",
        "/7?returnAdditionalInformation=true",
        None,
    ),
    "one, only its state": (
        lambda surpass: surpass.session(CODE, additional=False),
        SESSION,
        "GET",
        f"/{CODE}",
        None,
    ),
    "result by keycode": (
        lambda surpass: surpass.result(CODE),
        RESULT,
        "GET",
        f"/Result/{CODE}",
        None,
    ),
    "result by id": (lambda surpass: surpass.result(7), RESULT, "GET", "/Result/7", None),
    "update the state": (
        lambda surpass: surpass.update_state(CODE, TestState.PAUSED),
        RECEIPT,
        "PUT",
        f"/{CODE}",
        {"testState": "Paused"},
    ),
    "void by id": (
        lambda surpass: surpass.update_state(
            7,
            TestState.VOIDED,
            void_reason=VoidReason.AUTO,
            void_message="…",
            force_local_void=False,
        ),
        RECEIPT,
        "PUT",
        "/7",
        {"testState": "Voided", "voidReason": "Auto", "voidMessage": "…", "forceLocalVoid": False},
    ),
    "reset": (
        lambda surpass: surpass.reset(CODE, "FORM A", "FORM+B"),
        RECEIPT,
        "PATCH",
        f"/{CODE}?currentTestFormRef=FORM A&updatedTestFormRef=FORM+B",
        None,
    ),
    "submit": (
        lambda surpass: surpass.submit_marked(7),
        RECEIPT,
        "PUT",
        "/7/SubmitMarkedExam",
        None,
    ),
    "item marks": (
        lambda surpass: surpass.assign_item_marks(CODE, [("1", 3), ("2a", 0), ("3", None)], DONE),
        RECEIPT,
        "POST",
        f"/{CODE}/ItemMarks/?completionDate=2025-06-02T09:30:05",
        [
            {"questionNumber": "1", "mark": 3},
            {"questionNumber": "2a", "mark": 0},
            {"questionNumber": "3", "mark": None},
        ],
    ),
    "item responses": (
        lambda surpass: surpass.assign_item_responses(CODE, [("1", "A"), ("2", "")], DONE),
        RECEIPT | {"message": "taken"},
        "POST",
        f"/{CODE}/ItemResponses?completionDate=2025-06-02T09:30:05",
        [{"questionNumber": "1", "answer": "A"}, {"questionNumber": "2", "answer": ""}],
    ),
    "item responses without a date": (
        lambda surpass: surpass.assign_item_responses(CODE, [("1", None)]),
        RECEIPT,
        "POST",
        f"/{CODE}/ItemResponses",
        [{"questionNumber": "1", "answer": None}],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_request_is_as_documented(name: str) -> None:
    call, answer, method, target, body = CALLS[name]
    with saying(reply(answer)) as server:
        asked(access(server.url), call)
    (request,) = server.requests
    assert request.method == method
    # A server takes '+' and '%20' for one: what counts is what it reads.
    resource = "" if target.startswith("/Result/") else "/TestSession"
    assert unquote_plus(request.target) == f"/api/v2{resource}{target}"
    assert (json.loads(request.body) if request.body else None) == body
    assert request.headers["accept"] == "application/json"
    assert request.headers.get("content-type") == (body and "application/json")
    secret = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {secret}"


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        (VoidReason.NOT_YET_STARTED, "NotYetStarted"),
        (VoidReason.AUTO, "Auto"),
        (VoidReason.ABSENT, "Absent"),
        (VoidReason.WITHDRAWN, "Withdrawn"),
        (VoidReason.PARTIALLY_COMPLETED, "PartiallyCompleted"),
        (VoidReason.OTHER, "Other"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reason_for_voiding_goes_out_by_name(reason: VoidReason, sent: str) -> None:
    with saying(reply(RECEIPT)) as server:
        asked(
            access(server.url),
            lambda surpass: surpass.update_state(CODE, TestState.VOIDED, void_reason=reason),
        )
    assert json.loads(server.requests[0].body) == {"testState": "Voided", "voidReason": sent}


@pytest.mark.parametrize(
    "state",
    [TestState.PAPER_RESPONSE_UPLOAD, TestState.AWAITING_MARKING, TestState.MARKED],
    ids=lambda state: state.wire,
)
def test_for_states_that_the_reference_does_not_list_surpass_decides(state: TestState) -> None:
    """Its screens void from these; a reason may be left out."""
    with served([SandboxSession.paper(CODE, {"1": 5}, state)]) as (sandbox, login):
        asked(login, lambda surpass: surpass.update_state(CODE, TestState.VOIDED))
        assert sandbox.session(CODE).state is TestState.VOIDED


# As a filter takes them: plain values bare, others in quotes, blanks as %20.
FILTERS: dict[str, tuple[dict[str, str | int], str]] = {
    "plain": ({"centre/reference": "12345"}, "centre/reference eq 12345"),
    "plain, with signs": ({"test/reference": "BIO_1.a-b"}, "test/reference eq BIO_1.a-b"),
    "plus": ({"centre/reference": "C+1"}, "centre/reference eq C+1"),
    "a blank": ({"centre/reference": "North 1"}, "centre/reference eq 'North 1'"),
    "letters of other alphabets": (
        {"candidate/reference": "Žižek"},
        "candidate/reference eq 'Žižek'",
    ),
    "signs of an address": ({"candidate/reference": "a&b=c#d"}, "candidate/reference eq 'a&b=c#d'"),
    "and within a word": ({"candidate/reference": "SANDY"}, "candidate/reference eq SANDY"),
    "two conditions": (
        {"centre/reference": "C 1", "state": 19},
        "centre/reference eq 'C 1' and state eq 19",
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_values_of_a_filter_are_quoted_and_encoded(name: str) -> None:
    where, written = FILTERS[name]
    with saying(reply(SESSION)) as server:
        asked(access(server.url), lambda surpass: all_of(surpass.sessions(where)))
    query = server.requests[0].target.partition("?")[2]
    (sent,) = (part.partition("=")[2] for part in query.split("&") if "filter=" in part)
    assert unquote(sent) == written  # no '+' stands for a blank
    assert " " not in sent
    assert "%20" in sent


UNSAYABLE = ["North and South", "NORTH AND SOUTH", "O'Neill", ""]


@pytest.mark.parametrize("value", UNSAYABLE)
def test_what_a_filter_cannot_say_is_not_asked_for(value: str) -> None:
    assert not filters.sayable(value)
    with saying(reply(SESSION)) as server:
        with pytest.raises(ValueError, match="cannot ask for a centre/reference"):
            asked(
                access(server.url),
                lambda surpass: all_of(surpass.sessions({"centre/reference": value})),
            )
        assert server.requests == []
    with pytest.raises(InputError, match="no quote and no ' and '"):
        list_sessions([f"centre/reference={value}"])


@pytest.mark.parametrize("ending", ["", "/", "/api/v2", "/api/v2/", "/tenant", "/tenant/api/v2/"])
def test_the_address_may_be_written_in_either_way(ending: str) -> None:
    with saying(reply(SESSION)) as server:
        asked(access(server.url + ending), lambda surpass: surpass.session(CODE, additional=False))
    folder = "/tenant" if "tenant" in ending else ""
    assert server.requests[0].target == f"{folder}/api/v2/TestSession/{CODE}"


@pytest.mark.parametrize(
    ("odd", "sent"),
    [("A/B", "A%2FB"), ("A?b=1#c", "A%3Fb%3D1%23c"), ("ÄÖ%20", "%C3%84%C3%96%2520")],
)
def test_an_odd_keycode_cannot_become_another_address(odd: str, sent: str) -> None:
    with saying(reply(single(keycode=odd))) as server:
        asked(access(server.url), lambda surpass: surpass.session(odd, additional=False))
    assert server.requests[0].target == f"/api/v2/TestSession/{sent}"


@pytest.mark.parametrize(
    "name", ["update the state", "reset", "submit", "item marks", "item responses"]
)
def test_a_change_brings_a_typed_receipt(name: str) -> None:
    call, answer, *_ = CALLS[name]
    with saying(reply(answer)) as server:
        receipt = asked(access(server.url), call)
    message = "taken" if name == "item responses" else None
    assert receipt == Receipt(
        id=7, reference=CODE, message=message, server_time_zone="Europe/London"
    )


def test_the_retired_calls_are_not_offered() -> None:
    offered = " ".join(dir(Surpass)).lower()
    assert "scanned" not in offered
    assert "file" not in offered


def test_marks_and_responses_arrive_at_the_sandbox() -> None:
    papers = [SandboxSession.paper(code, {"1": 5, "2": 5}) for code in ("MARKS001", "ANSWERS1")]

    async def both(surpass: Surpass) -> None:
        await surpass.assign_item_marks("MARKS001", [("1", 5), ("2", None)], DONE)
        await surpass.assign_item_responses("ANSWERS1", [("1", "A"), ("2", None)])

    with served(papers) as (sandbox, login):
        asked(login, both)
    told = DONE.replace(microsecond=0, tzinfo=None)
    assert sandbox.session("MARKS001").applied == (Application("marks", {"1": 5, "2": None}, told),)
    assert sandbox.session("ANSWERS1").applied == (
        Application("responses", {"1": "A", "2": None}, None),
    )


def test_states_are_changed_reset_and_submitted_at_the_sandbox() -> None:
    states = {
        "PROGRESS": TestState.IN_PROGRESS,
        "READY001": TestState.READY,
        "LOCKED01": TestState.SCHEDULED_BUT_LOCKED,
        "MARKING1": TestState.AWAITING_MARKING,
    }
    papers = [SandboxSession.paper(code, {"1": 5}, state) for code, state in states.items()]

    async def change(surpass: Surpass) -> None:
        await surpass.update_state("PROGRESS", TestState.PAUSED)
        await surpass.update_state(
            "READY001", TestState.VOIDED, void_reason=VoidReason.OTHER, void_message="flood"
        )
        await surpass.reset("LOCKED01", "FORM-1", "FORM-2")
        await surpass.submit_marked("MARKING1")

    with served(papers) as (sandbox, login):
        asked(login, change)
    assert {session.keycode: session.state for session in sandbox.sessions} == {
        "PROGRESS": TestState.PAUSED,
        "READY001": TestState.VOIDED,
        "LOCKED01": TestState.SCHEDULED_BUT_NOT_CREATED,
        "MARKING1": TestState.MARKED,
    }
    assert sandbox.session("READY001").void_message == "flood"
    assert sandbox.session("LOCKED01").test_form.reference == "FORM-2"


# What is refused because of the session's state is told apart from what is refused for itself.
REFUSALS: dict[str, tuple[Callable[[Surpass, str], Awaitable[Any]], TestState, bool]] = {
    "marks, not open": (
        lambda surpass, code: surpass.assign_item_marks(code, [("1", 1)], DONE),
        TestState.MARKED,
        True,
    ),
    "marks, too many": (
        lambda surpass, code: surpass.assign_item_marks(code, [("1", 6)], DONE),
        TestState.PAPER_RESPONSE_UPLOAD,
        False,
    ),
    "responses, not open": (
        lambda surpass, code: surpass.assign_item_responses(code, [("1", "A")]),
        TestState.IN_PROGRESS,
        True,
    ),
    "void, too late": (
        lambda surpass, code: surpass.update_state(
            code, TestState.VOIDED, void_reason=VoidReason.ABSENT
        ),
        TestState.SCRIPT_VERIFIED,
        True,
    ),
    "void, another reason without words": (
        lambda surpass, code: surpass.update_state(
            code, TestState.VOIDED, void_reason=VoidReason.OTHER
        ),
        TestState.READY,
        False,
    ),
    "reset, too late": (
        lambda surpass, code: surpass.reset(code, "FORM-1", "FORM-2"),
        TestState.IN_PROGRESS,
        True,
    ),
    "reset, another form": (
        lambda surpass, code: surpass.reset(code, "FORM-8", "FORM-9"),
        TestState.READY,
        False,
    ),
    "submit, too early": (
        lambda surpass, code: surpass.submit_marked(code),
        TestState.PAPER_RESPONSE_UPLOAD,
        True,
    ),
}


@pytest.fixture(scope="module", params=[400, 200], ids=["status 400", "status 200"])
def refusing(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Access, int]]:
    """A session for each refusal, at a sandbox that refuses with this status."""
    papers = [
        SandboxSession.paper(f"REFUSED{place}", {"1": 5}, state)
        for place, (_, state, _) in enumerate(REFUSALS.values())
    ]
    with served(papers, errors_in_200=request.param == 200) as (sandbox, login):
        yield sandbox, login, request.param


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_tells_surpasss_words_and_whether_the_state_is_the_cause(
    refusing: tuple[Sandbox, Access, int], name: str
) -> None:
    sandbox, login, status = refusing
    sandbox.reset()
    call, state, because_of_state = REFUSALS[name]
    code = f"REFUSED{[*REFUSALS].index(name)}"
    with pytest.raises(Refused, match=r"\[sandbox\] .* \(error 9000\d\d\)") as caught:
        asked(login, lambda surpass: call(surpass, code))
    assert isinstance(caught.value, WrongState) is because_of_state
    if isinstance(caught.value, WrongState):
        assert caught.value.state == state.wire
    assert caught.value.status == status
    assert [told.code for told in caught.value.messages]
    assert sandbox.session(code).state is state
    assert [entry.method for entry in sandbox.journal.entries][1:] == ["GET"]
