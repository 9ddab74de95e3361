"""A run in a process of its own, which can be killed.

Processes are forked from a server that has imported everything: a start takes milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.settings import Settings
from pipeline.stages import Job, start
from pipeline.surpass import Surpass, access_of
from tests.forked import FORKS


def begin(settings: Settings, files: Sequence[Path]) -> BaseProcess:
    """Start a run; it writes its report under the settings' home."""
    process = FORKS.Process(target=_run, args=(settings, files))
    process.start()
    return process


def kill_after(process: BaseProcess, seconds: float) -> bool:
    """SIGKILL at that age, unless it ended by itself; whether it was killed."""
    process.join(seconds)
    if process.exitcode is None:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    killed = process.exitcode == -signal.SIGKILL
    process.close()
    return killed


def ended(process: BaseProcess) -> int | None:
    """Wait for its end; the exit code, 0 where all went well, None where it never ended."""
    process.join(120)
    code = process.exitcode
    if code is None:
        process.kill()
    process.join()
    process.close()
    return code


def _run(settings: Settings, files: Sequence[Path]) -> None:
    async def carry_out() -> None:
        async with Surpass(access_of(settings)) as surpass:
            await ingest(start(Job(settings), files, QUIET), surpass)

    asyncio.run(carry_out())
