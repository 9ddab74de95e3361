"""With a real Prefect server each file is a tagged flow run; marks do not wait for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flows.dropfolder.watcher import sweep
from pipeline import settings
from pipeline.inbox import Place
from pipeline.sandbox import Sandbox
from tests.flows.commands import query
from tests.forked import ended
from tests.inbox.drop_folder import drop, files, sheet, until, watcher

_GOOD = "B10P1AAB"  # a session of the samples that waits for its marks


def test_each_file_is_a_tagged_run_named_by_its_file(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str, tmp_path: Path
) -> None:
    home, log = Path(office["PAPERMARKS_HOME"]), tmp_path / "log"
    process = watcher(office | {"PAPERMARKS_SETTLE": "0.1"}, log)
    until(lambda: log.exists() and "Watching" in log.read_text(), log)
    names = ["biology/one.csv", "two.csv"]
    for name in names:
        drop(home, name, sheet(_GOOD, mark="six"))
    until(lambda: all(f"{name}:" in log.read_text() for name in names), log)
    assert ended(process, by_signal=True) == 0
    runs = query(prefect_api, "flow_runs", {"flow_runs": {"tags": {"all_": ["inbox"]}}})
    assert {run["name"].partition(" (")[0] for run in runs} == {"ingest one.csv", "ingest two.csv"}
    assert {run["state"]["type"] for run in runs} == {"COMPLETED"}
    assert _GOOD not in log.read_text()
    assert "attention/biology/one.csv/reconciliation.html" in files(home)


def test_marks_do_not_wait_for_a_prefect_that_is_gone(
    surpass: tuple[Sandbox, str],
    office: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in office.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    home = Path(office["PAPERMARKS_HOME"])
    drop(home, "one.csv", sheet(_GOOD, mark="six"))
    lines: list[str] = []
    (result,) = asyncio.run(sweep(settings.load(), log=lines.append))
    assert result.place is Place.ATTENTION
    assert any("Prefect does not answer" in line for line in lines)
