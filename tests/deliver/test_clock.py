"""A clock that is wrong by hours: it is said, dates are Surpass's, and no wait is cut short."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.settings import Settings
from pipeline.stages import Job, Report, start
from pipeline.surpass import Surpass, access_of
from pipeline.surpass.clock import SurpassClock, shown_error
from tests.ledger.running import outcomes, session, settings, sheet
from tests.serving import plain_wire, served

_HOUR_S = 3600.0
_KEY = "AAAA0001"
_true_time = time.time


class _Dated(httpx.AsyncBaseTransport):
    """The wire, with another date in each answer: None for none."""

    def __init__(self, seconds: Callable[[], float | None]) -> None:
        self._wire, self._seconds = plain_wire(), seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._wire.handle_async_request(request)
        del response.headers["date"]
        if (seconds := self._seconds()) is not None:
            date = dt.datetime.fromtimestamp(seconds, dt.UTC)
            response.headers["date"] = format_datetime(date, usegmt=True)
        return response

    async def aclose(self) -> None:
        await self._wire.aclose()


def _run(office: Settings, file: Path, seconds: Callable[[], float | None]) -> Report:
    async def carry_out() -> Report:
        work = start(Job(office), [file], QUIET)
        async with Surpass(access_of(office), _Dated(seconds)) as surpass:
            return await ingest(work, surpass)

    return asyncio.run(carry_out())


def _rules(report: Report) -> list[str]:
    return [str(rule) for rule in report.reconciliation.findings["rule"]]


def _office(tmp_path: Path, url: str, **more: Any) -> tuple[Settings, Path]:
    file = sheet(tmp_path / "marks.csv", {_KEY: [1, 2]})
    return settings(tmp_path / "home", url, time_zone="UTC", **more), file


@pytest.mark.parametrize(
    ("ahead_s", "shown"),
    [
        (3 * _HOUR_S, "3 hours ahead of"),
        (-5 * _HOUR_S, "5 hours behind"),
        (130.0, "2 minutes ahead of"),
        (24 * 400 * _HOUR_S, "400 days ahead of"),
    ],
)
def test_a_wrong_clock_is_said_and_the_date_is_surpass_own(
    ahead_s: float, shown: str, tmp_path: Path
) -> None:
    with served([session(_KEY)]) as (sandbox, where):
        office, file = _office(tmp_path, where.url)
        began = _true_time()
        report = _run(office, file, lambda: _true_time() - ahead_s)
        (taken,) = sandbox.session(_KEY).applied
    assert outcomes(report) == {_KEY: "accepted"}
    assert _rules(report) == ["clock-wrong"]
    assert shown in report.reconciliation.findings["message"].iloc[0]
    assert report.reconciliation.settled, "a warning stops nothing"
    sent = taken.completion_date
    assert sent is not None
    right = dt.datetime.fromtimestamp(began - ahead_s, dt.UTC).replace(tzinfo=None)
    assert abs(sent - right) < dt.timedelta(seconds=30)


@pytest.mark.parametrize("seconds", [_true_time, lambda: None, lambda: _true_time() - 1.5])
def test_a_clock_that_agrees_or_cannot_be_compared_is_this_machines(
    seconds: Callable[[], float | None], tmp_path: Path
) -> None:
    with served([session(_KEY)]) as (sandbox, where):
        office, file = _office(tmp_path, where.url)
        report = _run(office, file, seconds)
        (taken,) = sandbox.session(_KEY).applied
    assert _rules(report) == []
    started = report.reconciliation.run.started.replace(tzinfo=None, microsecond=0)
    assert taken.completion_date == started


def test_it_is_said_where_the_date_is_set_too(tmp_path: Path) -> None:
    with served([session(_KEY)]) as (sandbox, where):
        office, file = _office(tmp_path, where.url, completion_date="2026-06-30T12:00:00")
        report = _run(office, file, lambda: _true_time() - _HOUR_S)
        (taken,) = sandbox.session(_KEY).applied
    assert _rules(report) == ["clock-wrong"]
    assert taken.completion_date == dt.datetime(2026, 6, 30, 12)


def _lost(
    sandbox: Sandbox,
    office: Settings,
    file: Path,
    seconds: Callable[[], float | None] = _true_time,
) -> None:
    """A run whose POST was swallowed: nothing was taken, and nobody knows."""
    sandbox.faults.set(Fault(FaultKind.CUT_BEFORE, method="POST", times=1))
    assert outcomes(_run(office, file, seconds)) == {_KEY: "in_doubt"}


def _posts(sandbox: Sandbox) -> int:
    return len(sandbox.journal.posts(_KEY))


def test_a_clock_that_is_set_ahead_does_not_shorten_the_quiet_period(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served([session(_KEY)]) as (sandbox, where):
        office, file = _office(tmp_path, where.url, quiet_period=120.0)
        _lost(sandbox, office, file)
        monkeypatch.setattr(time, "time", lambda: _true_time() + 3 * _HOUR_S)
        before = _posts(sandbox)
        assert outcomes(_run(office, file, _true_time)) == {_KEY: "in_doubt"}
        assert _posts(sandbox) == before, "not sent again: the quiet period is not over"
        report = _run(office, file, lambda: _true_time() + 121)
        assert outcomes(report) == {_KEY: "accepted"}
        assert len(sandbox.session(_KEY).applied) == 1


@pytest.mark.parametrize("first_s", [0.0, 600.0])
def test_servers_that_disagree_do_not_shorten_it(tmp_path: Path, first_s: float) -> None:
    """Half of the answers come from one that is ten minutes ahead, whichever is heard first."""
    both = itertools.cycle((first_s, 600.0 - first_s))

    def either() -> float:
        return _true_time() + next(both)

    with served([session(_KEY)]) as (sandbox, where):
        office, file = _office(tmp_path, where.url, quiet_period=120.0)
        _lost(sandbox, office, file, either)
        before = _posts(sandbox)
        for _ in range(2):
            assert outcomes(_run(office, file, either)) == {_KEY: "in_doubt"}
        assert _posts(sandbox) == before


def test_a_clock_that_is_set_back_does_not_lengthen_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served([session(_KEY)]) as (sandbox, where):
        office, file = _office(tmp_path, where.url, quiet_period=120.0)
        _lost(sandbox, office, file)
        monkeypatch.setattr(time, "time", lambda: _true_time() - 3 * _HOUR_S)
        assert outcomes(_run(office, file, _true_time)) == {_KEY: "in_doubt"}
        report = _run(office, file, lambda: _true_time() + 121)
        assert outcomes(report) == {_KEY: "accepted"}
        assert len(sandbox.session(_KEY).applied) == 1


@pytest.mark.parametrize(
    ("headers", "ahead_s"),
    [
        ({}, None),
        ({"date": "soon"}, None),
        ({"date": "Wed, 99 Foo 99999 99:99:99 GMT"}, None),
        ({"date": "Mon, 01 Jun 2026 09:00:00 GMT", "age": "0"}, None),  # kept by a proxy
    ],
    ids=["none", "no date", "no such date", "an old answer"],
)
def test_what_tells_no_time(headers: dict[str, str], ahead_s: float | None) -> None:
    clock = SurpassClock()
    clock.hear(headers, time.monotonic())
    assert clock.ahead_s == ahead_s
    assert abs(clock.earliest() - time.time()) < 1
    assert abs(clock.latest() - time.time()) < 1


@dataclass(frozen=True)
class Heard:
    """How far the servers' clocks are ahead of this machine's, and what is made of it."""

    servers_s: tuple[float, ...]
    earliest_s: float
    latest_s: float


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(Heard((), 0, 0), id="nothing is told"),
        pytest.param(Heard((0,), 0, 0), id="they agree"),
        pytest.param(Heard((3600,) * 4, 3600, 3600), id="this machine is an hour behind"),
        pytest.param(Heard((-3600,) * 4, -3600, -3600), id="this machine is an hour ahead"),
        pytest.param(Heard((3600,) * 3, 0, 3600), id="too few say that it is an hour behind"),
        pytest.param(Heard((-3600,) * 3, -3600, 0), id="too few say that it is an hour ahead"),
        pytest.param(Heard((300, 0), 0, 300), id="one of two servers is ahead, heard first"),
        pytest.param(Heard((0, 300), 0, 300), id="heard last"),
        pytest.param(Heard((-300, 0), -300, 0), id="one of two is behind"),
        pytest.param(
            Heard((3600, 3900) * 2, 3600, 3900), id="two disagree, both with this machine"
        ),
        pytest.param(Heard((60,), 0, 60), id="who of the two is wrong cannot be told"),
    ],
)
def test_a_wait_goes_by_the_safest_of_what_was_heard(heard: Heard) -> None:
    """It began as late, and is over as late, as any of the clocks allows."""
    clock = SurpassClock()
    for seconds in heard.servers_s:
        date = dt.datetime.fromtimestamp(time.time() + seconds, dt.UTC)
        clock.hear({"date": format_datetime(date, usegmt=True)}, time.monotonic())
    assert abs(clock.earliest() - time.time() - heard.earliest_s) < 2
    assert abs(clock.latest() - time.time() - heard.latest_s) < 2


def test_an_error_is_shown_in_one_unit() -> None:
    assert shown_error(-59.0) == "59 seconds behind"
