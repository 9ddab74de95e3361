"""What Prefect is told of an error holds nothing of a file or of an answer."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from flows.prefect_side.redaction import ErrorRedaction, RedactedError, redacted_words
from pipeline import errors

_PERSONAL = "H76RBD8P"


def _all_of(kind: type[errors.PapermarksError]) -> list[type[errors.PapermarksError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in _all_of(below))]


# Those whose words are of settings, folders and the way to Surpass alone.
_TOLD = {
    "InputError", "SettingsError", "LayoutError", "PaperError", "SourceUnreadable",
    "SendingStopped", "Interrupted", "LedgerError", "FolderUnavailable", "ReadingUnavailable",
    "NotBalanced", "Unauthorised", "Unreachable",
}  # fmt: skip


def test_each_error_of_ours_is_one_or_the_other() -> None:
    """A new one is not told until somebody has decided that it may be."""
    kinds = {kind.__name__: kind for kind in _all_of(errors.PapermarksError)}
    shown = set()
    for name, kind in kinds.items():
        error = kind.__new__(kind)
        Exception.__init__(error, _PERSONAL)
        if _PERSONAL in redacted_words(error):
            shown.add(name)
    assert shown == _TOLD


@pytest.mark.parametrize("error", [KeyError(_PERSONAL), errors.NotFound(_PERSONAL)])
def test_neither_its_words_nor_what_it_came_from_are_shown(error: Exception) -> None:
    async def fails() -> None:
        raise error

    redaction = ErrorRedaction()
    with pytest.raises(RedactedError) as raised:
        asyncio.run(redaction.call(fails))
    shown = "".join(traceback.format_exception(raised.value))
    assert _PERSONAL not in shown + repr(raised.value)
    assert type(error).__name__ in shown
    assert redaction.error is error, "who asked for the work is told all of it"
