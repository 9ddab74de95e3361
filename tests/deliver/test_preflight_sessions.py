"""The check before anything is sent: its messages, and sessions that cannot be read or are many."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.deliver.preflight import unchecked
from pipeline.errors import Unauthorised
from pipeline.model import Submission, Validated
from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState
from schemas.words import Outcome
from tests.deliver.checking import (
    NOTHING_RECALLED,
    PAPER,
    WIDE,
    checked,
    findings,
    outcomes,
    paper,
    read,
    told_by,
)
from tests.serving import access, served


def test_messages_name_what_a_person_must_know(tmp_path: Path) -> None:
    file = WIDE + "AAAAAAA2,6,3,1\nB0BBBBB2,5,3,1\nCCCCCCC2,5,3,1\nDDDDDDD2,5,3,1\n"
    submitted, validated = read(tmp_path, file)
    sessions = [
        paper("AAAAAAA2"),
        paper("CCCCCCC2", state=TestState.MARKED),
        paper("DDDDDDD2", PAPER | {"4": 1, "5": 1}),
    ]
    with served(sessions) as (_, login):
        result = checked(submitted, validated, login)
    assert dict(zip(result.findings["rule"], result.findings["message"], strict=True)) == {
        "mark-over-maximum": "Mark 6 for question 1 is over its maximum of 5.",
        "session-unknown": "Surpass does not know B0BBBBB2, or does not show it to this user."
        " Mind the look-alikes 0 and O, 1 and I: it has 0.",
        "session-not-open": "CCCCCCC2 is in state Marked, not in PaperResponseUpload:"
        " it takes no paper marks.",
        "questions-missing": "DDDDDDD2 has 2 question(s) in Surpass that the file does not: 4, 5.",
    }


def test_session_not_shown_tells_why_surpass_does_not_show_it(tmp_path: Path) -> None:
    submitted, validated = read(tmp_path, WIDE + "AAAAAAA2,5,3,1\n")
    strangers = {"forbidden_username": "stranger", "forbidden_password": "open sesame"}
    with served([paper("AAAAAAA2")], **strangers) as (_, login):
        stranger = access(login.url, username="stranger", password="open sesame")
        result = checked(submitted, validated, stranger)
    assert findings(result) == [("session-not-shown", "A2", "AAAAAAA2", "")]
    assert outcomes(result, submitted) == {"AAAAAAA2": "not_open"}
    assert "This user lacks the permission" in result.findings["message"][0]


@pytest.fixture
def three(tmp_path: Path) -> tuple[list[Submission], Validated]:
    rows = "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\nCCCCCCC2,5,3,1\n"
    return read(tmp_path, WIDE + rows)


def faulty(sandbox: Sandbox, kind: FaultKind, keycode: str) -> None:
    sandbox.faults.set(Fault(kind, keycode=keycode))


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.CUT_AFTER, FaultKind.MALFORMED])
def test_a_session_that_cannot_be_read_is_failed_and_the_others_go_on(
    three: tuple[list[Submission], Validated], kind: FaultKind
) -> None:
    with served([paper(submission.keycode) for submission in three[0]]) as (sandbox, login):
        faulty(sandbox, kind, "BBBBBBB2")
        result = checked(*three, login)
    assert outcomes(result, three[0]) == {
        "AAAAAAA2": "open",
        "BBBBBBB2": "failed",
        "CCCCCCC2": "open",
    }
    (ending,) = result.endings
    assert ending.reason.startswith("not sent: ")
    assert ending.attempts == 0


def test_a_session_that_surpass_refuses_to_show_is_not_open(
    three: tuple[list[Submission], Validated],
) -> None:
    with served([paper(submission.keycode) for submission in three[0]]) as (sandbox, login):
        faulty(sandbox, FaultKind.ERROR_IN_200, "BBBBBBB2")
        result = checked(*three, login)
    assert findings(result) == [("session-unknown", "A3", "BBBBBBB2", "")]
    assert "or does not show it to this user" in result.findings["message"][0]


def test_a_wrong_password_ends_everything_after_one_request(
    three: tuple[list[Submission], Validated],
) -> None:
    line = CircuitBreaker(8, stop_after=5)
    with served([paper(submission.keycode) for submission in three[0]]) as (sandbox, login):
        result = checked(*three, access(login.url, password="guess"), line=line)
        assert len(sandbox.journal.entries) == 1
    assert isinstance(line.stopped_by, Unauthorised)
    assert set(outcomes(result, three[0]).values()) == {"failed"}
    assert all("password has expired" in ending.reason for ending in result.endings)


def test_findings_made_before_are_kept_and_the_weightiest_decides(tmp_path: Path) -> None:
    file = WIDE + " aaaaaaa2 ,5,3,1\nBBBBBBB2,5,3,\n"
    submitted, validated = read(tmp_path, file)
    assert [submission.keycode for submission in submitted] == ["AAAAAAA2"]
    with served([paper("AAAAAAA2", {"1": 1}, state=TestState.MARKED)]) as (_, login):
        result = checked(submitted, validated, login)
    assert [(rule, cell) for rule, cell, *_ in findings(result)] == [
        ("keycode-tidied", "A2"),
        ("mark-blank", "D3"),
        ("session-not-open", "A2"),
    ]
    assert [(ended.submission, ended.outcome) for ended in result.endings] == [
        (1, Outcome.NOT_OPEN),
        (2, Outcome.INVALID),
    ]


def test_without_surpass_everything_that_the_file_allows_is_open(
    three: tuple[list[Submission], Validated],
) -> None:
    submitted, validated = three
    result = unchecked(submitted, validated, NOTHING_RECALLED)
    assert result.open == tuple(submitted)
    assert (result.endings, len(result.findings)) == ((), 0)


def test_a_thousand_sessions_are_checked_in_columns(tmp_path: Path) -> None:
    """Not one by one: a run of many sessions must not be slow for the findings' sake."""
    codes = [f"{number:05d}ABC" for number in range(1000)]
    file = WIDE + "".join(f"{code},5,3,{1 + (code == codes[500])}\n" for code in codes)
    submitted, validated = read(tmp_path, file)
    items = [{"displayNumber": name, "availableMarks": most} for name, most in PAPER.items()]
    bodies: dict[str, dict[str, object]] = {
        code: {"sections": [{"items": items}]} for code in codes
    }
    result = checked(submitted, validated, access("http://surpass"), told_by(bodies))
    assert findings(result) == [("mark-over-maximum", "D502", codes[500], "3")]
