"""Surpass's clock, as the ``Date`` of its answers shows it: this machine's may be hours off.

What is sent bears a date, and nothing is sent again before a quiet period is over, across runs too:
both go by this clock. Where Surpass tells no date, or one that agrees, this machine's is used.

Several servers may stand behind one address, and disagree. Whatever is waited for then goes by the
safest of what was heard: it began at the latest of these times, and is over only at the earliest.
This machine's own clock is one of them, until enough answers say that it is wrong.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from pipeline.with_noun import with_noun

WRONG_AFTER_S = 120.0  # that a clock may be off before a person is told
_EXACT_TO_S = 2.0  # a date has whole seconds, and answers of several servers may differ by one
_ENOUGH = 4  # answers, of several servers as may be, that are believed against this machine
_LONGEST_ANSWER_S = 30.0  # a slower answer says too little of when it was dated


class SurpassClock:
    """Hears the dates of good answers, and tells the time by them."""

    def __init__(self) -> None:
        """Nothing is heard yet."""
        self._ahead_s: float | None = None
        self._least_s = self._most_s = 0.0  # of all that was heard
        self._heard = 0

    @property
    def ahead_s(self) -> float | None:
        """How far this machine's clock is ahead; 0.0 where they agree, None where it is not told.

        Negative where it is behind. By the last answer.
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
        ahead_s = 0.0 if abs(ahead_s) <= _EXACT_TO_S + took_s else ahead_s
        self._least_s = min(self._least_s, ahead_s) if self._heard else ahead_s
        self._most_s = max(self._most_s, ahead_s) if self._heard else ahead_s
        self._ahead_s = ahead_s
        self._heard += 1

    def earliest(self) -> float:
        """The time, in seconds since 1970, that it is at least: to ask whether a wait is over."""
        return time.time() - max(self._errors_s())

    def latest(self) -> float:
        """The time that it is at most: to write down when a wait began."""
        return time.time() - min(self._errors_s())

    @property
    def in_dispute(self) -> bool:
        """Whether too few answers say that this machine's clock is wrong."""
        return self._says_wrong and self._heard < _ENOUGH

    @property
    def _says_wrong(self) -> bool:
        return self._least_s > WRONG_AFTER_S or self._most_s < -WRONG_AFTER_S

    def _errors_s(self) -> tuple[float, ...]:
        """How far this machine may be ahead."""
        heard = (self._least_s, self._most_s)
        return heard if self._says_wrong and not self.in_dispute else (*heard, 0.0)


def http_date(text: str) -> dt.datetime | None:
    """The moment that an HTTP date names, in UTC; None where it names none.

    HTTP dates are in GMT. Where one has another offset all the same, the offset is believed: the
    moment is clear then, as it would not be if the offset were left out.
    """
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def shown_error(ahead_s: float) -> str:
    """How far this machine's clock is off, as a sentence about it goes on: ``3 hours behind``."""
    seconds = abs(ahead_s)
    direction = "ahead of" if ahead_s > 0 else "behind"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{with_noun(round(seconds / size), unit)} {direction}"
    return f"{with_noun(round(seconds), 'second')} {direction}"
