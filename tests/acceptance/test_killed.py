"""All faults of a POST, and kill -9 between: stored once, and 'accepted' means stored as sent."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    OPEN,
    PostFault,
    Session,
    Shape,
    faults_by_share,
    keycodes,
)
from tests.acceptance.office import LATE_S, QUIET_PERIOD_S, TAKEN, Office, content_at, write_marks
from tests.acceptance.server import PASSWORD, USER, serving
from tests.kills.process import begin, kill_after


def _waiting(service: Service, keycode: str) -> bool:
    """Whether Surpass still waits for that session's marks, and has none."""
    return service.session(keycode).state == OPEN and not service.stored(keycode)


def _settings(home: Path, url: str) -> Settings:
    return Settings.model_validate(
        {
            "home": home / "papermarks",
            "surpass_url": url,
            "surpass_username": USER,
            "surpass_password": PASSWORD,
            "quiet_period": QUIET_PERIOD_S,
            "retry_wait": 0.05,
            "stop_after": 1000,
            "batch_size": 25,
            "lease": 5,
        }
    )


def _wait_for_requests(service: Service, process: BaseProcess, count: int) -> None:
    wanted = len(service.requests) + count
    while len(service.requests) < wanted and process.exitcode is None:
        process.join(0.005)


def _killed(home: Path, shape: Shape, *, sessions: int, kills: int) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    codes = list(keycodes("KILL", sessions))
    faults = faults_by_share(codes, share=0.4, seed=seed)
    service = Service(map(Session, codes), shape, faults=faults, late_s=LATE_S)
    sheet = write_marks(home / "marks.csv", codes)
    with serving(service) as url:
        killed = 0
        for _ in range(kills):
            # Moments are counted in requests: they fall into the same places on a slow machine.
            process = begin(_settings(home, url), [sheet])
            _wait_for_requests(service, process, rng.randrange(1, 2 + sessions))
            killed += kill_after(process, rng.uniform(0, 0.02))
        assert killed, "no run was killed"
        _account(service, codes, faults, _to_the_end(service, home, url, sheet, codes))


def _to_the_end(
    service: Service, home: Path, url: str, sheet: Path, codes: list[str]
) -> dict[str, str]:
    """Plain runs, confirm, and a person for what Surpass still waits for; the last outcomes."""
    office = Office(home, url, sheet)
    time.sleep(QUIET_PERIOD_S)
    office.hand_in_until_settled()
    office.confirm()
    service.wait_for_late_ones()
    open_still = [keycode for keycode in codes if _waiting(service, keycode)]
    for keycode in open_still:
        assert office.outcome(keycode) not in TAKEN, keycode
        office.resolve(keycode, "not-taken")
    if open_still:
        time.sleep(QUIET_PERIOD_S)
        office.hand_in_until_settled()
    return {keycode: office.outcome(keycode) for keycode in codes}


def _account(
    service: Service,
    codes: list[str],
    faults: Mapping[str, PostFault],
    outcomes: Mapping[str, str],
) -> None:
    """Each stored once; what is called accepted was stored as sent, and nothing else is."""
    for at, keycode in enumerate(codes):
        stored, fault, outcome = service.stored(keycode), faults.get(keycode), outcomes[keycode]
        became = (keycode, fault, outcome, stored)
        if fault is PostFault.NOT_STORED_STATE_MOVES:
            assert stored == [], became  # Surpass takes no more marks for it
        else:
            assert len(stored) == 1, became
        assert (outcome in TAKEN) == (stored == [content_at(at)]), became


def test_30_sessions_with_all_faults_and_two_kills(tmp_path: Path) -> None:
    _killed(tmp_path, Shape(becomes_result=True), sessions=30, kills=2)


@pytest.mark.long
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(Shape(), id="sessions stay"),
        pytest.param(Shape(becomes_result=True, gone_status=400), id="sessions become results"),
        pytest.param(Shape(sections_before_marks=False), id="sections only with marks"),
        pytest.param(Shape(numbers_restart=True, errors_status=200), id="restart, errors with 200"),
    ],
)
def test_400_sessions_with_all_faults_and_ten_kills(tmp_path: Path, shape: Shape) -> None:
    _killed(tmp_path, shape, sessions=400, kills=10)
