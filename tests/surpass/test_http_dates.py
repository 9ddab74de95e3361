"""The dates of HTTP: how long Surpass asks us to wait, and what time it is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from pipeline.errors import (
    Unavailable,
)
from pipeline.surpass.clock import http_date
from tests.serving import access, asked, reply, saying
from tests.surpass.answers import CODE

_IN_FIVE_HOURS = dt.datetime.now(dt.UTC) + dt.timedelta(hours=5)


@dataclass(frozen=True)
class Wait:
    header: str
    least: float
    most: float


WAITS = {
    "none": Wait(header="0", least=0, most=0),
    "seconds": Wait(header="7", least=7, most=7),
    "date": Wait(header=f"{_IN_FIVE_HOURS:%a, %d %b %Y %X} GMT", least=16_000, most=18_000),
    "date with an offset": Wait(
        header=f"{_IN_FIVE_HOURS:%a, %d %b %Y %X} +0500", least=0, most=100
    ),
    "past date": Wait(header="Wed, 21 Oct 2015 07:28:00 GMT", least=0, most=0),
    "absurd": Wait(header="9" * 400, least=86_400, most=86_400),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", WAITS)
def test_how_long_it_asks_us_to_wait_is_kept(status: int, name: str) -> None:
    case = WAITS[name]
    with (
        saying(reply("", status, Retry_After=case.header)) as server,
        pytest.raises(Unavailable) as caught,
    ):
        asked(access(server.url, max_attempts=1), lambda surpass: surpass.session(CODE))
    assert caught.value.retry_after is not None
    assert case.least <= caught.value.retry_after <= case.most


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5", "7 s", "Wed, 99 Foo 2015 07:28 GMT"])
def test_a_wait_that_cannot_be_read_is_not_told(header: str) -> None:
    with (
        saying(reply("", 503, Retry_After=header)) as server,
        pytest.raises(Unavailable) as caught,
    ):
        asked(access(server.url, max_attempts=1), lambda surpass: surpass.session(CODE))
    assert caught.value.retry_after is None


MOMENT = dt.datetime(2015, 10, 21, 7, 28, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("Wed, 21 Oct 2015 07:28:00 GMT", MOMENT, id="as HTTP has it"),
        pytest.param("Wed, 21 Oct 2015 07:28:00", MOMENT, id="no zone"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 -0000", MOMENT, id="a zone that is not known"),
        pytest.param("Wed, 21 Oct 2015 09:28:00 +0200", MOMENT, id="an offset is believed"),
        pytest.param("Wednesday, 21-Oct-15 07:28:00 GMT", MOMENT, id="as it was once"),
        pytest.param("Wed, 99 Foo 2015 07:28 GMT", None, id="no such day"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -0100", None, id="beyond all years"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 +9999", None, id="no such offset"),
        pytest.param("soon", None, id="words"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_moment_that_a_date_names(text: str, moment: dt.datetime | None) -> None:
    assert http_date(text) == moment
