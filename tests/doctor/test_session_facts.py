"""doctor --session: the session itself, its fields, its dates; and what ends the looking."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from tests.doctor.surpass_answers import (
    NAME,
    PAPER,
    REFUSED,
    UNKNOWN,
    Case,
    body,
    check,
    session,
    shows,
)
from tests.serving import CUT, reply

SESSION = {
    "not-open": Case(
        what="session",
        changes=shows(*PAPER, testState="Marked"),
        verdict=Verdict.WARNING,
        expected="is in Marked",
    ),
    "unknown-state": Case(
        what="session",
        changes=shows(*PAPER, testState=NAME),
        verdict=Verdict.WARNING,
        expected="a state that is not known",
    ),
    "fields": Case(what="fields", expected="A session has id, reference, href, keycode"),
    "no-candidate-reference": Case(
        what="fields",
        changes=shows(*PAPER, candidate={"id": 3}),
        verdict=Verdict.WARNING,
        expected="Lacking: candidate.reference",
    ),
    "few-fields": Case(
        what="fields",
        changes={"session": reply(body({"id": 7, NAME: 1}))},
        verdict=Verdict.WARNING,
        expected="A session has id and 1 more; not test, centre, startDate",
    ),
}


@pytest.mark.parametrize("name", SESSION)
def test_the_session_and_its_fields(tmp_path: Path, name: str) -> None:
    check(tmp_path, SESSION[name])


DATES = {
    "day-first": Case(what="dates", expected="are written dd/MM/yyyy."),
    "either-way": Case(
        what="dates",
        changes=shows(startDate="02/06/2026", endDate="02/06/2026"),
        expected="day first; this one fits both",
    ),
    "iso": Case(
        what="dates",
        changes=shows(startDate="2026-06-25T09:00:00", endDate=None),
        expected="yyyy-MM-dd and a time",
    ),
    "month-first": Case(
        what="dates",
        changes=shows(startDate="06/25/2026"),
        verdict=Verdict.WARNING,
        expected="startDate cannot be read",
    ),
    "no-dates": Case(
        what="dates",
        changes={"session": reply(body({"id": 7}))},
        verdict=Verdict.WARNING,
        expected="Neither",
    ),
    "zone": Case(what="time zone", expected="GMT Standard Time (Europe/London)"),
    "unknown-zone": Case(
        what="time zone",
        changes={"session": reply(body(session(*PAPER), serverTimeZone="Somewhere"))},
        verdict=Verdict.WARNING,
        expected="(Somewhere) is not known",
    ),
}


@pytest.mark.parametrize("name", DATES)
def test_dates_and_the_time_zone(tmp_path: Path, name: str) -> None:
    check(tmp_path, DATES[name])


ENDS = {
    "unknown-by-404": Case(
        what="session",
        changes={"session": UNKNOWN},
        verdict=Verdict.FAILED,
        expected="unknown, or not visible to this user (HTTP 404",
    ),
    "unknown-by-400": Case(
        what="session",
        changes={"session": REFUSED},
        verdict=Verdict.FAILED,
        expected="unknown, or not visible to this user (HTTP 400",
    ),
    "empty": Case(
        what="session",
        changes={"session": reply(body())},
        verdict=Verdict.FAILED,
        expected="unknown, or",
    ),
    "session-forbidden": Case(
        what="session",
        changes={"session": reply("", status=403)},
        verdict=Verdict.FAILED,
        expected="may not read",
    ),
    "a-site": Case(
        what="session",
        changes={"session": reply("<html>")},
        verdict=Verdict.FAILED,
        expected="not as its API",
    ),
    "cut": Case(what="session", changes={"all": CUT}, verdict=Verdict.FAILED, expected="no more"),
    "401": Case(
        what="credentials",
        changes={"session": reply("", status=401)},
        verdict=Verdict.FAILED,
        expected="HTTP 401",
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_it(tmp_path: Path, name: str) -> None:
    check(tmp_path, ENDS[name])
