"""The doctor: every fault that can be made here is found, with what to do and without a secret.

Against real servers, files and databases.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from flows.cli.doctor import doctor
from flows.prefect_side import health
from pipeline.doctor import Diagnosis, Verdict, examine, run_check, settings_in_force
from pipeline.doctor.folders import diagnose_free_space
from pipeline.doctor.office import check_profile
from pipeline.doctor.surpass import check_clock, check_time_zone
from pipeline.ledger import open_ledger
from pipeline.sandbox import SandboxSession
from tests.postgres import Postgres
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
from tests.serving import PASSWORD, USERNAME, reply, saying, served, single

NOW = dt.datetime(2025, 6, 2, 9, 30, tzinfo=dt.UTC)
Environment = dict[str, str]


def environment(home: Path, url: str, **more: str) -> Environment:
    variables = {
        "HOME": str(home),
        "SURPASS_URL": url,
        "SURPASS_USERNAME": USERNAME,
        "SURPASS_PASSWORD": PASSWORD,
        "PREFECT": "false",
    }
    return {f"PAPERMARKS_{name}": value for name, value in (variables | more).items()}


@contextmanager
def office(home: Path, **options: str) -> Iterator[Environment]:
    """An office in which all is well, beside a sandbox with one session."""
    with served([SandboxSession.paper("AAAA0001")], **options) as (_, where):
        yield environment(home, where.url)


def diagnosed(variables: Mapping[str, str]) -> dict[str, Diagnosis]:
    """By what was looked at, the worst of each; no secret is in any of them."""
    diagnoses = examine(variables)
    assert PASSWORD not in repr(diagnoses)
    by_weight = sorted(diagnoses, key=lambda diagnosis: [*Verdict].index(diagnosis.verdict))
    assert all(diagnosis.to_do for diagnosis in diagnoses if diagnosis.verdict is not Verdict.OK)
    return {diagnosis.what: diagnosis for diagnosis in by_weight}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_where_all_is_well_nothing_is_to_be_done_and_nothing_is_changed(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    with office(home) as variables:
        diagnoses = diagnosed(variables)
    del diagnoses["disk space"]  # of this machine
    assert {diagnosis.verdict for diagnosis in diagnoses.values()} == {Verdict.OK}
    assert {"settings", "folders", "ledger", "Surpass", "clock"} < diagnoses.keys()
    assert {"permission", "time zone", "moving files"} < diagnoses.keys()
    assert list(tmp_path.iterdir()) == []


# --- what the office has set


@pytest.mark.parametrize(
    ("name", "value"), [("CONCURRENCY", "0"), ("SURPASS_URL", "http://example.org"), ("LEASE", "x")]
)
def test_a_setting_that_makes_no_sense(tmp_path: Path, name: str, value: str) -> None:
    variables = environment(tmp_path, "https://yourname.surpass.com") | {
        f"PAPERMARKS_{name}": value
    }
    diagnosis = diagnosed(variables)["settings"]
    assert diagnosis.verdict is Verdict.FAILED
    assert f"PAPERMARKS_{name}" in diagnosis.sentence


@pytest.mark.parametrize("text", ["surpass_pasword = 'x'", "surpass_url", "\xff"])
def test_a_settings_file_that_is_broken(tmp_path: Path, text: str) -> None:
    (tmp_path / "papermarks.toml").write_bytes(text.encode("latin-1"))
    assert diagnosed({"PAPERMARKS_HOME": str(tmp_path)})["settings"].verdict is Verdict.FAILED


def test_nothing_set_at_all(tmp_path: Path) -> None:
    diagnoses = diagnosed({"PAPERMARKS_HOME": str(tmp_path)})
    assert diagnoses["settings"].verdict is Verdict.WARNING
    assert diagnoses["Surpass"].verdict is Verdict.FAILED
    assert "surpass_url" in diagnoses["Surpass"].to_do


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PAPERMARKS_SURPASS_PASWORD", "PAPERMARKS_SURPASS_PASSWORD?"),
        ("Papermarks_Surpass_Url", "PAPERMARKS_SURPASS_URL?"),
        ("PAPERMARKS_QQQQ", "Remove it"),
        ("PAPERMARKS_NIGHTLI", "PAPERMARKS_NIGHTLY?"),
    ],
)
def test_a_misspelt_variable_is_an_error(tmp_path: Path, name: str, expected: str) -> None:
    with office(tmp_path) as variables:
        diagnosis = diagnosed(variables | {name: PASSWORD})["settings"]
    assert diagnosis.verdict is Verdict.FAILED
    assert name in diagnosis.sentence
    assert expected in diagnosis.sentence
    assert PASSWORD not in diagnosis.sentence


@pytest.mark.skipif(os.name != "posix", reason="rights of another kind")
@pytest.mark.parametrize(
    ("mode", "verdict"),
    [(0o600, Verdict.OK), (0o640, Verdict.WARNING), (0o604, Verdict.WARNING)],
)
def test_who_can_read_the_password(tmp_path: Path, mode: int, verdict: Verdict) -> None:
    file = tmp_path / "papermarks.toml"
    file.write_text(f'surpass_password = "{PASSWORD}"\n')
    file.chmod(mode)
    assert diagnosed({"PAPERMARKS_HOME": str(tmp_path)})["rights"].verdict is verdict


PROFILES = """
[profile.live]
surpass_url = "https://live.surpass.com"
surpass_username = "papermarks"
surpass_password = "p"
[profile.test]
"""


@dataclass(frozen=True)
class ProfileCase:
    profile: str
    more: dict[str, str]
    verdict: Verdict
    expected: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            ProfileCase(
                profile="live",
                more={},
                verdict=Verdict.OK,
                expected="This is LIVE, at live.surpass.com; there is test",
            ),
            id="chosen",
        ),
        pytest.param(
            ProfileCase(
                profile="",
                more={},
                verdict=Verdict.WARNING,
                expected="None is chosen of live, test",
            ),
            id="none-chosen",
        ),
        pytest.param(
            ProfileCase(
                profile="live",
                more={"SURPASS_URL": "https://other.surpass.com"},
                verdict=Verdict.WARNING,
                expected="PAPERMARKS_SURPASS_URL in the environment goes over it: "
                "the Surpass is other.",
            ),
            id="overridden",
        ),
    ],
)
def test_which_profile_is_in_force(tmp_path: Path, case: ProfileCase) -> None:
    (tmp_path / "papermarks.toml").write_text(PROFILES)
    variables = {"HOME": str(tmp_path), "PROFILE": case.profile} | case.more
    by_name = {
        diagnosis_.what: diagnosis_
        for diagnosis_ in check_profile(
            {f"PAPERMARKS_{name}": value for name, value in variables.items()}
        )
    }["profile"]
    assert by_name.verdict is case.verdict
    assert case.expected in by_name.sentence


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "papermarks.toml").write_text(PROFILES)
    variables = {"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_PROFILE": "prod"}
    diagnosis = diagnosed(variables)["settings"]
    assert diagnosis.verdict is Verdict.FAILED
    assert "live, test" in diagnosis.sentence


def test_a_layout_of_the_offices_own_that_is_broken(tmp_path: Path) -> None:
    folder = tmp_path / "layouts"
    folder.mkdir()
    (folder / "ours.toml").write_text("name = 7")
    with office(tmp_path) as variables:
        diagnosis = diagnosed(variables)["layouts"]
    assert diagnosis.verdict is Verdict.FAILED
    assert "ours.toml" in diagnosis.sentence


# --- folders


@pytest.mark.parametrize("name", ["inbox", "working", "done", "attention", "rejected", "reports"])
def test_a_folder_that_is_a_file(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / name
    file.write_text("in the way")
    with office(home) as variables:
        diagnosis = diagnosed(variables)["folders"]
    assert diagnosis.verdict is Verdict.FAILED
    assert str(file) in diagnosis.sentence


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("in the way")
    diagnoses = diagnosed(environment(home, "https://yourname.surpass.com"))
    assert diagnoses["settings"].verdict is Verdict.FAILED
    assert str(home) in diagnoses["settings"].sentence


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="no right binds this user"
)
@pytest.mark.parametrize("name", ["inbox", "."])
def test_a_folder_that_may_not_be_written(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o500)
    try:
        with office(tmp_path) as variables:
            assert diagnosed(variables)["folders"].verdict is Verdict.FAILED
    finally:
        folder.chmod(0o700)


def test_a_folder_on_a_file_system_that_takes_no_files(tmp_path: Path) -> None:
    """Even root cannot write there."""
    if not Path("/proc/self").is_dir():
        pytest.skip("no such file system here")
    (tmp_path / "inbox").symlink_to("/proc/self")
    with office(tmp_path) as variables:
        diagnoses = diagnosed(variables)
    assert diagnoses["folders"].verdict is Verdict.FAILED
    assert diagnoses["moving files"].verdict is Verdict.FAILED
    assert str(tmp_path / "inbox") in diagnoses["moving files"].sentence


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(10**12, Verdict.OK), (5 * 10**8, Verdict.WARNING), (10**7, Verdict.FAILED)],
)
def test_room_on_the_disk(free: int, verdict: Verdict) -> None:
    assert diagnose_free_space(free, Path("home")).verdict is verdict


# --- the ledger


def test_a_ledger_that_is_there(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        run_settings = settings_in_force(variables)
        assert run_settings is not None
        with open_ledger(run_settings):
            pass
        diagnosis = diagnosed(variables)["ledger"]
    assert diagnosis.verdict is Verdict.OK
    assert "can be written" in diagnosis.sentence


def test_a_ledger_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database, for sure" * 100)
    with office(tmp_path) as variables:
        diagnosis = diagnosed(variables)["ledger"]
    assert diagnosis.verdict is Verdict.FAILED
    assert "is damaged" in diagnosis.sentence


def test_a_ledger_in_postgresql(tmp_path: Path, postgres_server: Postgres) -> None:
    with office(tmp_path) as variables:
        diagnoses = diagnosed(variables | {"PAPERMARKS_LEDGER_URL": postgres_server.database()})
    assert diagnoses["ledger"].verdict is Verdict.OK


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:PORT/ledger",
        f"postgresql+psycopg://me:half@{PASSWORD}@127.0.0.1:PORT/ledger",
        f"postgresql+nosuch://me:{PASSWORD}@127.0.0.1:PORT/ledger",
        f"me:{PASSWORD}",
    ],
)
def test_a_postgresql_that_is_not_reached(tmp_path: Path, address: str) -> None:
    address = address.replace("PORT", str(closed_port()))
    with office(tmp_path) as variables:
        began = time.monotonic()
        diagnosis = diagnosed(variables | {"PAPERMARKS_LEDGER_URL": address})["ledger"]
    assert diagnosis.verdict is Verdict.FAILED
    assert time.monotonic() - began < 50, "not as long as a run waits for a database"


# --- Surpass


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
    actual = check_clock(case.date, NOW)
    assert actual.verdict is case.verdict
    assert case.expected in actual.sentence


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


# --- Prefect


def prefect(variables: Mapping[str, str]) -> list[Diagnosis]:
    run_settings = settings_in_force(variables)
    assert run_settings is not None
    return list(health.prefect(run_settings, variables))


@dataclass(frozen=True)
class VersionCase:
    name: str
    version: str
    verdict: Verdict


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(VersionCase(name="prefect", version="3.8.8", verdict=Verdict.OK), id="good"),
        pytest.param(
            VersionCase(name="prefect", version="3.9.0", verdict=Verdict.FAILED), id="prefect"
        ),
        pytest.param(
            VersionCase(name="fastapi", version="0.151.0", verdict=Verdict.FAILED), id="fastapi"
        ),
        pytest.param(
            VersionCase(name="sqlalchemy", version="2.1.0", verdict=Verdict.FAILED), id="sqlalchemy"
        ),
    ],
)
def test_versions_that_break_prefect(case: VersionCase) -> None:
    good = {"prefect": "3.8.8", "fastapi": "0.150.0", "sqlalchemy": "2.0.44"}
    (actual,) = health.versions(good | {case.name: case.version})
    assert actual.verdict is case.verdict
    assert case.version in actual.sentence


def test_what_is_not_installed_is_missing() -> None:
    (actual,) = health.versions({"prefect": "3.8.8", "fastapi": "0.150.0"})
    assert actual.verdict is Verdict.FAILED
    assert "sqlalchemy is missing" in actual.sentence


def test_prefect_can_be_imported_and_its_server_is_not_there(tmp_path: Path) -> None:
    variables = environment(tmp_path, "https://yourname.surpass.com", PREFECT="true")
    nowhere = {"PREFECT_API_URL": f"http://127.0.0.1:{closed_port()}/api"}
    *fine, last = prefect({**os.environ, **variables, **nowhere})
    assert {diagnosis.verdict for diagnosis in fine} == {Verdict.OK}
    assert last.verdict is Verdict.FAILED
    assert "PREFECT_API_URL" in last.to_do


def test_a_prefect_server_that_is_there(tmp_path: Path) -> None:
    variables = environment(tmp_path, "https://yourname.surpass.com", PREFECT="true")
    with saying(reply("true")) as server:
        last = prefect({**os.environ, **variables, "PREFECT_API_URL": f"{server.url}/api"})[-1]
        assert [request.target for request in server.requests] == ["/api/health"]
    assert last.verdict is Verdict.OK


def test_a_prefect_that_is_not_wanted_is_not_looked_at(tmp_path: Path) -> None:
    (diagnosis,) = prefect(environment(tmp_path, "https://yourname.surpass.com"))
    assert diagnosis.verdict is Verdict.OK


# --- the doctor himself


def test_a_check_that_breaks_is_told_and_shows_no_secret() -> None:
    def breaks() -> Iterator[Diagnosis]:
        yield Diagnosis("first", Verdict.OK, "fine")
        raise RuntimeError(PASSWORD)

    first, broken = run_check("second", breaks)
    assert first.what == "first"
    assert (broken.what, broken.verdict) == ("second", Verdict.FAILED)
    assert "RuntimeError" in broken.sentence
    assert PASSWORD not in repr(broken)


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, 0), ("wrong", 1)])
def test_the_command_and_its_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    password: str,
    code: int,
) -> None:
    with office(tmp_path) as variables:
        for name, value in (variables | {"PAPERMARKS_SURPASS_PASSWORD": password}).items():
            monkeypatch.setenv(name, value)
        for as_json in (False, True):
            with pytest.raises(typer.Exit) as ended:
                doctor(as_json=as_json)
            assert ended.value.exit_code == code
    shown, _, result = capsys.readouterr().out.partition("[\n")
    verdicts = [diagnosis["verdict"] for diagnosis in json.loads("[" + result)]
    assert ("failed" in verdicts) == bool(code) == ("To mend it" in shown)
