from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from pipeline.sandbox import ErrorNumber, Sandbox
from schemas.states import TestState, VoidReason

# The changes that the vendor documents for PUT, and the voiding that its screens do from three more
# states; every other pair must be refused.
KNOWN = """
    InProgress          Paused
    Paused              InProgress
    Ready               Voided
    LockedByPin         Voided
    LockedForInvigilator Voided
    Paused              Voided
    InProgress          Voided
    PaperResponseUpload Voided
    AwaitingMarking     Voided
    Marked              Voided
"""
ALLOWED = {tuple(line.split()) for line in KNOWN.strip().splitlines()}


def keycode(state: TestState) -> str:
    return f"STATE{int(state):03d}"


@pytest.mark.parametrize("before", TestState, ids=lambda state: state.wire)
def test_put_makes_the_known_changes_and_no_other(
    sandbox: Sandbox, surpass: httpx.Client, before: TestState
) -> None:
    for wanted in TestState:
        sandbox.put_in_state(keycode(before), before)
        reply = surpass.put(
            keycode(before), json={"testState": wanted.wire, "voidReason": "Absent"}
        )
        after = sandbox.session(keycode(before)).state
        if (before.wire, wanted.wire) in ALLOWED:
            assert (reply.status_code, after) == (200, wanted)
            assert reply.json()["reference"] == keycode(before)
        else:
            assert (reply.status_code, after) == (400, before)
            assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.WRONG_STATE


@dataclass(frozen=True)
class Voiding:
    reason: object
    message: object
    recorded_as: VoidReason | None  # None: refused


VOIDING: list[Voiding] = [
    Voiding(reason=0, message=None, recorded_as=VoidReason.AUTO),
    Voiding(reason=1, message=None, recorded_as=VoidReason.ABSENT),
    Voiding(reason=-1, message=None, recorded_as=VoidReason.NOT_YET_STARTED),
    *(
        Voiding(reason=name, message="why", recorded_as=reason)
        for name, reason in [
            ("Auto", VoidReason.AUTO),
            ("Absent", VoidReason.ABSENT),
            ("Withdrawn", VoidReason.WITHDRAWN),
            ("PartiallyCompleted", VoidReason.PARTIALLY_COMPLETED),
            ("Other", VoidReason.OTHER),
            ("NotYetStarted", VoidReason.NOT_YET_STARTED),
        ]
    ),
    Voiding(reason=4, message="left the room", recorded_as=VoidReason.OTHER),
    Voiding(reason=4, message=None, recorded_as=None),
    Voiding(reason=4, message=" ", recorded_as=None),
    Voiding(reason="Other", message="", recorded_as=None),
    Voiding(reason=5, message=None, recorded_as=None),
    Voiding(reason=True, message=None, recorded_as=None),
    Voiding(reason="Ill", message=None, recorded_as=None),
    Voiding(reason=1, message=17, recorded_as=None),
]


@pytest.mark.parametrize(
    "case", VOIDING, ids=lambda case: f"{case.reason}, message {case.message!r}"
)
def test_voiding_takes_a_known_reason_and_other_needs_a_message(
    sandbox: Sandbox,
    surpass: httpx.Client,
    case: Voiding,
) -> None:
    body = {"testState": "Voided", "voidReason": case.reason, "voidMessage": case.message}
    reply = surpass.put("STATE004", json=body)
    session = sandbox.session("STATE004")
    assert session.void_reason is case.recorded_as
    assert session.state is (TestState.READY if case.recorded_as is None else TestState.VOIDED)
    if case.recorded_as is None:
        assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.BAD_VOID_REASON


def test_a_reason_may_be_left_out_and_is_told_by_name(surpass: httpx.Client) -> None:
    assert surpass.put("STATE004", json={"testState": "Voided"}).status_code == 200
    body = {"testState": 10, "voidReason": "NotYetStarted"}
    assert surpass.put("STATE005", json=body).status_code == 200
    shown = [surpass.get(keycode).json()["response"][0] for keycode in ("STATE004", "STATE005")]
    assert [(reason["testState"], reason["voidReason"]) for reason in shown] == [
        ("Voided", None),
        ("Voided", "NotYetStarted"),
    ]


def test_put_takes_a_state_by_number_and_a_session_by_id(
    sandbox: Sandbox, surpass: httpx.Client
) -> None:
    reason = sandbox.session("STATE006")
    assert surpass.put(str(reason.id), json={"testState": 7}).status_code == 200
    assert sandbox.session("STATE006").state is TestState.PAUSED


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"testState": "Nowhere"}', "{", '{"testState":17}']
)
def test_put_refuses_what_is_no_change(surpass: httpx.Client, body: str) -> None:
    reply = surpass.put("STATE006", content=body)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["ErrorCode"] in (ErrorNumber.BAD_BODY, ErrorNumber.NOT_JSON)


@pytest.mark.parametrize("before", TestState, ids=lambda state: state.wire)
def test_a_reset_works_from_states_1_to_4_only(
    sandbox: Sandbox, surpass: httpx.Client, before: TestState
) -> None:
    forms = {"currentTestFormRef": "FORM-1", "updatedTestFormRef": "FORM-9"}
    reply = surpass.patch(keycode(before), params=forms)
    session = sandbox.session(keycode(before))
    if before in (1, 2, 3, 4):
        assert reply.status_code == 200
        assert (session.state, session.test_form.reference) == (1, "FORM-9")
    else:
        assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.WRONG_STATE
        assert (session.state, session.test_form.reference) == (before, "FORM-1")


@pytest.mark.parametrize(
    ("forms", "number"),
    [
        ({"currentTestFormRef": "FORM-2", "updatedTestFormRef": "F"}, ErrorNumber.WRONG_TEST_FORM),
        ({"currentTestFormRef": "FORM-1", "updatedTestFormRef": ""}, ErrorNumber.BAD_QUERY),
        ({"currentTestFormRef": "FORM-1"}, ErrorNumber.BAD_QUERY),
        ({"updatedTestFormRef": "FORM-1"}, ErrorNumber.BAD_QUERY),
    ],
)
def test_a_reset_must_name_both_test_forms(
    sandbox: Sandbox, surpass: httpx.Client, forms: dict[str, str], number: ErrorNumber
) -> None:
    reply = surpass.patch("STATE004", params=forms)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["ErrorCode"] == number
    assert sandbox.session("STATE004").state is TestState.READY


@pytest.mark.parametrize("before", TestState, ids=lambda state: state.wire)
def test_submit_marked_exam_works_from_awaiting_marking_only(
    sandbox: Sandbox, surpass: httpx.Client, before: TestState
) -> None:
    reply = surpass.put(f"{keycode(before)}/SubmitMarkedExam")
    after = sandbox.session(keycode(before)).state
    if before is TestState.AWAITING_MARKING:
        assert (reply.status_code, after) == (200, TestState.MARKED)
    else:
        assert (reply.status_code, after) == (400, before)
