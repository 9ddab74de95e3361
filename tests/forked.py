"""The command in a process of its own, forked from one that has imported everything.

To start Python and import what a command needs takes more than a second, a fork some milliseconds.
What the start itself is like is tested with the real one, in ``flows/test_start_up.py``.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.cli import main
from flows.cli.app import COMMANDS

MAX_WAIT_S = 300  # seconds: how long we wait at most, not how long it takes

# Prefect takes its settings from the environment as it is imported: each process does that itself.
_KNOWS_PREFECT = {"flows.cli.serve"}
_LOADED_LATER = (
    "alembic.command",
    "pandera.backends.pandas.builtin_checks",
    "pipeline.notify",
    "pipeline.report",
    "pipeline.run",
    "pipeline.surpass.transport",
    "prometheus_client",  # by stamina, where it is installed
    "psycopg",
)

# One for all tests of a process: whoever says last what it imports decides for all.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        __name__,
        *sorted({command.module for command in COMMANDS.values()} - _KNOWS_PREFECT),
        *_LOADED_LATER,
        "tests.compiled_templates",
        "tests.inbox.drop_folder",
        "tests.inbox.test_crashes",
        "tests.kills.process",
        "tests.ledger.process",
    ]
)


def nothing() -> None:
    """What is done where nothing is."""


def papermarks(
    *words: str,
    env: Mapping[str, str],
    umask: int | None = None,
    before: Callable[[], None] = nothing,
) -> subprocess.CompletedProcess[str]:
    """Carry out one command to its end, in this environment and no other.

    ``before`` is called in its process, as it begins.
    """
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = begin(*words, env=env, out=out, err=err, umask=umask, before=before)
        code = ended(process)
        return subprocess.CompletedProcess(
            words, code, out.read_text("utf-8"), err.read_text("utf-8")
        )


def begin(
    *words: str,
    env: Mapping[str, str],
    out: Path,
    err: Path,
    umask: int | None = None,
    before: Callable[[], None] = nothing,
) -> BaseProcess:
    """Start a command; what it says is appended to these files. It ends with the tests."""
    process = FORKS.Process(target=_command, args=(words, dict(env), out, err, umask, before))
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """Kill -9."""
    process.kill()
    process.join()
    process.close()


def ended(process: BaseProcess, *, by_signal: bool = False) -> int:
    """Wait for its end, after SIGTERM where it is to be ended by a signal; the exit code."""
    if by_signal:
        process.terminate()
    process.join(MAX_WAIT_S)
    code = process.exitcode
    if code is None:
        process.kill()
        process.join()
    process.close()
    assert code is not None, "it did not end"
    return code


def _command(
    words: tuple[str, ...],
    env: dict[str, str],
    out: Path,
    err: Path,
    umask: int | None,
    before: Callable[[], None],
) -> None:
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    if umask is not None:
        os.umask(umask)
    for file, number in ((out, 1), (err, 2)):
        stream = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = ["papermarks", *words]
    before()
    main()


def _end_with_the_tests() -> None:
    tests = multiprocessing.parent_process()
    assert tests is not None
    tests.join()
    os._exit(1)
