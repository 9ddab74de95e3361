"""What a session becomes, what cannot be found, and what a test form tells."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from pipeline.sandbox import ErrorNumber, SandboxSession
from schemas.states import TestState

from .contract import CODE, DATE, ITEM_FIELDS, MIXED, paper, post, scored, serving, session_of


@pytest.mark.parametrize("status", [404, 400])
def test_an_unknown_keycode_has_a_status_and_errors(status: int) -> None:
    calls: list[Callable[[httpx.Client], httpx.Response]] = [
        lambda client: client.get("TestSession/NOSUCH01"),
        lambda client: client.get("Result/NOSUCH01"),
        lambda client: client.get(f"Result/{CODE}"),  # still a session
        lambda client: client.get(f"Result/{CODE}/StateChanges"),
        lambda client: client.get("TestForm/NOSUCH01"),
        lambda client: client.put("TestSession/NOSUCH01", json={"testState": "Voided"}),
        lambda client: post(client, {"1": 1}, "NOSUCH01"),
    ]
    with serving(paper(), unknown_status=status) as (_, client):
        for call in calls:
            reply = call(client)
            assert (reply.status_code, len(reply.json()["errors"])) == (status, 1)


@pytest.mark.parametrize("status", [404, 400])
def test_a_session_becomes_a_result(status: int) -> None:
    others = [paper("AAAAAAA1"), paper("AAAAAAA2")]
    with serving(paper(), *others, becomes_result=True, result_gone_status=status) as (box, client):
        number = box.session(CODE).id
        taken = post(client, {"1": 4, "2": None, "3": 10})
        assert (taken.status_code, taken.json()["reference"]) == (200, CODE)
        gone = [
            client.get(f"TestSession/{CODE}"),
            client.get(f"TestSession/{number}"),
            client.put(f"TestSession/{CODE}", json={"testState": "Voided"}),
            client.put(f"TestSession/{CODE}/SubmitMarkedExam"),
            client.patch(
                f"TestSession/{CODE}", params={"currentTestFormRef": "F", "updatedTestFormRef": "F"}
            ),
            post(client, {"1": 4}),
        ]
        assert [reply.status_code for reply in gone] == [status] * len(gone)
        assert {reply.json()["errors"][0]["ErrorCode"] for reply in gone} == {
            ErrorNumber.IS_A_RESULT
        }
        assert len(box.session(CODE).applied) == 1

        by_keycode, by_id = (client.get(f"Result/{key}").json() for key in (CODE, number))
        assert by_keycode == by_id
        (result,) = by_keycode["response"]
        assert (result["reference"], result["mark"], result["availableMarks"]) == (CODE, 14.0, 18)
        assert "keycode" not in result
        assert set(result["sections"][0]["items"][0]) == ITEM_FIELDS
        assert [item["mark"] for item in scored(result)] == [4.0, 0.0, 10.0]
        (change,) = client.get(f"Result/{CODE}/StateChanges").json()["response"]
        assert (change["newState"], change["user"]) == ("Marked", "sandbox")
        assert set(change) == {"newState", "date", "type", "reason", "user", "description"}

        left = client.get(str(client.base_url).rstrip("/") + "/TestSession").json()
        assert [element["reference"] for element in left["response"]] == ["AAAAAAA1", "AAAAAAA2"]
        assert left["count"] == 2
        assert box.journal.posts(CODE)[0].applied


def test_answers_of_a_result_come_by_flag() -> None:
    with serving(paper(), becomes_result=True) as (_, client):
        answers = [{"questionNumber": "1", "answer": "A"}, {"questionNumber": "2", "answer": ""}]
        client.post(f"TestSession/{CODE}/ItemResponses", params=DATE, json=answers)
        plain, flagged = (
            client.get(f"Result/{CODE}", params=params).json()["response"][0]
            for params in ({}, {"showItemResponses": "true"})
        )
    assert not any("candidateResponse" in item for item in scored(plain))
    assert [item.get("candidateResponse") for item in scored(flagged)] == [
        {"Value": "A"}, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("becomes_result", [False, True])
def test_a_voided_session_is_a_result_only_where_sessions_become_results(
    becomes_result: bool,
) -> None:
    with serving(paper(), becomes_result=becomes_result) as (_, client):
        body = {"testState": "Voided", "voidReason": "Other", "voidMessage": "rain"}
        assert client.put(f"TestSession/{CODE}", json=body).status_code == 200
        session, result = client.get(f"TestSession/{CODE}"), client.get(f"Result/{CODE}")
        changes = client.get(f"Result/{CODE}/StateChanges")
    expected = (404, 200) if becomes_result else (200, 404)
    assert (session.status_code, result.status_code) == expected
    running = result if becomes_result else session
    assert running.json()["response"][0]["voidReason"] == "Other"
    if becomes_result:
        (change,) = changes.json()["response"]
        assert (change["newState"], change["reason"], change["description"]) == (
            "Voided", "Other", "rain",
        )  # fmt: skip


def test_somebody_else_can_release_a_session() -> None:
    with serving(paper(), state_after_marks=TestState.AWAITING_VERIFICATION) as (sandbox, client):
        post(client, {"1": 4})
        assert session_of(client)["testState"] == "AwaitingVerification"
        sandbox.become_result(CODE)
        assert client.get(f"TestSession/{CODE}").status_code == 404
        assert client.get(f"Result/{CODE}").json()["response"][0]["mark"] == 4.0


def test_a_test_form_tells_its_items_in_order_and_no_maxima() -> None:
    mixed = SandboxSession.paper(CODE, sections=MIXED, test_form_reference="BIO 1")
    with serving(mixed) as (sandbox, client):
        number = sandbox.session(CODE).test_form.id
        flag = {"includeItems": "true"}
        by_reference, by_id = (
            client.get(f"TestForm/{key}", params=flag).json() for key in ("BIO 1", number)
        )
        bare = client.get("TestForm/BIO 1").json()["response"][0]
        shown = session_of(client)
    assert by_reference == by_id
    (form,) = by_reference["response"]
    assert set(bare) == {"id", "reference", "name", "href", "requiresModeration"}
    assert set(form) == set(bare) | {"sections"}
    assert form["requiresModeration"] is False
    for of_form, of_session in zip(form["sections"], shown["sections"], strict=True):
        assert set(of_form) == {"id", "name", "items"}
        assert of_form["id"] == of_session["id"]
        questions = [item for item in of_session["items"] if item["type"] == "Question"]
        assert of_form["items"] == [
            {
                "id": item["id"],
                "surpassId": item["surpassReference"],
                "nonScored": item["nonScored"],
            }
            for item in questions
        ]


def test_moderation_is_told_by_the_test_form() -> None:
    after = TestState.AWAITING_VERIFICATION
    with serving(paper(), state_after_marks=after) as (_, client):
        assert client.get("TestForm/FORM-1").json()["response"][0]["requiresModeration"] is True
