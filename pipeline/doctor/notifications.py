"""Whether those who are to be notified of runs can be, as far as it shows without sending."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.diagnosis import Diagnosis, ill, well
from pipeline.notify import problems, targets_of
from pipeline.settings import Settings


def notifications(settings: Settings) -> Iterator[Diagnosis]:
    """Look at the addresses in NOTIFY; nothing is sent."""
    targets = targets_of(settings)
    found = problems(targets)
    for problem in found:
        yield ill("notifications", f"{problem}.", "See flows/README.md on NOTIFY, and correct it.")
    count = len(targets.people) + (targets.webhook is not None)
    if not count:
        yield well("notifications", "Nobody is notified of runs.")
    elif not found:
        yield well("notifications", f"Notified of each run: {count}.")
