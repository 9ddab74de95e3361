"""Check the addresses of those who are notified of runs, without sending anything."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.diagnosis import Diagnosis, failed, ok
from pipeline.notify import problems, targets_of
from pipeline.settings import Settings


def check_notifications(settings: Settings) -> Iterator[Diagnosis]:
    """Check each address in NOTIFY; nothing is sent."""
    targets = targets_of(settings)
    wrong = problems(targets)
    for problem in wrong:
        yield failed(
            "notifications", f"{problem}.", "See flows/README.md on NOTIFY, and correct it."
        )
    count = len(targets.people) + (targets.webhook is not None)
    if not count:
        yield ok("notifications", "Nobody is notified of runs.")
    elif not wrong:
        yield ok("notifications", f"Notified of each run: {count}.")
