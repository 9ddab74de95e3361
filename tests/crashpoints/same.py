"""What a later run can see of a state: all but names of runs, words, and when exactly.

States that differ in nothing else are tried once, by whichever process comes to them first.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from pipeline.ledger import Attempt
from pipeline.ledger.tables import attempts, owners, runs, sessions, submissions
from tests.crashpoints.disks import in_memory
from tests.crashpoints.runs import State
from tests.crashpoints.virtual_time import VirtualClock

_EPOCH_S = VirtualClock().wall()


class Tried:
    """What was tried from which states, in a folder that several processes share."""

    def __init__(self, folder: Path) -> None:
        """Nothing yet, where the folder is empty."""
        self._folder = folder

    def first(self, what: str, state: State) -> bool:
        """Whether nobody has tried that from such a state; from now on somebody has."""
        name = hashlib.sha256(repr((what, essence(state))).encode()).hexdigest()
        try:
            (self._folder / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def essence(state: State) -> object:
    """Equal for states that differ in nothing of consequence."""
    tables = _tables(state)
    ids = sorted(row["id"] for row in tables["runs"])
    run = {None: None} | {name: at for at, name in enumerate(ids)}
    now = state.now + _EPOCH_S
    leases = {row["token"]: row["alive_until"] > now for row in tables["owners"]}

    def held(owner: str | None) -> bool | None:
        return None if owner is None else leases.get(owner, False)

    ends = ("number", "batch", "outcome", "posts", "proof")
    return (
        tuple((run[row["id"]], row["finished"] is None) for row in _by(tables["runs"], "id")),
        tuple(
            (run[row["run"]], *(row[name] for name in ends))
            for row in _by(tables["submissions"], "run", "number")
        ),
        tuple(
            (
                run[row["run"]], row["submission"], row["post"],
                round((row["ended"] or row["began"]) - now), row["ended"] is None,
                row["came_back"] == Attempt.TAKEN,
            )
            for row in _by(tables["attempts"], "run", "submission", "post")
        ),
        tuple(
            (row["keycode"], row["state"], run[row["run"]], row["digest"], held(row["owner"]))
            for row in _by(tables["sessions"], "keycode")
        ),
        tuple(
            (
                session.keycode, session.state, len(session.stored),
                tuple(round(due - state.now) for due, _ in session.under_way),
            )
            for session in state.surpass.sessions.values()
        ),
        tuple(state.surpass.blind),
    )  # fmt: skip


def _by(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: tuple(row[name] for name in names))


def _tables(state: State) -> dict[str, list[dict[str, Any]]]:
    if "runs" in state.ledger:
        return dict(state.ledger)
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        for name, held in state.ledger.items():
            (Path(folder) / name).write_bytes(held)
        with closing(sqlite3.connect(Path(folder) / "ledger.sqlite")) as ledger:
            ledger.row_factory = sqlite3.Row
            return {
                table.name: [dict(row) for row in ledger.execute(str(table.select()))]
                for table in (runs, submissions, attempts, sessions, owners)
            }
