"""Runs that stop sending: one of each paper first, too many refusals, a service that is down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli import exits
from pipeline.errors import ExitCode, Interrupted, SendingStopped
from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.surpass import Access
from tests.ledger.running import again, id_of, ingested, outcomes, reason, session, settings, sheet
from tests.serving import served

MANY = [f"MANYONE{number:01d}" for number in range(1, 10)]
CROWD = [f"CROWD{number:03d}" for number in range(40)]


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    papers = [session(code, test_form_reference=f"ANOTHER-{code[-1]}") for code in MANY]
    with served([*papers, *map(session, CROWD)]) as there:
        yield there


def test_one_of_each_paper_goes_first(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url, concurrency=1)
    rows = dict.fromkeys((*CROWD[:5], *MANY[:2], *CROWD[5:8]), (1, 2))
    report = ingested(office, [sheet(tmp_path / "marks.csv", rows)], canary=True)
    assert set(outcomes(report).values()) == {"accepted"}
    first = [post.keycode for post in sandbox.journal.posts()[:3]]
    assert set(first) == {CROWD[0], MANY[0], MANY[1]}
    batch_of = report.reconciliation.submissions.set_index("keycode")["batch"]
    assert {code for code, batch in batch_of.items() if batch == 1} == set(first)


@pytest.mark.parametrize(
    ("fault", "outcome"), [(FaultKind.ERROR_IN_200, "refused"), (FaultKind.UNAVAILABLE, "failed")]
)
def test_a_canary_that_is_not_accepted_stops_the_rest(
    sandbox: Sandbox, login: Access, tmp_path: Path, fault: FaultKind, outcome: str
) -> None:
    office = settings(tmp_path / "home", login.url)
    file = sheet(tmp_path / "marks.csv", dict.fromkeys(CROWD, (1, 2)))
    sandbox.faults.set(Fault(fault, method="POST", keycode=CROWD[0]))
    report = ingested(office, [file], canary=True)
    assert outcomes(report) == {CROWD[0]: outcome} | dict.fromkeys(CROWD[1:], "failed")
    assert {post.keycode for post in sandbox.journal.posts()} == {CROWD[0]}
    assert "a session sent ahead was not accepted" in reason(report, CROWD[1])
    assert isinstance(report.reconciliation.stopped_by, SendingStopped)
    assert exits.for_run(report.reconciliation) == ExitCode.STOPPED
    sandbox.faults.clear()
    rest = again(office, id_of(report))
    left = CROWD if outcome == "failed" else CROWD[1:]
    assert outcomes(rest) == dict.fromkeys(left, "accepted")


def test_too_many_refusals_stop_the_line(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url, concurrency=1, most_refused=0.25)
    file = sheet(tmp_path / "marks.csv", dict.fromkeys(CROWD, (1, 2)))
    sandbox.faults.set(
        *(Fault(FaultKind.ERROR_IN_200, method="POST", keycode=code) for code in CROWD[:4])
    )
    report = ingested(office, [file])
    expected = dict.fromkeys(CROWD[:4], "refused") | dict.fromkeys(CROWD[4:10], "accepted")
    assert outcomes(report) == expected | dict.fromkeys(CROWD[10:], "failed")
    assert "Surpass refused 4 of 10 submissions" in reason(report, CROWD[-1])
    assert exits.for_run(report.reconciliation) == ExitCode.STOPPED
    assert len(sandbox.journal.posts()) == 10
    sandbox.faults.clear()
    rest = again(office, id_of(report))
    assert outcomes(rest) == dict.fromkeys(CROWD[10:], "accepted"), "a 'no' is not asked again"


def test_a_share_within_the_limit_does_not(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url, concurrency=1, most_refused=0.4)
    sandbox.faults.set(
        *(Fault(FaultKind.ERROR_IN_200, method="POST", keycode=code) for code in CROWD[:4])
    )
    file = sheet(tmp_path / "marks.csv", dict.fromkeys(CROWD, (1, 2)))
    report = ingested(office, [file])
    assert report.reconciliation.stopped_by is None
    assert list(outcomes(report).values()).count("refused") == 4
    assert exits.for_run(report.reconciliation) == ExitCode.NEEDS_A_PERSON


def test_a_service_that_is_down_stops_the_line(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    office = settings(tmp_path / "home", login.url, concurrency=1, stop_after=3)
    file = sheet(tmp_path / "marks.csv", dict.fromkeys(CROWD, (1, 2)))
    sandbox.faults.set(Fault(FaultKind.UNAVAILABLE, method="POST"))
    report = ingested(office, [file])
    ended = list(outcomes(report).values())
    assert (ended.count("in_doubt"), ended.count("failed")) == (3, len(CROWD) - 3)
    assert len({post.keycode for post in sandbox.journal.posts()}) == 3
    assert exits.for_run(report.reconciliation) == ExitCode.NO_SURPASS


def test_wrong_credentials_are_tried_once(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url, surpass_password="mistyped")
    report = ingested(office, [sheet(tmp_path / "marks.csv", dict.fromkeys(CROWD, (1, 2)))])
    assert set(outcomes(report).values()) == {"failed"}
    assert len(sandbox.journal.entries) == 1
    assert not isinstance(report.reconciliation.stopped_by, Interrupted)
    assert exits.for_run(report.reconciliation) == ExitCode.NO_SURPASS
