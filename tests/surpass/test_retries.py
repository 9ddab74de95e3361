"""Trying again: in one place, bounded in tries and in time, as patient as Surpass asks."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina.instrumentation

import pipeline
from pipeline.errors import Throttled, Unavailable
from pipeline.surpass import Session, Surpass
from tests.serving import CUT, access, asked, reply, saying, single
from tests.surpass.answers import CODE

GOOD = reply(single(keycode=CODE, testState="PaperResponseUpload"))
PROJECT = Path(pipeline.__file__).parents[1]


async def read(surpass: Surpass) -> Session:
    return await surpass.session(CODE)


class EnoughError(Exception):
    """Leaves a retry before its wait: nobody has to sit it out."""


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """The seconds that the retry library is told to wait; at the first it is left."""
    seconds: list[float] = []

    def leave(details: stamina.instrumentation.RetryDetails) -> None:
        seconds.append(details.wait_for)
        raise EnoughError

    stamina.instrumentation.set_on_retry_hooks([leave])
    yield seconds
    stamina.instrumentation.set_on_retry_hooks(None)


def test_retries_of_surpass_are_in_one_place_only() -> None:
    rooms = [PROJECT / name for name in ("pipeline", "schemas", "flows")]
    sources = {path: path.read_text("utf-8") for room in rooms for path in room.rglob("*.py")}
    about_surpass = {path: text for path, text in sources.items() if "Surpass" in text}
    assert len(about_surpass) > 10
    retries = PROJECT / "pipeline" / "surpass" / "retries.py"
    assert [path for path, text in about_surpass.items() if "import stamina" in text] == [retries]
    for other in ("import tenacity", "import backoff", "retries=", "retry_delay"):
        assert [path for path, text in sources.items() if other in text] == []


def test_a_good_answer_after_bad_ones_is_the_answer() -> None:
    with saying(CUT, reply("", 503), GOOD) as server:
        assert asked(access(server.url), read).is_open
        assert len(server.requests) == 3


@pytest.mark.parametrize("tries", [1, 2, 5])
def test_tries_are_bounded(tries: int) -> None:
    with saying(reply("", 503)) as server:
        with pytest.raises(Unavailable):
            asked(access(server.url, max_attempts=tries), read)
        assert len(server.requests) == tries


def test_time_is_bounded() -> None:
    with saying(reply("", 503)) as server:
        with pytest.raises(Unavailable):
            asked(access(server.url, max_attempts=12, max_retry_seconds=0.2), read)
        assert len(server.requests) < 12  # each wait is twice as long as the one before


def test_no_time_is_one_try() -> None:
    with saying(reply("", 503)) as server:
        with pytest.raises(Unavailable):
            asked(access(server.url, max_retry_seconds=0), read)
        assert len(server.requests) == 1


def in_a_minute() -> str:
    return f"{dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60):%a, %d %b %Y %X} GMT"


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("asks", ["seconds", "date"])
def test_it_waits_as_long_as_surpass_asks(waits: list[float], status: int, asks: str) -> None:
    header = "60" if asks == "seconds" else in_a_minute()
    with saying(reply("", status, Retry_After=header)) as server, pytest.raises(EnoughError):
        asked(access(server.url, retry_wait=2), read)
    # A date has whole seconds, and some time has gone by since it was written; jitter comes on top.
    assert (60 if asks == "seconds" else 45) <= waits[0] <= 62


def test_unasked_it_waits_as_set_with_jitter(waits: list[float]) -> None:
    for _ in range(8):
        with saying(CUT) as server, pytest.raises(EnoughError):
            asked(access(server.url, retry_wait=10), read)
    assert all(10 <= wait <= 20 for wait in waits)
    assert len(set(waits)) > 1


def test_the_wait_really_lies_between_the_tries() -> None:
    begun = time.monotonic()
    with saying(reply("", 429, Retry_After="1"), GOOD) as server:
        assert asked(access(server.url), read).is_open
    assert time.monotonic() - begun >= 0.9


@pytest.mark.parametrize("asks", ["121", "3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_longer_than_we_may_wait_is_no_wait_at_all(waits: list[float], asks: str) -> None:
    with saying(reply("", 429, Retry_After=asks)) as server:
        with pytest.raises(Throttled):
            asked(access(server.url, max_retry_seconds=120), read)
        assert (len(server.requests), waits) == (1, [])


def test_waits_that_surpass_asks_for_do_not_add_up_beyond_the_time() -> None:
    with saying(reply("", 429, Retry_After="1")) as server:
        with pytest.raises(Throttled):
            asked(access(server.url, max_attempts=50, max_retry_seconds=1.9), read)
        assert len(server.requests) == 2
