"""``python -m tests.benchmarks``: what papermarks does in a second, and what others do.

Every competitor takes its turn on the same data and machine. A table and JSON come out; figures of
different runs should not be compared, ratios within one run may.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import reading, sending
from tests.benchmarks.table import Measured, as_json, as_table, machine

_WHO = ("ours", "raw", "one by one", "unchecked")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data, one round: about 2 min")
    parser.add_argument("--only", choices=["sending", "growth", "reading"], action="append")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    wanted = given.only or ["sending", "growth", "reading"]
    print(machine(), end="\n\n", flush=True)
    parts: dict[str, Sequence[Measured]] = {}

    def show(part: str, unit: str, measured: Sequence[Measured]) -> None:
        parts[part] = measured
        print(as_table(part, unit, measured), end="\n\n", flush=True)

    rounds = 1 if given.quick else 3
    if "sending" in wanted:
        cases = sending.QUICK if given.quick else sending.CASES
        found = [figure for case in cases for figure in sending.measure(case, _WHO, rounds)]
        show("Sending", "sessions a second", found)
    if "sending" in wanted and not given.quick:
        case = sending.Case(0, 8, 500)  # a task a session takes its time
        show("A task a session", "sessions a second", sending.measure(case, ("ours", "prefect"), 1))
    if "growth" in wanted:
        growth = sending.QUICK_GROWTH if given.quick else sending.GROWTH
        grown = [
            Measured(f"{case.sessions:,} sessions", figure.who, figure.value)
            for case in growth
            for figure in sending.measure(case, ("ours", "raw"), rounds)
        ]
        show("Growth", "sessions a second", grown)
    if "reading" in wanted:
        entries = 10_000 if given.quick else 1_000_000
        seconds, memory = reading.measure(entries, rounds)
        show(f"Reading {entries:,} entries", "CPU seconds", seconds)
        show(f"Reading {entries:,} entries, memory", "MB at most", memory)
    if given.json:
        given.json.write_text(as_json(parts))


if __name__ == "__main__":
    main()
