"""At every point of a run of three sessions, and at every pair of points, whatever can happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crashpoints.conftest import ON_POSTGRESQL
from tests.crashpoints.disks import Disk
from tests.crashpoints.explore import Explorer
from tests.crashpoints.faults import FAULTS, WriteFault
from tests.crashpoints.runs import Office, Ran, State
from tests.crashpoints.same import Tried
from tests.crashpoints.surpass_model import Marks, SurpassModel

_POINTS = 16  # of a run of three sessions to which nothing happens
SENT: dict[str, Marks] = {
    "AAAAAAA2": {"1": 3, "2": 0},
    "BBBBBBB2": {"1": 10, "2": None},
    "CCCCCCC2": {"1": 7, "2": 8},
}


@pytest.fixture(scope="module")
def explorer(disk: Disk, memory: Path, of_all_processes: Path) -> Explorer:
    sheet = memory / "marks.csv"
    rows = [
        ",".join([keycode, *("NA" if mark is None else str(mark) for mark in marks.values())])
        for keycode, marks in SENT.items()
    ]
    sheet.write_text("\n".join(["Keycode,Q1,Q2", *rows, ""]))
    tried = of_all_processes / type(disk).__name__
    tried.mkdir(exist_ok=True)
    return Explorer(Office.at(memory, disk, sheet), SENT, Tried(tried))


@pytest.fixture(scope="module")
def start(disk: Disk, explorer: Explorer) -> State:
    return State(disk.copy(), SurpassModel.waiting(SENT))


def test_without_faults_every_kind_of_point_is_reached(explorer: Explorer, start: State) -> None:
    ran = explorer.office.run(start, {})
    assert {kind for kind, _ in ran.points} == FAULTS.keys()
    assert [what for kind, what in ran.points if kind == "POST"] == [
        f"TestSession {keycode}" for keycode in SENT
    ]
    assert len(ran.points) == _POINTS  # of each of which the pairs are a test of their own
    assert _all_accepted(ran)


def test_every_point(explorer: Explorer, start: State) -> None:
    explorer.every_point(start)
    print(f"{explorer.points} faults at single points, {explorer.runs} runs")
    assert explorer.broken == []
    assert explorer.points > 140


@pytest.mark.parametrize("disk", [ON_POSTGRESQL], indirect=True)
def test_a_write_whose_connection_is_cut_is_done_again(explorer: Explorer, start: State) -> None:
    points = explorer.office.run(start, {}).points
    for at in (at for at, (kind, _) in enumerate(points) if kind == "write"):
        before = explorer.office.run(start, {at: WriteFault.CUT_BEFORE})
        assert before.points == (*points[: at + 1], *points[at:])
        assert _all_accepted(before)
        assert _all_accepted(explorer.office.run(start, {at: WriteFault.CUT_AFTER}))


def _all_accepted(ran: Ran) -> bool:
    return ran.account is not None and ran.account.totals.by_outcome["accepted"] == len(SENT)


@pytest.mark.long
@pytest.mark.parametrize("first", range(_POINTS))
def test_every_pair_of_points(explorer: Explorer, start: State, first: int) -> None:
    tried, runs = explorer.pairs, explorer.runs
    explorer.every_pair(start, first)
    print(f"{explorer.pairs - tried} pairs of points, {explorer.runs - runs} runs")
    assert explorer.broken == []
    assert explorer.pairs - tried > 100
