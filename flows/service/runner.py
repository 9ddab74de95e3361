"""The runner: carries out the deployments, and marks runs that died. Started by serve."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from functools import partial

import httpx
from prefect import get_client
from prefect.runner import Runner

from flows import deployments
from flows.prefect_side import crash_detection
from flows.service import lifeline
from pipeline import settings

_AT_ONCE = 2  # so that a long nightly run does not keep a re-run waiting
_LOOK = 3.0  # seconds between two looks for runs that died


class _Runner(Runner):
    """Prefect's own ends at once at a SIGTERM, and leaves its runs alone with it."""

    def handle_sigterm(self, *_: object, **__: object) -> None:
        """Take nothing new. The runs have the signal too, and are waited for."""
        asyncio.get_running_loop().call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._ending = asyncio.create_task(self.astop())


async def run() -> None:
    """Serve the deployments until told to end; each run under way ends first."""
    ours = settings.load()
    os.environ[lifeline.RUNNER] = str(os.getpid())
    runner = _Runner("papermarks", query_seconds=1, limit=_AT_ONCE, pause_on_shutdown=False)
    for deployment in await deployments.all_of(ours):
        await runner.aadd_deployment(deployment)
    serving = asyncio.create_task(runner.start())
    looking = asyncio.create_task(_look_for_the_dead())
    await asyncio.wait([looking, serving], return_when=asyncio.FIRST_COMPLETED)
    if looking.done():
        looking.result()
    await serving


async def _look_for_the_dead() -> None:
    async with get_client() as client:
        while True:
            with suppress(httpx.HTTPError, OSError):  # a server that is started again comes back
                await crash_detection.watch_for_silence(client, deployments.FLOWS)
                for name in await crash_detection.mark(client):
                    print(f"'{name}' died; Prefect shows it as crashed.", file=sys.stderr)
            await asyncio.sleep(_LOOK)


if __name__ == "__main__":
    lifeline.to_input(partial(lifeline.in_good_order, group=True))
    asyncio.run(run())
