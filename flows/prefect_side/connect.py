"""Connect to the Prefect server that is there: the one of ``papermarks serve``, or a named one.

Where there is none, a run goes without: a server that is started for one run is one that nobody can
open. Prefect's import takes a second, so it begins at once, beside everything else. Only the
standard library is imported at the top: Prefect reads its settings when it is imported.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from flows.prefect_side import server, sign_in
from pipeline.daemon_thread import in_daemon_thread
from pipeline.progress import QUIET, Progress

AUTH = "PREFECT_API_AUTH_STRING"  # by which Prefect's clients sign in to a server
START_TIMEOUT_S = 120.0  # that the server of serve may take to start
_TRIES = 3  # of a server that is named: each waits two seconds where it hangs, and no time else
_MAX_ADDRESS = 200  # characters

_ENVIRONMENT = {
    # Prefect must not call home, which takes both of the first two.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # Run logs go to Prefect; the terminal is ours.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    # By these a server sees that a run has died; in our flows, which are async, they cost nothing.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # Without a server Prefect would start one of its own, for a single run.
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    # A folder 'flows' in the working directory, Prefect's own convention, is not ours: the
    # processes that Prefect starts for runs must not import it in place of this package.
    "PYTHONSAFEPATH": "1",
}


def environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Prefect's settings as environment variables; what the user has set stays."""
    (home / "prefect").mkdir(parents=True, exist_ok=True, mode=0o700)
    defaults = _ENVIRONMENT | {"PREFECT_HOME": str(home / "prefect")}
    return {name: given.get(name, value) for name, value in defaults.items()}


def start(home: Path, progress: Progress) -> Future[bool]:
    """Begin to `connect`, in a thread."""
    return in_daemon_thread(partial(connect, home, progress), name="prefect")


def connect(home: Path, progress: Progress = QUIET) -> bool:
    """Import the flows, for the server in force; False at once where there is none."""
    if "PREFECT_API_URL" not in os.environ:
        url = find_server(home)
        if url is None:
            return False
        os.environ |= {"PREFECT_API_URL": url, AUTH: sign_in.sign_in(home)}
    os.environ.update(environment(home, os.environ))
    advance = progress.stage("Connect to Prefect", 1)
    import flows.ingest  # noqa: F401

    advance()
    return True


def find_server(home: Path) -> str | None:
    """The address of the server of ``papermarks serve``, if one answers that is ours."""
    url, string = _remembered_address(home), sign_in.known_sign_in(home)
    return url if url and string and sign_in.is_ours(url, string) else None


def answers(*, tries: int = _TRIES) -> bool:
    """Whether the server in force answers now: it may have gone away, or hang."""
    for left in reversed(range(tries)):
        if server.answers(os.environ["PREFECT_API_URL"]):
            return True
        if left:
            time.sleep(0.1)
    return False


def remember_address(home: Path, url: str) -> None:
    """Write down where the server is, for commands that are started by hand."""
    _address_file(home).write_text(url, encoding="utf-8")


def _remembered_address(home: Path) -> str | None:
    try:
        with _address_file(home).open(encoding="utf-8") as file:
            return file.read(_MAX_ADDRESS).strip()
    except (OSError, UnicodeDecodeError):
        return None


def _address_file(home: Path) -> Path:
    return home / "prefect" / "address"
