"""Read one session: what it shows of this Surpass, and which settings follow from that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

import httpx

from pipeline.doctor.asking import Answer
from pipeline.doctor.diagnosis import Diagnosis, failed
from pipeline.doctor.observations import OPEN, Observations
from pipeline.doctor.observe import observe
from pipeline.doctor.session_lines import lines_of
from pipeline.doctor.surpass import TIMEOUT_S, diagnose_unauthorised, probe
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load
from pipeline.surpass import access_of
from pipeline.time_zones import known_zone


@dataclass(frozen=True)
class SessionReport:
    """What one session shows, in sentences."""

    lines: tuple[Diagnosis, ...]
    settings: str = ""  # ready to paste into papermarks.toml; "" where it could not be read

    def as_json(self) -> dict[str, object]:
        """As ``doctor --session --json`` prints it."""
        return {"lines": [line.as_json() for line in self.lines], "settings": self.settings}


def examine_session(environment: Mapping[str, str], key: str) -> SessionReport:
    """Read the session with this keycode or id, and report on this Surpass. Never raises."""
    try:
        return _examine(load(environment), key.strip())
    except SettingsError as error:
        sentence, *advice = str(error).splitlines()
        to_do = " ".join(line.strip() for line in advice) or "Correct it, then look again."
        return SessionReport((failed("settings", sentence, to_do),))
    except Exception as error:  # its words may hold a secret or a name; its kind does not
        sentence = f"This check itself went wrong ({type(error).__name__})."
        return SessionReport((failed("session", sentence, "Please report it."),))


def _examine(settings: Settings, key: str) -> SessionReport:
    access = replace(access_of(settings), timeout=min(settings.timeout, TIMEOUT_S))
    answer = probe(access)
    if isinstance(answer, Diagnosis):
        return SessionReport((answer,))
    try:
        observed = observe(access, key)
    except httpx.HTTPError as error:
        sentence = f"Surpass answered at first, and then no more ({type(error).__name__})."
        return SessionReport((failed("session", sentence, "Try again in a while."),))
    if isinstance(observed, Answer):
        offered = answer.headers.get("www-authenticate", "")
        return SessionReport((_not_shown(observed, offered),))
    return SessionReport(
        tuple(lines_of(observed, settings)), settings_that_follow(observed, settings)
    )


def _not_shown(answer: Answer, offered: str) -> Diagnosis:
    how = f"HTTP {answer.status}" + (", with errors of Surpass's own" if answer.has_errors else "")
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return diagnose_unauthorised(offered)
    if answer.status == HTTPStatus.FORBIDDEN:
        to_do = (
            "Ask for the permission to read and mark test sessions of your subjects and centres."
        )
        return failed("session", f"The user may not read this session ({how}).", to_do)
    if answer.body is None:
        sentence = f"Surpass answers, but not as its API does ({how}, and no JSON)."
        return failed("session", sentence, "Is surpass_url right? It ends with the host.")
    return failed(
        "session",
        f"This session is unknown, or not visible to this user ({how}).",
        "Give the keycode of a session that waits for paper marks: papermarks session list "
        f"--state {OPEN.wire}",
    )


# --- the settings that follow


def settings_that_follow(observed: Observations, settings: Settings) -> str:
    """Lines for papermarks.toml, the profile's table where there is one."""
    lines = [f"# As papermarks doctor --session found it on {dt.datetime.now(dt.UTC):%Y-%m-%d}"]
    if settings.profile is not None:
        lines.append(f"[profile.{settings.profile}]")
    zone = known_zone(observed.zone)
    if zone is not None:
        lines.append(f'time_zone = "{zone.key}"')
    else:
        lines.append('# time_zone = "…"   # write Surpass\'s own, such as Europe/London')
    if observed.state is OPEN and not observed.questions.with_maximum:
        lines.append("# No maxima before marks are in: write paper definitions, in papers/")
    lines += [f"# {line}" for line in _NOT_SHOWN_BY_READING]
    return "\n".join(lines) + "\n"


_NOT_SHOWN_BY_READING = (
    "What reading cannot tell: send one session of marks and one of responses, and look at them",
    'in Surpass. Where unanswered questions are wrong there: blank_answer = "null" or "omit".',
)
