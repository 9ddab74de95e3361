"""A Prefect server of our own, ``python -m flows.prefect_side.server PORT [temporary]``.

It ends with the process that started it; Prefect's own would stay behind. A temporary one has no
user interface, and runs no schedules. Ctrl-C in a terminal reaches it too, and must not end it: the
run, which ends in good order, still needs it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping

from flows.service import lifeline

HOST = "127.0.0.1"

# Only these tell the server's pages where they are; a port given to it alone does not.
_ADDRESS = {"PREFECT_SERVER_API_HOST": HOST}
_LASTING = _ADDRESS | {
    "PREFECT_UI_ENABLED": "true",
    # A run leaves some 19 KB a task; who sent what is in the ledger, for ever.
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "2d",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "true",
    # In memory they would be forgotten at a restart, and a limit's places never come free again.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
}


def environment(port: int, given: Mapping[str, str]) -> dict[str, str]:
    """What a lasting server finds in its environment; what the user set for Prefect stays."""
    return {**_LASTING, **given, **_ADDRESS, "PREFECT_SERVER_API_PORT": str(port)}


def command(port: int, *, temporary: bool = False) -> list[str]:
    """How it is started; its standard input must be a pipe that the starter holds."""
    return [sys.executable, "-P", "-m", __name__, str(port), *(["temporary"] if temporary else [])]


def address(port: int) -> str:
    """Where its API is."""
    return f"http://{HOST}:{port}/api"


def answers(url: str) -> bool:
    """Whether a server at this address is ready."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as reply:  # noqa: S310  # http only
            return bool(reply.status == 200)
    except (OSError, ValueError):
        return False


def start_temporary(port: int) -> subprocess.Popen[bytes]:
    """A server that ends with this process."""
    return subprocess.Popen(  # noqa: S603  # our own command
        command(port, temporary=True), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def main(port: int, *, temporary: bool) -> None:
    """Serve on localhost until standard input ends."""
    # At once: nothing in it outlives its starter, and Prefect's database is safe against that.
    lifeline.exit_when_stdin_closes(lambda: os._exit(0))
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=temporary, final=True)
    uvicorn.run(app, host=HOST, port=port, log_level="error", lifespan="on")


if __name__ == "__main__":
    main(int(sys.argv[1]), temporary="temporary" in sys.argv[2:])
