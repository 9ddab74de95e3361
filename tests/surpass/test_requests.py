"""Each call of the TestSession resource: the request as documented, and its answer typed."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import pytest

from pipeline.surpass import Receipt, Surpass
from schemas.states import TestState, VoidReason
from tests.serving import PASSWORD, USERNAME, access, all_of, asked, reply, saying, single
from tests.surpass.answers import CODE, DONE, SESSION

RECEIPT = {"id": 7, "reference": CODE, "href": "…", "errors": [], "serverTimeZone": "Europe/London"}
RESULT = single(id=7, reference=CODE)


@dataclass(frozen=True, kw_only=True)
class Call:
    call: Callable[[Surpass], Awaitable[Any]]
    answer: object
    method: str
    target: str  # what stands after /api/v2/TestSession (or /api/v2)
    body: object = None  # JSON


CALLS: dict[str, Call] = {
    "list": Call(
        call=lambda surpass: all_of(surpass.sessions()),
        answer=SESSION,
        method="GET",
        target="?$top=40&includeAdditionalInfo=true&showTest=true&showTestForm=true",
    ),
    "list, filtered": Call(
        call=lambda surpass: all_of(surpass.sessions({"centre/reference": "C+1", "state": 19})),
        answer=SESSION,
        method="GET",
        target="?$top=40&includeAdditionalInfo=true&showTest=true&showTestForm=true"
        "&$filter=centre/reference eq C+1 and state eq 19",
    ),
    "one by keycode": Call(
        call=lambda surpass: surpass.session(CODE),
        answer=SESSION,
        method="GET",
        target=f"/{CODE}?returnAdditionalInformation=true",
    ),
    "one by id": Call(
        call=lambda surpass: surpass.session(7),
        answer=SESSION,
        method="GET",
        target="/7?returnAdditionalInformation=true",
    ),
    "one by id as text": Call(
        call=lambda surpass: surpass.session("7"),
        answer=SESSION,
        method="GET",
        target="/7?returnAdditionalInformation=true",
    ),
    "one, only its state": Call(
        call=lambda surpass: surpass.session(CODE, additional=False),
        answer=SESSION,
        method="GET",
        target=f"/{CODE}",
    ),
    "result by keycode": Call(
        call=lambda surpass: surpass.result(CODE),
        answer=RESULT,
        method="GET",
        target=f"/Result/{CODE}",
    ),
    "result by id": Call(
        call=lambda surpass: surpass.result(7),
        answer=RESULT,
        method="GET",
        target="/Result/7",
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
    ),
    "submit": Call(
        call=lambda surpass: surpass.submit_marked(7),
        answer=RECEIPT,
        method="PUT",
        target="/7/SubmitMarkedExam",
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
