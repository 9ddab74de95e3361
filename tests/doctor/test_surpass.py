"""Surpass: address, encryption, password, permission, clock and time zone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from pipeline.doctor.surpass import check_clock, check_time_zone
from tests.doctor.offices import NOW, assert_says, closed_port, diagnosed, environment, office
from tests.serving import reply, saying, served, single


def test_a_wrong_password(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        diagnoses = diagnosed(variables | {"PAPERMARKS_SURPASS_PASSWORD": "wrong"})
    assert_says(diagnoses["credentials"], Verdict.FAILED, "401")
    assert diagnoses["Surpass"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ({}, "is switched off: ask"),
        ({"WWW_Authenticate": 'Basic realm="Surpass"'}, "is switched off: ask"),
        ({"WWW_Authenticate": "Bearer"}, "is switched off, as its answer says: ask"),
    ],
)
def test_a_401_names_its_causes(tmp_path: Path, offered: dict[str, str], expected: str) -> None:
    with saying(reply("", status=401, **offered)) as server:
        diagnosis = diagnosed(environment(tmp_path, server.url))["credentials"]
    assert diagnosis.verdict is Verdict.FAILED
    assert expected in diagnosis.to_do
    causes = ("expired", "HTTP Basic", "single sign-on (SAML)", "second factor")
    assert all(cause in diagnosis.to_do for cause in causes)


def test_a_user_without_permission(tmp_path: Path) -> None:
    with office(tmp_path, forbidden_username="other", forbidden_password="x") as variables:
        other = {"PAPERMARKS_SURPASS_USERNAME": "other", "PAPERMARKS_SURPASS_PASSWORD": "x"}
        diagnoses = diagnosed(variables | other)
    assert_says(diagnoses["permission"], Verdict.FAILED, "permission")


def test_a_user_who_is_shown_nothing(tmp_path: Path) -> None:
    with served([]) as (_, where):
        diagnoses = diagnosed(environment(tmp_path, where.url))
    assert diagnoses["permission"].verdict is Verdict.WARNING


def test_nobody_at_the_address(tmp_path: Path) -> None:
    diagnoses = diagnosed(environment(tmp_path, f"http://127.0.0.1:{closed_port()}"))
    assert_says(diagnoses["Surpass"], Verdict.FAILED, "nothing answers there")
    assert "clock" not in diagnoses


def test_no_encryption_where_it_must_be(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        url = variables["PAPERMARKS_SURPASS_URL"].replace("http:", "https:")
        diagnoses = diagnosed(variables | {"PAPERMARKS_SURPASS_URL": url})
    assert_says(diagnoses["Surpass"], Verdict.FAILED, "no encrypted connection came about")


def test_an_address_with_a_path_too_many(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        url = variables["PAPERMARKS_SURPASS_URL"] + "/login"
        diagnoses = diagnosed(variables | {"PAPERMARKS_SURPASS_URL": url})
    assert_says(diagnoses["Surpass"], Verdict.FAILED, "not as Surpass's API does")


def test_a_web_site_that_is_no_surpass(tmp_path: Path) -> None:
    with saying(reply("<html>Welcome</html>")) as server:
        diagnoses = diagnosed(environment(tmp_path, server.url))
    assert_says(diagnoses["Surpass"], Verdict.FAILED, "not JSON")


def test_a_surpass_that_cannot_serve_now(tmp_path: Path) -> None:
    with saying(reply("", status=503)) as server:
        diagnoses = diagnosed(environment(tmp_path, server.url))
        assert len(server.requests) == 2, "it asks once, and does not insist"
    assert diagnoses["Surpass"].verdict is Verdict.FAILED


def test_a_clock_that_is_off(tmp_path: Path) -> None:
    session = single(id=7, keycode="AAAA0001", testState="PaperResponseUpload")
    with saying(reply(session, Date="Mon, 02 Jun 2025 09:30:00 GMT")) as server:
        diagnoses = diagnosed(environment(tmp_path, server.url))
    assert_says(diagnoses["clock"], Verdict.FAILED, "ahead of")
    assert diagnoses["permission"].verdict is Verdict.OK


@dataclass(frozen=True, kw_only=True)
class ClockCase:
    date: str
    verdict: Verdict = Verdict.FAILED
    expected: str


CLOCKS = {
    "alike": ClockCase(date="Mon, 02 Jun 2025 09:30:00 GMT", verdict=Verdict.OK, expected="agrees"),
    "at-the-limit": ClockCase(
        date="Mon, 02 Jun 2025 09:28:00 GMT", verdict=Verdict.OK, expected="agrees"
    ),
    "ahead": ClockCase(date="Mon, 02 Jun 2025 09:27:59 GMT", expected="2 minutes ahead"),
    "behind": ClockCase(date="Mon, 02 Jun 2025 09:32:01 GMT", expected="2 minutes behind"),
    "an-hour-ahead": ClockCase(date="Mon, 02 Jun 2025 08:30:00 GMT", expected="1 hour ahead"),
    "days-behind": ClockCase(date="Thu, 05 Jun 2025 09:30:00 GMT", expected="3 days behind"),
    "no-date": ClockCase(date="", verdict=Verdict.OK, expected="no date"),
    "not-a-date": ClockCase(date="soon", verdict=Verdict.OK, expected="no date"),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_the_clock(name: str) -> None:
    case = CLOCKS[name]
    diagnosis = check_clock(case.date, NOW)
    assert_says(diagnosis, case.verdict, case.expected)


@dataclass(frozen=True, kw_only=True)
class ZoneCase:
    settings: str | None = None
    reported: str | None
    verdict: Verdict = Verdict.OK


ZONES = {
    "told": ZoneCase(reported="Europe/London"),
    "told-as-windows-does": ZoneCase(reported="GMT Standard Time"),
    "told-unknown": ZoneCase(reported="Somewhere Standard Time", verdict=Verdict.WARNING),
    "nothing-known": ZoneCase(reported=None, verdict=Verdict.WARNING),
    "set-and-told": ZoneCase(settings="Europe/London", reported="Europe/London"),
    "set-and-told-otherwise": ZoneCase(settings="Europe/London", reported="GB"),
    "set-and-told-as-windows-does": ZoneCase(
        settings="Europe/London", reported="GMT Standard Time"
    ),
    "another-set": ZoneCase(
        settings="Europe/Paris", reported="Europe/London", verdict=Verdict.WARNING
    ),
    "another-set-than-windows-says": ZoneCase(
        settings="Europe/Paris", reported="GMT Standard Time", verdict=Verdict.WARNING
    ),
    "alike-in-June-not-in-December": ZoneCase(
        settings="Africa/Algiers", reported="Europe/London", verdict=Verdict.WARNING
    ),
}


@pytest.mark.parametrize("name", ZONES)
def test_the_time_zone(name: str) -> None:
    case = ZONES[name]
    assert check_time_zone(case.settings, case.reported, NOW).verdict is case.verdict
