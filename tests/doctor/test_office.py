"""What the office has set: settings, the settings file, rights, profiles, layouts of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from pipeline.doctor.office import check_profile
from tests.doctor.offices import assert_says, diagnosed, environment, office
from tests.serving import PASSWORD


@pytest.mark.parametrize(
    ("name", "value"), [("CONCURRENCY", "0"), ("SURPASS_URL", "http://example.org"), ("LEASE", "x")]
)
def test_a_setting_that_makes_no_sense(tmp_path: Path, name: str, value: str) -> None:
    variables = environment(tmp_path, "https://yourname.surpass.com") | {
        f"PAPERMARKS_{name}": value
    }
    diagnosis = diagnosed(variables)["settings"]
    assert_says(diagnosis, Verdict.FAILED, f"PAPERMARKS_{name}")


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
    assert_says(diagnosis, Verdict.FAILED, name)
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


@dataclass(frozen=True, kw_only=True)
class ProfileCase:
    profile: str
    more: dict[str, str] = field(default_factory=dict)
    verdict: Verdict
    expected: str


IN_FORCE = {
    "chosen": ProfileCase(
        profile="live",
        verdict=Verdict.OK,
        expected="This is LIVE, at live.surpass.com; there is test",
    ),
    "none-chosen": ProfileCase(
        profile="", verdict=Verdict.WARNING, expected="None is chosen of live, test"
    ),
    "overridden": ProfileCase(
        profile="live",
        more={"SURPASS_URL": "https://other.surpass.com"},
        verdict=Verdict.WARNING,
        expected="PAPERMARKS_SURPASS_URL in the environment goes over it: the Surpass is other.",
    ),
}


@pytest.mark.parametrize("name", IN_FORCE)
def test_which_profile_is_in_force(tmp_path: Path, name: str) -> None:
    case = IN_FORCE[name]
    (tmp_path / "papermarks.toml").write_text(PROFILES)
    variables = {"HOME": str(tmp_path), "PROFILE": case.profile} | case.more
    by_name = {
        diagnosis_.what: diagnosis_
        for diagnosis_ in check_profile(
            {f"PAPERMARKS_{name}": value for name, value in variables.items()}
        )
    }["profile"]
    assert_says(by_name, case.verdict, case.expected)


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "papermarks.toml").write_text(PROFILES)
    variables = {"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_PROFILE": "prod"}
    diagnosis = diagnosed(variables)["settings"]
    assert_says(diagnosis, Verdict.FAILED, "live, test")


def test_a_layout_of_the_offices_own_that_is_broken(tmp_path: Path) -> None:
    folder = tmp_path / "layouts"
    folder.mkdir()
    (folder / "ours.toml").write_text("name = 7")
    with office(tmp_path) as variables:
        diagnosis = diagnosed(variables)["layouts"]
    assert_says(diagnosis, Verdict.FAILED, "ours.toml")
