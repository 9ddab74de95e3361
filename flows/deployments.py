"""What ``papermarks serve`` offers in Prefect: ``sweep-inbox``, ``nightly``, ``rerun-failed``."""

from __future__ import annotations

from contextlib import suppress

from prefect.client.orchestration import PrefectClient
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.types.entrypoint import EntrypointType

from flows.execute import profile_tags
from flows.ingest import ingest_marks, rerun_failed
from flows.nightly import nightly, sweep_inbox
from flows.prefect_side import crash_detection, schedule
from pipeline.settings import Settings

FLOWS = [flow.name for flow in (ingest_marks, rerun_failed, sweep_inbox, nightly)]
"""The names of all our flows."""

RERUN = "rerun-failed"
_FORMER = (f"{sweep_inbox.name}/watch",)  # flow and deployment, as older versions made them


async def create(settings: Settings) -> list[RunnerDeployment]:
    """The deployments, as the settings want them."""
    # By module: by file, it would be a path that is relative to the working directory.
    by_module = EntrypointType.MODULE_PATH
    tags = [crash_detection.TAG, *profile_tags(settings)]
    return [
        await sweep_inbox.ato_deployment("sweep-inbox", tags=tags, entrypoint_type=by_module),
        await nightly.ato_deployment(
            "nightly", schedules=[schedule.nightly(settings)], tags=tags, entrypoint_type=by_module
        ),
        await rerun_failed.ato_deployment(RERUN, tags=tags, entrypoint_type=by_module),
    ]


async def remove_former(client: PrefectClient) -> None:
    """Remove what an older version offered under a name that it has no more: nobody serves it."""
    for name in _FORMER:
        with suppress(ObjectNotFound):
            found = await client.read_deployment_by_name(name)
            await client.delete_deployment(found.id)
