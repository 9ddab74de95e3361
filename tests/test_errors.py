"""With which exit code each error ends a command, and whether the same may go well later."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import pipeline.run
import pipeline.surpass.circuit_breaker
from pipeline import errors
from pipeline.errors import ExitCode, PapermarksError


@dataclass(frozen=True)
class Ending:
    """What stands on an error's class."""

    exit_code: ExitCode
    try_again_later: bool


_AGAIN, _NOT_AGAIN = True, False

_ENDINGS = {
    "PapermarksError": Ending(ExitCode.OUR_FAULT, _NOT_AGAIN),
    # What the office gave is wrong. Settings, layouts and papers are mended apart from the file.
    "InputError": Ending(ExitCode.WRONG_USAGE, _NOT_AGAIN),
    "SettingsError": Ending(ExitCode.WRONG_USAGE, _AGAIN),
    "LayoutError": Ending(ExitCode.WRONG_USAGE, _AGAIN),
    "PaperError": Ending(ExitCode.WRONG_USAGE, _AGAIN),
    "SourceUnreadable": Ending(ExitCode.NOTHING_READABLE, _NOT_AGAIN),
    # A run that stopped. Too many refusals: the same again would be refused again.
    "SendingStopped": Ending(ExitCode.STOPPED, _NOT_AGAIN),
    "Interrupted": Ending(ExitCode.INTERRUPTED, _AGAIN),
    # The ledger and the folders.
    "LedgerError": Ending(ExitCode.STOPPED, _AGAIN),
    "ClaimLost": Ending(ExitCode.STOPPED, _AGAIN),
    "FolderUnavailable": Ending(ExitCode.STOPPED, _AGAIN),
    "ReadingUnavailable": Ending(ExitCode.STOPPED, _AGAIN),
    "FileCausesCrashes": Ending(ExitCode.NEEDS_A_PERSON, _NOT_AGAIN),
    # Ours.
    "NotBalanced": Ending(ExitCode.OUR_FAULT, _NOT_AGAIN),
    "InternalError": Ending(ExitCode.OUR_FAULT, _NOT_AGAIN),
    # Surpass is away, or says nothing that is understood.
    "Unreachable": Ending(ExitCode.NO_SURPASS, _AGAIN),
    "AnswerLost": Ending(ExitCode.NO_SURPASS, _AGAIN),
    "Unavailable": Ending(ExitCode.NO_SURPASS, _AGAIN),
    "Throttled": Ending(ExitCode.NO_SURPASS, _AGAIN),
    "NotUnderstood": Ending(ExitCode.NO_SURPASS, _AGAIN),
    "Unauthorised": Ending(ExitCode.NO_SURPASS, _AGAIN),
    # Surpass says no to one call.
    "SurpassError": Ending(ExitCode.NEEDS_A_PERSON, _AGAIN),
    "Forbidden": Ending(ExitCode.NEEDS_A_PERSON, _AGAIN),
    "NotFound": Ending(ExitCode.NEEDS_A_PERSON, _AGAIN),
    "Refused": Ending(ExitCode.NEEDS_A_PERSON, _AGAIN),
    "WrongState": Ending(ExitCode.NEEDS_A_PERSON, _AGAIN),
    "SlotDenied": Ending(ExitCode.NEEDS_A_PERSON, _AGAIN),
}


def _all_below(error: type[PapermarksError]) -> dict[str, type[PapermarksError]]:
    """The class and its subclasses, wherever they are defined; not those of one module alone."""
    classes = {} if error.__name__.startswith("_") else {error.__name__: error}
    for below in error.__subclasses__():
        if below.__module__.startswith("pipeline."):
            classes |= _all_below(below)
    return classes


_ERRORS = _all_below(PapermarksError)


def test_every_error_has_a_row_here() -> None:
    assert pipeline.run
    assert pipeline.surpass.circuit_breaker
    assert _ERRORS.keys() == _ENDINGS.keys()


@pytest.mark.parametrize("name", _ENDINGS)
def test_an_error_says_how_it_ends_a_command(name: str) -> None:
    error = _ERRORS[name]
    assert Ending(error.exit_code, error.try_again_later) == _ENDINGS[name]


def test_every_error_stands_in_the_tree_that_is_drawn() -> None:
    drawn = errors.__doc__ or ""
    assert all(
        name in drawn for name, error in _ERRORS.items() if error.__module__ == errors.__name__
    )


def test_an_exit_code_is_the_higher_the_worse() -> None:
    """The worst of several files is the greatest."""
    assert list(ExitCode) == sorted(ExitCode)
