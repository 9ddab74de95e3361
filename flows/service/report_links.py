"""Where reports open from a web page: on the server of ``papermarks serve``, if it is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from flows.prefect_side import sign_in
from pipeline.settings import PREFIX
from schemas.words import REPORT_PAGE

HOST = "127.0.0.1"
READY = "/ready"  # by which the server says that it is here, and does nothing

_FILE = "reports-address"
_MAX_ADDRESS = 100  # characters
_TRIES = 3  # each takes four seconds at most, and no time where nothing is there


def address(port: int) -> str:
    """Where the server is."""
    return f"http://{HOST}:{port}"


def command(home: Path, reports: Path, port: int) -> list[str]:
    """How it is started; its standard input must be a pipe that the starter holds."""
    module = "flows.service.report_server"
    return [sys.executable, "-P", "-m", module, str(home), str(reports), str(port)]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What it finds in its environment: no setting, and so no secret."""
    settings = (PREFIX, "PREFECT_")
    return {name: value for name, value in given.items() if not name.startswith(settings)}


def answers(port: int) -> bool:
    """Whether it is there: it refuses who has not signed in."""
    return sign_in.status_of(f"{address(port)}{READY}") == sign_in.UNAUTHORISED


def remember_address(home: Path, port: int | None) -> None:
    """Write down where it is; None: nowhere."""
    file = home / "prefect" / _FILE
    if port is None:
        file.unlink(missing_ok=True)
    else:
        file.write_text(address(port), encoding="utf-8")


def link_to_report(home: Path, run: str) -> str | None:
    """The address of a run's page; None where no server of ours answers now, which is asked."""
    try:
        with (home / "prefect" / _FILE).open(encoding="utf-8") as file:
            url = file.read(_MAX_ADDRESS).strip()
    except (OSError, UnicodeDecodeError):
        return None
    string = sign_in.known_sign_in(home, sign_in.REPORTS_FILE)
    if string is None or not any(sign_in.is_ours(url, string, READY) for _ in range(_TRIES)):
        return None
    return f"{url}/{run}/{REPORT_PAGE}"
