"""The completion date that is sent with marks: the setting's, or the run's start.

Dates on the wire bear no zone, so the start is told as Surpass's own clock shows it: in its zone,
and without the error of this machine's clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from pipeline.deliver.preflight import Checked
from pipeline.findings import concat_findings, make_findings
from pipeline.settings import Settings
from pipeline.surpass import Session
from pipeline.surpass.clock import WRONG_AFTER_S, SurpassClock, shown_error
from pipeline.time_zones import ServerTime, server_time

_WHOLE_RUN = pd.DataFrame({"file": [""], "sheet": [""], "column": [""]})


def completion_date(
    settings: Settings, started: dt.datetime, checked: Checked, clock: SurpassClock
) -> dt.datetime:
    """What is sent: the setting, or else ``started`` on Surpass's clock."""
    if settings.completion_date is not None:
        return settings.completion_date
    corrected = started - dt.timedelta(seconds=clock.ahead_s or 0.0)
    return _on_surpass_clock(settings, corrected, checked.sessions.values()).moment


def with_clock_findings(
    settings: Settings, started: dt.datetime, checked: Checked, clock: SurpassClock
) -> Checked:
    """With a finding where this machine's clock is wrong, or its zone is what marks are sent in."""
    found = [checked.findings]
    if abs(ahead_s := clock.ahead_s or 0.0) > WRONG_AFTER_S:
        found.append(make_findings("clock-wrong", _WHOLE_RUN, error=shown_error(ahead_s)))
    problem = _on_surpass_clock(settings, started, checked.sessions.values()).problem
    if problem is not None and checked.open and settings.completion_date is None:
        found.append(make_findings("time-zone-unknown", _WHOLE_RUN, why=problem))
    return checked if len(found) == 1 else replace(checked, findings=concat_findings(found))


def _on_surpass_clock(
    settings: Settings, moment: dt.datetime, sessions: Iterable[Session]
) -> ServerTime:
    zones = (session.server_time_zone for session in sessions)
    reported = next(filter(None, zones), None)
    return server_time(moment, setting=settings.time_zone, reported=reported)
