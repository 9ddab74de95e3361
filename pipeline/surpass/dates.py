"""Read dates as Surpass may write them. Which form it uses is not known publicly.

Read are ISO and day-first dates. Month-first is never guessed: what could be read in two ways only
by guessing (3/2/2026, or a time with AM or PM, as Americans write them) is not read at all.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_TIME = r"(?P<time>[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_ISO = re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_TIME}")
_DAY_FIRST = re.compile(
    rf"(?P<day>[0-9]{{2}})(?P<by>[/.-])(?P<month>[0-9]{{2}})(?P=by)(?P<year>[0-9]{{4}}){_TIME}"
)
_EARLIEST = dt.date(1900, 1, 1)  # 0001-01-01 is how the vendor's platform, .NET, writes 'no date'


@dataclass(frozen=True)
class DateForm:
    """The form in which a date is written: ``dd/MM/yyyy``, with a time or without."""

    pattern: str
    certain: bool  # False where day and month could be meant the other way round


def read_date(text: str | None) -> dt.date | None:
    """Read a date: 2026-03-02, or 02/03/2026 (2 March), 02-03-2026, 02.03.2026; a time may follow.

    None where it is in another form, or there is no such day; a time or a zone is not looked at.
    """
    match = _match_date(text)
    if match is None:
        return None
    try:
        read = dt.date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:  # the 25th month, the 30th of February
        return None
    return read if read >= _EARLIEST else None


def date_form(text: str | None) -> DateForm | None:
    """The form of a date that `read_date` reads; None of any other."""
    match = _match_date(text)
    if match is None or read_date(text) is None:
        return None
    time = " and a time" if match["time"] else ""
    if match.re is _ISO:
        return DateForm(f"yyyy-MM-dd{time}", certain=True)
    separator = match["by"]
    ambiguous = separator != "." and int(match["day"]) <= 12 and match["day"] != match["month"]
    return DateForm(f"dd{separator}MM{separator}yyyy{time}", certain=not ambiguous)


def _match_date(text: str | None) -> re.Match[str] | None:
    written = (text or "").strip()
    return _ISO.fullmatch(written) or _DAY_FIRST.fullmatch(written)
