"""Have Prefect ready: a running server where there is one, else a temporary one of our own.

Prefect's start-up is the slowest part of a small run, so it begins at once, beside everything else.
Only the standard library is imported at the top: Prefect reads its settings when it is imported.
"""

from __future__ import annotations

import os
import signal
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pipeline.progress import Progress

_USUAL = "http://127.0.0.1:4200/api"

# Prefect must not call home, which takes both of the first two.
_MANNERS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
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
    told = os.environ.get("PREFECT_API_URL")
    if told is None and _answers(_USUAL):
        os.environ["PREFECT_API_URL"] = told = _USUAL
    import flows.ingest  # noqa: F401  # the import itself takes a second: it belongs here

    if told is None:
        from prefect.server.api.server import SubprocessASGIServer

        # Ctrl-C reaches every process of a terminal. The server must outlive it, or the run could
        # not end in good order: it inherits this thread's mask. On Windows it does not.
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        SubprocessASGIServer().start()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:  # noqa: S310  # http only
            return bool(answer.status == 200)
    except OSError:
        return False
