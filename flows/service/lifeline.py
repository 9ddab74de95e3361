"""A process that ends with the one that started it, even by kill -9.

Nothing that we start may stay behind. The starter holds the other end of the child's standard
input: its end is the sign to end, and it comes by itself when the starter dies. It works on every
system, and a signal that Ctrl-C sends to the whole terminal is no part of it.

``python -m flows.service.lifeline watch`` is ``papermarks watch``, so tied.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import cache

GRACE = 60.0  # seconds that a run may take to end in good order
RUNNER = "PAPERMARKS_RUNNER"  # in the environment of a run: the process that must live

_LOOK_AGAIN = 1.0


def to_input(end: Callable[[], None]) -> None:
    """Call ``end`` when standard input ends."""

    def wait() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        end()

    threading.Thread(target=wait, name="tied", daemon=True).start()


@cache
def to_runner() -> None:
    """End in good order when the runner that started this process, if one did, is gone.

    Prefect has the standard input of its runs. Not on Windows, where a parent's death does not
    show: there such a run goes on to its end.
    """
    parent = os.environ.get(RUNNER)
    if parent is None or os.name != "posix":
        return

    def wait() -> None:
        while os.getppid() == int(parent):
            time.sleep(_LOOK_AGAIN)
        in_good_order()

    threading.Thread(target=wait, name="tied", daemon=True).start()


def in_good_order(*, group: bool = False) -> None:
    """End this process, or its whole group, as by SIGTERM; where that takes too long, at once."""
    if os.name != "posix":
        signal.raise_signal(signal.SIGINT)
    elif group:
        os.killpg(0, signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


if __name__ == "__main__":
    from flows.cli import main

    to_input(in_good_order)
    main()
