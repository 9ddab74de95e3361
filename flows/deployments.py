"""What ``papermarks serve`` offers in Prefect: ``watch``, ``nightly`` and ``rerun-failed``."""

from __future__ import annotations

from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from flows.execute import profile_tags
from flows.ingest import ingest_marks, rerun_failed
from flows.nightly import nightly, sweep_inbox
from flows.prefect_side import crash_detection
from pipeline.settings import Settings

FLOWS = [flow.name for flow in (ingest_marks, rerun_failed, sweep_inbox, nightly)]
"""The names of all our flows."""


async def all_of(settings: Settings) -> list[RunnerDeployment]:
    """The deployments, as the settings want them."""
    at = Cron(settings.nightly, timezone=settings.time_zone)
    tags = [crash_detection.TAG, *profile_tags(settings)]
    return [
        await sweep_inbox.ato_deployment("watch", tags=tags),
        await nightly.ato_deployment("nightly", schedule=at, tags=tags),
        await rerun_failed.ato_deployment("rerun-failed", tags=tags),
    ]
