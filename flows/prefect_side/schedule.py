"""When the nightly run starts, as Prefect itself understands it."""

from __future__ import annotations

import tzlocal
from prefect.client.schemas.schedules import CronSchedule
from pydantic import ValidationError

from pipeline.errors import SettingsError
from pipeline.settings import PREFIX, Settings


def nightly(settings: Settings) -> CronSchedule:
    """The schedule of NIGHTLY in TIME_ZONE, else in this machine's zone.

    SettingsError where Prefect does not understand it.
    """
    zone = settings.time_zone or _machines_zone()
    if found := problem(settings.nightly, zone):
        raise SettingsError(found)
    return CronSchedule(cron=settings.nightly, timezone=zone)


def _machines_zone() -> str:
    try:
        return tzlocal.get_localzone_name() or "UTC"
    except (ValueError, OSError, LookupError):  # what the machine says of itself is no zone
        return "UTC"


def problem(cron: str, time_zone: str | None) -> str | None:
    """What is wrong with a schedule, in a sentence; None where nothing is."""
    try:
        CronSchedule(cron=cron, timezone=time_zone)
    except ValidationError:
        form = "minute, hour, day, month, weekday, such as 0 2 * * *"
        return f"{PREFIX}NIGHTLY: '{cron}' is no time as cron writes it: {form}"
    return None
