from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx
import pytest

from pipeline.sandbox import ErrorNumber, Sandbox, SandboxOptions
from pipeline.sandbox.app import create_app
from schemas.states import TestState

from .conftest import OPEN, Running, listing

Other = Callable[[SandboxOptions], AbstractContextManager[Running]]

API = "/api/v2/TestSession"
CALLS = [
    ("GET", ""),
    ("GET", f"/{OPEN}"),
    ("PUT", f"/{OPEN}"),
    ("PATCH", f"/{OPEN}?currentTestFormRef=FORM-1&updatedTestFormRef=FORM-1"),
    ("POST", f"/{OPEN}/ItemMarks/?completionDate=2025-06-02T09:00:00"),
    ("POST", f"/{OPEN}/ItemResponses"),
    ("PUT", f"/{OPEN}/SubmitMarkedExam"),
    ("GET", f"/{OPEN}/File/1"),
    ("POST", f"/{OPEN}/ScannedItemResponses"),
]


@pytest.mark.parametrize("header", [None, "Basic", "Basic ???", "Bearer c2FuZGJveDpzYW5kYm94",
                                    "Basic c2FuZGJveDp3cm9uZw==", "Basic w7w="])  # fmt: skip
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_stranger_gets_401(
    running: Running, sandbox: Sandbox, method: str, path: str, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    url = f"{running.url}/api/v2/TestSession{path}"
    # Without the client's own user: an explicit request goes as it is.
    request = httpx.Request(method, url, headers=headers)
    reply = running.client.send(request, auth=None)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.NOT_SIGNED_IN
    assert sandbox.session(OPEN).state is TestState.PAPER_RESPONSE_UPLOAD


def test_users_may_have_any_letters_and_some_lack_the_permission(other_sandbox: Other) -> None:
    options = SandboxOptions(
        username="jürgen", password="p:ß", forbidden_username="guest", forbidden_password="g"
    )
    with other_sandbox(options) as server:
        assert server.client.get(OPEN).status_code == 200
        assert server.client.get(OPEN, auth=("guest", "g")).status_code == 403
        assert server.client.get(OPEN, auth=("guest", "wrong")).status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS[-2:])
def test_retired_calls_say_so(surpass: httpx.Client, method: str, path: str) -> None:
    reply = surpass.request(method, path.lstrip("/"))
    assert reply.status_code == 410
    (error,) = reply.json()["errors"]
    assert error["ErrorCode"] == ErrorNumber.RETIRED
    assert "retired" in error["Message"]


@dataclass(frozen=True)
class AnswerCase:
    method: str
    path: str
    status: int


ANSWERS = {
    "list": AnswerCase(method="GET", path=API, status=200),
    "no-such-method": AnswerCase(method="DELETE", path=f"{API}/{OPEN}", status=405),
    "no-such-call": AnswerCase(method="GET", path=f"{API}/{OPEN}/Nothing", status=404),
    "no-such-method-of-the-list": AnswerCase(method="POST", path=API, status=405),
    "slash-too-many": AnswerCase(method="GET", path=f"{API}/", status=404),
    "other-page": AnswerCase(method="GET", path="/docs", status=404),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_the_envelope(running: Running, surpass: httpx.Client, name: str) -> None:
    case = ANSWERS[name]
    reply = surpass.request(case.method, running.url + case.path)
    assert reply.status_code == case.status
    assert reply.json()["serverTimeZone"] == "GMT Standard Time"
    errors = reply.json()["errors"]
    assert (errors is None) == (case.status == 200)
    for error in errors or []:
        assert set(error) == {"ErrorCode", "Message"}


def test_refusals_by_a_rule_may_come_with_status_200(other_sandbox: Other) -> None:
    with other_sandbox(SandboxOptions(errors_in_200=True)) as server:
        wrong_state = server.client.put(f"{OPEN}/SubmitMarkedExam")
        assert (wrong_state.status_code, len(wrong_state.json()["errors"])) == (200, 1)
        assert server.client.get("NOSUCH01").status_code == 200
        assert server.client.get(OPEN, auth=("who", "are you")).status_code == 401
        assert server.client.post(f"{OPEN}/ScannedItemResponses").status_code == 410


def test_a_reference_need_not_be_the_keycode(other_sandbox: Other) -> None:
    with other_sandbox(SandboxOptions(reference_is_keycode=False)) as server:
        listed = server.client.get(listing(server.client)).json()["response"][0]
        single = server.client.get(OPEN).json()["response"][0]
        assert listed["reference"] == single["reference"] != single["keycode"] == OPEN


@pytest.mark.parametrize(
    "path", [API, f"{API}/{OPEN}", f"/api/v2/Result/{OPEN}", "/api/v2/TestForm/FORM-1"]
)
def test_where_basic_is_off_nobody_comes_in(other_sandbox: Other, path: str) -> None:
    with other_sandbox(SandboxOptions(basic_refused=True)) as server:
        reply = server.client.get(server.url + path)
        assert (reply.status_code, "WWW-Authenticate" in reply.headers) == (401, False)
        assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.NOT_SIGNED_IN


@pytest.mark.parametrize("path", ["Result/OPEN0001", "Result/OPEN0001/StateChanges",
                                  "TestForm/FORM-1"])  # fmt: skip
def test_results_and_test_forms_are_not_for_strangers(
    running: Running, sandbox: Sandbox, path: str
) -> None:
    sandbox.become_result(OPEN)
    address = f"{running.url}/api/v2/{path}"
    assert running.client.get(address).status_code == 200
    assert running.client.get(address, auth=("who", "are you")).status_code == 401


@pytest.mark.parametrize("path", ["/", "/sandbox/sessions", "/sandbox/journal"])
@pytest.mark.parametrize("anywhere", [False, True])
def test_the_admin_plane_answers_its_own_machine_only(path: str, anywhere: bool) -> None:
    app = create_app(Sandbox(options=SandboxOptions(admin_from_anywhere=anywhere)))
    # No socket here: a test has no other machine to call from.
    wire = httpx.ASGITransport(app, client=("203.0.113.7", 4711))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=wire, base_url="http://sandbox") as elsewhere:
            return await elsewhere.get(path)

    assert asyncio.run(ask()).status_code == (200 if anywhere else 403)
