"""The nightly flow on a real Prefect server: who did what, a copy of the ledger, old runs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from pipeline import settings
from pipeline.ledger import open_ledger
from pipeline.ledger.head import copies
from pipeline.sandbox import Sandbox
from tests import forked
from tests.inbox.drop_folder import drop, sheet

_OLD, _LEFT, _DROPPED = "B10P1AAC", "B10P1AAB", "B10P1AAD"
_NIGHT = "import asyncio; from flows.nightly import nightly; asyncio.run(nightly())"


def _ingest(office: dict[str, str], file: Path, **more: str) -> None:
    env = office | {"PAPERMARKS_PREFECT": "false"} | more
    forked.papermarks("ingest", "-q", str(file), env=env)


def test_a_night(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str, tmp_path: Path
) -> None:
    surpass[0].reset()
    home = Path(office["PAPERMARKS_HOME"])
    for keycode, name in ((_OLD, "old.csv"), (_LEFT, "left.csv")):
        (tmp_path / name).write_bytes(sheet(keycode, mark="1"))
    _ingest(office, tmp_path / "old.csv")
    with closing(sqlite3.connect(home / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET started = 0")
    _ingest(office, tmp_path / "left.csv", PAPERMARKS_SURPASS_USERNAME="nobody")
    drop(home, "dropped.csv", sheet(_DROPPED, mark="1"))
    for copy in copies(home):
        copy.unlink()
    night = office | {"PREFECT_API_URL": prefect_api, "PAPERMARKS_SETTLE": "0.1"}
    night |= {"PAPERMARKS_PURGE_AFTER": "400"}
    subprocess.run([sys.executable, "-c", _NIGHT], env=night, check=True, timeout=170)  # noqa: S603
    in_force = settings.load(office)
    with open_ledger(in_force) as ledger:
        runs = ledger.runs()
    assert [(run["origin"], run["files"]) for run in reversed(runs)] == [
        ("command", []),  # purged
        ("command", ["left.csv"]),
        ("inbox", ["dropped.csv"]),
        ("schedule", ["left.csv"]),
    ]
    assert runs[0]["parent"] == runs[2]["id"]
    assert [run["purged"] is not None for run in runs] == [False, False, False, True]
    assert all(run["user"] and run["host"] for run in runs[:-1])
    assert len([*copies(home)]) == 1
