"""Every error that papermarks raises on purpose.

    PapermarksError
    ├── InputError              what you gave is wrong: a sentence, no traceback
    │   ├── SettingsError         a setting is missing or wrong
    │   ├── LayoutError           a layout file is wrong
    │   ├── PaperError            a paper definition is wrong
    │   └── SourceUnreadable      a source file cannot be read
    ├── SurpassError            Surpass, or the way to it
    │   ├── Unreachable           no connection: nothing was sent
    │   ├── AnswerLost            sent, and no answer came: it may have been taken
    │   ├── Unavailable           it answered that it cannot serve (5xx)
    │   ├── Throttled             it asks for patience (429)
    │   ├── NotUnderstood         the answer is not in the documented form
    │   ├── Unauthorised          it refused the credentials (401)
    │   ├── Forbidden             the user lacks the permission (403)
    │   ├── NotFound              no such session
    │   └── Refused               it said no, with its own errors
    │       └── WrongState          because of the session's state
    ├── SendingStopped          a run went wrong, and stopped sending
    │   └── Interrupted           because it was told to: Ctrl-C or SIGTERM
    ├── LedgerError             the ledger cannot be read or written: nothing is sent without it
    │   └── ClaimLost             another process holds the session now
    ├── FolderUnavailable       the inbox or a folder beside it cannot be read or written
    ├── ReadingUnavailable      the process that reads files cannot be started
    ├── FileCausesCrashes       papermarks died over and over while it worked on one file
    ├── NotBalanced             the account of a run does not add up: our fault
    └── InternalError           anything else, told without what a file held: our fault

What else escapes is our fault too. Two facts stand on each class, and nowhere else: with which exit
code a command ends because of it, and whether the same may go well later.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import ClassVar


class ExitCode(IntEnum):
    """How a command ended, for scripts; the worse, the higher."""

    DONE = 0  # every submission accepted or unchanged, or absent
    NEEDS_A_PERSON = 1  # finished, but something needs a person
    WRONG_USAGE = 2  # wrong usage or settings
    NOTHING_READABLE = 3  # no source file could be read, or was to be used
    NO_SURPASS = 4  # Surpass not reachable, or it refused the credentials
    STOPPED = 5  # the run stopped sending: too much was refused, or the ledger failed
    OUR_FAULT = 70
    INTERRUPTED = 130  # ended by Ctrl-C or SIGTERM, in good order


class PapermarksError(Exception):
    """The root of every error that papermarks raises on purpose."""

    exit_code: ClassVar[ExitCode] = ExitCode.OUR_FAULT
    """With which a command ends that this error ended."""

    try_again_later: ClassVar[bool] = False
    """Whether nothing is wrong with the source file, so that the same run may go well later: what
    is amiss passes by itself or is mended elsewhere. A dropped file goes back to the inbox."""


class InputError(PapermarksError):
    """What the user gave is wrong; the message says what to do."""

    exit_code = ExitCode.WRONG_USAGE


class SettingsError(InputError):
    """A setting is missing or wrong."""

    try_again_later = True


class LayoutError(InputError):
    """A layout file is wrong."""

    try_again_later = True


class PaperError(InputError):
    """A paper definition is wrong; the message names its cells."""

    try_again_later = True


class SourceUnreadable(InputError):  # noqa: N818  # reads as the sentence it stands for
    """A source file cannot be read as a table."""

    exit_code = ExitCode.NOTHING_READABLE


class SendingStopped(PapermarksError):  # noqa: N818
    """A run went wrong, and stopped sending; what was not sent can be run again."""

    exit_code = ExitCode.STOPPED


class Interrupted(SendingStopped):
    """The run was told to end."""

    exit_code = ExitCode.INTERRUPTED
    try_again_later = True


class LedgerError(PapermarksError):
    """The ledger cannot be read or written. Without it nothing is sent."""

    exit_code = ExitCode.STOPPED
    try_again_later = True


class FolderUnavailable(PapermarksError):  # noqa: N818
    """The inbox or a folder beside it cannot be used: a share that is away, a full disk."""

    exit_code = ExitCode.STOPPED
    try_again_later = True


class ReadingUnavailable(PapermarksError):  # noqa: N818
    """The process that reads files cannot be started: no memory, no processes left."""

    exit_code = ExitCode.STOPPED
    try_again_later = True


class FileCausesCrashes(PapermarksError):  # noqa: N818
    """Papermarks died over and over while it worked on one file: a person must look at it."""

    exit_code = ExitCode.NEEDS_A_PERSON


class InternalError(PapermarksError):
    """A defect of ours, by its type and place alone: its own words may hold what a file held."""


class ClaimLost(LedgerError):  # noqa: N818
    """Another process holds the session now: this one may not send."""


class NotBalanced(PapermarksError):  # noqa: N818
    """The account of a run does not add up: something was lost or counted twice."""


class SurpassError(PapermarksError):
    """Surpass did not do what was asked, or it is not known whether it did.

    ``not_taken`` says whether the error proves that a change was not carried out. Where it does
    not, what was to be changed is read before anything is sent again.
    """

    not_taken = False
    exit_code = ExitCode.NEEDS_A_PERSON
    try_again_later = True


class Unreachable(SurpassError):  # noqa: N818
    """No connection could be made, so nothing was sent."""

    not_taken = True
    exit_code = ExitCode.NO_SURPASS


class AnswerLost(SurpassError):  # noqa: N818
    """The request left, and no whole answer came: it may or may not have been taken."""

    exit_code = ExitCode.NO_SURPASS


class Unavailable(SurpassError):  # noqa: N818
    """An answer of 5xx, perhaps from a gateway, behind which Surpass may still be at work."""

    exit_code = ExitCode.NO_SURPASS

    def __init__(
        self, message: str, retry_after: float | None = None, *, not_taken: bool = False
    ) -> None:
        """Keep how long it asks us to wait, in seconds, where it says so."""
        super().__init__(message)
        self.retry_after = retry_after
        self.not_taken = not_taken


class Throttled(Unavailable):
    """Surpass answered 429: too many requests. It says so before it does anything."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep how long it asks us to wait, in seconds, where it says so."""
        super().__init__(message, retry_after, not_taken=True)


class NotUnderstood(SurpassError):  # noqa: N818
    """An answer that is not JSON, not in the documented form, or not Surpass's own."""

    exit_code = ExitCode.NO_SURPASS


DOUBTFUL = (AnswerLost, Unavailable, NotUnderstood)
"""Errors after which reading the same again may help."""


class _Denied(SurpassError):  # noqa: N818
    """A refusal by HTTP status; it proves something only where Surpass's own errors came along."""

    def __init__(self, message: str, *, not_taken: bool = False) -> None:
        """Keep whether Surpass itself said so, and not something on the way to it."""
        super().__init__(message)
        self.not_taken = not_taken


class Unauthorised(_Denied):
    """Surpass refused the user name or the password, or that way to sign in (401)."""

    exit_code = ExitCode.NO_SURPASS


class Forbidden(_Denied):
    """The user lacks the permission for this session's subject or centre (403)."""


class NotFound(_Denied):
    """Surpass does not know the session, or does not show it to this user."""


@dataclass(frozen=True)
class SurpassMessage:
    """One error as Surpass wrote it: its own number and words, never ours."""

    code: int | None
    message: str

    def __str__(self) -> str:
        """The number and the words, as a person quotes them to the vendor."""
        return self.message if self.code is None else f"{self.message} (error {self.code})"


class Refused(SurpassError):  # noqa: N818
    """Surpass said no, in its own words."""

    not_taken = True

    def __init__(self, messages: Sequence[SurpassMessage], status: int) -> None:
        """Keep Surpass's messages and the HTTP status they came with (200 is possible)."""
        super().__init__("; ".join(map(str, messages)) or f"refused with HTTP status {status}")
        self.messages = tuple(messages)
        self.status = status


class WrongState(Refused):
    """Refused, and the session's state is one from which the call is not allowed."""

    def __init__(self, refused: Refused, state: str) -> None:
        """Keep the state's name as Surpass told it."""
        super().__init__(refused.messages, refused.status)
        self.state = state


def defect(error: BaseException) -> str:
    """Where a defect of ours showed, to be reported: without the error's own words.

    They may hold what stood in a file.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
