"""Surpass's clock: known by Windows's names for zones, and never silently this machine's."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tzlocal.windows_tz import win_tz

from pipeline.model import Run
from pipeline.progress import QUIET
from pipeline.run import check_only, ingest
from pipeline.stages import Job, Report, start
from pipeline.surpass import Surpass, access_of
from pipeline.time_zones import ServerTime, known_zone, server_time
from tests.ledger.running import outcomes, session, settings, sheet
from tests.serving import plain_wire, served

JULY = dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)
JANUARY = dt.datetime(2026, 1, 1, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _utc_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine's clock shows UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        pytest.param("Europe/London", "Europe/London", id="iana"),
        pytest.param("europe/LONDON", "Europe/London", id="iana-in-another-case"),
        pytest.param("GMT Standard Time", "Europe/London", id="windows"),
        pytest.param("gmt standard time", "Europe/London", id="windows-in-another-case"),
        pytest.param(" GMT Standard Time ", "Europe/London", id="blanks-around"),
        pytest.param("W. Europe Standard Time", "Europe/Berlin", id="windows-with-a-dot"),
        pytest.param("Greenwich Standard Time", "Atlantic/Reykjavik", id="no-summer-time"),
        pytest.param("India Standard Time", "Asia/Calcutta", id="windows-half-an-hour"),
        pytest.param("UTC", "Etc/UTC", id="utc"),
        pytest.param("London", None, id="a-city"),
        pytest.param("Europe", None, id="a-folder-of-zones"),
        pytest.param("../../etc/passwd", None, id="a-path"),
        pytest.param("+01:00", None, id="an-offset"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="not-told"),
    ],
)
def test_a_zone_by_its_name(name: str | None, zone: str | None) -> None:
    actual = known_zone(name)
    assert (actual and actual.key) == zone


@pytest.mark.parametrize("name", win_tz)
def test_every_name_of_the_table_is_a_zone(name: str) -> None:
    assert known_zone(name) is not None


@dataclass(frozen=True, kw_only=True)
class ClockCase:
    moment: dt.datetime
    setting: str | None = None
    zone_told: str | None = "GMT Standard Time"
    shows: str
    zone: str | None = "Europe/London"
    problem: bool = False


MOMENTS = {
    "summer": ClockCase(
        moment=JULY,
        shows="10:30",
    ),
    "winter": ClockCase(
        moment=JANUARY,
        shows="09:30",
    ),
    "setting-goes-first": ClockCase(
        moment=JULY,
        setting="Europe/Paris",
        shows="11:30",
        zone="Europe/Paris",
    ),
    "setting-alone": ClockCase(
        moment=JULY,
        setting="Europe/London",
        zone_told=None,
        shows="10:30",
    ),
    "zone-not-known": ClockCase(
        moment=JULY,
        zone_told="Somewhere Standard Time",
        shows="09:30",
        zone=None,
        problem=True,
    ),
    "zone-not-told": ClockCase(moment=JULY, zone_told=None, shows="09:30", zone=None, problem=True),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_a_moment_on_surpasss_clock(name: str) -> None:
    case = MOMENTS[name]
    server_clock = server_time(case.moment, setting=case.setting, reported=case.zone_told)
    assert server_clock.moment == case.moment, "the same moment, on another clock"
    assert f"{server_clock.moment:%H:%M}" == case.shows
    assert server_clock.zone == case.zone
    assert (server_clock.problem is not None) == case.problem
    assert case.zone_told is None or not case.problem or case.zone_told in str(server_clock.problem)


@pytest.mark.parametrize("minutes", [0, 60])
def test_the_hour_that_comes_twice_is_the_time_on_the_wall(minutes: int) -> None:
    moment = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    server_clock = server_time(moment, setting="Europe/London", reported=None)
    assert f"{server_clock.moment:%Y-%m-%dT%H:%M:%S}" == "2026-10-25T01:30:00"


def test_the_facts_are_frozen() -> None:
    assert ServerTime(JULY, None) == ServerTime(JULY, None, None)


# --- in a run


def _run(folder: Path, zone: str, *, check: bool = False, **more: Any) -> tuple[Report, str]:
    """A run that starts in July: its report, and the completion date as it went over the wire."""
    keycode = "AAAA0001"
    with served([session(keycode)], server_time_zone=zone) as (sandbox, where):
        run_settings = settings(folder / "home", where.url, **more)
        file = sheet(folder / "marks.csv", {keycode: [1, 2]})
        work = start(Job(run_settings, run=Run("20260701-093000-0000", JULY)), [file], QUIET)

        async def carry_out() -> Report:
            async with Surpass(access_of(run_settings), plain_wire()) as surpass:
                return await (check_only(work, surpass) if check else ingest(work, surpass))

        report = asyncio.run(carry_out())
        taken = sandbox.session(keycode).applied
        assert len(taken) == (not check)
        assert outcomes(report) == {keycode: "ready" if check else "accepted"}
        return report, str(taken[0].completion_date) if taken else ""


def _rules(report: Report) -> list[str]:
    document = json.loads((report.folder / "reconciliation.json").read_text())
    return [finding["rule"] for finding in document["findings"]]


def test_in_july_london_is_an_hour_ahead_of_a_utc_machine(tmp_path: Path) -> None:
    report, completed = _run(tmp_path, "GMT Standard Time")
    assert completed == "2026-07-01 10:30:00"
    assert _rules(report) == []


@pytest.mark.parametrize("check", [False, True])
def test_a_zone_that_cannot_be_known_is_said(tmp_path: Path, check: bool) -> None:
    report, completed = _run(tmp_path, "Somewhere Standard Time", check=check)
    assert completed == ("" if check else "2026-07-01 09:30:00")
    assert _rules(report) == ["time-zone-unknown"]
    (finding,) = report.reconciliation.findings["message"]
    assert "'Somewhere Standard Time'" in finding
    assert report.reconciliation.settled, "a warning stops nothing"


@dataclass(frozen=True)
class SetCase:
    name: str
    value: str
    completed: str


SET = {
    "time-zone": SetCase(
        name="time_zone", value="GMT Standard Time", completed="2026-07-01 10:30:00"
    ),
    "completion-date": SetCase(
        name="completion_date", value="2026-06-30T12:00:00", completed="2026-06-30 12:00:00"
    ),
}


@pytest.mark.parametrize("name", SET)
def test_what_is_set_needs_no_zone_to_be_told(tmp_path: Path, name: str) -> None:
    case = SET[name]
    report, sent = _run(tmp_path, "Somewhere Standard Time", check=False, **{case.name: case.value})
    assert sent == case.completed
    assert _rules(report) == []
