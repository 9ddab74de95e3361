"""What a session's reply may look like: names or numbers, missing fields, odd ones."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import NotUnderstood
from pipeline.sandbox import SandboxSession
from pipeline.surpass import Reference, Session, replies
from schemas.states import TestState
from tests.serving import access, asked, reply, saying, served, single


def told(**fields: Any) -> Session:
    session = replies.session(single(**fields))
    assert session is not None
    return session


@pytest.mark.parametrize("state", TestState, ids=lambda state: state.wire)
def test_a_state_is_read_by_name_and_by_number(state: TestState) -> None:
    spellings = [state.wire, state.wire.upper(), int(state), str(int(state))]
    for field in ("testState", "currentExamState"):
        assert [told(**{field: spelling}).state for spelling in spellings] == [state] * 4
        is_open = state is TestState.PAPER_RESPONSE_UPLOAD
        assert [told(**{field: spelling}).is_open for spelling in spellings] == [is_open] * 4


@pytest.mark.parametrize("odd", ["Moderating", "", " ", 17, 21, -1, "19.0", "PaperResponse"])
def test_an_unknown_state_is_told_and_is_not_open(odd: object) -> None:
    session = told(testState=odd)
    assert (session.state, session.is_open, session.state_name) == (None, False, str(odd))


@pytest.mark.parametrize("odd", [None, True, 19.0, [19], {"id": 19}])
def test_a_state_in_no_form_that_is_known_is_not_told(odd: object) -> None:
    assert told(testState=odd).state_name is None
    assert not told(testState=odd).is_open


def test_everything_may_be_missing() -> None:
    session = told()
    assert (session.id, session.keycode, session.state, session.mark) == (None, None, None, None)
    assert (session.test_form, session.items, session.is_open) == (None, {}, False)


def test_everything_that_the_sandbox_tells_is_typed() -> None:
    paper = SandboxSession.paper("H76RBD8P", {"1": 5, "2": 3}, test_form_reference="FORM-A")
    with served([paper]) as (sandbox, login):
        sandbox.put_in_state("H76RBD8P", TestState.AWAITING_MARKING)
        session = asked(login, lambda surpass: surpass.session("H76RBD8P"))
        plain = asked(login, lambda surpass: surpass.session("H76RBD8P", additional=False))
    assert (session.id, session.keycode) == (sandbox.session("H76RBD8P").id, "H76RBD8P")
    assert session.state is TestState.AWAITING_MARKING
    assert session.test_form == Reference(id=4, reference="FORM-A", name="FORM-A")
    assert session.candidate == Reference(id=1, reference="CANDIDATE-H76RBD8P")
    assert (session.start_date, session.end_date) == ("2025-06-02", "2025-06-02")
    assert (session.available_marks, session.mark) == (8, None)
    assert {name: item.available_marks for name, item in session.items.items()} == {"1": 5, "2": 3}
    assert session.server_time_zone == "GMT Standard Time"
    assert (plain.available_marks, plain.items) == (None, {})


def test_questions_of_all_sections_come_in_one() -> None:
    sections = [
        {"items": [{"displayNumber": 1, "availableMarks": 5, "mark": 2.5, "response": "A"}]},
        {"name": "no items here"},
        {
            "items": [
                {
                    "displayNumber": "2b",
                    "availableMarks": 3,
                    "mark": 0,
                    "candidateResponse": {"Value": 7},
                }
            ]
        },
    ]
    items = told(sections=sections, mark=2.5, availableMarks=8).items
    assert [*items] == ["1", "2b"]
    assert [(one.available_marks, one.mark, one.response) for one in items.values()] == [
        (5, 2.5, "A"),
        (3, 0, "7"),
    ]


# What is odd about items must stop no session, and is never taken for certain.
@pytest.mark.parametrize(
    "sections",
    [
        None,
        [],
        {},
        "none",
        [None],
        [{"items": None}],
        [{"items": {}}],
        [{"items": ["1", None]}],
        [{"items": [{"displayNumber": "1"}, {"name": "the second has no number"}]}],
        [{"items": [{"displayNumber": "1"}, {"displayNumber": "1"}]}],
        [{"items": [{"displayNumber": 1.5}]}],
        [{"items": [{"displayNumber": "1"}, {"displayNumber": ""}]}],
        [{"items": [{"displayNumber": "1"}, {"displayNumber": "2", "type": "Riddle"}]}],
        [{"items": [{"questionNumber": "1"}]}],  # a name of the POST's body, not of a reply's
        [{"items": [{"number": "1"}]}],
    ],
)
def test_questions_that_are_not_told_in_full_are_not_told(sections: object) -> None:
    session = told(testState=19, sections=sections)
    assert session.is_open
    assert session.items == {}


@pytest.mark.parametrize("odd", ["5", None, True, [5], {}])
def test_an_odd_maximum_or_mark_is_not_told(odd: object) -> None:
    item = {"displayNumber": "1", "mark": odd, "awardedMark": odd, "availableMarks": odd}
    session = told(mark=odd, availableMarks=odd, sections=[{"items": [item]}])
    assert (session.mark, session.available_marks) == (None, None)
    assert session.items["1"].marks == ()
    assert session.items["1"].available_marks is None


@pytest.mark.parametrize("body", [None, [], "session", 5, {}, {"response": None}, {"response": 7}])
def test_a_body_that_is_no_reply_is_not_understood(body: object) -> None:
    with pytest.raises(NotUnderstood):
        replies.session(body)


def test_a_reply_about_another_session_is_not_taken_for_this_one() -> None:
    other = single(id=8, keycode="OTHER001", testState="PaperResponseUpload")
    with saying(reply(other)) as server:
        for key in ("H76RBD8P", 7, "7"):
            with pytest.raises(NotUnderstood, match="OTHER001"):
                asked(access(server.url), lambda surpass, key=key: surpass.session(key))  # type: ignore[misc]


@pytest.mark.parametrize("key", ["H76RBD8P", "10000001", 7, "7"])
def test_a_session_answers_to_its_keycode_and_its_id(key: str | int) -> None:
    keycode = "10000001" if key == "10000001" else "H76RBD8P"
    with saying(reply(single(id=7, keycode=keycode, testState=19))) as server:
        assert asked(access(server.url), lambda surpass: surpass.session(key)).keycode == keycode


def test_an_odd_reply_is_named_by_its_fields_and_never_by_what_is_in_them() -> None:
    secret = "Ada Lovelace"
    body = single(keycode="H76RBD8P", candidate=secret, testForm={"id": secret})
    with pytest.raises(NotUnderstood) as caught:
        replies.session(body)
    assert "response.0.candidate" in str(caught.value)
    assert secret not in f"{caught.value} {caught.value.__cause__}"
