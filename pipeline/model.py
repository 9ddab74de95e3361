"""The facts that stages hand on: frozen, without behaviour of their own.

What comes in thousands of rows (cells, entries, findings, rows set aside) travels in pandas frames,
whose columns stand in schemas.frames.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.profile import Profile
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
from schemas.words import Kind, Origin, Outcome, Proof

__all__ = ["ASIDE", "ENTRIES", "FINDINGS", "UNUSED"]

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
class SourceFile:
    """What the office dropped; known by its bytes, not by its name."""

    path: Path
    name: str  # what reports call it: unique in a run
    sha256: str
    owner: str = ""  # the account that the file belongs to, where the system tells it


@dataclass(frozen=True)
class Table:
    """One sheet: every cell as text, and what is known of the sheet besides.

    ``cells`` has a row for each row of the sheet, blank ones too (index 0 is row 1), and a column
    for each column (0 is A). Rows and columns are counted from 0 throughout.

    Of a text file: ``widths`` is the number of fields of each row (in a workbook every row is as
    wide as the sheet); ``lines`` are its lines as they stand, spaces included, for layouts that
    count characters. Of a workbook: ``numbers`` and ``dates`` tell, in the shape of ``cells``,
    which cells were stored as a number and which as a date or a time.
    """

    sheet: str  # "" in a text file
    cells: pd.DataFrame
    widths: pd.Series[int] | None = None
    lines: pd.Series[str] | None = None
    numbers: NDArray[np.bool_] | None = None
    dates: NDArray[np.bool_] | None = None
    hidden: bool = False  # the whole sheet
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row and column, last row and column
    read_as: str = ""  # how it was read: "UTF-8, divided by semicolons"


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


def cell_column(number: int) -> str:
    """The letters of a column as Excel shows them: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_of(entry: Mapping[Any, object]) -> str:
    """A cell as a person looks it up: ``marks.xlsx, Paper 1, C7``."""
    place = [str(entry["file"]), str(entry["sheet"]), f"{entry['column']}{entry['row']}"]
    return ", ".join(part for part in place if part)
