"""doctor --session: each thing that is not settled is told as this Surpass shows it.

Against a server that answers as the reference says Surpass does, and against the sandbox.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer

from flows.cli.doctor import doctor
from pipeline.doctor import Verdict, examine_session
from schemas.states import TestState
from tests.doctor.offices import assert_says
from tests.doctor.surpass_answers import (
    KEYCODE,
    REFERENCE,
    WELL,
    body,
    environment,
    looked,
    session,
    shows,
)
from tests.ledger.running import session as sandbox_session
from tests.serving import reply, served


def test_a_surpass_that_does_what_is_assumed(tmp_path: Path) -> None:
    report, running = looked(tmp_path, {})
    assert {diagnosis_of.verdict for diagnosis_of in report.lines} == {Verdict.OK}
    assert running.methods == ["GET"] * len(WELL)
    _, first, *_ = running.requests
    assert first.target == f"/api/v2/TestSession/{KEYCODE}?returnAdditionalInformation=true"
    asked = [request.target.rpartition("&$filter=")[2] for request in running.requests[3:6]]
    assert asked == ["state%20eq%20PaperResponseUpload", "state%20eq%2019",
                     f"keycode%20eq%20{KEYCODE}"]  # fmt: skip
    assert tomllib.loads(report.settings) == {"time_zone": "Europe/London"}


@dataclass(frozen=True, kw_only=True)
class SettingsCase:
    changes: Mapping[str, bytes] = field(default_factory=dict)
    expected: str


FOLLOWING = {
    "zone": SettingsCase(expected='time_zone = "Europe/London"'),
    "no-zone": SettingsCase(
        changes={"session": reply(body(session(), serverTimeZone=None))},
        expected='# time_zone = "…"',
    ),
    "no-maxima": SettingsCase(changes=shows(), expected="# No maxima before marks are in"),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_the_settings_that_follow_can_be_pasted(tmp_path: Path, name: str) -> None:
    case = FOLLOWING[name]
    report, _ = looked(tmp_path, case.changes)
    assert f"\n{case.expected}" in report.settings
    tomllib.loads(report.settings)


def test_the_readme_has_every_line_to_be_ticked_off(tmp_path: Path) -> None:
    report, _ = looked(tmp_path, {})
    readme = (Path(__file__).parents[2] / "pipeline" / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## What is proven")[2]
    assert [
        diagnosis_of.what for diagnosis_of in report.lines if f"`{diagnosis_of.what}`" not in table
    ] == []


def test_they_are_for_the_profile(tmp_path: Path) -> None:
    (tmp_path / "papermarks.toml").write_text("[profile.live]\n")
    report, _ = looked(tmp_path, {}, PROFILE="live")
    assert tomllib.loads(report.settings) == {"profile": {"live": {"time_zone": "Europe/London"}}}


def test_wrong_settings_are_told(tmp_path: Path) -> None:
    report = examine_session({"PAPERMARKS_HOME": str(tmp_path)}, KEYCODE)
    (diagnosis,) = report.lines
    assert_says(diagnosis, Verdict.FAILED, "surpass_url")


@pytest.mark.parametrize("state", [TestState.PAPER_RESPONSE_UPLOAD, TestState.MARKED])
def test_the_command_against_the_sandbox(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: TestState,
) -> None:
    open_session = sandbox_session(KEYCODE, state=state, candidate_reference=REFERENCE)
    others = [sandbox_session("AAAA0001", state=TestState.READY), sandbox_session("AAAA0002")]
    with served([open_session, *others]) as (sandbox, where):
        for name, value in environment(tmp_path, where.url).items():
            monkeypatch.setenv(name, value)
        for as_json in (False, True):
            with pytest.raises(typer.Exit) as ended:
                doctor(session=KEYCODE, as_json=as_json)
            assert ended.value.exit_code == 0
        assert {entry.method for entry in sandbox.journal.entries} == {"GET"}
        assert sandbox.session(KEYCODE) == sandbox.sessions[0]
    shown, _, result = capsys.readouterr().out.partition("{\n")
    report = json.loads("{" + result)
    assert 'time_zone = "Europe/London"' in shown
    assert REFERENCE not in shown + result
    by_what = {item["what"]: item for item in report["lines"]}
    assert by_what["session"]["verdict"] == ("ok" if state == 19 else "warning")
    assert by_what["unknown keycodes"]["verdict"] == "ok"


def test_a_session_that_is_not_there_and_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served([sandbox_session("AAAA0001")]) as (_, where):
        for name, value in environment(tmp_path, where.url).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(typer.Exit) as ended:
            doctor(session=KEYCODE)
    assert ended.value.exit_code == 1
    assert "unknown, or not visible" in " ".join(capsys.readouterr().out.split())
