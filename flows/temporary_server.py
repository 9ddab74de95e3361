"""A temporary Prefect server, for one run: ``python -m flows.temporary_server PORT``.

It ends when its standard input does, that is with the process that started it, even by kill -9;
Prefect's own temporary server would stay behind. Ctrl-C in a terminal reaches it too, and must not
end it: the run, which ends in good order, still needs it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def main(port: int) -> None:
    """Serve on localhost until standard input ends."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=True, final=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", lifespan="on")


def _end_with_input() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    os._exit(0)  # nothing in it outlives the run: Prefect's database is safe against that


if __name__ == "__main__":
    main(int(sys.argv[1]))
