"""Kill -9 at random moments, with faults on; after it a plain run, and everything adds up."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession, serve_in_thread
from pipeline.settings import Settings
from schemas.states import TestState
from tests.kills.process import begin, kill_after

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
    return Settings.model_validate({"home": home} | access | quick | more)


def _last_report(home: Path) -> dict[str, Any]:
    newest = max((home / "reports").iterdir())
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


def _plain_runs(sandbox: Sandbox, settings: Settings, sheet: Path) -> dict[str, Any]:
    """Without faults or kills: what is left is settled and sent, then nothing is left to do."""
    sandbox.faults.clear()
    process = begin(settings, [sheet])
    assert not kill_after(process, 120)
    return _last_report(settings.home)


def _account(report: Mapping[str, Any], sessions: int) -> None:
    assert report["law_holds"] is True
    by_outcome = report["totals"]["by_outcome"]
    assert by_outcome["accepted"] + by_outcome["unchanged"] == sessions, by_outcome


def _killed_in_a_row(tmp_path: Path, seed: int, kills: int, sessions: int, **more: object) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    sheet = _sheet(tmp_path / "marks.csv", range(sessions))
    sandbox = _sandbox(sessions)
    with serve_in_thread(sandbox) as url:
        settings = _settings(tmp_path / "home", url, **more)
        sandbox.faults.set(*_FAULTS, seed=seed)
        for _ in range(kills):
            kill_after(begin(settings, [sheet]), rng.uniform(0.05, 1.2))
        report = _plain_runs(sandbox, settings, sheet)
    _account(report, sessions)
    _nothing_lost_nothing_twice(sandbox, sessions)


def test_killed_25_times_in_a_row(tmp_path: Path) -> None:
    _killed_in_a_row(tmp_path, random.randrange(10**6), kills=25, sessions=200)


@pytest.mark.long
@pytest.mark.parametrize("round_", range(4))
def test_killed_50_times_in_a_row(tmp_path: Path, round_: int) -> None:
    _killed_in_a_row(tmp_path, random.randrange(10**6), kills=50, sessions=400)
