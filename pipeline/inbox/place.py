"""Where a file belongs when its run has ended."""

from __future__ import annotations

from enum import StrEnum

from pipeline.errors import PapermarksError
from pipeline.reconcile import Reconciliation


class Place(StrEnum):
    """The folders in which a file can end."""

    DONE = "done"
    ATTENTION = "attention"
    REJECTED = "rejected"
    INBOX = "inbox"  # back: nothing is wrong with the file, and it is tried again


def place_for(reconciliation: Reconciliation) -> Place:
    """What its run makes of a file."""
    if not reconciliation.balanced:
        return Place.ATTENTION
    if not reconciliation.readable:
        return Place.REJECTED
    if reconciliation.settled:
        return Place.DONE  # also where the run was stopped: nothing was left to do
    stopped = reconciliation.stopped_by
    return Place.ATTENTION if stopped is None else place_for_error(stopped)


def place_for_error(error: PapermarksError) -> Place:
    """What an error makes of a file."""
    return Place.INBOX if error.try_again_later else Place.ATTENTION
