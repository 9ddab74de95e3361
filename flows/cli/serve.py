"""``papermarks serve``."""

from __future__ import annotations

import datetime as dt

from flows.cli import show
from flows.service import supervisor as supervisor
from pipeline import settings


def serve() -> None:
    """Take files as they are dropped, run every night, and offer re-runs in Prefect; until ended.

    The one process to keep running: it starts all the others, and starts them again if they die.
    """
    ours = settings.load()
    ours.access  # noqa: B018  # what is missing is told before anything is started
    supervisor.serve(ours, lambda text: show.note(f"{dt.datetime.now():%H:%M:%S} {text}"))
