"""The facts that stages hand on: frozen, without behaviour of their own.

What comes in thousands of rows (cells, entries, findings, rows set aside) travels in pandas frames,
whose columns stand in schemas.frames.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import pandas as pd

from pipeline.profile import Profile
from pipeline.source import Returned, SourceFile, Table, cell_column
from schemas.frames import (
    ASIDE,
    ENTRIES,
    FINDINGS,
    UNUSED,
    DataFrame,
    Entry,
    Finding,
    NumberedEntry,
    SetAside,
    SubmissionRow,
    UnusedKeycode,
    typed,
)
from schemas.layout import Text
from schemas.words import Kind, Origin, Outcome, Proof

__all__ = [
    "ASIDE",
    "ENTRIES",
    "FINDINGS",
    "UNUSED",
    "Returned",
    "SourceFile",
    "Table",
    "cell_column",
]

VERSION = version("papermarks")


@dataclass(frozen=True)
class Run:
    """One execution over one or more source files."""

    id: str  # sorts by time
    started: dt.datetime  # UTC
    finished: dt.datetime | None = None
    version: str = VERSION
    parent: str | None = None  # the run of which this one takes up what was left
    profile: Profile | None = None  # None where the office has one Surpass alone
    user: str = ""  # the account that papermarks ran under
    host: str = ""  # the machine
    origin: Origin | None = None


@dataclass(frozen=True)
class Slip:
    """What the sender of a file counted in it; None where the slip does not say."""

    candidates: int | None = None
    total: Decimal | None = None  # of the marks
    problem: str = ""  # why it is not understood


@dataclass(frozen=True)
class Interpreted:
    """What became of one source file's rows."""

    source: SourceFile
    layouts: tuple[str, ...]
    rows_read: int
    entries: DataFrame[Entry]
    set_aside: DataFrame[SetAside]
    findings: DataFrame[Finding]
    readable: bool = True
    read_as: str = ""  # how it was read
    unused: DataFrame[UnusedKeycode] = field(
        default_factory=lambda: typed(pd.DataFrame(columns=UNUSED), UnusedKeycode)
    )
    # The cells on candidates' rows, and those that are no entries, by the role of their column.
    # None where the entries come from no sheet, but from the ledger.
    cells_read: int | None = None
    cells_by_role: Mapping[str, int] = field(default_factory=dict)
    text: Text = field(default_factory=Text)  # how a text file was read, where its layout fixes it
    slips: tuple[Slip, ...] = ()
    returned: Returned | None = None  # where it is a workbook that went back to its sender


@dataclass(frozen=True)
class Submission:
    """All entries of one session in a run: what one POST carries."""

    number: int
    keycode: str
    kind: Kind
    marks: tuple[tuple[str, int | None], ...] = ()  # (question, mark), as sent
    answers: tuple[tuple[str, str | None], ...] = ()  # (question, answer), as sent


@dataclass(frozen=True)
class Batch:
    """A numbered group of submissions that are sent together."""

    number: int
    submissions: tuple[Submission, ...]


@dataclass(frozen=True)
class Ending:
    """Where one submission ended, why, after how many POSTs, and what proves it if accepted."""

    submission: int
    outcome: Outcome
    reason: str
    batch: int | None = None
    attempts: int = 0
    proof: Proof | None = None


@dataclass(frozen=True)
class Validated:
    """Everything read, as the check and the delivery take it up."""

    sources: tuple[Interpreted, ...]
    entries: DataFrame[NumberedEntry]
    findings: DataFrame[Finding]
    submissions: DataFrame[SubmissionRow] = field(repr=False)  # by number


@dataclass(frozen=True)
class AlreadySent:
    """What the ledger knows already: submissions that need not be sent, or may not."""

    endings: tuple[Ending, ...]
    findings: DataFrame[Finding]  # of those with other content than was accepted before
    numbers: frozenset[int]  # of all these submissions


@dataclass(frozen=True)
class PaperSource:
    """One paper of a run, and who tells its questions and maxima."""

    test: str | None  # references, as Surpass has them
    test_form: str | None
    sessions: int
    questions_from: str  # "Surpass", a paper definition's file, or "nowhere"
    maxima_from: str
    numbering: str  # how Surpass numbers them: see pipeline/surpass/replies.py
    note: str = ""  # what a reader should know of it

    @property
    def name(self) -> str:
        """What people call it."""
        return self.test_form or self.test or "(not told)"


def cell_of(entry: Mapping[Any, object]) -> str:
    """A cell as a person looks it up: ``marks.xlsx, Paper 1, C7``."""
    place = [str(entry["file"]), str(entry["sheet"]), f"{entry['column']}{entry['row']}"]
    return ", ".join(part for part in place if part)
