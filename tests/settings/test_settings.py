"""Profiles: which Surpass a command is for, and that it is said wherever a run shows."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from flows import deployments
from flows.cli import profiles as command_line
from flows.cli import show
from pipeline.errors import SettingsError
from pipeline.profile import Profile
from pipeline.progress import QUIET
from pipeline.run import check_only
from pipeline.sandbox import Sandbox
from pipeline.settings import COLOURS, Settings, load, profiles
from pipeline.stages import Job, Report, start
from pipeline.surpass import access_of
from tests import forked
from tests.ledger.running import outcomes, session, sheet
from tests.plain_environment import plain_environment
from tests.serving import PASSWORD, USERNAME, served
from tests.webhook import Webhook
from tests.webhook import webhook as webhook  # a fixture, by its name

TWO = """
surpass_username = "papermarks"
concurrency = 3
[profile.live]
surpass_url = "https://live.surpass.com"
surpass_password = "of-live"
colour = "red"
concurrency = 4
[profile.Test]
surpass_url = "https://test.surpass.com:8443"
surpass_username = "tester"
surpass_password = "of-test"
"""


def office(home: Path, text: str = TWO, **more: str) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    (home / "papermarks.toml").write_text(text)
    variables = {"HOME": str(home)} | more
    return {f"PAPERMARKS_{name}": value for name, value in variables.items()}


def shown(settings: Settings) -> dict[str, Any]:
    access = access_of(settings)
    return {"url": access.url, "user": access.username, "password": access.password,
            "concurrency": settings.concurrency}  # fmt: skip


LIVE = {"url": "https://live.surpass.com", "user": "papermarks", "password": "of-live",
        "concurrency": 4}  # fmt: skip
TEST = {"url": "https://test.surpass.com:8443", "user": "tester", "password": "of-test",
        "concurrency": 3}  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"PROFILE": "live"}, LIVE, id="live"),
        pytest.param({"PROFILE": "LIVE"}, LIVE, id="in-another-case"),
        pytest.param({"PROFILE": " live "}, LIVE, id="blanks-around"),
        pytest.param({"PROFILE": "test"}, TEST, id="test-takes-the-rest-from-the-file"),
        pytest.param(
            {"PROFILE": "live", "CONCURRENCY": "5", "SURPASS_PASSWORD": "of-the-environment"},
            LIVE | {"concurrency": 5, "password": "of-the-environment"},
            id="the-environment-goes-over-the-profile",
        ),
    ],
)
def test_what_is_in_force(
    tmp_path: Path, environment: Mapping[str, str], expected: Mapping[str, object]
) -> None:
    assert shown(load(office(tmp_path, **environment))) == expected


def test_how_a_profile_is_shown(tmp_path: Path) -> None:
    assert load(office(tmp_path, PROFILE="live")).shown_profile == Profile(
        "live", "red", "live.surpass.com"
    )
    test = load(office(tmp_path, PROFILE="test")).shown_profile
    assert test == Profile("test", None, "test.surpass.com:8443")
    assert test.banner == "TEST"


def test_without_profiles_all_is_as_it_was(tmp_path: Path) -> None:
    variables = office(tmp_path, TWO.partition("[")[0], SURPASS_URL="https://one.surpass.com")
    assert profiles(variables) == ()
    run_settings = load(variables | {"PAPERMARKS_SURPASS_PASSWORD": "p"})
    assert run_settings.shown_profile is None
    assert shown(run_settings)["url"] == "https://one.surpass.com"


def test_one_of_several_must_be_chosen(tmp_path: Path) -> None:
    variables = office(tmp_path)
    assert profiles(variables) == ("live", "test")
    with pytest.raises(SettingsError, match=r"the profiles live, test\.\nSay .*--profile live"):
        load(variables).require_surpass()


@dataclass(frozen=True, kw_only=True)
class WrongFile:
    text: str
    profile: str = ""
    expected: str


WRONG = {
    "unknown": WrongFile(
        text=TWO, profile="prod", expected="no profile 'prod' in .*; there are: live, test"
    ),
    "none": WrongFile(text="", profile="live", expected="no profile 'live' in .*; there are none"),
    "no-table": WrongFile(text='profile = "live"', expected="as a table"),
    "no-table-within": WrongFile(text='[profile]\nlive = "x"', expected="as a table"),
    "a-name-with-a-blank": WrongFile(text='[profile."a b"]', expected="at most 20 letters"),
    "a-long-name": WrongFile(text=f"[profile.{'x' * 21}]", expected="at most 20 letters"),
    "twice": WrongFile(text="[profile.live]\n[profile.LIVE]", expected="case only"),
    "a-home-of-its-own": WrongFile(text='[profile.live]\nhome = "/"', expected="cannot set home"),
    "itself": WrongFile(text='[profile.live]\nProfile = "x"', expected="cannot set profile"),
    "colour": WrongFile(
        text='[profile.live]\ncolour = "grey"', profile="live", expected="PAPERMARKS_COLOUR"
    ),
    "misspelt": WrongFile(
        text="[profile.live]\nconcurency = 1", profile="live", expected="Did you mean concurrency"
    ),
    "incomplete": WrongFile(
        text="[profile.live]\n", profile="live", expected=r"under \[profile.live\]"
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, name: str) -> None:
    case = WRONG[name]
    with pytest.raises(SettingsError, match=case.expected):
        load(office(tmp_path, case.text, PROFILE=case.profile)).require_surpass()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ("GMT Standard Time", "Europe/London"),
        ("europe/paris", "Europe/Paris"),
    ],
)
def test_a_time_zone_may_be_named_as_windows_does(tmp_path: Path, values: str, name: str) -> None:
    assert load(office(tmp_path, "", TIME_ZONE=values)).time_zone == name


def test_a_time_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PAPERMARKS_TIME_ZONE: must be a time zone"):
        load(office(tmp_path, "", TIME_ZONE="Europe"))


# --- on the command line


@pytest.mark.parametrize(
    ("words", "in_front"),
    [
        ("check a.csv", "check a.csv"),
        ("--profile live check a.csv", "--profile live check a.csv"),
        ("check --profile live a.csv", "--profile live check a.csv"),
        ("check a.csv --profile=live -q", "--profile=live check a.csv -q"),
        ("check a.csv --profile", "--profile check a.csv"),
        ("check -- --profile live", "check -- --profile live"),
        ("session show --profile live K", "--profile live session show K"),
    ],
)
def test_the_option_may_stand_anywhere(words: str, in_front: str) -> None:
    assert command_line.hoisted(words.split()) == in_front.split()


@contextmanager
def two_surpasses(home: Path) -> Iterator[tuple[Sandbox, Sandbox, dict[str, str]]]:
    """A sandbox as live and one as test, with the same session, and an office that has both."""
    keycode = session("AAAA0001")
    with served([keycode]) as (live, of_live), served([keycode]) as (test, of_test):
        text = f"""
            surpass_username = "{USERNAME}"
            surpass_password = "{PASSWORD}"
            prefect = false
            [profile.live]
            surpass_url = "{of_live.url}"
            colour = "red"
            [profile.test]
            surpass_url = "{of_test.url}"
            """
        yield live, test, plain_environment(**office(home, text))


def papermarks(variables: Mapping[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    return forked.papermarks(*map(str, words), env=variables)


def test_a_run_goes_where_its_profile_says_and_says_so_everywhere(
    tmp_path: Path, webhook: Webhook
) -> None:
    file = sheet(tmp_path / "marks.csv", {"AAAA0001": [1, 2]})
    with two_surpasses(tmp_path / "home") as (live, test, variables):
        variables |= {"PAPERMARKS_NOTIFY_URL": webhook.url}
        rehearsed = papermarks(variables, "ingest", file, "--profile", "test")
        assert (len(live.journal.posts()), len(test.journal.posts())) == (0, 1)
        finished = papermarks(
            variables | {"PAPERMARKS_PROFILE": "test"}, "--profile=live", "ingest", file
        )
        assert (len(live.journal.posts()), len(test.journal.posts())) == (1, 1)
    assert (rehearsed.returncode, finished.returncode) == (0, 0), finished.stderr
    for result, name, other in ((rehearsed, " TEST ", " LIVE "), (finished, " LIVE ", " TEST ")):
        for screen in (result.stderr, result.stdout):
            assert name in screen
            assert other not in screen
    assert [reported["profile"] for reported in webhook.bodies] == ["test", "live"]
    assert all("[LIVE]" in reported["text"] for reported in webhook.bodies[1:])
    _, report = sorted((tmp_path / "home" / "reports").glob("*/"))
    document = json.loads((report / "reconciliation.json").read_text())
    assert document["run"]["profile"] == "live"
    book = openpyxl.load_workbook(io.BytesIO((report / "reconciliation.xlsx").read_bytes()))
    cell = book["To do"]["A1"]
    assert cell.value == "LIVE"
    assert cell.fill.fgColor.rgb == "FFF8CBAD"
    tabs = [item.sheet_properties.tabColor for item in book]
    assert {tab and tab.rgb for tab in tabs} == {"FFF8CBAD"}


def test_quiet_is_quiet_and_json_is_json(tmp_path: Path) -> None:
    file = sheet(tmp_path / "marks.csv", {"AAAA0001": [1, 2]})
    with two_surpasses(tmp_path / "home") as (_, _, variables):
        quiet = papermarks(variables, "--profile", "live", "check", "-q", file)
        as_json = papermarks(variables, "--profile", "live", "check", "--json", file)
    assert quiet.stdout + quiet.stderr == ""
    assert json.loads(as_json.stdout)["run"]["profile"] == "live"
    assert " LIVE " in as_json.stderr


@pytest.mark.parametrize("words", [("--profile", "prod"), ("--profile", ""), ()])
def test_no_profile_of_that_name_is_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = sheet(tmp_path / "marks.csv", {"AAAA0001": [1, 2]})
    with two_surpasses(tmp_path / "home") as (live, test, variables):
        result = papermarks(variables, *words, "check", file)
        assert len(live.journal.entries) + len(test.journal.entries) == 0
    assert result.returncode == 2
    assert "live, test" in result.stderr or "a profile has a name" in result.stderr


@pytest.mark.parametrize("colour", [None, *COLOURS])
def test_every_colour_can_be_shown_and_written(tmp_path: Path, colour: str | None) -> None:
    file = sheet(tmp_path / "marks.csv", {"AAAA0001": [1, 2]})
    with served([session("AAAA0001")]) as (_, where):
        line = f'colour = "{colour}"' if colour else ""
        variables = office(tmp_path / "home", f"[profile.live]\n{line}", PROFILE="live")
        variables |= {"PAPERMARKS_SURPASS_URL": where.url, "PAPERMARKS_PREFECT": "false"}
        variables |= {
            "PAPERMARKS_SURPASS_USERNAME": USERNAME,
            "PAPERMARKS_SURPASS_PASSWORD": PASSWORD,
        }
        report = checked(load(variables), file)
    assert outcomes(report) == {"AAAA0001": "ready"}
    book = openpyxl.load_workbook(report.folder / "reconciliation.xlsx")
    assert book["To do"]["A1"].value == "LIVE"


def checked(settings: Settings, file: Path) -> Report:
    report = asyncio.run(check_only(start(Job(settings), [file], QUIET), None))
    show.summary(report)
    return report


def test_prefect_shows_the_profile_as_a_tag(tmp_path: Path) -> None:
    run_settings = load(office(tmp_path, PROFILE="live"))
    reported = asyncio.run(deployments.create(run_settings))
    assert all("profile:live" in sheet.tags for sheet in reported)
