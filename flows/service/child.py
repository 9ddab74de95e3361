"""A child process that is kept alive: started again when it dies, or no longer answers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds before it is started again
_SOUND = 60.0  # seconds of life after which a death counts as the first
_LOOK = 5.0  # seconds between two questions whether it answers
_SILENT = 180.0  # seconds without an answer after which it counts as dead; a start takes some
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)

Say = Callable[[str], None]


class Child:
    """One of them. It must end by itself when its standard input does: see lifeline.py."""

    def __init__(
        self,
        name: str,
        command: list[str],
        env: Mapping[str, str],
        say: Say,
        answers: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start nothing yet. ``answers`` tells whether it is well, beyond being there."""
        self._name = name
        self._command = command
        self._env = dict(env)
        self._say = say
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = _FIRST_PAUSE
        self._due = self._started = self._asked = self._heard = 0.0

    def tend(self) -> None:
        """Start it where that is due; notice where it has died or fallen silent."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start()
        elif self._process.poll() is not None:
            self._bury(self._process)
        elif self._is_silent():
            self._say(f"{self._name} does not answer any more, and is ended.")
            self._process.kill()

    def ask_to_end(self) -> None:
        """By the end of its standard input: it ends in good order."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self, until: float) -> None:
        """Until it has ended; killed where it has not by then, on the monotonic clock."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        self._started = self._asked = self._heard = time.monotonic()
        # A group of its own: Ctrl-C in a terminal is for us alone, and we end the others in order.
        self._process = subprocess.Popen(  # noqa: S603  # our own commands
            self._command,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # Prefect prints what it logs too; we talk on stderr
            process_group=0 if os.name == "posix" else None,
            creationflags=_NEW_GROUP,
        )

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        self._process = None
        if time.monotonic() - self._started > _SOUND:
            self._pause = _FIRST_PAUSE
        how = _how(process.returncode)
        self._say(f"{self._name} ended ({how}); it is started again in {self._pause:.0f} s.")
        self._due = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _is_silent(self) -> bool:
        now = time.monotonic()
        if now >= self._asked + _LOOK:
            self._asked = now
            if self._answers():
                self._heard = now
        return now > self._heard + _SILENT


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
