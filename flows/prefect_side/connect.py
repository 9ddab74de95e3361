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

from flows.prefect_side import server
from pipeline.daemon_thread import in_daemon_thread
from pipeline.progress import Progress

_USUAL_ADDRESS = server.address(4200)
START_TIMEOUT_S = 120.0  # that a server may take to start

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
    (home / "prefect").mkdir(parents=True, exist_ok=True)
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
    """The address of a server that answers: that of ``papermarks serve``, or the usual."""
    addresses = (_remembered_address(home), _USUAL_ADDRESS)
    return next((url for url in addresses if url and server.answers(url)), None)


def remember_address(home: Path, url: str) -> None:
    """Write down where the server is, for commands that are started by hand."""
    _address_file(home).write_text(url, encoding="utf-8")


def _remembered_address(home: Path) -> str | None:
    try:
        return _address_file(home).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _address_file(home: Path) -> Path:
    return home / "prefect" / "address"


def _start(home: Path) -> None:
    started = None
    if "PREFECT_API_URL" not in os.environ:
        if url := find_server(home):
            os.environ["PREFECT_API_URL"] = url
        else:
            started = _temporary_server()
    import flows.ingest  # noqa: F401  # the import takes a second, beside the server's start

    if started is not None:
        _wait_until_ready(started, os.environ["PREFECT_API_URL"])


def _temporary_server() -> subprocess.Popen[bytes]:
    with socket.create_server((server.HOST, 0)) as free:
        port = free.getsockname()[1]
    os.environ["PREFECT_API_URL"] = server.address(port)
    return server.start_temporary(port)


def _wait_until_ready(started: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.answers(url):
        if started.poll() is not None:
            raise RuntimeError(f"its server ended with exit code {started.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"its server did not answer within {START_TIMEOUT_S:.0f} seconds")
        time.sleep(0.1)
