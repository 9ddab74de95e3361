"""A dozen sessions, run after run with faults at many points, by seed; then one plain run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from tests.crashpoints.disks import Disk
from tests.crashpoints.explore import AFTER_QUIET_S, AT_ONCE_S, wrong_in_the_end
from tests.crashpoints.faults import Fault
from tests.crashpoints.runs import Office, State
from tests.crashpoints.surpass_model import Marks, SurpassModel

_SEEDS, _MANY = 12, 1_500
_SENT: dict[str, Marks] = {
    f"SEED{number:04d}": {"1": number, "2": None if number % 4 == 3 else number % 3}
    for number in range(2, 11)
}
_SENT |= {"ZERO0000": {"1": 0, "2": 0}, "NULL0000": {"1": None, "2": None}}


@dataclass(frozen=True)
class Tried:
    """What a seed came to: the faults that befell it, and what does not hold."""

    faults: int
    broken: list[str]


@pytest.fixture(scope="module")
def office(memory: Path, disk: Disk) -> Office:
    sheet = memory / "seeds.csv"
    lines = [
        ",".join([keycode, *("NA" if mark is None else str(mark) for mark in marks.values())])
        for keycode, marks in _SENT.items()
    ]
    sheet.write_text("\n".join(["Keycode,Q1,Q2", *lines, ""]))
    return Office.at(memory, disk, sheet)


@pytest.fixture(scope="module")
def blank(office: Office) -> State:
    return State(office.disk.copy(), SurpassModel.waiting(_SENT))


def tried(office: Office, blank: State, seed: int) -> Tried:
    """Up to four runs, then a plain one."""
    draw = Random(seed)
    chosen = {
        "concurrency": draw.choice((1, 3, 8)),
        "batch_size": draw.choice((2, 5, 100)),
        "rate_limit": draw.choice((None, None, 0.05)),
        "stop_after": draw.choice((2, 5, 50)),
    }
    its_office = replace(office, settings=office.settings.model_copy(update=chosen))
    share, faults = draw.choice((0.02, 0.1, 0.3)), 0

    def fault_at(_at: int, kind: str) -> Fault | None:
        nonlocal faults
        if draw.random() > share:
            return None
        faults += 1
        return draw.choice(office.disk.faults[kind])

    surpass = SurpassModel.waiting(_SENT, becomes_result=draw.random() < 0.3)
    state = replace(blank, surpass=surpass)
    for _ in range(draw.randint(1, 4)):
        state = its_office.run_with(state, fault_at).state
        state = state.later(draw.choice((AT_ONCE_S, 60.0, AFTER_QUIET_S)))
    wrong = wrong_in_the_end(office, _SENT, state)
    return Tried(faults, [f"seed {seed}: {wrong}"] if wrong else [])


def test_by_seed(office: Office, blank: State) -> None:
    assert _all_of(office, blank, range(_SEEDS)) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(_SEEDS, _MANY, 100))
def test_by_many_seeds(office: Office, blank: State, first: int) -> None:
    assert _all_of(office, blank, range(first, first + 100)) == []


def _all_of(office: Office, blank: State, seeds: range) -> list[str]:
    all_tried = [tried(office, blank, seed) for seed in seeds]
    faults = sum(one.faults for one in all_tried)
    print(f"{len(seeds)} seeds, {faults} faults")
    assert faults > 3 * len(seeds)
    return [text for one in all_tried for text in one.broken]
