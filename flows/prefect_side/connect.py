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
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from flows.prefect_side import server
from pipeline.progress import Progress

_USUAL = server.address(4200)
PATIENCE = 120.0  # seconds that a server may take to start

# Prefect must not call home, which takes both of the first two.
_MANNERS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # Run logs go to Prefect; the terminal is ours.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    # By these a server sees that a run has died; in our flows, which are async, they cost nothing.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}


def settled(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Prefect's settings as environment variables; what the user set stays."""
    (home / "prefect").mkdir(parents=True, exist_ok=True)
    ours = _MANNERS | {"PREFECT_HOME": str(home / "prefect")}
    return {name: environment.get(name, value) for name, value in ours.items()}


def start(home: Path, progress: Progress) -> Future[None]:
    """Begin to have Prefect ready, in a thread; the result is there when a flow can run."""
    os.environ.update(settled(home, os.environ))
    ready = progress.stage("Start Prefect", 1)
    pool = ThreadPoolExecutor(1, thread_name_prefix="prefect")
    starting = pool.submit(_start, home)
    starting.add_done_callback(lambda _: ready())
    pool.shutdown(wait=False)
    return starting


def found(home: Path) -> str | None:
    """The address of a server that answers: that of ``papermarks serve``, or the usual."""
    return next((url for url in (_told(home), _USUAL) if url and server.answers(url)), None)


def tell(home: Path, url: str) -> None:
    """Leave word where the server is, for commands that are started by hand."""
    _word(home).write_text(url, encoding="utf-8")


def _told(home: Path) -> str | None:
    try:
        return _word(home).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _word(home: Path) -> Path:
    return home / "prefect" / "address"


def _start(home: Path) -> None:
    started = None
    if "PREFECT_API_URL" not in os.environ:
        if url := found(home):
            os.environ["PREFECT_API_URL"] = url
        else:
            started = _temporary_server()
    import flows.ingest  # noqa: F401  # the import takes a second, beside the server's start

    if started is not None:
        _wait_for(started, os.environ["PREFECT_API_URL"])


def _temporary_server() -> subprocess.Popen[bytes]:
    with socket.create_server((server.HOST, 0)) as free:
        port = free.getsockname()[1]
    os.environ["PREFECT_API_URL"] = server.address(port)
    return server.start_temporary(port)


def _wait_for(started: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not server.answers(url):
        if started.poll() is not None:
            raise RuntimeError(f"its server ended with exit code {started.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"its server did not answer within {PATIENCE:.0f} seconds")
        time.sleep(0.1)
