"""Surpass: address, encryption, password, permission, clock and time zone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from pipeline.doctor.surpass import check_clock, check_time_zone
from tests.doctor.offices import NOW, closed_port, diagnosed, environment, office
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
from tests.serving import reply, saying, served, single


def test_a_wrong_password(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        diagnoses = diagnosed(variables | {"PAPERMARKS_SURPASS_PASSWORD": "wrong"})
    assert diagnoses["credentials"].verdict is Verdict.FAILED
    assert "401" in diagnoses["credentials"].sentence
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
    assert diagnoses["permission"].verdict is Verdict.FAILED
    assert "permission" in diagnoses["permission"].sentence


def test_a_user_who_is_shown_nothing(tmp_path: Path) -> None:
    with served([]) as (_, where):
        diagnoses = diagnosed(environment(tmp_path, where.url))
    assert diagnoses["permission"].verdict is Verdict.WARNING


def test_nobody_at_the_address(tmp_path: Path) -> None:
    diagnoses = diagnosed(environment(tmp_path, f"http://127.0.0.1:{closed_port()}"))
    assert diagnoses["Surpass"].verdict is Verdict.FAILED
    assert "nothing answers there" in diagnoses["Surpass"].sentence
    assert "clock" not in diagnoses


def test_no_encryption_where_it_must_be(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        url = variables["PAPERMARKS_SURPASS_URL"].replace("http:", "https:")
        diagnoses = diagnosed(variables | {"PAPERMARKS_SURPASS_URL": url})
    assert diagnoses["Surpass"].verdict is Verdict.FAILED
    assert "no encrypted connection came about" in diagnoses["Surpass"].sentence


def test_an_address_with_a_path_too_many(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        url = variables["PAPERMARKS_SURPASS_URL"] + "/login"
        diagnoses = diagnosed(variables | {"PAPERMARKS_SURPASS_URL": url})
    assert diagnoses["Surpass"].verdict is Verdict.FAILED
    assert "not as Surpass's API does" in diagnoses["Surpass"].sentence


def test_a_web_site_that_is_no_surpass(tmp_path: Path) -> None:
    with saying(reply("<html>Welcome</html>")) as server:
        diagnoses = diagnosed(environment(tmp_path, server.url))
    assert diagnoses["Surpass"].verdict is Verdict.FAILED
    assert "not JSON" in diagnoses["Surpass"].sentence


def test_a_surpass_that_cannot_serve_now(tmp_path: Path) -> None:
    with saying(reply("", status=503)) as server:
        diagnoses = diagnosed(environment(tmp_path, server.url))
        assert len(server.requests) == 2, "it asks once, and does not insist"
    assert diagnoses["Surpass"].verdict is Verdict.FAILED


def test_a_clock_that_is_off(tmp_path: Path) -> None:
    session = single(id=7, keycode="AAAA0001", testState="PaperResponseUpload")
    with saying(reply(session, Date="Mon, 02 Jun 2025 09:30:00 GMT")) as server:
        diagnoses = diagnosed(environment(tmp_path, server.url))
    assert diagnoses["clock"].verdict is Verdict.FAILED
    assert "ahead of" in diagnoses["clock"].sentence
    assert diagnoses["permission"].verdict is Verdict.OK


@dataclass(frozen=True)
class ClockCase:
    date: str
    verdict: Verdict
    expected: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            ClockCase(date="Mon, 02 Jun 2025 09:30:00 GMT", verdict=Verdict.OK, expected="agrees"),
            id="alike",
        ),
        pytest.param(
            ClockCase(date="Mon, 02 Jun 2025 09:28:00 GMT", verdict=Verdict.OK, expected="agrees"),
            id="at-the-limit",
        ),
        pytest.param(
            ClockCase(
                date="Mon, 02 Jun 2025 09:27:59 GMT",
                verdict=Verdict.FAILED,
                expected="2 minutes ahead",
            ),
            id="ahead",
        ),
        pytest.param(
            ClockCase(
                date="Mon, 02 Jun 2025 09:32:01 GMT",
                verdict=Verdict.FAILED,
                expected="2 minutes behind",
            ),
            id="behind",
        ),
        pytest.param(
            ClockCase(
                date="Mon, 02 Jun 2025 08:30:00 GMT",
                verdict=Verdict.FAILED,
                expected="1 hour ahead",
            ),
            id="an-hour-ahead",
        ),
        pytest.param(
            ClockCase(
                date="Thu, 05 Jun 2025 09:30:00 GMT",
                verdict=Verdict.FAILED,
                expected="3 days behind",
            ),
            id="days-behind",
        ),
        pytest.param(ClockCase(date="", verdict=Verdict.OK, expected="no date"), id="no-date"),
        pytest.param(
            ClockCase(date="soon", verdict=Verdict.OK, expected="no date"), id="not-a-date"
        ),
    ],
)
def test_the_clock(case: ClockCase) -> None:
    diagnosis = check_clock(case.date, NOW)
    assert diagnosis.verdict is case.verdict
    assert case.expected in diagnosis.sentence


@dataclass(frozen=True)
class ZoneCase:
    settings: str | None
    reported: str | None
    verdict: Verdict


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            ZoneCase(settings=None, reported="Europe/London", verdict=Verdict.OK), id="told"
        ),
        pytest.param(
            ZoneCase(settings=None, reported="GMT Standard Time", verdict=Verdict.OK),
            id="told-as-windows-does",
        ),
        pytest.param(
            ZoneCase(settings=None, reported="Somewhere Standard Time", verdict=Verdict.WARNING),
            id="told-unknown",
        ),
        pytest.param(
            ZoneCase(settings=None, reported=None, verdict=Verdict.WARNING), id="nothing-known"
        ),
        pytest.param(
            ZoneCase(settings="Europe/London", reported="Europe/London", verdict=Verdict.OK),
            id="set-and-told",
        ),
        pytest.param(
            ZoneCase(settings="Europe/London", reported="GB", verdict=Verdict.OK),
            id="set-and-told-otherwise",
        ),
        pytest.param(
            ZoneCase(settings="Europe/London", reported="GMT Standard Time", verdict=Verdict.OK),
            id="set-and-told-as-windows-does",
        ),
        pytest.param(
            ZoneCase(settings="Europe/Paris", reported="Europe/London", verdict=Verdict.WARNING),
            id="another-set",
        ),
        pytest.param(
            ZoneCase(
                settings="Europe/Paris", reported="GMT Standard Time", verdict=Verdict.WARNING
            ),
            id="another-set-than-windows-says",
        ),
        pytest.param(
            ZoneCase(settings="Africa/Algiers", reported="Europe/London", verdict=Verdict.WARNING),
            id="alike-in-June-not-in-December",
        ),
    ],
)
def test_the_time_zone(case: ZoneCase) -> None:
    assert check_time_zone(case.settings, case.reported, NOW).verdict is case.verdict
