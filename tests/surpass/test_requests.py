"""Each call of the TestSession resource: the request as documented, and its answer typed."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Call:
    call: Callable[[Surpass], Awaitable[Any]]
    answer: object
    method: str
    target: str  # what stands after /api/v2/TestSession (or /api/v2)
    body: object  # JSON


CALLS: dict[str, Call] = {
    "list": Call(
        call=lambda surpass: all_of(surpass.sessions()),
        answer=SESSION,
        method="GET",
        target="?$top=40&includeAdditionalInfo=true&showTest=true&showTestForm=true",
        body=None,
    ),
    "list, filtered": Call(
        call=lambda surpass: all_of(surpass.sessions({"centre/reference": "C+1", "state": 19})),
        answer=SESSION,
        method="GET",
        target="?$top=40&includeAdditionalInfo=true&showTest=true&showTestForm=true"
        "&$filter=centre/reference eq C+1 and state eq 19",
        body=None,
    ),
    "one by keycode": Call(
        call=lambda surpass: surpass.session(CODE),
        answer=SESSION,
        method="GET",
        target=f"/{CODE}?returnAdditionalInformation=true",
        body=None,
    ),
    "one by id": Call(
        call=lambda surpass: surpass.session(7),
        answer=SESSION,
        method="GET",
        target="/7?returnAdditionalInformation=true",
        body=None,
    ),
    "one by id as text": Call(
        call=lambda surpass: surpass.session("7"),
        answer=SESSION,
        method="GET",
        target="/7?returnAdditionalInformation=true",
        body=None,
    ),
    "one, only its state": Call(
        call=lambda surpass: surpass.session(CODE, additional=False),
        answer=SESSION,
        method="GET",
        target=f"/{CODE}",
        body=None,
    ),
    "result by keycode": Call(
        call=lambda surpass: surpass.result(CODE),
        answer=RESULT,
        method="GET",
        target=f"/Result/{CODE}",
        body=None,
    ),
    "result by id": Call(
        call=lambda surpass: surpass.result(7),
        answer=RESULT,
        method="GET",
        target="/Result/7",
        body=None,
    ),
    "update the state": Call(
        call=lambda surpass: surpass.update_state(CODE, TestState.PAUSED),
        answer=RECEIPT,
        method="PUT",
        target=f"/{CODE}",
        body={"testState": "Paused"},
    ),
    "void by id": Call(
        call=lambda surpass: surpass.update_state(
            7,
            TestState.VOIDED,
            void_reason=VoidReason.AUTO,
            void_message="…",
            force_local_void=False,
        ),
        answer=RECEIPT,
        method="PUT",
        target="/7",
        body={
            "testState": "Voided",
            "voidReason": "Auto",
            "voidMessage": "…",
            "forceLocalVoid": False,
        },
    ),
    "reset": Call(
        call=lambda surpass: surpass.reset(CODE, "FORM A", "FORM+B"),
        answer=RECEIPT,
        method="PATCH",
        target=f"/{CODE}?currentTestFormRef=FORM A&updatedTestFormRef=FORM+B",
        body=None,
    ),
    "submit": Call(
        call=lambda surpass: surpass.submit_marked(7),
        answer=RECEIPT,
        method="PUT",
        target="/7/SubmitMarkedExam",
        body=None,
    ),
    "item marks": Call(
        call=lambda surpass: surpass.assign_item_marks(
            CODE, [("1", 3), ("2a", 0), ("3", None)], DONE
        ),
        answer=RECEIPT,
        method="POST",
        target=f"/{CODE}/ItemMarks/?completionDate=2025-06-02T09:30:05",
        body=[
            {"questionNumber": "1", "mark": 3},
            {"questionNumber": "2a", "mark": 0},
            {"questionNumber": "3", "mark": None},
        ],
    ),
    "item responses": Call(
        call=lambda surpass: surpass.assign_item_responses(CODE, [("1", "A"), ("2", "")], DONE),
        answer=RECEIPT | {"message": "taken"},
        method="POST",
        target=f"/{CODE}/ItemResponses?completionDate=2025-06-02T09:30:05",
        body=[{"questionNumber": "1", "answer": "A"}, {"questionNumber": "2", "answer": ""}],
    ),
    "item responses without a date": Call(
        call=lambda surpass: surpass.assign_item_responses(CODE, [("1", None)]),
        answer=RECEIPT,
        method="POST",
        target=f"/{CODE}/ItemResponses",
        body=[{"questionNumber": "1", "answer": None}],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_request_is_as_documented(name: str) -> None:
    case = CALLS[name]
    with saying(reply(case.answer)) as server:
        asked(access(server.url), case.call)
    (request,) = server.requests
    assert request.method == case.method
    # A server takes '+' and '%20' for one: what counts is what it reads.
    resource = "" if case.target.startswith("/Result/") else "/TestSession"
    assert unquote_plus(request.target) == f"/api/v2{resource}{case.target}"
    assert (json.loads(request.body) if request.body else None) == case.body
    assert request.headers["accept"] == "application/json"
    assert request.headers.get("content-type") == (case.body and "application/json")
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
    assert not filters.can_ask_for(value)
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
    case = CALLS[name]
    with saying(reply(case.answer)) as server:
        receipt = asked(access(server.url), case.call)
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
    completed = DONE.replace(microsecond=0, tzinfo=None)
    assert sandbox.session("MARKS001").applied == (
        Application("marks", {"1": 5, "2": None}, completed),
    )
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


@dataclass(frozen=True)
class Refusal:
    call: Callable[[Surpass, str], Awaitable[Any]]
    state: TestState
    because_of_state: bool


# What is refused because of the session's state is told apart from what is refused for itself.
REFUSALS: dict[str, Refusal] = {
    "marks, not open": Refusal(
        call=lambda surpass, code: surpass.assign_item_marks(code, [("1", 1)], DONE),
        state=TestState.MARKED,
        because_of_state=True,
    ),
    "marks, too many": Refusal(
        call=lambda surpass, code: surpass.assign_item_marks(code, [("1", 6)], DONE),
        state=TestState.PAPER_RESPONSE_UPLOAD,
        because_of_state=False,
    ),
    "responses, not open": Refusal(
        call=lambda surpass, code: surpass.assign_item_responses(code, [("1", "A")]),
        state=TestState.IN_PROGRESS,
        because_of_state=True,
    ),
    "void, too late": Refusal(
        call=lambda surpass, code: surpass.update_state(
            code, TestState.VOIDED, void_reason=VoidReason.ABSENT
        ),
        state=TestState.SCRIPT_VERIFIED,
        because_of_state=True,
    ),
    "void, another reason without words": Refusal(
        call=lambda surpass, code: surpass.update_state(
            code, TestState.VOIDED, void_reason=VoidReason.OTHER
        ),
        state=TestState.READY,
        because_of_state=False,
    ),
    "reset, too late": Refusal(
        call=lambda surpass, code: surpass.reset(code, "FORM-1", "FORM-2"),
        state=TestState.IN_PROGRESS,
        because_of_state=True,
    ),
    "reset, another form": Refusal(
        call=lambda surpass, code: surpass.reset(code, "FORM-8", "FORM-9"),
        state=TestState.READY,
        because_of_state=False,
    ),
    "submit, too early": Refusal(
        call=lambda surpass, code: surpass.submit_marked(code),
        state=TestState.PAPER_RESPONSE_UPLOAD,
        because_of_state=True,
    ),
}


@pytest.fixture(scope="module", params=[400, 200], ids=["status 400", "status 200"])
def refusing(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Access, int]]:
    """A session for each refusal, at a sandbox that refuses with this status."""
    papers = [
        SandboxSession.paper(f"REFUSED{place}", {"1": 5}, refusal.state)
        for place, refusal in enumerate(REFUSALS.values())
    ]
    with served(papers, errors_in_200=request.param == 200) as (sandbox, login):
        yield sandbox, login, request.param


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_tells_surpasss_words_and_whether_the_state_is_the_cause(
    refusing: tuple[Sandbox, Access, int], name: str
) -> None:
    sandbox, login, status = refusing
    sandbox.reset()
    refusal = REFUSALS[name]
    code = f"REFUSED{[*REFUSALS].index(name)}"
    with pytest.raises(Refused, match=r"\[sandbox\] .* \(error 9000\d\d\)") as caught:
        asked(login, lambda surpass: refusal.call(surpass, code))
    assert isinstance(caught.value, WrongState) is refusal.because_of_state
    if isinstance(caught.value, WrongState):
        assert caught.value.state == refusal.state.wire
    assert caught.value.status == status
    assert [message.code for message in caught.value.messages]
    assert sandbox.session(code).state is refusal.state
    assert [entry.method for entry in sandbox.journal.entries][1:] == ["GET"]
