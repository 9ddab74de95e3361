"""How a command ended, for scripts."""

from __future__ import annotations

from pipeline.errors import (
    InputError,
    Interrupted,
    LedgerError,
    NotBalanced,
    PapermarksError,
    SourceUnreadable,
    SurpassError,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from pipeline.reconcile import Reconciliation

DONE = 0  # every submission accepted or unchanged
NEEDS_A_PERSON = 1  # finished, but something needs a person
WRONG_USAGE = 2  # wrong usage or settings
NOTHING_READABLE = 3  # no source file could be read
NO_SURPASS = 4  # Surpass not reachable, or it refused the credentials
STOPPED = 5  # the run stopped sending: too much was refused, or the ledger failed
OUR_FAULT = 70  # our fault
INTERRUPTED = 130  # ended by Ctrl-C or SIGTERM, in good order


def for_run(reconciliation: Reconciliation) -> int:
    """The exit code of a run that finished."""
    if not reconciliation.balanced:
        return OUR_FAULT
    if reconciliation.stopped_by is not None:
        return for_stop(reconciliation.stopped_by)
    if not reconciliation.readable:
        return NOTHING_READABLE
    return DONE if reconciliation.settled else NEEDS_A_PERSON


def for_stop(error: PapermarksError) -> int:
    """The exit code of a run that stopped sending because of this."""
    if isinstance(error, Interrupted):
        return INTERRUPTED
    return NO_SURPASS if isinstance(error, SurpassError) else STOPPED


def for_error(error: PapermarksError) -> int:
    """The exit code of a command that an error ended."""
    if isinstance(error, NotBalanced):
        return OUR_FAULT
    if isinstance(error, LedgerError):
        return STOPPED
    if isinstance(error, SourceUnreadable):
        return NOTHING_READABLE
    if isinstance(error, InputError):
        return WRONG_USAGE
    if isinstance(error, Unauthorised | Unreachable | Unavailable):
        return NO_SURPASS
    return NEEDS_A_PERSON if isinstance(error, SurpassError) else OUR_FAULT
