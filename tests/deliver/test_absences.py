"""Absent candidates: nothing is sent, and their sessions are voided only when a person says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.settings import load
from schemas.states import TestState, VoidReason
from tests.ledger.running import ingested, outcomes
from tests.serving import PASSWORD, USERNAME, served

_ABSENT = ("ABSENT01", "ABSENT02", "ABSENT03")
_PRESENT = "PRESENT1"


@pytest.fixture(params=[False, True], ids=["stays a session", "becomes a result"])
def sandbox(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    sessions = [SandboxSession.paper(code, {"1": 10, "2": 10}) for code in (*_ABSENT, _PRESENT)]
    with served(sessions, becomes_result=request.param) as (sandbox, where):
        variables = {
            "HOME": str(tmp_path / "home"),
            "SURPASS_URL": where.url,
            "SURPASS_USERNAME": USERNAME,
            "SURPASS_PASSWORD": PASSWORD,
            "RETRY_WAIT": "0.001",
        }
        for name, value in variables.items():
            monkeypatch.setenv(f"PAPERMARKS_{name}", value)
        yield sandbox


@pytest.fixture
def run(sandbox: Sandbox, tmp_path: Path) -> str:
    """A run over a sheet in which three candidates are entered as absent; its id."""
    sheet = tmp_path / "marks.csv"
    rows = [*(f"{code},ABS,\n" for code in _ABSENT), f"{_PRESENT},3,NA\n"]
    sheet.write_text("Keycode,Q1,Q2\n" + "".join(rows))
    report = ingested(load(), [sheet])
    assert outcomes(report) == dict.fromkeys(_ABSENT, "absent") | {_PRESENT: "accepted"}
    assert report.reconciliation.settled
    assert len(sandbox.journal.posts()) == 1
    return report.reconciliation.run.id


def _absent(run: str, *words: str, answers: str = "") -> Result:
    return CliRunner().invoke(app, ["absent", run, *words], input=answers)


def _voided(sandbox: Sandbox) -> set[str]:
    return {s.keycode for s in sandbox.sessions if s.state is TestState.VOIDED}


def test_only_those_are_voided_to_which_a_person_says_yes(sandbox: Sandbox, run: str) -> None:
    ran = _absent(run, answers="y\nn\ny\n")
    assert ran.exit_code == 1, ran.output
    assert "2 of 3 are voided" in ran.output
    assert _voided(sandbox) == {"ABSENT01", "ABSENT03"}
    reasons = {s.void_reason for s in sandbox.sessions if s.state is TestState.VOIDED}
    assert reasons == {VoidReason.ABSENT}

    again = _absent("last", answers="y\n")  # it asks for what is left alone
    assert again.exit_code == 0, again.output
    assert _voided(sandbox) == set(_ABSENT)
    shown = CliRunner().invoke(app, ["show", run, "--json"]).output
    assert shown.count("voided in Surpass (reason: Absent) by ") == 3
    assert _absent(run).exit_code == 0


@pytest.mark.parametrize(
    ("words", "answers"), [(["--list"], "y\ny\ny\n"), ([], ""), ([], "\n" * 3)]
)
def test_nothing_is_voided_by_itself(
    sandbox: Sandbox, run: str, words: list[str], answers: str
) -> None:
    ran = _absent(run, *words, answers=answers)
    assert ran.exit_code == 1, ran.output
    assert all(keycode in ran.output for keycode in _ABSENT)
    assert _voided(sandbox) == set()


def test_what_may_not_be_voided_is_not_offered(sandbox: Sandbox, run: str) -> None:
    sandbox.put_in_state("ABSENT01", TestState.MARKED)
    sandbox.put_in_state("ABSENT02", TestState.IN_PROGRESS)
    ran = _absent(run, answers="y\n")
    assert ran.exit_code == 1, ran.output
    assert "it is in InProgress" in " ".join(ran.output.split())
    assert _voided(sandbox) == {"ABSENT03"}


def test_who_was_sent_before_and_is_absent_now_is_for_a_person(
    sandbox: Sandbox, run: str, tmp_path: Path
) -> None:
    sheet = tmp_path / "again.csv"
    sheet.write_text(f"Keycode,Q1,Q2\n{_PRESENT},ABS,\n")
    report = ingested(load(), [sheet])
    assert outcomes(report) == {_PRESENT: "held"}
    assert "candidate-absent-but-sent" in set(report.reconciliation.findings["rule"])
    assert run in " ".join(report.reconciliation.findings["message"])
    assert _absent(report.reconciliation.run.id, answers="y\n").exit_code == 0
    assert _voided(sandbox) == set()


def test_marks_that_were_sent_after_all_keep_a_session_from_being_voided(
    sandbox: Sandbox, run: str, tmp_path: Path
) -> None:
    sheet = tmp_path / "found.csv"
    sheet.write_text("Keycode,Q1,Q2\nABSENT01,1,2\n")
    assert outcomes(ingested(load(), [sheet])) == {"ABSENT01": "accepted"}
    assert _absent(run, answers="y\ny\n").exit_code in {0, 1}
    assert _voided(sandbox) == {"ABSENT02", "ABSENT03"}


def test_an_unknown_run_is_wrong_usage(sandbox: Sandbox) -> None:
    assert "there is no run nine" in str(_absent("nine").exception)
