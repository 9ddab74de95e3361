"""A child process that is kept alive: started again when it dies, or no longer answers."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flows.log import Log

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0  # before it is started again
_HEALTHY_AFTER_S = 60.0  # of life, after which a death counts as the first
_CHECK_EVERY_S = 5.0  # whether it answers
_SILENT_AFTER_S = 180.0  # without an answer it counts as dead; a start takes some


class SupervisedProcess:
    """One of them. It must end by itself when its standard input does: see lifeline.py."""

    def __init__(
        self,
        *,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        log: Log,
        answers: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start nothing yet. It is to run in that ``folder``.

        ``answers`` says whether it is well, beyond being there.
        """
        self._name = name
        self._command = command
        self._env = dict(env)
        self._folder = folder
        self._log = log
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._start_at = self._started_at = self._checked_at = self._answered_at = 0.0

    def poll(self) -> None:
        """Start it where that is due; notice where it has died or fallen silent."""
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self._start()
        elif self._process.poll() is not None:
            self._on_exit(self._process)
        elif self._is_silent():
            self._log(f"{self._name} does not answer any more, and is ended.")
            self._process.kill()

    def ask_to_end(self) -> None:
        """By the end of its standard input: it ends in good order."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self, deadline: float) -> None:
        """Until it has ended; killed where it has not by then, on the monotonic clock."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        self._started_at = self._checked_at = self._answered_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603  # our own commands
            self._command,
            env=self._env,
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # Prefect prints what it logs too; we write to stderr
            # A group of its own: Ctrl-C in a terminal is for us alone, and we end the others.
            process_group=0,
        )

    def _on_exit(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        self._process = None
        if time.monotonic() - self._started_at > _HEALTHY_AFTER_S:
            self._pause_s = _FIRST_PAUSE_S
        how = _how_it_ended(process.returncode)
        self._log(f"{self._name} ended ({how}); it is started again in {self._pause_s:.0f} s.")
        self._start_at = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _is_silent(self) -> bool:
        now = time.monotonic()
        if now >= self._checked_at + _CHECK_EVERY_S:
            self._checked_at = now
            if self._answers():
                self._answered_at = now
        return now > self._answered_at + _SILENT_AFTER_S


def _how_it_ended(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
