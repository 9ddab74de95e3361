"""The Prefect server of ``papermarks serve``: ``python -m flows.prefect_side.server PORT``.

It ends with the process that started it; Prefect's own would stay behind.

It takes requests only from who has our string (see sign_in.py), and none from another site's page.
It is given no setting of papermarks: it needs none, and Surpass's password stands among them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from flows.prefect_side import sign_in
from flows.service import lifeline
from pipeline.settings import PREFIX

HOST = "127.0.0.1"
_OK = 200

# Only these tell the server's pages where they are; a port given to it alone does not.
_ADDRESS = {"PREFECT_SERVER_API_HOST": HOST}
_DEFAULTS = _ADDRESS | {
    "PREFECT_UI_ENABLED": "true",
    # A run leaves some 19 KB a task; who sent what is in the ledger, for ever.
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "2d",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "true",
    # In memory they would be forgotten at a restart, and a limit's places never come free again.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
}


def environment(port: int, string: str, given: Mapping[str, str]) -> dict[str, str]:
    """What a server finds in its environment; what the user set for Prefect stays.

    But for what keeps strangers out.
    """
    closed = {
        "PREFECT_SERVER_API_AUTH_STRING": string,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port}",
    }
    own = {name: value for name, value in given.items() if not name.startswith(PREFIX)}
    return {**_DEFAULTS, **own, **_ADDRESS, "PREFECT_SERVER_API_PORT": str(port), **closed}


def command(port: int) -> list[str]:
    """How it is started; its standard input must be a pipe that the starter holds."""
    return [sys.executable, "-P", "-m", __name__, str(port)]


def address(port: int) -> str:
    """Where its API is."""
    return f"http://{HOST}:{port}/api"


def answers(url: str) -> bool:
    """Whether a server at this address is ready."""
    return sign_in.status_of(f"{url}/health") == _OK


def main(port: int) -> None:
    """Serve on localhost until standard input ends."""
    # At once: nothing in it outlives its starter, and Prefect's database is safe against that.
    lifeline.exit_when_stdin_closes(lambda: os._exit(0))
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(final=True)
    uvicorn.run(app, host=HOST, port=port, log_level="error", lifespan="on")


if __name__ == "__main__":
    main(int(sys.argv[1]))
