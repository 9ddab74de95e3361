"""At every point of a run of three sessions, and at every pair of points, whatever can happen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.crashpoints.conftest import ON_POSTGRESQL
from tests.crashpoints.disks import Disk
from tests.crashpoints.explore import AT_ONCE_S, Explorer
from tests.crashpoints.faults import FAULTS, WriteFault
from tests.crashpoints.runs import Office, Ran, State
from tests.crashpoints.same import Tried
from tests.crashpoints.surpass_model import Marks, SurpassModel
from tests.crashpoints.wire import Wire

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


def test_what_may_be_held_is_left_until_the_lease_is_over(explorer: Explorer, start: State) -> None:
    posted: list[float] = []

    class Watched(Wire):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                posted.append(self._clock.now)
            return await super().handle_async_request(request)

    def first_post(office: Office) -> float:
        """When the next run sends, after one that died once it had claimed its sessions."""
        claiming = office.run(start, {}).points.index(("write", "sessions sessions"))
        died = office.run(start, {claiming: WriteFault.DIES_AFTER}).state
        posted.clear()
        assert _all_accepted(office.run_with(died.later(AT_ONCE_S), lambda *_: None, Watched))
        return min(posted)

    lease = explorer.office.settings.lease
    assert first_post(explorer.office) < lease < first_post(_on_another_machine(explorer.office))


@pytest.mark.long
def test_every_point_where_leases_alone_count(
    explorer: Explorer, start: State, tmp_path: Path
) -> None:
    explorer = Explorer(_on_another_machine(explorer.office), SENT, Tried(tmp_path))
    explorer.every_point(start)
    print(f"{explorer.points} faults at single points, {explorer.runs} runs")
    assert explorer.broken == []


def _on_another_machine(office: Office) -> Office:
    return replace(office, sees_the_dead=False)


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
