"""The next run reads first what an earlier one left in flight; a lost answer is waited out."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.surpass import Access
from tests.deliver.left_in_flight import (
    OTHER,
    TOLD,
    Deed,
    keyed,
    left_by_a_dead_run,
    mark,
    moved,
    nothing,
    taken,
)
from tests.deliver.left_in_flight import ledger_url as ledger_url  # a fixture, by its name
from tests.deliver.left_in_flight import surpass as surpass  # a fixture, by its name
from tests.ledger.running import ingested, outcomes, reason, session, settings, sheet
from tests.serving import served


@dataclass(frozen=True, kw_only=True)
class RunCase:
    """What befell the session since, and what the next run makes of it."""

    deed: Deed
    outcome: str
    why: str
    posts: int = 0


IN_RUN = {
    "not taken": RunCase(deed=nothing, outcome="accepted", why="taken", posts=1),
    "taken": RunCase(
        deed=taken, outcome="unchanged", why="the same content was accepted in run {run}"
    ),
    "others keyed": RunCase(
        deed=keyed, outcome="unconfirmed", why="run {run} sent it and could not confirm it"
    ),
    "moved on": RunCase(
        deed=moved, outcome="unconfirmed", why="run {run} sent it and could not confirm it"
    ),
}


@pytest.mark.parametrize("name", IN_RUN)
def test_the_next_run_settles_first(
    sandbox: Sandbox, login: Access, ledger_url: str, tmp_path: Path, name: str
) -> None:
    case = IN_RUN[name]
    run = left_by_a_dead_run(ledger_url, login, TOLD)
    case.deed(sandbox, TOLD)
    report = ingested(
        settings(tmp_path / "home", login.url), [sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})]
    )
    assert outcomes(report) == {TOLD: case.outcome}
    assert case.why.format(run=run) in reason(report, TOLD)
    assert len(sandbox.journal.posts()) == case.posts


def test_marks_that_a_person_keyed_are_never_taken_for_ours(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    """Without an intent of ours even the very same marks are somebody else's."""
    office = settings(tmp_path / "home", login.url)
    file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA"), OTHER: (1, 1)})
    keyed(sandbox, TOLD)
    mark(sandbox, OTHER, {"1": 1, "2": 1})
    report = ingested(office, [file])
    assert outcomes(report) == {TOLD: "not_open", OTHER: "not_open"}
    assert "There, the marks for 1, 2 differ." in reason(report, TOLD)
    assert "It has this very content already." in reason(report, OTHER)
    assert sandbox.journal.posts() == ()


# --- the quiet period: a gateway gave up, and Surpass may still be storing


@dataclass(frozen=True, kw_only=True)
class Late:
    """What the gateway said, and whether Surpass stored the marks after all."""

    fault: FaultKind
    stored: bool
    outcome: str  # of the last of three runs
    posts: int  # in all three


LATE = {
    "504, stored later": Late(
        fault=FaultKind.STORED_LATE, stored=True, outcome="unchanged", posts=1
    ),
    "cut, stored later": Late(
        fault=FaultKind.STORED_LATE_CUT, stored=True, outcome="unchanged", posts=1
    ),
    "cut, never stored": Late(
        fault=FaultKind.CUT_BEFORE, stored=False, outcome="accepted", posts=2
    ),
    "502, never stored": Late(
        fault=FaultKind.GATEWAY_PAGE, stored=False, outcome="accepted", posts=2
    ),
}


@pytest.mark.parametrize("name", LATE)
def test_a_lost_answer_is_waited_out_over_runs(name: str, tmp_path: Path) -> None:
    case = LATE[name]
    with served([session(TOLD)]) as (sandbox, login):
        office = settings(tmp_path / "home", login.url, quiet_period=3600)
        file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})
        sandbox.faults.set(Fault(case.fault, method="POST", seconds=3600))
        first = ingested(office, [file])
        assert outcomes(first) == {TOLD: "in_doubt"}
        assert "it is sent again only if nothing is there after" in reason(first, TOLD)
        sandbox.faults.clear()
        # Within the quiet period the next run reads, and sends nothing.
        assert outcomes(ingested(office, [file])) == {TOLD: "in_doubt"}
        assert len(sandbox.journal.posts()) == 1
        if case.stored:
            sandbox.settle_late()
        else:
            _an_hour_passes(tmp_path / "home" / "ledger.sqlite")
        assert outcomes(ingested(office, [file])) == {TOLD: case.outcome}
        assert len(sandbox.journal.posts()) == case.posts
        assert len(sandbox.session(TOLD).applied) == 1


def _an_hour_passes(ledger: Path) -> None:
    """The last POST was an hour earlier than it was."""
    with closing(sqlite3.connect(ledger)) as database, database:
        database.execute("UPDATE attempts SET began = began - 3600, ended = ended - 3600")


def test_others_go_on_while_a_lost_answer_is_followed(tmp_path: Path) -> None:
    """What is stored while the others are sent is seen in the same run."""
    others = [f"OTHERS{number:02d}" for number in range(6)]
    with served([session(TOLD), *map(session, others)]) as (sandbox, login):
        office = settings(tmp_path / "home", login.url, quiet_period=3, concurrency=2)
        rows = {TOLD: (5, "NA")} | dict.fromkeys(others, (1, 2))
        sandbox.faults.set(
            Fault(FaultKind.STORED_LATE, method="POST", keycode=TOLD, seconds=0.05),
            Fault(FaultKind.LATENCY, method="POST", keycode=others[-1], seconds=1.5),
        )
        report = ingested(office, [sheet(tmp_path / "marks.csv", rows)])
        assert outcomes(report) == dict.fromkeys(rows, "accepted")
        assert len(sandbox.journal.posts(TOLD)) == 1
        table = report.reconciliation.submissions.set_index("keycode")
        assert table.loc[TOLD, "proof"] == "marks"


def test_a_killed_run_counts_from_when_its_post_left_at_the_latest(
    sandbox: Sandbox, login: Access, ledger_url: str, tmp_path: Path
) -> None:
    """Nobody saw its POST end: it left at the latest when it would have been given up."""
    left_by_a_dead_run(ledger_url, login, TOLD)
    office = settings(tmp_path / "home", login.url, quiet_period=3600)
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite")) as database, database:
        database.execute("UPDATE attempts SET began = ?", (time.time(),))
    file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})
    assert outcomes(ingested(office, [file])) == {TOLD: "in_doubt"}
    for seconds, outcome in ((3600, "in_doubt"), (2 * office.timeout, "accepted")):
        with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite")) as database, database:
            database.execute("UPDATE attempts SET began = began - ?", (seconds,))
        assert outcomes(ingested(office, [file])) == {TOLD: outcome}
    assert len(sandbox.journal.posts()) == 1
