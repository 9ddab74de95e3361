"""How long until something happens: a command's start, and a dropped file's end under `serve`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import sending
from tests.benchmarks.reading import used
from tests.benchmarks.server import PASSWORD, USER, Server, serving
from tests.benchmarks.table import Measured
from tests.benchmarks.turns import Rounds, in_turn
from tests.flows.commands import papermarks, until

_COMMAND = (sys.executable, "-m", "flows.cli")
_SMALL = 20  # sessions


def measure(rounds: Rounds) -> list[Measured]:
    """Seconds, and processor seconds, of a start: `--help`, and `check` of a small file."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        sheet = sending.write_sheet(folder / "small.csv", _SMALL)
        commands = {
            "--help": ["--help"],
            "check of a small file": ["check", "--offline", "-q", str(sheet)],
        }
        found = in_turn(
            {name: partial(used, [*_COMMAND, *words], folder) for name, words in commands.items()},
            rounds,
        )
    return [
        Measured(name, what, value)
        for name, (cpu, _, seconds) in found.items()
        for what, value in (("seconds", seconds), ("processor seconds", cpu))
    ]


@contextmanager
def _office(server: Server, folder: Path, **more: str) -> Iterator[dict[str, str]]:
    """An office that `papermarks serve` is at work for."""
    own = {
        "PAPERMARKS_HOME": str(folder / "office"),
        "PAPERMARKS_SURPASS_URL": server.url,
        "PAPERMARKS_SURPASS_USERNAME": USER,
        "PAPERMARKS_SURPASS_PASSWORD": PASSWORD,
        **more,
    }
    office = {name: value for name, value in os.environ.items() if "PREFECT" not in name} | own
    with papermarks(office, folder / "serve.log", "serve") as serve:
        until(lambda: "Watching" in serve.output(), serve.output)
        yield office
        serve.end()


def dropped(rounds: Rounds) -> list[Measured]:
    """Seconds from a drop until the file is in done/, with `serve` running."""

    def drop(number: Iterator[int]) -> tuple[float]:
        seed = next(number)
        name = f"marks-{seed}.csv"
        made = sending.write_sheet(folder / name, _SMALL, seed)
        began = time.perf_counter()
        made.rename(home / "inbox" / name)
        until(lambda: any((home / "done").rglob(name)), lambda: sorted(home.rglob(name)))
        return (time.perf_counter() - began,)

    with TemporaryDirectory() as temporary, serving(0.0) as server:
        folder = Path(temporary)
        with _office(server, folder) as office:
            home = Path(office["PAPERMARKS_HOME"])
            numbers = iter(range(1, 9))
            drop(numbers)  # the first waits for what is imported once
            found = in_turn({"done": partial(drop, numbers)}, rounds)
    return [Measured("drop to done", "seconds", *found["done"])]


def orchestrated(case: sending.Case, rounds: Rounds) -> list[Measured]:
    """The same number of sessions sent with Prefect's server told of it, and without."""

    def ingest(seeds: Iterator[int], office: Mapping[str, str]) -> tuple[float, float, float]:
        sheet = sending.write_sheet(folder / "marks.csv", case.sessions, seed=next(seeds))
        cpu, _, whole = used([*_COMMAND, "ingest", "-q", str(sheet)], folder, office)
        seen = server.seen()
        if seen.posts != case.sessions:
            raise AssertionError(f"{seen.posts} POSTs for {case.sessions} sessions")
        return seen.seconds, whole, cpu

    whats = ("seconds on the wire", "seconds in all", "processor seconds")
    with TemporaryDirectory() as temporary, serving(case.latency_ms / 1000) as server:
        folder = Path(temporary)
        with _office(server, folder, PAPERMARKS_CONCURRENCY=str(case.concurrency)) as office:
            seeds = iter(range(1, 9))
            turns = {
                "with Prefect": office | {"PAPERMARKS_PREFECT": "true"},
                "without": office | {"PAPERMARKS_PREFECT": "false"},
            }
            found = in_turn(
                {who: partial(ingest, seeds, where) for who, where in turns.items()}, rounds
            )
    return [
        Measured(what, who, figures[place])
        for place, what in enumerate(whats)
        for who, figures in found.items()
    ]
