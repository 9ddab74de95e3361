"""Surpass's clock: find its time zone by any of its names, and convert a moment to it.

Dates go to Surpass without a zone, and are read in the server's. Each reply names that zone, by
Windows's name for it ("GMT Standard Time"), which is not the one that Python and the rest of the
world use ("Europe/London"). Which belongs to which is told by CLDR's table windowsZones, kept up to
date in the package tzlocal.

    server_time(moment, setting=None, reported="GMT Standard Time").moment    # +1 hour in July
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import win_tz


@dataclass(frozen=True)
class ServerTime:
    """A moment on Surpass's clock, or on this machine's where Surpass's zone cannot be known."""

    moment: dt.datetime  # with its zone
    zone: str | None  # IANA's name; None: this machine's clock was used
    problem: str | None = None  # why the zone cannot be known; a person must be told


def known_zone(name: str | None) -> ZoneInfo | None:
    """Find the zone that has this name at IANA or in Windows, in any case; None where none has."""
    folded = (name or "").strip().casefold()
    iana = _iana_by_windows().get(folded, folded)
    spelling = _iana_by_folded_name().get(iana.casefold())
    return None if spelling is None else ZoneInfo(spelling)


def server_time(moment: dt.datetime, *, setting: str | None, reported: str | None) -> ServerTime:
    """Convert a moment to Surpass's clock: in the setting's zone, or else in the one reported.

    ``moment`` has a zone; ``setting`` is TIME_ZONE, ``reported`` a reply's ``serverTimeZone``.

    In the night in which the clocks go back, an hour comes twice, and what is sent is the time on
    the wall alone: Surpass takes it for the first of the two, most likely, so that a moment in the
    second one is an hour early there. In the night in which they go forward no moment is lost: the
    hour that is left out is never on the wall.
    """
    for name in (setting, reported):
        zone = known_zone(name)
        if zone is not None:
            return ServerTime(moment.astimezone(zone), zone.key)
    problem = f"it calls it '{reported}', which is not known" if reported else "it does not tell it"
    return ServerTime(moment.astimezone(), None, problem)


@cache
def _iana_by_windows() -> Mapping[str, str]:
    return {windows.casefold(): iana for windows, iana in win_tz.items()}


@cache
def _iana_by_folded_name() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}
