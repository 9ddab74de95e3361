"""One sheet, handed in once: what is said where something is taken for granted, or is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.command import Ran, papermarks
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    Session,
    Shape,
    keycodes,
)
from tests.acceptance.server import PASSWORD, serving
from tests.acceptance.sheets import FORM, Marks, content, marks_at, maxima_from, write_sheet

_THREE = {keycode: marks_at(at) for at, keycode in enumerate(keycodes("GOOD", 3))}
_OVER = "OVERMAX1"


def _ingest(service: Service, home: Path, rows: Mapping[str, Marks]) -> Ran:
    """A sheet of these rows is handed in."""
    with serving(service) as url:
        return papermarks(home, url, "ingest", str(write_sheet(home / "sheet.csv", rows)))


def _three(shape: Shape, home: Path, *, zone: str = "GMT Standard Time") -> tuple[Service, Ran]:
    """Three good sessions, handed in by keycode."""
    service = Service(map(Session, _THREE), shape, zone=zone)
    return service, _ingest(service, home, _THREE)


def test_numbers_that_restart_are_taken_by_position_and_that_is_said(tmp_path: Path) -> None:
    _, ran = _three(Shape(numbers_restart=True), tmp_path)
    assert ran.code == 0, ran.err
    assert any("section" in finding["message"].lower() for finding in ran.report["findings"])


def test_numbers_that_do_not_restart_need_no_word(tmp_path: Path) -> None:
    _, ran = _three(Shape(), tmp_path)
    assert ran.code == 0, ran.err
    assert ran.report["findings"] == []


@pytest.mark.parametrize(
    "errors_status", [pytest.param(None, id="400"), pytest.param(200, id="errors with 200")]
)
def test_maxima_that_nobody_tells_are_said_to_be_missing(
    tmp_path: Path, errors_status: int | None
) -> None:
    """Then Surpass itself must refuse a mark over the maximum; nothing of it is stored."""
    shape = Shape(sections_before_marks=False, errors_status=errors_status)
    rows = {**_THREE, _OVER: (5, 0, 5, 3, 6)}  # question 3 has 4 marks at most
    service = Service(map(Session, rows), shape)
    ran = _ingest(service, tmp_path, rows)
    assert ran.code == 1, ran.err
    assert ran.outcomes == {**dict.fromkeys(_THREE, "accepted"), _OVER: "refused"}
    assert service.stored(_OVER) == []
    assert len(service.posted()[_OVER]) == 1
    assert maxima_from(ran) == {FORM: "nowhere"}


# Results.


@pytest.mark.parametrize("gone_status", [404, 400])
def test_24_sessions_that_all_become_results_are_all_accepted(
    tmp_path: Path, gone_status: int
) -> None:
    rows = {keycode: marks_at(at) for at, keycode in enumerate(keycodes("RESULT", 24), start=1)}
    service = Service(map(Session, rows), Shape(becomes_result=True, gone_status=gone_status))
    ran = _ingest(service, tmp_path, rows)
    assert ran.code == 0, ran.err
    assert ran.outcomes == dict.fromkeys(rows, "accepted")
    assert len(service.posts) == 24
    assert {keycode: service.stored(keycode) for keycode in rows} == {
        keycode: [content(marks)] for keycode, marks in rows.items()
    }


# Access.


def test_basic_switched_off_stops_the_run_and_names_the_causes(tmp_path: Path) -> None:
    service, ran = _three(Shape(basic_refused=True), tmp_path)
    assert ran.code == 4, ran.err
    assert not service.posts
    assert ran.outcomes == dict.fromkeys(_THREE, "failed")
    output = ran.output.lower()
    assert "password" in output
    assert "basic" in output
    assert "single sign-on" in output
    assert PASSWORD not in ran.output


# Time.


@pytest.mark.parametrize(
    ("windows_name", "iana_name"),
    [
        pytest.param("Tokyo Standard Time", "Asia/Tokyo", id="ahead of UTC"),
        pytest.param("Hawaiian Standard Time", "Pacific/Honolulu", id="behind UTC"),
        pytest.param("GMT Standard Time", "Europe/London", id="London"),
    ],
)
def test_the_completion_date_is_on_the_clock_of_surpass(
    tmp_path: Path, windows_name: str, iana_name: str
) -> None:
    zone = ZoneInfo(iana_name)
    before = dt.datetime.now(zone).replace(microsecond=0)
    service, ran = _three(Shape(), tmp_path, zone=windows_name)
    after = dt.datetime.now(zone)
    assert ran.code == 0, ran.err
    for post in service.posts:
        completed = dt.datetime.fromisoformat(post.query["completionDate"]).replace(tzinfo=zone)
        assert before <= completed <= after


def test_a_zone_that_cannot_be_known_is_said(tmp_path: Path) -> None:
    _, ran = _three(Shape(), tmp_path, zone="Neverland Standard Time")
    assert "Neverland Standard Time" in ran.output
