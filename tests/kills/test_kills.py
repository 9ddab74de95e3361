"""Kill -9 at random moments, with faults on; after it a plain run, and everything adds up."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from itertools import cycle
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession, serve_in_thread
from pipeline.settings import Settings
from schemas.states import TestState
from tests.kills.process import begin, ended, kill_after
from tests.postgres import Postgres

_QUESTIONS = {"1": 10, "2": 10, "3": 10}
# A fifth of all requests goes wrong, in every way there is.
_FAULTS = (
    Fault(FaultKind.UNAVAILABLE, probability=0.04),
    Fault(FaultKind.TOO_MANY_REQUESTS, probability=0.03, retry_after=0),
    Fault(FaultKind.CUT_BEFORE, probability=0.04),
    Fault(FaultKind.CUT_AFTER, probability=0.04),
    Fault(FaultKind.ERROR_AFTER, probability=0.03),
    Fault(FaultKind.HANG_AFTER, probability=0.01, seconds=0.5),
    Fault(FaultKind.HANG_BEFORE, probability=0.01, seconds=0.5),
)


_MAX_PLAIN_RUNS = 10


def _keycode(number: int) -> str:
    return f"KILL{number:04d}"


def _marks(number: int) -> dict[str, int | None]:
    return {"1": number % 11, "2": 0, "3": None if number % 7 == 0 else 7}


def _sheet(path: Path, numbers: range) -> Path:
    rows = ["Keycode,Q1,Q2,Q3"]
    for number in numbers:
        cells = ("NA" if mark is None else str(mark) for mark in _marks(number).values())
        rows.append(",".join((_keycode(number), *cells)))
    path.write_text("\n".join(rows) + "\n")
    return path


def _sandbox(sessions: int) -> Sandbox:
    return Sandbox(SandboxSession.paper(_keycode(n), _QUESTIONS) for n in range(sessions))


def _settings(home: Path, url: str, **more: object) -> Settings:
    access = {"surpass_url": url, "surpass_username": "sandbox", "surpass_password": "sandbox"}
    quick = {"retry_wait": 0.01, "timeout": 0.3, "max_attempts": 8, "batch_size": 25, "lease": 5}
    quick["quiet_period"] = 1.0  # longer than the slowest fault here takes
    return Settings.model_validate({"home": home} | access | quick | more)


def _last_report(home: Path) -> dict[str, Any]:
    newest = max((home / "reports").glob("*/"))
    return dict(json.loads((newest / "reconciliation.json").read_text()))


def _nothing_lost_nothing_twice(sandbox: Sandbox, sessions: int) -> None:
    for number in range(sessions):
        session = sandbox.by_keycode(_keycode(number))
        assert len(session.applied) == 1, (number, session.applied)
        assert dict(session.applied[0].content) == _marks(number)
        assert session.state is TestState.MARKED
        posts = sandbox.journal.posts(_keycode(number))
        taken = [at for at, post in enumerate(posts) if post.applied]
        assert taken == [len(posts) - 1], "a POST to a session that was taken already"


def _plain_run(sandbox: Sandbox, settings: Settings, sheet: Path) -> dict[str, Any]:
    """Without faults or kills: what is left is settled and sent, then nothing is left to do.

    What was sent a moment ago is in doubt until its quiet period is over: the next run sends it.
    """
    sandbox.faults.clear()
    for _ in range(_MAX_PLAIN_RUNS):
        assert ended(begin(settings, [sheet])) == 0
        report = _last_report(settings.home)
        if not report["totals"]["by_outcome"]["in_doubt"]:
            break
    return report


def _account(report: Mapping[str, Any], sessions: int) -> None:
    assert report["balanced"] is True
    by_outcome = report["totals"]["by_outcome"]
    assert by_outcome["accepted"] + by_outcome["unchanged"] == sessions, by_outcome


def _wait_for_some_requests(
    sandbox: Sandbox, process: BaseProcess, rng: random.Random, *, sending: bool
) -> None:
    """Until the service has seen a random number more: of any, as it begins, or of POSTs.

    Moments are counted in requests, not seconds: they fall into the same places on a slow machine.
    """
    left = sum(not session.applied for session in sandbox.sessions)
    more = 1 + rng.randrange(30) if sending else rng.randrange(left + 1)

    def seen() -> int:
        return len(sandbox.journal.posts() if sending else sandbox.journal.entries)

    wanted = seen() + more
    while seen() < wanted and process.exitcode is None:
        process.join(0.005)


def _killed(tmp_path: Path, kills: int, sessions: int, together: int = 1, **more: object) -> None:
    """Kill that many runs, so many of them at work at once; then a plain run and the account."""
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    sheet = _sheet(tmp_path / "marks.csv", range(sessions))
    sandbox = _sandbox(sessions)
    with serve_in_thread(sandbox) as url:
        settings = _settings(tmp_path / "home", url, **more)
        sandbox.faults.set(*_FAULTS, seed=seed)
        turns = cycle([False, True])
        for _ in range(0, kills, together):
            processes = [begin(settings, [sheet]) for _ in range(together)]
            for process in processes:
                _wait_for_some_requests(sandbox, process, rng, sending=next(turns))
                kill_after(process, rng.uniform(0, 0.02))
        sent = len(sandbox.journal.posts())
        print(f"seed {seed}: {sent} POSTs by the last kill")
        assert sent
        report = _plain_run(sandbox, settings, sheet)
    _account(report, sessions)
    _nothing_lost_nothing_twice(sandbox, sessions)


def test_killed_five_times_in_a_row(tmp_path: Path) -> None:
    _killed(tmp_path, kills=5, sessions=70)


def test_three_at_once_on_postgresql_are_killed_and_killed_again(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    _killed(tmp_path, 4, 60, together=3, ledger_url=postgres_server.database())


@pytest.mark.long
@pytest.mark.parametrize("_round", range(4))
def test_killed_50_times_in_a_row(tmp_path: Path, _round: int) -> None:
    _killed(tmp_path, kills=50, sessions=400)


@pytest.mark.long
@pytest.mark.parametrize("_round", range(2))
def test_three_at_once_on_postgresql_killed_51_times(
    tmp_path: Path, postgres_server: Postgres, _round: int
) -> None:
    _killed(tmp_path, 51, 400, together=3, ledger_url=postgres_server.database())


@pytest.mark.parametrize("many", [4, pytest.param(10, marks=pytest.mark.long)])
def test_many_at_once_share_a_file_and_send_each_session_once(tmp_path: Path, many: int) -> None:
    sheet = _sheet(tmp_path / "marks.csv", range(60))
    sandbox = _sandbox(60)
    with serve_in_thread(sandbox) as url:
        settings = _settings(tmp_path / "home", url, timeout=30, lease=60)
        runs = [begin(settings, [sheet]) for _ in range(many)]
        assert [ended(run) for run in runs] == [0] * many
    _nothing_lost_nothing_twice(sandbox, 60)
    assert len(sandbox.journal.posts()) == 60
    paths = settings.reports.rglob("reconciliation.json")
    reports = [json.loads(path.read_text()) for path in paths]
    assert len(reports) == many
    for report in reports:
        _account(report, 60)
    assert sum(report["totals"]["by_outcome"]["accepted"] for report in reports) == 60


def test_postgresql_restarted_in_mid_run_is_waited_for(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    sheet = _sheet(tmp_path / "marks.csv", range(120))
    sandbox = _sandbox(120)
    sandbox.faults.set(Fault(FaultKind.LATENCY, method="POST", seconds=0.05))
    with serve_in_thread(sandbox) as url:
        database = postgres_server.database()
        settings = _settings(tmp_path / "home", url, timeout=30, ledger_url=database)
        run = begin(settings, [sheet])
        for share in (20, 60):
            while len(sandbox.journal.posts()) < share:
                run.join(0.02)
            postgres_server.restart()
        assert ended(run) == 0
    _account(_last_report(settings.home), 120)
    _nothing_lost_nothing_twice(sandbox, 120)
