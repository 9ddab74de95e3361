"""At every point of a run of three sessions, and at every pair of points, whatever can happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crashpoints.disks import Disk, PostgresDisk, SqliteDisk
from tests.crashpoints.explore import Explorer
from tests.crashpoints.faults import FAULTS
from tests.crashpoints.runs import Office, State
from tests.crashpoints.surpass_model import Marks, SurpassModel
from tests.postgres import Postgres

_POINTS = 16  # of a run of three sessions to which nothing happens
SENT: dict[str, Marks] = {
    "AAAAAAA2": {"1": 3, "2": 0},
    "BBBBBBB2": {"1": 10, "2": None},
    "CCCCCCC2": {"1": 7, "2": 8},
}


def explorer(folder: Path, disk: Disk) -> Explorer:
    sheet = folder / "marks.csv"
    rows = [
        ",".join([keycode, *("NA" if mark is None else str(mark) for mark in marks.values())])
        for keycode, marks in SENT.items()
    ]
    sheet.write_text("\n".join(["Keycode,Q1,Q2", *rows, ""]))
    return Explorer(Office.at(folder, disk, sheet), SENT)


@pytest.fixture(scope="module")
def on_sqlite(memory: Path) -> Explorer:
    (memory / "ledger").mkdir()
    return explorer(memory, SqliteDisk(memory / "ledger"))


@pytest.fixture(scope="module")
def start(on_sqlite: Explorer) -> State:
    return State(on_sqlite.office.disk.copy(), SurpassModel.waiting(SENT))


def test_without_faults_every_kind_of_point_is_reached(on_sqlite: Explorer, start: State) -> None:
    ran = on_sqlite.office.run(start, {})
    assert {kind for kind, _ in ran.points} == FAULTS.keys()
    assert [what for kind, what in ran.points if kind == "POST"] == [
        f"TestSession {keycode}" for keycode in SENT
    ]
    assert len(ran.points) == _POINTS  # of each of which the pairs are a test of their own
    assert ran.account is not None
    assert ran.account.totals.by_outcome["accepted"] == len(SENT)


def test_every_point(on_sqlite: Explorer, start: State) -> None:
    on_sqlite.every_point(start)
    print(f"{on_sqlite.points} faults at single points, {on_sqlite.runs} runs")
    assert on_sqlite.broken == []
    assert on_sqlite.points > 140


@pytest.mark.long
@pytest.mark.parametrize("first", range(_POINTS))
def test_every_pair_of_points(on_sqlite: Explorer, start: State, first: int) -> None:
    tried, runs = on_sqlite.pairs, on_sqlite.runs
    on_sqlite.every_pair(start, first)
    print(f"{on_sqlite.pairs - tried} pairs of points, {on_sqlite.runs - runs} runs")
    assert on_sqlite.broken == []
    assert on_sqlite.pairs - tried > 100


@pytest.mark.long
def test_every_point_on_postgresql(tmp_path: Path, postgres_server: Postgres) -> None:
    disk = PostgresDisk(postgres_server.database())
    tried = explorer(tmp_path, disk)
    tried.every_point(State(disk.copy(), SurpassModel.waiting(SENT)))
    disk.close()
    print(f"{tried.points} faults at single points, {tried.runs} runs")
    assert tried.broken == []
