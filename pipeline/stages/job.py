"""What a run is asked to do, and a run whose files are being read."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future
from dataclasses import dataclass, field

from pipeline.model import Interpreted, Run
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.progress import Progress
from pipeline.run_id import new_run_id
from pipeline.settings import Settings
from pipeline.user import host_name, user_name
from schemas.words import Origin


@dataclass(frozen=True)
class Job:
    """What a run is asked to do."""

    settings: Settings
    canary: bool = False  # one session of each paper first, proven, then the rest
    layout: str | None = None  # the name of the only layout to try
    run: Run = field(default_factory=lambda: new_run())


@dataclass(frozen=True)
class Work:
    """A job whose files are being read, and what shows its progress."""

    job: Job
    reading: Future[tuple[Interpreted, ...]]
    progress: Progress
    papers: Papers = NO_PAPERS  # as the office defines them


def new_run(origin: Origin = Origin.COMMAND) -> Run:
    """A run's identity, which sorts by time, and no two are alike; who began it, and how."""
    started = dt.datetime.now(dt.UTC)
    return Run(new_run_id(started), started, user=user_name(), host=host_name(), origin=origin)
