"""Check Surpass: that it answers, its clock and time zone, our user and the user's rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx

from pipeline import event_loop
from pipeline.doctor.diagnosis import Diagnosis, failed, ok, warning
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
from pipeline.surpass.clock import WRONG_AFTER_S, http_date, shown_error
from pipeline.surpass.no_connection import explain_no_connection
from pipeline.time_zones import known_zone
from pipeline.tls import verifying

TIMEOUT_S = 15.0  # seconds for one answer


def check_surpass(settings: Settings) -> Iterator[Diagnosis]:
    """Check the connection, the clock, the user's rights and the time zone; stop at a failure."""
    try:
        access = replace(
            access_of(settings), max_attempts=1, timeout=min(settings.timeout, TIMEOUT_S)
        )
    except SettingsError as error:
        sentence, *advice = str(error).splitlines()
        yield failed("Surpass", sentence, " ".join(line.strip() for line in advice))
        return
    answer = probe(access)
    if isinstance(answer, Diagnosis):
        yield answer
        return
    yield ok("Surpass", f"{_host(access)} answers.")
    yield check_clock(answer.headers.get("date", ""), dt.datetime.now(dt.UTC))
    try:
        session = event_loop.run(lambda: _first_session(access))
    except SurpassError as error:
        yield diagnose_refusal(error, access, answer.headers.get("www-authenticate", ""))
        return
    if session is None:
        to_do = "Look whether the user may see your subjects and centres; or no test is scheduled."
        yield warning("permission", "The user may list test sessions, but is shown none.", to_do)
        return
    yield ok("permission", "The user may list test sessions and read them.")
    yield check_time_zone(settings.time_zone, session.server_time_zone, dt.datetime.now(dt.UTC))


def _host(access: Access) -> str:
    return urlsplit(access.url).hostname or "Surpass"


def probe(access: Access) -> httpx.Response | Diagnosis:
    """Send one request without credentials: any answer proves the connection and has a date."""
    address = f"{access.url.rstrip('/').removesuffix('/api/v2')}/api/v2/TestSession"
    try:
        verify = verifying(access.ca_file) if access.url.startswith("https:") else True
        return httpx.get(address, timeout=access.timeout, verify=verify)
    except SettingsError as error:
        return failed("Surpass", f"{error}.", "Correct it, or remove the setting.")
    except httpx.HTTPError as error:
        sentence = f"No connection to {_host(access)}: {explain_no_connection(error)}."
        to_do = "Open its address in a browser on this machine. Behind a proxy, set HTTPS_PROXY."
        return failed("Surpass", sentence, to_do)


def check_clock(date: str, now: dt.datetime) -> Diagnosis:
    """Compare this machine's clock (``now``) with the HTTP date of Surpass's answer."""
    server_time = http_date(date)
    if server_time is None:
        return ok("clock", "Surpass tells no date to compare this machine's clock with.")
    seconds_off = (now - server_time).total_seconds()
    if abs(seconds_off) <= WRONG_AFTER_S:
        return ok("clock", "This machine's clock agrees with Surpass's.")
    return failed(
        "clock",
        f"This machine's clock is {shown_error(seconds_off)} Surpass's: the times of runs are "
        "wrong. Completion dates are corrected by Surpass's clock.",
        "Let it be set by a time server: timedatectl set-ntp true, or on Windows 'Sync now' "
        "in the settings of date and time.",
    )


def check_time_zone(setting: str | None, reported: str | None, now: dt.datetime) -> Diagnosis:
    """Compare the setting with the zone that Surpass reports: dates on the wire bear none."""
    known = known_zone(reported)
    if setting is None and known is not None:
        return ok("time zone", f"Surpass's is {reported} ({known.key}), and is used.")
    if setting is None:
        sentence = (
            f"Surpass's ({reported or 'not told'}) is not known here, so this machine's is used."
        )
        return warning("time zone", sentence, "Set TIME_ZONE, such as Europe/London.")
    if known is None or _agree_for_a_year(ZoneInfo(setting), known, now):
        return ok("time zone", f"{setting}, as TIME_ZONE says.")
    sentence = (
        f"TIME_ZONE is {setting}, but Surpass says {reported}: completion dates would be wrong."
    )
    return warning("time zone", sentence, "Remove TIME_ZONE, or set it to Surpass's.")


def _agree_for_a_year(first: ZoneInfo, second: ZoneInfo, now: dt.datetime) -> bool:
    """Whether both clocks agree through the coming year."""
    months = (now + dt.timedelta(days=30 * month) for month in range(13))
    return all(m.astimezone(first).utcoffset() == m.astimezone(second).utcoffset() for m in months)


async def _first_session(access: Access) -> Session | None:
    """Any session that the user is shown, as it reads on its own."""
    async with Surpass(access) as surpass:
        async for session in surpass.sessions(page_size=1):
            key = session.keycode if session.id is None else session.id
            return await surpass.session(key) if key is not None else session
    return None


def diagnose_refusal(error: SurpassError, access: Access, offered: str = "") -> Diagnosis:
    """Say why the user is shown no session; ``offered`` is a WWW-Authenticate header."""
    if isinstance(error, Unauthorised):
        return diagnose_unauthorised(offered)
    if isinstance(error, Forbidden):
        to_do = "Ask for the permission to list, read and mark test sessions of your centres."
        return failed("permission", f"The user may not list test sessions: {error}.", to_do)
    if isinstance(error, NotFound | NotUnderstood):
        sentence = f"{_host(access)} answers, but not as Surpass's API does: {error}."
        to_do = "Is surpass_url right? It ends with the host, as in https://yourname.surpass.com"
        return failed("Surpass", sentence, to_do)
    return failed("Surpass", f"It did not list test sessions: {error}.", "Try again in a while.")


def diagnose_unauthorised(offered: str) -> Diagnosis:
    """Say what a 401 can mean, the likeliest first; ``offered`` is a WWW-Authenticate header."""
    switched_off = bool(offered) and "basic" not in offered.lower()
    basic = "switched off, as its answer says" if switched_off else "switched off"
    return failed(
        "credentials",
        "Surpass refused the user name or the password (HTTP 401).",
        "It has one of four causes. The user name or the password is wrong, or the password has "
        "expired: sign in with them in a browser. The sign-in that programs use (HTTP Basic) is "
        f"{basic}: ask Surpass's administrator. The user signs in by single sign-on (SAML): ask "
        "for a user with a password of Surpass's own. The user needs a second factor: ask for a "
        "user without.",
    )
