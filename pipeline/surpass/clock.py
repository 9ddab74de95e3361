"""Surpass's clock, as the ``Date`` of its answers shows it: this machine's may be hours off.

What is sent bears a date, and nothing is sent again before a quiet period is over, across runs too:
both go by this clock. Where Surpass tells no date, or one that agrees, this machine's is used.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

WRONG_AFTER_S = 120.0  # that a clock may be off before a person is told
_EXACT_TO_S = 2.0  # a date has whole seconds, and answers of several servers may differ by one
_LONGEST_ANSWER_S = 30.0  # a slower answer says too little of when it was dated


class SurpassClock:
    """Hears the dates of good answers, and tells the time by the last of them."""

    def __init__(self) -> None:
        """Nothing is heard yet."""
        self._ahead_s: float | None = None

    @property
    def ahead_s(self) -> float | None:
        """How far this machine's clock is ahead; 0.0 where they agree, None where it is not told.

        Negative where it is behind.
        """
        return self._ahead_s

    def hear(self, headers: Mapping[str, str], asked_at: float) -> None:
        """Take the date of an answer to what was asked at this moment of the monotonic clock."""
        took_s = time.monotonic() - asked_at
        dated = http_date(headers.get("date", ""))
        if dated is None or took_s > _LONGEST_ANSWER_S or "age" in headers:  # kept by a proxy
            return
        # It was dated somewhere between question and answer, and its second began before that.
        ahead_s = (time.time() - took_s / 2) - (dated.timestamp() + 0.5)
        self._ahead_s = 0.0 if abs(ahead_s) <= _EXACT_TO_S + took_s else ahead_s

    def now(self) -> float:
        """The time, in seconds since 1970."""
        return time.time() - (self._ahead_s or 0.0)


def http_date(text: str) -> dt.datetime | None:
    """The moment that an HTTP date names; None where it names none."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=dt.UTC)  # HTTP dates are always GMT
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def shown_error(ahead_s: float) -> str:
    """How far this machine's clock is off, as a sentence about it goes on: ``3 hours behind``."""
    seconds = abs(ahead_s)
    direction = "ahead of" if ahead_s > 0 else "behind"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'s' * (count != 1)} {direction}"
    return f"{seconds:.0f} seconds {direction}"
