"""Sending: sessions a second, by the server's clock from its first request to its last answer."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.server import QUESTIONS, Server, serving
from tests.benchmarks.table import Measured, median_of

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True)
class Case:
    """How far away Surpass is, how many requests are under way at once, and the work."""

    latency_ms: int
    concurrency: int
    sessions: int

    @property
    def name(self) -> str:
        """As the table says it."""
        return f"{self.latency_ms} ms, {self.concurrency} at once"

    def ideal(self) -> float | None:
        """Sessions a second if only the latency of three requests counted."""
        if not self.latency_ms:
            return None
        return self.concurrency / (self.latency_ms / 1000) / 3


CASES = (Case(50, 8, 400), Case(50, 32, 1200), Case(50, 64, 2400), Case(0, 8, 2400))
QUICK = (Case(50, 8, 80), Case(50, 32, 320), Case(50, 64, 640), Case(0, 8, 600))
GROWTH = (Case(0, 8, 100), Case(0, 8, 1_000), Case(0, 8, 10_000))
QUICK_GROWTH = GROWTH[:2]


def write_sheet(path: Path, sessions: int, seed: int = 1) -> Path:
    """A wide mark sheet with so many sessions."""
    rng = random.Random(seed)
    lines = ["Keycode," + ",".join(f"Q{number}" for number in range(1, QUESTIONS + 1))]
    for number in range(sessions):
        letters = "".join(rng.choice(_LETTERS) for _ in range(3))
        marks = ",".join(str(rng.randint(0, 5)) for _ in range(QUESTIONS))
        lines.append(f"{letters}{number + 10_000},{marks}")
    path.write_text("\n".join(lines) + "\n")
    return path


def measure(
    case: Case, names: tuple[str, ...], rounds: int, environment: Mapping[str, str] | None = None
) -> list[Measured]:
    """Each client in turn, so many times, so that what else the machine does hits all alike."""
    found: dict[str, list[float]] = {name: [] for name in names}
    with TemporaryDirectory() as folder, serving(case.latency_ms / 1000) as server:
        sheet = write_sheet(Path(folder) / "marks.csv", case.sessions)
        for number in range(rounds):
            for name in names:
                home = Path(folder) / f"{name}-{number}"
                found[name].append(_sent(name, server, sheet, home, case, environment))
    measured = [Measured(case.name, name, median_of(rates)) for name, rates in found.items()]
    ideal = case.ideal()
    return [*measured, Measured(case.name, "ideal", ideal)] if ideal else measured


def _sent(
    name: str,
    server: Server,
    sheet: Path,
    home: Path,
    case: Case,
    environment: Mapping[str, str] | None,
) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.clients", name, server.url]
    subprocess.run(  # noqa: S603  # this very program
        [*command, str(sheet), str(home), str(case.concurrency)],
        check=True,
        env={**os.environ, "PREFECT_LOGGING_LEVEL": "ERROR", **(environment or {})},
    )
    seen = server.seen()
    if seen.sessions != case.sessions or seen.posts != case.sessions:
        raise AssertionError(f"{name} posted {seen.posts} times to {seen.sessions} sessions")
    return case.sessions / seen.seconds
