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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.table import Measured, median_of

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


def measure(entries: int, rounds: int) -> tuple[list[Measured], list[Measured]]:
    """CPU seconds and peak memory (MB) of each reader in turn, on each shape."""
    seconds: list[Measured] = []
    memory: list[Measured] = []
    with TemporaryDirectory() as folder:
        for shape in SHAPES:
            file = write(shape, Path(folder) / f"marks{shape.suffix}", entries)
            readers = {"ours": [sys.executable, "-m", "flows.cli", "check", "--offline", "-q"]}
            for rival in shape.rivals:
                readers[rival] = [sys.executable, "-m", "tests.benchmarks.reading", rival]
            used: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
            for number in range(rounds):
                for name, command in readers.items():
                    home = Path(folder) / f"home-{number}"
                    used[name].append(_used([*command, str(file)], home))
            for name, figures in used.items():
                seconds.append(Measured(shape.name, name, median_of([cpu for cpu, _ in figures])))
                memory.append(Measured(shape.name, name, median_of([peak for _, peak in figures])))
    return seconds, memory


def _used(command: list[str], home: Path) -> tuple[float, float]:
    """CPU seconds and peak MB of one process, with all that it starts."""
    watched = [sys.executable, "-m", "tests.benchmarks.reading", "watch", *command]
    done = subprocess.run(  # noqa: S603  # this very program
        watched,
        check=True,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PAPERMARKS_HOME": str(home),
            "PAPERMARKS_PREFECT": "false",
        },
    )
    cpu, peak = map(float, done.stdout.split()[-2:])
    return cpu, peak


def _watch(command: list[str]) -> None:
    """Run the command, and print what it used: only a parent of its own sees that of it alone."""
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  # from above
    if done.returncode > 1:  # 1: there were findings
        sys.exit(f"{command} ended with {done.returncode}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


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
