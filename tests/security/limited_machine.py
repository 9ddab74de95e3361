"""Commands on a machine that has too little of something: how they end, and what comes after."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.errors import ExitCode
from pipeline.sandbox import Sandbox
from tests import forked
from tests.plain_environment import plain_environment

KEYS = [f"LIMIT{number:03d}" for number in range(3)]


def command(
    environment: Mapping[str, str], *words: str, before: Callable[[], None] = forked.nothing
) -> subprocess.CompletedProcess[str]:
    """Carry out a command, in whose process something may be done ``before``."""
    return forked.papermarks(*words, env=plain_environment(**environment), before=before)


def ended_in_a_sentence(done: subprocess.CompletedProcess[str]) -> None:
    """And with no traceback."""
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert done.returncode in {ExitCode.WRONG_USAGE, ExitCode.STOPPED}, (done.stdout, done.stderr)


def made_good(service: Sandbox, environment: Mapping[str, str], file: Path) -> None:
    """The next run sends what is missing, and nothing twice."""
    done = command(environment, "ingest", str(file))
    assert done.returncode == ExitCode.DONE, (done.stdout, done.stderr)
    assert [len(service.session(key).applied) for key in KEYS] == [1, 1, 1]
