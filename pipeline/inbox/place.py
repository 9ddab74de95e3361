"""Where a file belongs when its run has ended."""

from __future__ import annotations

from enum import StrEnum

from pipeline.errors import (
    Interrupted,
    LayoutError,
    LedgerError,
    SettingsError,
    SurpassError,
)
from pipeline.reconcile import Reconciliation

_NOT_THE_FILES = (SurpassError, LedgerError, SettingsError, LayoutError, Interrupted, OSError)


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


def place_for_error(error: BaseException) -> Place:
    """What an error makes of a file: what may pass, or is mended elsewhere, sends it back.

    Too many refusals do not: to send the same again would be refused again.
    """
    return Place.INBOX if isinstance(error, _NOT_THE_FILES) else Place.ATTENTION
