"""Run ids: they sort as the runs began, and older ones are still known."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.run_id import RUN_ID, new_run_id, second_of

_MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2099, 1, 1), timezones=st.just(dt.UTC))


@given(_MOMENTS, st.integers(1, 10**9))
def test_an_id_sorts_by_the_moment_to_the_millisecond(began: dt.datetime, later_ms: int) -> None:
    later = began + dt.timedelta(milliseconds=later_ms)
    assert new_run_id(began) < new_run_id(later)
    assert RUN_ID.fullmatch(new_run_id(began))
    assert second_of(new_run_id(began)) == began.replace(microsecond=0)


def test_two_of_one_moment_are_two() -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert len({new_run_id(now) for _ in range(20)}) > 1


def test_an_id_of_an_older_version_is_known() -> None:
    moment = dt.datetime(2026, 11, 23, 0, 15, 41, tzinfo=dt.UTC)
    assert second_of("20261123-001541-0e60") == moment


@pytest.mark.parametrize("text", ["", "notes", "20261123-001541", "20261123-001541-0e60 (2)"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(text)):
        second_of(text)
