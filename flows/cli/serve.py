"""``papermarks serve``."""

from __future__ import annotations

from flows.log import to_stderr
from flows.service import supervisor
from pipeline import settings


def serve() -> None:
    """Take files as they are dropped, run every night, and offer re-runs in Prefect.

    The one process to keep running: it starts all the others, and starts them again if they die.
    """
    in_force = settings.load()
    in_force.require_surpass()  # what is missing is said before anything is started
    supervisor.serve(in_force, to_stderr)
