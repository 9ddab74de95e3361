"""What Prefect is told of an error: its words where they are ours and plain, else its kind alone.

Prefect keeps an exception's text in its database and in its logs, and others' words can hold what
a file or an answer held: a keycode, a mark, a name. So neither a flow nor a task ends by it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pipeline.errors import (
    ClaimLost,
    FolderUnavailable,
    InputError,
    LedgerError,
    NotBalanced,
    ReadingUnavailable,
    SendingStopped,
    Unauthorised,
    Unreachable,
)

_T = TypeVar("_T")

_PLAIN = (
    InputError,
    SendingStopped,
    LedgerError,
    FolderUnavailable,
    ReadingUnavailable,
    NotBalanced,
    Unauthorised,
    Unreachable,
)
_NAMES_A_SESSION = (ClaimLost,)


class RedactedError(Exception):
    """Stands for an error that an `ErrorRedaction` keeps, without its words."""


class ErrorRedaction:
    """Does a piece of work; its error is kept here, and Prefect sees a redacted one."""

    def __init__(self) -> None:
        """Nothing has failed."""
        self.error: Exception | None = None

    async def call(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """The work's result. RedactedError where it failed."""
        try:
            return await work()
        except Exception as error:
            self.error = error
        # Not within the clause above: Prefect would print the error as what this one came from.
        raise RedactedError(redacted_words(self.error))


def redacted_words(error: BaseException) -> str:
    """The error in words that hold nothing of a file or of an answer."""
    kind = type(error).__name__
    if isinstance(error, _PLAIN) and not isinstance(error, _NAMES_A_SESSION):
        return f"{kind}: {error}"
    return f"{kind}: the terminal or the log of papermarks says more"
