"""The runner: carries out the deployments, and marks runs that died. Started by serve."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
from prefect import get_client
from prefect.exceptions import PrefectException
from prefect.runner import Runner

from flows import deployments
from flows.prefect_side import crash_detection, rerun_form
from flows.rerun_choices import rerun_choices
from flows.service import lifeline
from pipeline import event_loop, settings
from pipeline.errors import PapermarksError
from pipeline.ledger import open_history
from pipeline.settings import Settings

_MAX_RUNS = 2  # at once, so that a long nightly run does not keep a re-run waiting
_CRASH_POLL_S = 3.0
_CHOICES_POLL_S = 15.0


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
    ids = {
        deployment.name: await runner.aadd_deployment(deployment)
        for deployment in await deployments.create(in_force)
    }
    serving = asyncio.create_task(runner.start())
    beside = [
        asyncio.create_task(_mark_crashed_runs(in_force.home)),
        asyncio.create_task(_offer_recent_runs(in_force, ids[deployments.RERUN])),
    ]
    await asyncio.wait([*beside, serving], return_when=asyncio.FIRST_COMPLETED)
    for task in beside:
        if task.done():
            task.result()
    await serving


async def _mark_crashed_runs(home: Path) -> None:
    async with get_client() as client:
        while True:
            with suppress(httpx.HTTPError, OSError):  # a server that is started again comes back
                await crash_detection.watch_for_silence(client, deployments.FLOWS)
                for name in await crash_detection.mark_crashed(client, home):
                    print(f"'{name}' died; Prefect shows it as crashed.", file=sys.stderr)
            await asyncio.sleep(_CRASH_POLL_S)


async def _offer_recent_runs(in_force: Settings, deployment: UUID) -> None:
    """Keep the form of re-runs as the ledger is: what can be chosen in it."""
    offered: list[str] | None = None
    async with get_client() as client:
        while True:
            # Whatever is away comes back, and until then the form is as it was.
            with suppress(httpx.HTTPError, OSError, PapermarksError, PrefectException):
                if offered is None:
                    await deployments.remove_former(client)
                choices = await asyncio.to_thread(_choices, in_force)
                if choices != offered:
                    await rerun_form.offer(client, deployment, choices)
                    offered = choices
            await asyncio.sleep(_CHOICES_POLL_S)


def _choices(in_force: Settings) -> list[str]:
    with closing(open_history(in_force)) as ledger:
        return [choice.text for choice in rerun_choices(ledger, in_force.surpass_host)]


if __name__ == "__main__":
    lifeline.exit_when_stdin_closes(partial(lifeline.shut_down, group=True))
    event_loop.run(run)
