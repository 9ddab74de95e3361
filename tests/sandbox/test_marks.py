from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest

from pipeline.sandbox import Application, ErrorNumber, Sandbox, SandboxOptions
from schemas.states import TestState

from .conftest import BARE, OPEN, Running

DATE = "2025-06-02T09:30:00"
MARKS = [{"questionNumber": "1", "mark": 4}, {"questionNumber": "2", "mark": None}]


def post(surpass: httpx.Client, keycode: str, body: object, call: str = "ItemMarks") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return surpass.post(f"{keycode}/{call}", params={"completionDate": DATE}, content=text)


def items_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for section in body["sections"] for item in section["items"]]


@pytest.mark.parametrize("slash", ["", "/"])
def test_marks_are_taken_and_shown(sandbox: Sandbox, surpass: httpx.Client, slash: str) -> None:
    reply = post(surpass, OPEN, MARKS, f"ItemMarks{slash}")
    first = sandbox.session(OPEN)
    assert reply.status_code == 200
    assert reply.json() == {
        "id": first.id,
        "reference": OPEN,
        "href": str(surpass.base_url.join(str(first.id))),
        "errors": None,
        "serverTimeZone": "GMT Standard Time",
    }
    taken = Application("marks", {"1": 4, "2": None}, datetime.fromisoformat(DATE))
    assert (first.state, first.applied) == (TestState.MARKED, (taken,))

    shown = surpass.get(OPEN, params={"returnAdditionalInformation": "true"}).json()["response"][0]
    assert (shown["testState"], shown["availableMarks"], shown["mark"]) == ("Marked", 9, 4.0)
    assert [(item["displayNumber"], item["mark"]) for item in items_of(shown)] == [
        (None, 0.0),
        ("1", 4.0),
        ("2", 0.0),
        ("10", 0.0),
    ]


@pytest.mark.parametrize("slash", ["", "/"])
def test_responses_are_taken_without_a_date(
    sandbox: Sandbox, surpass: httpx.Client, slash: str
) -> None:
    body = [{"questionNumber": "1", "answer": "A"}, {"questionNumber": "10", "answer": None}]
    reply = surpass.post(f"{OPEN}/ItemResponses{slash}", json=body)
    assert reply.status_code == 200
    assert reply.json()["message"].startswith("[sandbox]")
    assert sandbox.session(OPEN).applied == (
        Application("responses", {"1": "A", "10": None}, None),
    )
    shown = surpass.get(OPEN, params={"returnAdditionalInformation": "true"}).json()["response"][0]
    assert [item.get("candidateResponse") for item in items_of(shown)] == [
        None,
        {"Value": "A"},
        None,
        None,
    ]


def test_a_session_without_items_takes_any_question_and_shows_none(
    sandbox: Sandbox, surpass: httpx.Client
) -> None:
    assert post(surpass, BARE, [{"questionNumber": "7b", "mark": 12}]).status_code == 200
    assert sandbox.session(BARE).marks == {"7b": 12}
    shown = surpass.get(BARE, params={"returnAdditionalInformation": "true"}).json()["response"][0]
    assert not {"availableMarks", "mark", "sections"} & set(shown)


def good_mark_and(**element: object) -> list[dict[str, object]]:
    """A good mark, and after it the element in question: all or nothing."""
    return [{"questionNumber": "1", "mark": 1, "answer": "A"}, dict(element)]


@dataclass(frozen=True)
class RefusedBody:
    name: str
    body: object
    number: ErrorNumber


REFUSED_BODIES: list[RefusedBody] = [
    RefusedBody(name="not JSON", body="[", number=ErrorNumber.NOT_JSON),
    RefusedBody(name="nothing", body="", number=ErrorNumber.NOT_JSON),
    RefusedBody(
        name="an object", body={"questionNumber": "1", "mark": 1}, number=ErrorNumber.BAD_BODY
    ),
    RefusedBody(name="an empty list", body=[], number=ErrorNumber.BAD_BODY),
    RefusedBody(name="a bare mark", body=[3], number=ErrorNumber.BAD_QUESTION),
    RefusedBody(
        name="a number as question",
        body=good_mark_and(questionNumber=2, mark=1, answer="A"),
        number=ErrorNumber.BAD_QUESTION,
    ),
    RefusedBody(
        name="an empty question",
        body=good_mark_and(questionNumber="", mark=1, answer="A"),
        number=ErrorNumber.BAD_QUESTION,
    ),
    RefusedBody(
        name="no question", body=good_mark_and(mark=1, answer="A"), number=ErrorNumber.BAD_QUESTION
    ),
    RefusedBody(
        name="a question twice",
        body=good_mark_and(questionNumber="1", mark=1, answer="A"),
        number=ErrorNumber.BAD_QUESTION,
    ),
    RefusedBody(
        name="an unknown question",
        body=good_mark_and(questionNumber="3", mark=1, answer="A"),
        number=ErrorNumber.BAD_QUESTION,
    ),
    RefusedBody(
        name="nothing said", body=good_mark_and(questionNumber="2"), number=ErrorNumber.BAD_QUESTION
    ),
]
REFUSED_MARKS = [
    ("above the maximum", 4),
    ("below nothing", -1),
    ("a half", 1.5),
    ("a whole with a point", 2.0),
    ("a text", "2"),
    ("true", True),
    ("a list", [2]),
]


def refused(sandbox: Sandbox, reply: httpx.Response, number: ErrorNumber) -> None:
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert error["ErrorCode"] == number
    assert error["Message"].startswith("[sandbox]")
    assert sandbox.session(OPEN).applied == ()
    assert sandbox.session(OPEN).state is TestState.PAPER_RESPONSE_UPLOAD


@pytest.mark.parametrize("call", ["ItemMarks", "ItemResponses"])
@pytest.mark.parametrize("case", REFUSED_BODIES, ids=lambda case: case.name)
def test_one_bad_element_refuses_the_whole(
    sandbox: Sandbox, surpass: httpx.Client, call: str, case: RefusedBody
) -> None:
    refused(sandbox, post(surpass, OPEN, case.body, call), case.number)


@pytest.mark.parametrize(
    "mark", [case[1] for case in REFUSED_MARKS], ids=[case[0] for case in REFUSED_MARKS]
)
def test_one_bad_mark_refuses_the_whole(
    sandbox: Sandbox, surpass: httpx.Client, mark: object
) -> None:
    body = good_mark_and(questionNumber="2", mark=mark)
    refused(sandbox, post(surpass, OPEN, body), ErrorNumber.BAD_MARK)


@pytest.mark.parametrize("answer", [1, True, ["A"], {"A": 1}])
def test_one_bad_answer_refuses_the_whole(
    sandbox: Sandbox, surpass: httpx.Client, answer: object
) -> None:
    body = good_mark_and(questionNumber="2", answer=answer)
    refused(sandbox, post(surpass, OPEN, body, "ItemResponses"), ErrorNumber.BAD_ANSWER)


def test_every_bad_mark_is_named(surpass: httpx.Client) -> None:
    body = [{"questionNumber": "1", "mark": 6}, {"questionNumber": "2", "mark": 4}]
    assert len(post(surpass, OPEN, body).json()["errors"]) == 2


@pytest.mark.parametrize("call", ["ItemMarks", "ItemResponses"])
@pytest.mark.parametrize(
    "date", ["", "2025-06-02", "2025-06-02 09:30:00", "2025-06-02T09:30", "02/06/2025",
             "2025-06-02T09:30:00Z", "2025-06-02T09:30:00.500000", "2025-02-30T09:30:00"],
)  # fmt: skip
def test_a_date_must_be_written_as_documented(
    sandbox: Sandbox, surpass: httpx.Client, call: str, date: str
) -> None:
    body = good_mark_and(questionNumber="2", mark=1, answer="A")
    reply = surpass.post(f"{OPEN}/{call}", params={"completionDate": date}, json=body)
    refused(sandbox, reply, ErrorNumber.BAD_COMPLETION_DATE)


def test_marks_need_a_date(sandbox: Sandbox, surpass: httpx.Client) -> None:
    refused(sandbox, surpass.post(f"{OPEN}/ItemMarks", json=MARKS), ErrorNumber.BAD_COMPLETION_DATE)


@pytest.mark.parametrize("call", ["ItemMarks", "ItemResponses"])
@pytest.mark.parametrize("state", TestState, ids=lambda state: state.wire)
def test_only_paper_response_upload_takes_anything(
    sandbox: Sandbox, surpass: httpx.Client, call: str, state: TestState
) -> None:
    keycode = f"STATE{int(state):03d}"
    reply = post(surpass, keycode, good_mark_and(questionNumber="2", mark=1, answer="A"), call)
    taken = state is TestState.PAPER_RESPONSE_UPLOAD
    assert reply.status_code == (200 if taken else 400)
    assert len(sandbox.session(keycode).applied) == taken
    if not taken:
        assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.WRONG_STATE
        assert sandbox.session(keycode).state is state


def test_a_second_post_is_refused(sandbox: Sandbox, surpass: httpx.Client) -> None:
    assert [post(surpass, OPEN, MARKS).status_code for _ in range(2)] == [200, 400]
    assert len(sandbox.session(OPEN).applied) == 1


def test_posting_is_by_keycode_only(sandbox: Sandbox, surpass: httpx.Client) -> None:
    number = sandbox.session(OPEN).id
    assert post(surpass, str(number), MARKS).status_code == 404
    assert post(surpass, "NOSUCH01", MARKS).status_code == 404


def test_where_the_state_stays_both_posts_are_counted(
    other_sandbox: Callable[[SandboxOptions], AbstractContextManager[Running]],
) -> None:
    stays = SandboxOptions(state_after_marks=TestState.PAPER_RESPONSE_UPLOAD)
    with other_sandbox(stays) as server:
        assert [post(server.client, OPEN, MARKS).status_code for _ in range(2)] == [200, 200]
        assert len(server.sandbox.session(OPEN).applied) == 2
