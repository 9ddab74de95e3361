"""Have Prefect ready: a running server where there is one, else a temporary one of our own.

Prefect's start-up is the slowest part of a small run, so it begins at once, beside everything else.
Only the standard library is imported at the top: Prefect reads its settings when it is imported.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from flows.prefect_side import server, sign_in
from pipeline.daemon_thread import in_daemon_thread
from pipeline.progress import Progress

AUTH = "PREFECT_API_AUTH_STRING"  # by which Prefect's clients sign in to a server
START_TIMEOUT_S = 120.0  # that a server may take to start
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
    # A folder 'flows' in the working directory, Prefect's own convention, is not ours: the
    # processes that Prefect starts for runs must not import it in place of this package.
    "PYTHONSAFEPATH": "1",
}


def environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Prefect's settings as environment variables; what the user has set stays."""
    (home / "prefect").mkdir(parents=True, exist_ok=True, mode=0o700)
    defaults = _ENVIRONMENT | {"PREFECT_HOME": str(home / "prefect")}
    return {name: given.get(name, value) for name, value in defaults.items()}


def start(home: Path, progress: Progress) -> Future[None]:
    """Begin to have Prefect ready, in a thread; the result is there when a flow can run."""
    os.environ.update(environment(home, os.environ))
    advance = progress.stage("Start Prefect", 1)
    starting = in_daemon_thread(partial(_start, home), name="prefect")
    starting.add_done_callback(lambda _: advance())
    return starting


def is_running(home: Path) -> bool:
    """Whether there is a Prefect already, so that none needs to be started."""
    return "PREFECT_API_URL" in os.environ or find_server(home) is not None


def find_server(home: Path) -> str | None:
    """The address of the server of ``papermarks serve``, if one answers that is ours."""
    url, string = _remembered_address(home), sign_in.known_sign_in(home)
    return url if url and string and sign_in.is_ours(url, string) else None


def answers(*, patience_s: float = 0.0) -> bool:
    """Whether the server in force answers now: it may have gone away, or hang."""
    deadline = time.monotonic() + patience_s
    while not (ready := server.answers(os.environ["PREFECT_API_URL"])):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.1)
    return ready


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


def _start(home: Path) -> None:
    started = None
    if "PREFECT_API_URL" not in os.environ:
        string = sign_in.sign_in(home)
        if url := find_server(home):
            os.environ["PREFECT_API_URL"] = url
        else:
            started = _temporary_server(string)
        os.environ[AUTH] = string
    import flows.ingest  # noqa: F401  # the import takes a second, beside the server's start

    if started is not None:
        _wait_until_ready(started, os.environ["PREFECT_API_URL"])


def _temporary_server(string: str) -> subprocess.Popen[bytes]:
    with socket.create_server((server.HOST, 0)) as free:
        port = free.getsockname()[1]
    os.environ["PREFECT_API_URL"] = server.address(port)
    return server.start_temporary(port, string)


def _wait_until_ready(started: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.answers(url):
        if started.poll() is not None:
            raise RuntimeError(f"its server ended with exit code {started.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"its server did not answer within {START_TIMEOUT_S:.0f} seconds")
        time.sleep(0.1)
