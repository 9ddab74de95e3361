"""``papermarks session``: single sessions in Surpass, looked at and changed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from pipeline.errors import InputError
from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.surpass import Access
from schemas.states import TestState
from tests.serving import PASSWORD, USERNAME, served

_WAITS, _OTHER, _MARKED, _EARLY = "WAITS001", "OTHER001", "MARKED01", "EARLY001"


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    paper = {"1": 10, "2": 5}
    sessions = [
        SandboxSession.paper(_WAITS, paper, candidate_reference="C-17", centre_reference="NORTH"),
        SandboxSession.paper(_OTHER, paper, centre_reference="SOUTH"),
        SandboxSession.paper(_MARKED, paper, state=TestState.AWAITING_MARKING),
        SandboxSession.paper(_EARLY, paper, TestState.READY, test_form_reference="FORM-1"),
    ]
    with served(sessions) as (sandbox, login):
        yield sandbox, login


@pytest.fixture(autouse=True)
def office(login: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERMARKS_HOME", str(tmp_path))
    monkeypatch.setenv("PAPERMARKS_SURPASS_URL", login.url)
    monkeypatch.setenv("PAPERMARKS_SURPASS_USERNAME", USERNAME)
    monkeypatch.setenv("PAPERMARKS_SURPASS_PASSWORD", PASSWORD)


def _session(*words: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(app, ["session", *words], input=answers)


def _said(*words: str) -> str:
    result = _session(*words)
    assert result.exit_code == 0, result.output
    return result.output


def test_all_sessions_are_listed_or_those_that_are_asked_for() -> None:
    every = json.loads(_said("list", "--json"))
    assert {found["keycode"] for found in every} == {_WAITS, _OTHER, _MARKED, _EARLY}
    asked = ("list", "--where", "centre/reference=NORTH", "--state", "PaperResponseUpload")
    (found,) = json.loads(_said(*asked, "--json"))
    assert (found["keycode"], found["centre"], found["candidate"]) == (_WAITS, "NORTH", "C-17")
    table = _said(*asked)
    assert _WAITS in table
    assert _OTHER not in table
    assert "1 sessions" in table


def test_a_list_ends_where_it_is_told_to() -> None:
    assert len(json.loads(_said("list", "--limit", "2", "--json"))) == 2
    assert "2 sessions (and perhaps more)" in _said("list", "--limit", "2")


def test_one_session_is_shown_with_its_questions() -> None:
    document = json.loads(_said("show", _WAITS, "--json"))
    assert (document["keycode"], document["state"]) == (_WAITS, "PaperResponseUpload")
    assert {number: item["maximum"] for number, item in document["questions"].items()} == {
        "1": 10,
        "2": 5,
    }
    shown = _said("show", _WAITS)
    assert _WAITS in shown
    assert "10.0" not in shown, "as a person writes it"


def test_a_session_is_found_by_its_id_too(sandbox: Sandbox) -> None:
    number = str(sandbox.by_keycode(_OTHER).id)
    assert json.loads(_said("show", number, "--json"))["keycode"] == _OTHER


@pytest.mark.parametrize("words", [("--yes",), ()], ids=["--yes", "asked"])
def test_a_session_is_voided_after_a_question(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    result = _session("update", _WAITS, "Voided", "--reason", "withdrawn", *words, answers="y\n")
    assert (result.exit_code, "Done: " in result.output) == (0, True), result.output
    assert sandbox.by_keycode(_WAITS).state is TestState.VOIDED


@dataclass(frozen=True, kw_only=True)
class _Refused:
    words: tuple[str, ...]
    says: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            _Refused(words=("update", _WAITS, "Voided"), says="give its --reason"),
            id="voided for nothing",
        ),
        pytest.param(
            _Refused(
                words=("update", _WAITS, "Voided", "--reason", "other", "--yes"),
                says="needs a --message",
            ),
            id="another reason that is not told",
        ),
        pytest.param(
            _Refused(
                words=("update", _WAITS, "Voided", "--reason", "rain", "--yes"), says="is no reason"
            ),
            id="no reason",
        ),
        pytest.param(
            _Refused(words=("update", _WAITS, "Floating"), says="is no state"), id="no state"
        ),
        pytest.param(_Refused(words=("list", "--where", "centre"), says="name=value"), id="no ="),
        pytest.param(
            _Refused(words=("list", "--where", "centre/reference= "), says="no empty value"),
            id="an empty value",
        ),
    ],
)
def test_what_is_asked_wrongly_is_said_and_changes_nothing(
    sandbox: Sandbox, case: _Refused
) -> None:
    result = _session(*case.words)
    assert isinstance(result.exception, InputError)
    assert case.says in str(result.exception)
    assert sandbox.by_keycode(_WAITS).state is TestState.PAPER_RESPONSE_UPLOAD


@pytest.mark.parametrize(
    "words",
    [
        ("update", _WAITS, "Voided", "--reason", "withdrawn"),
        ("reset", _EARLY, "FORM-1", "FORM-2"),
        ("submit", _MARKED),
    ],
    ids=lambda words: words[0],
)
def test_who_says_no_has_changed_nothing(sandbox: Sandbox, words: tuple[str, ...]) -> None:
    before = [session.state for session in sandbox.sessions]
    assert _session(*words, answers="n\n").exit_code == 1
    assert [session.state for session in sandbox.sessions] == before


def test_a_marked_test_is_submitted(sandbox: Sandbox) -> None:
    assert "Done: " in _said("submit", _MARKED, "--yes")
    assert sandbox.by_keycode(_MARKED).state is TestState.MARKED


def test_a_session_that_is_not_begun_is_reset(sandbox: Sandbox) -> None:
    assert "Done: " in _said("reset", _EARLY, "FORM-1", "FORM-2", "--yes")
    assert sandbox.by_keycode(_EARLY).state is not TestState.READY
