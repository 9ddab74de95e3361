"""End a process with the one that started it, even where that one is killed by kill -9.

Nothing that we start may stay behind. The starter holds the other end of the child's standard
input: its end is the sign to end, and it comes by itself when the starter dies. A signal that
Ctrl-C sends to a whole terminal is no part of it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import cache

from pipeline.settings import RUNNER

GRACE_S = 60.0  # that a run may take to end in good order
RUNNER_PID = RUNNER  # in the environment of a run

_PARENT_POLL_S = 1.0


def exit_when_stdin_closes(end: Callable[[], None]) -> None:
    """Call ``end``, in a thread, when standard input ends."""

    def wait() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        end()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


@cache
def exit_with_parent() -> None:
    """End in good order when the runner that started this process, if one did, is gone.

    It is seen by the process's parent: Prefect has the standard input of its runs.
    """
    parent = os.environ.get(RUNNER_PID)
    if parent is None:
        return

    def wait() -> None:
        while os.getppid() == int(parent):
            time.sleep(_PARENT_POLL_S)
        shut_down()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def exit_within_grace(code: int) -> None:
    """End this process with the code if it is still there after the grace: something hangs in it.

    What a run has sent is in the ledger, which a sudden end does not harm.
    """

    def wait() -> None:
        time.sleep(GRACE_S)
        os._exit(code)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def shut_down(*, group: bool = False) -> None:
    """End this process, or its whole group, as by SIGTERM; where that takes too long, at once."""
    if group:
        os.killpg(0, signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
