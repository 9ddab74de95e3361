"""The completion date that is sent with marks: the setting's, or the run's start.

Dates on the wire bear no zone, so the start is told as Surpass's own clock shows it.
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
from pipeline.time_zones import ServerTime, server_time


def completion_date(settings: Settings, started: dt.datetime, checked: Checked) -> dt.datetime:
    """What is sent: the setting, or else ``started`` on Surpass's clock."""
    if settings.completion_date is not None:
        return settings.completion_date
    return _on_surpass_clock(settings, started, checked.sessions.values()).moment


def with_clock_finding(settings: Settings, started: dt.datetime, checked: Checked) -> Checked:
    """With a finding where marks will be sent with a date of this machine's clock."""
    problem = _on_surpass_clock(settings, started, checked.sessions.values()).problem
    if problem is None or not checked.open or settings.completion_date is not None:
        return checked
    whole_run = pd.DataFrame({"file": [""], "sheet": [""], "column": [""]})
    finding = make_findings("time-zone-unknown", whole_run, why=problem)
    return replace(checked, findings=concat_findings([checked.findings, finding]))


def _on_surpass_clock(
    settings: Settings, moment: dt.datetime, sessions: Iterable[Session]
) -> ServerTime:
    zones = (session.server_time_zone for session in sessions)
    reported = next(filter(None, zones), None)
    return server_time(moment, setting=settings.time_zone, reported=reported)
