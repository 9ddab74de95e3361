"""Sending: sessions a second, by the server's clock from its first request to its last answer."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.server import QUESTIONS, Server, serving
from tests.benchmarks.table import Measured
from tests.benchmarks.turns import Rounds, in_turn

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


CASES = (
    Case(50, 8, 400),
    Case(50, 32, 1200),
    Case(50, 64, 2400),
    Case(50, 256, 4800),
    Case(0, 8, 2400),
)
QUICK = (Case(50, 32, 160), Case(0, 8, 200))
GROWTH = (Case(0, 8, 100), Case(0, 8, 1_000), Case(0, 8, 10_000))

WHO = ("ours", "raw", "one by one", "unchecked")
_AT_MOST = {"one by one": 60, "unchecked": 800, "prefect": 300}  # sessions: a rate needs no more
_TIMEOUT_S = 300


@dataclass(frozen=True)
class Sent:
    """What was measured of each client, in cases."""

    rates: list[Measured]  # sessions a second, by the server's clock
    costs: list[Measured]  # processor time, ms a session
    memory: list[Measured]  # MB at most

    def __add__(self, other: Sent) -> Sent:
        """Both."""
        return Sent(self.rates + other.rates, self.costs + other.costs, self.memory + other.memory)


NOTHING = Sent([], [], [])


def write_sheet(path: Path, sessions: int, seed: int = 1) -> Path:
    """A wide mark sheet with so many sessions: at most 10,000, others for each seed from 1 to 8."""
    rng = random.Random(seed)
    lines = ["Keycode," + ",".join(f"Q{number}" for number in range(1, QUESTIONS + 1))]
    for number in range(sessions):
        letters = "".join(rng.choice(_LETTERS) for _ in range(3))
        marks = ",".join(str(rng.randint(0, 5)) for _ in range(QUESTIONS))
        lines.append(f"{letters}{number + 10_000 * seed},{marks}")
    path.write_text("\n".join(lines) + "\n")
    return path


def measure(case: Case, names: tuple[str, ...], rounds: Rounds, label: str = "") -> Sent:
    """Each client in turn."""
    with TemporaryDirectory() as folder, serving(case.latency_ms / 1000) as server:
        turns = {
            name: partial(_send, name, server, replace(case, sessions=sessions), Path(folder))
            for name in names
            for sessions in [min(case.sessions, _AT_MOST.get(name, case.sessions))]
        }
        found = in_turn(turns, rounds)
    name = label or case.name
    ideal = case.ideal()
    floor = [Measured(name, "ideal", ideal)] if ideal and not label else []
    return Sent(
        [*(Measured(name, who, figures[0]) for who, figures in found.items()), *floor],
        [Measured(name, who, figures[1]) for who, figures in found.items()],
        [Measured(name, who, figures[2]) for who, figures in found.items()],
    )


def _send(name: str, server: Server, case: Case, folder: Path) -> tuple[float, float, float]:
    """Sessions a second, processor milliseconds a session, and megabytes at most."""
    sheet = write_sheet(folder / f"{case.sessions}.csv", case.sessions)
    command = [sys.executable, "-m", "tests.benchmarks.clients", name, server.url, str(sheet)]
    with TemporaryDirectory(dir=folder) as home:
        done = subprocess.run(  # noqa: S603  # this very program
            [*command, home, str(case.concurrency)],
            check=False,
            capture_output=True,  # Prefect's server has much to say at its end
            text=True,
            timeout=_TIMEOUT_S,
            env={**os.environ, "PREFECT_LOGGING_LEVEL": "ERROR"},
        )
    if done.returncode:
        raise AssertionError(f"{name} ended with {done.returncode}: {done.stderr}")
    seconds, megabytes = map(float, done.stdout.split()[-2:])
    seen = server.seen()
    if seen.sessions != case.sessions or seen.posts != case.sessions:
        raise AssertionError(f"{name} posted {seen.posts} times to {seen.sessions} sessions")
    return case.sessions / seen.seconds, seconds / case.sessions * 1000, megabytes
