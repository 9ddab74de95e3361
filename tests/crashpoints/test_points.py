"""At every point of a run of three sessions, and at every pair of points, whatever can happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crashpoints.disks import Disk, PostgresDisk, SqliteDisk
from tests.crashpoints.explore import Explorer
from tests.crashpoints.runs import Office, State
from tests.crashpoints.same import Tried
from tests.crashpoints.surpass_model import Marks, SurpassModel
from tests.postgres import Postgres

_POINTS = 16  # of a run of three sessions to which nothing happens
SENT: dict[str, Marks] = {
    "AAAAAAA2": {"1": 3, "2": 0},
    "BBBBBBB2": {"1": 10, "2": None},
    "CCCCCCC2": {"1": 7, "2": 8},
}


def explorer(folder: Path, disk: Disk, tried: Path) -> Explorer:
    sheet = folder / "marks.csv"
    rows = [
        ",".join([keycode, *("NA" if mark is None else str(mark) for mark in marks.values())])
        for keycode, marks in SENT.items()
    ]
    sheet.write_text("\n".join(["Keycode,Q1,Q2", *rows, ""]))
    return Explorer(Office.at(folder, disk, sheet), SENT, Tried(tried))


_KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.long))


@pytest.fixture(scope="module", params=_KINDS)
def on_disk(
    request: pytest.FixtureRequest, memory: Path, of_all_processes: Path
) -> Iterator[Explorer]:
    """On each kind of database."""
    folder, tried = memory / request.param, of_all_processes / request.param
    (folder / "ledger").mkdir(parents=True)
    tried.mkdir(exist_ok=True)
    if request.param == "sqlite":
        yield explorer(folder, SqliteDisk(folder / "ledger"), tried)
        return
    server: Postgres = request.getfixturevalue("postgres_in_memory")
    with closing(PostgresDisk(server.database())) as disk:
        yield explorer(folder, disk, tried)


@pytest.fixture(scope="module")
def start(on_disk: Explorer) -> State:
    return State(on_disk.office.disk.copy(), SurpassModel.waiting(SENT))


def test_without_faults_every_kind_of_point_is_reached(on_disk: Explorer, start: State) -> None:
    ran = on_disk.office.run(start, {})
    assert {kind for kind, _ in ran.points} == on_disk.office.disk.faults.keys()
    assert [what for kind, what in ran.points if kind == "POST"] == [
        f"TestSession {keycode}" for keycode in SENT
    ]
    assert len(ran.points) == _POINTS  # of each of which the pairs are a test of their own
    assert ran.account is not None
    assert ran.account.totals.by_outcome["accepted"] == len(SENT)


def test_every_point(on_disk: Explorer, start: State) -> None:
    on_disk.every_point(start)
    print(f"{on_disk.points} faults at single points, {on_disk.runs} runs")
    assert on_disk.broken == []
    assert on_disk.points > 140


@pytest.mark.long
@pytest.mark.parametrize("first", range(_POINTS))
def test_every_pair_of_points(on_disk: Explorer, start: State, first: int) -> None:
    tried, runs = on_disk.pairs, on_disk.runs
    on_disk.every_pair(start, first)
    print(f"{on_disk.pairs - tried} pairs of points, {on_disk.runs - runs} runs")
    assert on_disk.broken == []
    assert on_disk.pairs - tried > 100
