"""What a session looks like, field by field, in each shape that can be switched on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.sandbox import ErrorNumber, SandboxSession, Section

from .contract import (
    CODE,
    ITEM_FIELDS,
    MIXED,
    SECTION_FIELDS,
    SESSION_FIELDS,
    paper,
    post,
    scored,
    serving,
    session_of,
)


def test_a_session_has_the_fields_of_the_contract() -> None:
    with serving(paper()) as (_, client):
        assert set(client.get(f"TestSession/{CODE}").json()["response"][0]) == SESSION_FIELDS
        before = session_of(client)
        post(client, {"1": 4, "2": None, "3": 10})
        after = session_of(client)
    assert set(before) == SESSION_FIELDS | {"availableMarks", "sections"}  # mark is still null
    assert set(after) == set(before) | {"mark"}
    assert (after["files"], after["voidReason"], after["externalReference"]) == ([], None, None)
    assert (after["reference"], after["availableMarks"], after["mark"]) == (CODE, 18, 14.0)
    assert isinstance(after["availableMarks"], int)
    assert isinstance(after["mark"], float)


def test_two_sections_led_by_a_page_with_numbers_that_are_never_null() -> None:
    with serving(paper()) as (_, client):
        before = session_of(client)
        post(client, {"1": 4, "2": None, "3": 10})
        after = session_of(client)
    for element in (before, after):
        assert [section["name"] for section in element["sections"]] == ["Section A", "Section B"]
        assert {section["selected"] for section in element["sections"]} == {None}
        for section in element["sections"]:
            assert set(section) == SECTION_FIELDS
            assert isinstance(section["mark"], float)
            for item in section["items"]:
                assert set(item) == ITEM_FIELDS
                assert isinstance(item["availableMarks"], int)
                assert isinstance(item["mark"], float)
                assert isinstance(item["awardedMark"], float)
    first, second = after["sections"]
    assert [(item["type"], item["displayNumber"], item["availableMarks"], item["mark"])
            for item in first["items"]] == [
        ("InformationPage", None, 0, 0.0), ("Question", "1", 5, 4.0), ("Question", "2", 3, 0.0),
    ]  # fmt: skip
    assert [(item["displayNumber"], item["awardedMark"]) for item in second["items"]] == [
        ("3", 10.0)
    ]
    assert [(section["availableMarks"], section["mark"]) for section in (first, second)] == [
        (8, 4.0),
        (10, 10.0),
    ]
    assert {item["mark"] for item in scored(before)} == {0.0}


def test_downloads_come_by_flag() -> None:
    with serving(paper()) as (_, client):
        plain = client.get(f"TestSession/{CODE}").json()["response"][0]
        flagged = client.get(f"TestSession/{CODE}", params={"returnDownloadData": "true"}).json()
    assert (plain["downloads"], flagged["response"][0]["downloads"]) == (None, [])


def test_what_does_not_count_is_shown_and_cannot_be_posted() -> None:
    mixed = SandboxSession.paper(CODE, sections=MIXED)
    with serving(mixed) as (sandbox, client):
        shown = session_of(client)
        refused = post(client, {"1": 1, "x": 1})
        assert refused.json()["errors"][0]["ErrorCode"] == ErrorNumber.BAD_QUESTION
        assert post(client, {"5": 1}).status_code == 400  # of the survey
        assert post(client, {"1": 5, "2": 3, "3": 10, "4": 6}).status_code == 200
        after = session_of(client)
        assert sandbox.session(CODE).available_marks == shown["availableMarks"] == 24
    assert [section["selected"] for section in shown["sections"]] == [None, False, True, None]
    assert [section["isSurveySection"] for section in shown["sections"]] == [False] * 3 + [True]
    assert [item["displayNumber"] for item in scored(shown)] == ["1", "2", "3", "4"]
    (non_scored,) = (item for item in shown["sections"][0]["items"] if item["nonScored"])
    assert (non_scored["displayNumber"], non_scored["availableMarks"]) == ("x", 2)
    # The unselected question 3 has the number of one that counts, but not its mark.
    assert after["sections"][1]["items"][0]["mark"] == 0.0
    assert [item["mark"] for item in scored(after)] == [5.0, 3.0, 10.0, 6.0]


def test_a_paper_that_cannot_be_posted_to_is_no_paper() -> None:
    twice = (Section("A", {"1": 5}), Section("B", {"1": 5}))
    with pytest.raises(ValueError, match="same number"):
        SandboxSession.paper(CODE, sections=twice)
    with pytest.raises(ValueError, match="not both"):
        SandboxSession.paper(CODE, {"1": 5}, sections=MIXED)


def test_numbers_that_restart_are_posted_by_their_position() -> None:
    mixed = SandboxSession.paper(CODE, sections=MIXED)
    with serving(mixed, numbers_restart=True) as (sandbox, client):
        shown = session_of(client)
        assert [item["displayNumber"] for item in scored(shown)] == ["1", "2", "1", "2"]
        too_high = post(client, {"1": 5, "2": 3, "3": 11, "4": 7})
        assert len(too_high.json()["errors"]) == 2
        assert post(client, {"5": 1}).status_code == 400
        assert post(client, {"1": 5, "2": 3, "3": 10, "4": 6}).status_code == 200
        assert [item["mark"] for item in scored(session_of(client))] == [5.0, 3.0, 10.0, 6.0]
        assert sandbox.session(CODE).marks == {"1": 5, "2": 3, "3": 10, "4": 6}


def test_numbers_of_any_form_are_posted_by_their_position_where_they_restart() -> None:
    odd = SandboxSession.paper(CODE, {"1a": 5, "1b": 3, "7": 1})
    with serving(odd, numbers_restart=True) as (sandbox, client):
        assert [item["displayNumber"] for item in scored(session_of(client))] == ["1", "2", "1"]
        assert post(client, {"1a": 5}).status_code == 400
        assert post(client, {"1": 5, "2": 3, "3": 1}).status_code == 200
        assert sandbox.session(CODE).mark == 9


def test_sections_may_be_missing_while_the_session_waits() -> None:
    with serving(paper(), sections_before_marks=False) as (_, client):
        assert set(session_of(client)) == SESSION_FIELDS
        assert post(client, {"1": 6}).status_code == 400  # Surpass knows the maxima all the same
        post(client, {"1": 5})
        after = session_of(client)
    assert (after["mark"], after["availableMarks"], len(scored(after))) == (5.0, 18, 3)


@dataclass(frozen=True)
class DateForm:
    day_first: bool
    day: str
    start: str
    end: str


DATES = {
    "iso": DateForm(day_first=False, day="2025-06-02", start="09:00:00", end="17:00:00"),
    "day-first": DateForm(day_first=True, day="02/06/2025", start="0900", end="1700"),
}


@pytest.mark.parametrize("name", DATES)
def test_dates_come_in_two_forms(name: str) -> None:
    case = DATES[name]
    with serving(paper(), day_first_dates=case.day_first) as (_, client):
        session = session_of(client)
    assert (session["startDate"], session["endDate"]) == (case.day, case.day)
    assert (session["startTime"], session["endTime"]) == (case.start, case.end)
