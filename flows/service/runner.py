"""The runner: carries out the deployments, and marks runs that died. Started by serve."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
from prefect import get_client
from prefect.runner import Runner

from flows import deployments
from flows.prefect_side import crash_detection
from flows.service import lifeline
from pipeline import settings

_MAX_RUNS = 2  # at once, so that a long nightly run does not keep a re-run waiting
_CRASH_POLL_S = 3.0


class _Runner(Runner):
    """Prefect's own ends at once at a SIGTERM, and leaves its runs alone with it."""

    def handle_sigterm(self, *_: object, **__: object) -> None:
        """Take nothing new. The runs have the signal too, and are waited for."""
        asyncio.get_running_loop().call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._ending = asyncio.create_task(self.astop())


async def run() -> None:
    """Serve the deployments until told to end; each run under way ends first."""
    in_force = settings.load()
    os.environ[lifeline.RUNNER_PID] = str(os.getpid())
    runner = _Runner("papermarks", query_seconds=1, limit=_MAX_RUNS, pause_on_shutdown=False)
    for deployment in await deployments.create(in_force):
        await runner.aadd_deployment(deployment)
    serving = asyncio.create_task(runner.start())
    marking = asyncio.create_task(_mark_crashed_runs(in_force.home))
    await asyncio.wait([marking, serving], return_when=asyncio.FIRST_COMPLETED)
    if marking.done():
        marking.result()
    await serving


async def _mark_crashed_runs(home: Path) -> None:
    async with get_client() as client:
        while True:
            with suppress(httpx.HTTPError, OSError):  # a server that is started again comes back
                await crash_detection.watch_for_silence(client, deployments.FLOWS)
                for name in await crash_detection.mark_crashed(client, home):
                    print(f"'{name}' died; Prefect shows it as crashed.", file=sys.stderr)
            await asyncio.sleep(_CRASH_POLL_S)


if __name__ == "__main__":
    lifeline.exit_when_stdin_closes(partial(lifeline.shut_down, group=True))
    asyncio.run(run())
