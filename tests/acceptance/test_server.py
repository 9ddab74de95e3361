"""The second server does what is documented: sessions, marks, responses, results, refusals."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.acceptance.asking import DATE, ITEMS, MARKS, ask, get_from, new_service, post_to
from tests.acceptance.model import (
    OPEN,
    Item,
    Paper,
    Section,
    Shape,
)
from tests.acceptance.server import BASIC, serving


def test_a_single_session_is_one_element_in_an_envelope() -> None:
    service = new_service()
    with serving(service):
        reply = get_from(service, "TestSession/OPEN0001")
        by_id = get_from(service, f"TestSession/{reply.only['id']}")
    assert reply.status == 200
    assert reply.body == by_id.body
    assert reply.body["errors"] is None
    assert reply.body["serverTimeZone"] == "GMT Standard Time"
    paging = ("count", "top", "skip", "pageCount", "nextPageLink", "prevPageLink")
    assert {reply.body[name] for name in paging} == {None}
    assert reply.only["keycode"] == reply.only["reference"] == "OPEN0001"
    assert reply.only["testState"] == OPEN
    assert reply.only["candidate"]["reference"] == "00042"
    assert reply.only["testForm"]["reference"] == "BIO-P1"
    assert "sections" not in reply.only


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        pytest.param(Shape(), ["", "1", "2", "3", "1", "4", "5"], id="over the paper"),
        pytest.param(
            Shape(numbers_restart=True), ["", "1", "2", "3", "1", "1", "2"], id="in each section"
        ),
    ],
)
def test_items_have_display_numbers_and_marks_that_are_never_null(
    shape: Shape, numbers: list[str]
) -> None:
    service = new_service(shape)
    with serving(service):
        reply = get_from(service, f"TestSession/OPEN0001{ITEMS}")
    assert [item["displayNumber"] for item in reply.items] == numbers
    assert [item["availableMarks"] for item in reply.items] == [0, 5, 10, 4, 0, 3, 6]
    assert {(item["mark"], item["awardedMark"]) for item in reply.items} == {(0.0, 0.0)}
    assert Counter(item["type"] for item in reply.items) == {
        "Question": 5,
        "InformationPage": 1,
        "Rubric": 1,
    }
    assert not any("questionNumber" in item for item in reply.items)
    assert reply.only["availableMarks"] == 28
    assert "mark" not in reply.only


def test_marks_that_are_taken_read_back_with_zero_for_null() -> None:
    service = new_service()
    with serving(service):
        written = post_to(service, "OPEN0001")
        reply = get_from(service, f"TestSession/OPEN0001{ITEMS}")
    assert written.status == 200
    assert set(written.body) == {"id", "reference", "href", "errors", "serverTimeZone"}
    assert written.body["errors"] is None
    marks = [item["mark"] for item in reply.items if item["type"] == "Question"]
    assert marks == [5.0, 0.0, 0.0, 3.0, 6.0]
    assert reply.only["mark"] == 14.0
    assert reply.only["testState"] == "Marked"
    assert service.stored("OPEN0001") == [{"1": 5, "2": 0, "3": None, "4": 3, "5": 6}]
    (post,) = service.posts
    assert (post.keycode, post.call, post.body) == ("OPEN0001", "ItemMarks", MARKS)
    assert post.query == {"completionDate": "2026-11-23T10:00:00"}


def test_responses_read_back_as_values_and_the_reply_has_a_message() -> None:
    service = new_service()
    body = [{"questionNumber": str(at), "answer": "A"} for at in range(1, 6)]
    with serving(service):
        written = ask(service, "POST", "TestSession/OPEN0001/ItemResponses", body)
        reply = get_from(service, f"TestSession/OPEN0001{ITEMS}")
    assert written.body["message"]
    answers = [item["candidateResponse"] for item in reply.items if item["type"] == "Question"]
    assert answers == [{"Value": "A"}] * 5


def _marks(*marks: object, first: int = 1) -> list[dict[str, object]]:
    return [{"questionNumber": str(at), "mark": mark} for at, mark in enumerate(marks, first)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"marks": MARKS}, id="no bare list"),
        pytest.param([{"questionNumber": 1, "mark": 3}], id="a number that is no string"),
        pytest.param(_marks(5, 0, None, 3), id="a question is missing"),
        pytest.param(_marks(5, 0, None, 3, 6, 1), id="a question too many"),
        pytest.param([*MARKS[:4], MARKS[0]], id="a question twice"),
        pytest.param(_marks(5, 0, None, 4, 6), id="over the maximum"),
        pytest.param(_marks(-1, 0, None, 3, 6), id="below zero"),
        pytest.param(_marks(4.5, 0, None, 3, 6), id="half a mark"),
        pytest.param(_marks("5", 0, None, 3, 6), id="a mark as text"),
        pytest.param([{**element, "section": 1} for element in MARKS], id="a field too many"),
    ],
)
def test_a_body_that_is_not_understood_is_refused_and_nothing_stored(body: object) -> None:
    service = new_service()
    with serving(service):
        reply = post_to(service, "OPEN0001", body)
    assert reply.status == 400
    (error,) = reply.body["errors"]
    assert isinstance(error["ErrorCode"], int)
    assert error["Message"]
    assert service.stored("OPEN0001") == []
    assert service.session("OPEN0001").state == OPEN


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("TestSession/OPEN0001/ItemMarks/", 400, id="no completion date"),
        pytest.param(
            "TestSession/OPEN0001/ItemMarks/?completionDate=23/11/2026", 400, id="another date form"
        ),
        pytest.param(f"TestSession/OPEN0001/ItemMarks{DATE}", 404, id="no slash"),
        pytest.param(f"TestSession/NOSUCH01/ItemMarks/{DATE}", 404, id="unknown keycode"),
        pytest.param(f"TestSession/OPEN0001/ScannedItemResponses{DATE}", 404, id="retired"),
    ],
)
def test_a_post_to_another_address_stores_nothing(path: str, status: int) -> None:
    service = new_service()
    with serving(service):
        assert ask(service, "POST", path, MARKS).status == status
    assert service.stored("OPEN0001") == []
    assert len(service.posts) == 1


def test_a_session_takes_marks_once() -> None:
    service = new_service()
    with serving(service):
        assert [post_to(service, "OPEN0001").status for _ in range(2)] == [200, 400]
    assert len(service.stored("OPEN0001")) == 1
    assert len(service.posts) == 2


def test_what_a_post_wants_leaves_out_what_gets_no_mark() -> None:
    sections = (
        Section(name="A", items=(Item(maximum=5), Item(maximum=2, non_scored=True))),
        Section(name="B", items=(Item(maximum=6),), selected=False),
        Section(name="C", items=(Item(maximum=7),), selected=True),
        Section(name="How was it?", items=(Item(type="Survey", number="1"),), survey=True),
    )
    paper = Paper("OPT-1", sections)
    assert paper.wanted(Shape()) == {"1": 5, "3": 7}
    assert paper.wanted(Shape(numbers_restart=True)) == {"1": 5, "2": 7}


# The shapes.


def test_sections_can_come_only_with_the_marks() -> None:
    service = new_service(Shape(sections_before_marks=False))
    with serving(service):
        before = get_from(service, f"TestSession/OPEN0001{ITEMS}").only
        post_to(service, "OPEN0001")
        after = get_from(service, f"TestSession/OPEN0001{ITEMS}").only
    assert not {"sections", "mark", "availableMarks"} & set(before)
    assert {"sections", "mark", "availableMarks"} <= set(after)


@pytest.mark.parametrize("status", [404, 400])
def test_a_session_can_become_a_result(status: int) -> None:
    service = new_service(Shape(becomes_result=True, gone_status=status))
    with serving(service):
        before = get_from(service, "Result/OPEN0001")
        post_to(service, "OPEN0001")
        session = get_from(service, f"TestSession/OPEN0001{ITEMS}")
        listed = get_from(service, "TestSession")
        result = get_from(service, "Result/OPEN0001")
        again = post_to(service, "OPEN0001")
    assert before.status == 404
    assert session.status == again.status == status
    assert session.body["errors"]
    assert listed.body["response"] == []
    assert result.only["reference"] == "OPEN0001"
    assert "keycode" not in result.only
    assert [item["mark"] for item in result.items] == [0.0, 5.0, 0.0, 0.0, 0.0, 3.0, 6.0]
    assert len(service.stored("OPEN0001")) == 1


@pytest.mark.parametrize(
    ("shape", "status"),
    [
        pytest.param(Shape(), 404, id="404"),
        pytest.param(Shape(unknown_status=400), 400, id="400"),
        pytest.param(Shape(errors_status=200), 200, id="errors with 200"),
    ],
)
def test_an_unknown_keycode_has_its_status_and_an_error(shape: Shape, status: int) -> None:
    service = new_service(shape)
    with serving(service):
        replies = [get_from(service, "TestSession/NOSUCH01"), post_to(service, "NOSUCH01")]
    assert [reply.status for reply in replies] == [status, status]
    assert all(set(reply.body["errors"][0]) == {"ErrorCode", "Message"} for reply in replies)


@pytest.mark.parametrize(
    ("shape", "authorization"),
    [
        pytest.param(Shape(), "Basic d3Jvbmc6d3Jvbmc=", id="wrong"),
        pytest.param(Shape(errors_status=200), "Basic d3Jvbmc6d3Jvbmc=", id="errors with 200"),
        pytest.param(Shape(basic_refused=True), BASIC, id="Basic is switched off"),
    ],
)
def test_who_is_not_known_gets_401(shape: Shape, authorization: str) -> None:
    service = new_service(shape)
    with serving(service):
        reply = ask(service, "GET", "TestSession", authorization=authorization)
    assert reply.status == 401
    assert reply.body["errors"]
