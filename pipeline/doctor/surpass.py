"""Surpass: reachable, its clock and time zone, our user and what that user may do."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx

from pipeline.doctor.diagnosis import Diagnosis, ill, odd, well
from pipeline.errors import (
    Forbidden,
    NotFound,
    NotUnderstood,
    SettingsError,
    SurpassError,
    Unauthorised,
)
from pipeline.settings import Settings
from pipeline.surpass import Access, Session, Surpass, access_of
from pipeline.time_zones import known_zone

PATIENCE = 15.0  # seconds for one answer
_OFF = 120  # seconds that a clock may be off


def surpass(ours: Settings) -> Iterator[Diagnosis]:
    """From the way there to what the user may do; what hangs on a failed check is left out."""
    try:
        access = replace(access_of(ours), max_attempts=1, timeout=min(ours.timeout, PATIENCE))
    except SettingsError as error:
        told, *rest = str(error).splitlines()
        yield ill("Surpass", told, " ".join(line.strip() for line in rest))
        return
    answer = knock(access)
    if isinstance(answer, Diagnosis):
        yield answer
        return
    yield well("Surpass", f"{_host(access)} answers.")
    yield clock(answer.headers.get("date", ""), dt.datetime.now(dt.UTC))
    try:
        session = asyncio.run(_first_session(access))
    except SurpassError as error:
        yield refused(error, access, answer.headers.get("www-authenticate", ""))
        return
    if session is None:
        to_do = "Look whether the user may see your subjects and centres; or no test is scheduled."
        yield odd("permission", "The user may list test sessions, but is shown none.", to_do)
        return
    yield well("permission", "The user may list test sessions and read them.")
    yield time_zone(ours.time_zone, session.server_time_zone, dt.datetime.now(dt.UTC))


def _host(access: Access) -> str:
    return urlsplit(access.url).hostname or "Surpass"


def knock(access: Access) -> httpx.Response | Diagnosis:
    """Ask for anything, without credentials: every answer shows the way, and bears a date."""
    address = f"{access.url.rstrip('/').removesuffix('/api/v2')}/api/v2/TestSession"
    try:
        return httpx.get(address, timeout=access.timeout)
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        if "SSL" in said or "CERTIFICATE" in said.upper():
            to_do = (
                "If your network looks into encrypted traffic, ask for its certificate and set "
                "SSL_CERT_FILE to it; else surpass_url may be wrong."
            )
            return ill("Surpass", f"No safe connection to {_host(access)}: {said}.", to_do)
        to_do = (
            "Is surpass_url right? Open it in a browser on this machine. Behind a proxy, set "
            "HTTPS_PROXY; else ask whether a firewall is in the way."
        )
        return ill("Surpass", f"{_host(access)} cannot be reached: {said}.", to_do)


def clock(date: str, now: dt.datetime) -> Diagnosis:
    """This machine's clock (``now``) against the HTTP date of Surpass's answer."""
    try:
        told = parsedate_to_datetime(date).replace(tzinfo=dt.UTC)  # an HTTP date is always GMT
    except ValueError:
        return well("clock", "Surpass tells no date to compare this machine's clock with.")
    off = (now - told).total_seconds()
    if abs(off) <= _OFF:
        return well("clock", "This machine's clock agrees with Surpass's.")
    return ill(
        "clock",
        f"This machine's clock is {_span(abs(off))} {'ahead of' if off > 0 else 'behind'} "
        "Surpass's: completion dates would be wrong.",
        "Let it be set by a time server: timedatectl set-ntp true, or on Windows 'Sync now' "
        "in the settings of date and time.",
    )


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' * (count != 1)}"
    return f"{seconds:.0f} seconds"


def time_zone(ours: str | None, theirs: str | None, now: dt.datetime) -> Diagnosis:
    """The setting against the zone that Surpass tells: dates on the wire bear none."""
    known = known_zone(theirs)
    if ours is None and known is not None:
        return well("time zone", f"Surpass's is {theirs} ({known.key}), and is used.")
    if ours is None:
        told = f"Surpass's ({theirs or 'not told'}) is not known here, so this machine's is used."
        return odd("time zone", told, "Set TIME_ZONE, such as Europe/London.")
    if known is None or _same(ZoneInfo(ours), known, now):
        return well("time zone", f"{ours}, as TIME_ZONE says.")
    told = f"TIME_ZONE is {ours}, but Surpass says {theirs}: completion dates would be wrong."
    return odd("time zone", told, "Remove TIME_ZONE, or set it to Surpass's.")


def _same(ours: ZoneInfo, theirs: ZoneInfo, now: dt.datetime) -> bool:
    """Whether both clocks agree through the coming year."""
    months = (now + dt.timedelta(days=30 * month) for month in range(13))
    return all(m.astimezone(ours).utcoffset() == m.astimezone(theirs).utcoffset() for m in months)


async def _first_session(access: Access) -> Session | None:
    """Any session that the user is shown, as it reads on its own."""
    async with Surpass(access) as asked:
        async for session in asked.sessions(page_size=1):
            key = session.keycode if session.id is None else session.id
            return await asked.session(key) if key is not None else session
    return None


def refused(error: SurpassError, access: Access, offered: str = "") -> Diagnosis:
    """Why the user is shown no session; ``offered`` are the ways to sign in that Surpass names."""
    if isinstance(error, Unauthorised):
        return unauthorised(offered)
    if isinstance(error, Forbidden):
        to_do = "Ask for the permission to list, read and mark test sessions of your centres."
        return ill("permission", f"The user may not list test sessions: {error}.", to_do)
    if isinstance(error, NotFound | NotUnderstood):
        told = f"{_host(access)} answers, but not as Surpass's API does: {error}."
        to_do = "Is surpass_url right? It ends with the host, as in https://yourname.surpass.com"
        return ill("Surpass", told, to_do)
    return ill("Surpass", f"It did not list test sessions: {error}.", "Try again in a while.")


def unauthorised(offered: str) -> Diagnosis:
    """What a 401 can mean, the likeliest cause first; ``offered`` is a WWW-Authenticate header."""
    off = bool(offered) and "basic" not in offered.lower()
    basic = "switched off, as its answer says" if off else "switched off"
    return ill(
        "credentials",
        "Surpass refused the user name or the password (HTTP 401).",
        "It has one of four causes. The user name or the password is wrong, or the password has "
        "expired: sign in with them in a browser. The sign-in that programs use (HTTP Basic) is "
        f"{basic}: ask Surpass's administrator. The user signs in by single sign-on (SAML): ask "
        "for a user with a password of Surpass's own. The user needs a second factor: ask for a "
        "user without.",
    )
