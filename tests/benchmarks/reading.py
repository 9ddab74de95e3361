"""Reading: CPU seconds of `check --offline`, held against pandas as text with a Pandera schema.

What is held against us is no equal: it reads the cells as text, and checks that each is a mark or
an answer. It does not say which candidate, which paper, which cell; nor does it write a report.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.table import Measured
from tests.benchmarks.turns import Rounds, in_turn

_QUESTIONS = 100
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"

Rows = Iterator[list[object]]


@dataclass(frozen=True)
class Shape:
    """A file as one producer writes it, and who reads it beside us."""

    name: str
    suffix: str
    rows: Callable[[random.Random, int], Rows]
    rivals: tuple[str, ...] = ("pandas",)


def _keycodes(rng: random.Random, sessions: int) -> Iterator[str]:
    for number in range(sessions):
        yield "".join(rng.choice(_LETTERS) for _ in range(3)) + f"{number + 10_000:05d}"


def _wide(rng: random.Random, sessions: int) -> Rows:
    yield ["Keycode", *(f"Q{number}" for number in range(1, _QUESTIONS + 1))]
    for keycode in _keycodes(rng, sessions):
        yield [keycode, *(rng.randint(0, 5) for _ in range(_QUESTIONS))]


def _long(rng: random.Random, sessions: int) -> Rows:
    yield ["Keycode", "Question", "Mark"]
    for keycode in _keycodes(rng, sessions):
        for number in range(1, _QUESTIONS + 1):
            yield [keycode, number, rng.randint(0, 5)]


def _long_with_errors(rng: random.Random, sessions: int) -> Rows:
    """The same, with a mark that is none in one row of a hundred."""
    for row in _long(rng, sessions):
        yield [*row[:2], "x"] if row[2] != "Mark" and rng.random() < 0.01 else row


def _omr(rng: random.Random, sessions: int) -> Rows:
    yield [
        *("file_id", "input_path", "output_path", "score", "Keycode"),
        *(f"q{number}" for number in range(1, _QUESTIONS + 1)),
    ]
    for number, keycode in enumerate(_keycodes(rng, sessions)):
        page = f"page-{number}.jpg"
        answers = (rng.choice("ABCD") for _ in range(_QUESTIONS))
        yield [page, f"in/{page}", f"out/{page}", "0", keycode, *answers]


SHAPES = (
    Shape("wide CSV", ".csv", _wide),
    Shape("long CSV", ".csv", _long),
    Shape("long CSV, 1 % in error", ".csv", _long_with_errors),
    Shape("OMRChecker CSV", ".csv", _omr),
    Shape("wide xlsx", ".xlsx", _wide, ("pandas calamine", "pandas openpyxl")),
)


def write(shape: Shape, path: Path, entries: int) -> Path:
    """The file, the same each time."""
    rows = shape.rows(random.Random(1), entries // _QUESTIONS)
    if shape.suffix == ".xlsx":
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Marks")
        for row in rows:
            sheet.append(row)
        book.save(path)
        return path
    with path.open("w", newline="") as file:
        quote = '"' if shape.name.startswith("OMR") else ""  # as that program does
        for row in rows:
            file.write(",".join(f"{quote}{cell}{quote}" for cell in row) + "\n")
    return path


QUICK = tuple(shape for shape in SHAPES if shape.name in ("long CSV, 1 % in error", "wide xlsx"))
ALL = 1_000_000  # entries
GROWTH = (10_000, 100_000)
_TIMEOUT_S = 300


def measure(
    entries: int, rounds: Rounds, shapes: Sequence[Shape] = SHAPES, label: str = ""
) -> tuple[list[Measured], list[Measured]]:
    """CPU seconds and peak memory (MB) of each reader in turn, on each shape."""
    seconds: list[Measured] = []
    memory: list[Measured] = []
    for shape in shapes:
        with TemporaryDirectory() as folder:
            file = write(shape, Path(folder) / f"marks{shape.suffix}", entries)
            ours = [sys.executable, "-m", "flows.cli", "check", "--offline", "-q"]
            small = write(shape, Path(folder) / f"first{shape.suffix}", 10 * _QUESTIONS)
            used([*ours, str(small)], Path(folder))  # an office's ledger is there already
            readers = {"ours": ours} | {
                rival: [sys.executable, "-m", "tests.benchmarks.reading", rival]
                for rival in shape.rivals
            }
            found = in_turn(
                {
                    name: partial(used, [*command, str(file)], Path(folder))
                    for name, command in readers.items()
                },
                rounds,
            )
        name = label or shape.name
        seconds += [Measured(name, who, figures[0]) for who, figures in found.items()]
        memory += [Measured(name, who, figures[1]) for who, figures in found.items()]
    return seconds, memory


def used(
    command: list[str], folder: Path, environment: Mapping[str, str] | None = None
) -> tuple[float, float, float]:
    """CPU seconds, peak MB and seconds of one process, with all that it starts."""
    watched = [sys.executable, "-m", "tests.benchmarks.reading", "watch", *command]
    with TemporaryDirectory(dir=folder) as home:
        offline = {
            "PAPERMARKS_HOME": home,
            "PAPERMARKS_PREFECT": "false",
        }
        done = subprocess.run(  # noqa: S603  # this very program
            watched,
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            env={**os.environ, **offline, **(environment or {})},
        )
    cpu, peak, seconds = map(float, done.stdout.split()[-3:])
    return cpu, peak, seconds


def _watch(command: list[str]) -> None:
    """Run the command, and print what it used: only a parent of its own sees that of it alone."""
    began = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  # from above
    seconds = time.perf_counter() - began
    if done.returncode > 1:  # 1: there were findings
        sys.exit(f"{command} ended with {done.returncode}")
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(taken.ru_utime + taken.ru_stime, taken.ru_maxrss / 1024, seconds)


def _rival(name: str, file: Path) -> None:
    """Read all cells as text, and hold each against a schema."""
    import pandas as pd
    import pandera.pandas as pa

    if name == "pandas":
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    else:
        engine = name.removeprefix("pandas ")
        table = pd.read_excel(file, dtype=str, keep_default_na=False, engine=engine)  # type: ignore[call-overload]
    cell = pa.Check.str_matches(r"[0-9]+$|[A-Z]$")
    columns = [name for name in table.columns if name == "Mark" or name.lower().startswith("q")]
    cells = [name for name in columns if name != "Question"]
    schema = pa.DataFrameSchema({name: pa.Column(str, cell) for name in cells})
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        print(len(errors.failure_cases))


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        _watch(sys.argv[2:])
    else:
        _rival(sys.argv[1], Path(sys.argv[2]))
