"""A run's id, by which its reports, its record and its folder are known; it sorts by time.

    20261123-001541-274-0e60    the second and the millisecond in which it began, in UTC

The end tells runs apart that began in one millisecond. Ids of older versions have no milliseconds.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets

RUN_ID = re.compile(r"([0-9]{8}-[0-9]{6})(?:-[0-9]{3})?-[0-9a-f]{4}")


def new_run_id(started: dt.datetime) -> str:
    """An id that no other run has; the moment is in UTC."""
    milliseconds = started.microsecond // 1000
    return f"{started:%Y%m%d-%H%M%S}-{milliseconds:03}-{secrets.token_hex(2)}"


def second_of(run_id: str) -> dt.datetime:
    """The second in which the run began. ValueError where it is no id."""
    found = RUN_ID.fullmatch(run_id)
    if found is None:
        raise ValueError(run_id)
    return dt.datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=dt.UTC)
