"""Have Prefect ready: a running server where there is one, else a temporary one of our own.

Prefect's start-up is the slowest part of a small run, so it begins at once, beside everything else.
Only the standard library is imported at the top: Prefect reads its settings when it is imported.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pipeline.progress import Progress

_USUAL = "http://127.0.0.1:4200/api"
_PATIENCE = 120.0  # seconds that a temporary server may take to start

# Prefect must not call home, which takes both of the first two.
_MANNERS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_UI_ENABLED": "false",
    # Run logs go to Prefect; the terminal is ours.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
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
    starting = pool.submit(_start)
    starting.add_done_callback(lambda _: ready())
    pool.shutdown(wait=False)
    return starting


def _start() -> None:
    server = None
    if "PREFECT_API_URL" not in os.environ:
        if _answers(_USUAL):
            os.environ["PREFECT_API_URL"] = _USUAL
        else:
            server = _temporary_server()
    import flows.ingest  # noqa: F401  # the import takes a second, beside the server's start

    if server is not None:
        _wait_for(server, os.environ["PREFECT_API_URL"])


def _temporary_server() -> subprocess.Popen[bytes]:
    """A server of our own, which ends with this process: it holds the other end of its input."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "flows.temporary_server", str(port)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603


def _wait_for(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _answers(url):
        if server.poll() is not None:
            raise RuntimeError(f"its server ended with exit code {server.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"its server did not answer within {_PATIENCE:.0f} seconds")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:  # noqa: S310  # http only
            return bool(answer.status == 200)
    except OSError:
        return False
