"""``python -m tests.benchmarks``: what papermarks does in a second, and what others do.

Every competitor takes its turn on the same data and machine. Tables and JSON come out; figures of
different runs should not be compared, ratios within one run may.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import reading, sending, starting
from tests.benchmarks.table import Measured, as_json, as_table, load, machine
from tests.benchmarks.turns import Rounds

_ROUNDS = Rounds(3, within_s=60)  # of each case
_ONCE = Rounds(1, within_s=0)


@dataclass
class Figures:
    """What was measured: printed as it comes, and kept for programs."""

    parts: dict[str, Sequence[Measured]] = field(default_factory=dict)

    def show(self, part: str, unit: str, measured: Sequence[Measured], base: str = "ours") -> None:
        """A table."""
        self.parts[f"{part}, {unit}"] = measured
        print(as_table(part, unit, measured, base), end="\n\n", flush=True)


def _sending(figures: Figures, *, quick: bool) -> None:
    cases, rounds = (sending.QUICK, _ONCE) if quick else (sending.CASES, _ROUNDS)
    sent = sum((sending.measure(case, sending.WHO, rounds) for case in cases), sending.NOTHING)
    figures.show("Sending", "sessions a second", sent.rates)
    figures.show("Sending", "processor time, ms a session", sent.costs)
    if not quick:
        tasks = sending.measure(sending.Case(0, 8, 300), ("ours", "prefect"), _ONCE)
        figures.show("A Prefect task a session", "sessions a second", tasks.rates)


def _growth(figures: Figures, *, quick: bool) -> None:
    cases, rounds = (sending.GROWTH[:1], _ONCE) if quick else (sending.GROWTH, _ROUNDS)
    sent = sum(
        (
            sending.measure(case, ("ours", "raw"), rounds, f"{case.sessions:,} sessions")
            for case in cases
        ),
        sending.NOTHING,
    )
    figures.show("Growth", "sessions a second", sent.rates)
    figures.show("Growth", "processor time, ms a session", sent.costs)
    figures.show("Growth", "MB at most", sent.memory)
    if quick:
        return
    seconds: list[Measured] = []
    memory: list[Measured] = []
    for entries in (*reading.GROWTH, reading.ALL):
        label = f"{entries:,} entries of a wide CSV"
        some, peaks = reading.measure(entries, _ROUNDS, reading.SHAPES[:1], label)
        seconds, memory = seconds + some, memory + peaks
    figures.show("Growth", "CPU seconds", seconds)
    figures.show("Growth of memory", "MB at most", memory)


def _reading(figures: Figures, *, quick: bool) -> None:
    entries, shapes = (10_000, reading.QUICK) if quick else (reading.ALL, reading.SHAPES)
    seconds, memory = reading.measure(entries, _ONCE if quick else _ROUNDS, shapes)
    figures.show(f"Reading {entries:,} entries", "CPU seconds", seconds)
    figures.show(f"Reading {entries:,} entries", "MB at most", memory)


def _starting(figures: Figures, *, quick: bool) -> None:
    started = starting.measure(_ONCE if quick else Rounds(5, within_s=60))
    figures.show("Start", "medians", started)
    if not quick:
        figures.show("A dropped file, with serve", "medians", starting.dropped(_ROUNDS))


def _prefect(figures: Figures, *, quick: bool) -> None:
    if quick:
        return  # its server takes longer to start than all of the rest
    case = sending.Case(50, 64, 10_000)
    measured = starting.orchestrated(case, Rounds(2, within_s=100))
    figures.show(f"{case.sessions:,} sessions, {case.name}", "medians", measured, "with Prefect")


_PARTS: dict[str, Callable[..., None]] = {
    "sending": _sending,
    "growth": _growth,
    "reading": _reading,
    "starting": _starting,
    "prefect": _prefect,
}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data, one round: under 40 s")
    parser.add_argument("--only", choices=list(_PARTS), action="append")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    print(f"{machine()}; {load()}", end="\n\n", flush=True)
    figures = Figures()
    for name in given.only or _PARTS:
        began = time.monotonic()
        _PARTS[name](figures, quick=given.quick)
        print(f"({name}: {time.monotonic() - began:.0f} s; {load()})", end="\n\n", flush=True)
    if given.json:
        given.json.write_text(as_json(figures.parts))


if __name__ == "__main__":
    main()
