"""doctor --session: the session itself, its fields, its dates; and what ends the looking."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from tests.doctor.surpass_answers import NAME, PAPER, REFUSED, UNKNOWN, Case, body, check, session
from tests.serving import CUT, reply


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                what="session",
                changes={"session": reply(body(session(*PAPER, testState="Marked")))},
                verdict=Verdict.WARNING,
                expected="is in Marked",
            ),
            id="not-open",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply(body(session(*PAPER, testState=NAME)))},
                verdict=Verdict.WARNING,
                expected="a state that is not known",
            ),
            id="unknown-state",
        ),
        pytest.param(
            Case(
                what="fields",
                changes={},
                verdict=Verdict.OK,
                expected="A session has id, reference, href, keycode",
            ),
            id="fields",
        ),
        pytest.param(
            Case(
                what="fields",
                changes={"session": reply(body(session(*PAPER, candidate={"id": 3})))},
                verdict=Verdict.WARNING,
                expected="Lacking: candidate.reference",
            ),
            id="no-candidate-reference",
        ),
        pytest.param(
            Case(
                what="fields",
                changes={"session": reply(body({"id": 7, NAME: 1}))},
                verdict=Verdict.WARNING,
                expected="A session has id and 1 more; not test, centre, startDate",
            ),
            id="few-fields",
        ),
    ],
)
def test_the_session_and_its_fields(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(what="dates", changes={}, verdict=Verdict.OK, expected="are written dd/MM/yyyy."),
            id="day-first",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={
                    "session": reply(body(session(startDate="02/06/2026", endDate="02/06/2026")))
                },
                verdict=Verdict.OK,
                expected="day first; this one fits both",
            ),
            id="either-way",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={
                    "session": reply(body(session(startDate="2026-06-25T09:00:00", endDate=None)))
                },
                verdict=Verdict.OK,
                expected="yyyy-MM-dd and a time",
            ),
            id="iso",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={"session": reply(body(session(startDate="06/25/2026")))},
                verdict=Verdict.WARNING,
                expected="startDate cannot be read",
            ),
            id="month-first",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={"session": reply(body({"id": 7}))},
                verdict=Verdict.WARNING,
                expected="Neither",
            ),
            id="no-dates",
        ),
        pytest.param(
            Case(
                what="time zone",
                changes={},
                verdict=Verdict.OK,
                expected="GMT Standard Time (Europe/London)",
            ),
            id="zone",
        ),
        pytest.param(
            Case(
                what="time zone",
                changes={"session": reply(body(session(*PAPER), serverTimeZone="Somewhere"))},
                verdict=Verdict.WARNING,
                expected="(Somewhere) is not known",
            ),
            id="unknown-zone",
        ),
    ],
)
def test_dates_and_the_time_zone(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                what="session",
                changes={"session": UNKNOWN},
                verdict=Verdict.FAILED,
                expected="unknown, or not visible to this user (HTTP 404",
            ),
            id="unknown-by-404",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": REFUSED},
                verdict=Verdict.FAILED,
                expected="unknown, or not visible to this user (HTTP 400",
            ),
            id="unknown-by-400",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply(body())},
                verdict=Verdict.FAILED,
                expected="unknown, or",
            ),
            id="empty",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply("", status=403)},
                verdict=Verdict.FAILED,
                expected="may not read",
            ),
            id="session-forbidden",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply("<html>")},
                verdict=Verdict.FAILED,
                expected="not as its API",
            ),
            id="a-site",
        ),
        pytest.param(
            Case(what="session", changes={"all": CUT}, verdict=Verdict.FAILED, expected="no more"),
            id="cut",
        ),
        pytest.param(
            Case(
                what="credentials",
                changes={"session": reply("", status=401)},
                verdict=Verdict.FAILED,
                expected="HTTP 401",
            ),
            id="401",
        ),
    ],
)
def test_what_ends_it(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)
