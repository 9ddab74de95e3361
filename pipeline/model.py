"""The facts that stages hand on: frozen, without behaviour of their own.

What comes in thousands of rows (cells, entries, findings, rows set aside) travels in pandas frames,
whose columns are named here.
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
from schemas.words import Kind, Outcome, Proof

VERSION = version("papermarks")

ASIDE = ["file", "sheet", "row", "reason"]
"""Columns of rows set aside. ``row`` counts from 1, as a person sees it in Excel."""

FINDINGS = [
    "rule",
    "severity",
    "file",
    "sheet",
    "row",
    "column",
    "keycode",
    "question",
    "message",
    "to_do",
    "submission",
    "outcome",
]
"""Columns of findings. ``submission`` is the number of the submission it is found in, or null;
``outcome`` what it makes of that submission, or null."""

ENTRIES = [
    "file",
    "sheet",
    "row",
    "column",
    "id_column",
    "id_text",
    "keycode",
    "question",
    "text",
    "meaning",
    "value",
    "kind",
    "candidate",
    "test",
    "centre",
    "version",
    "total",
]
"""Columns of entries. ``row``, ``column``, ``id_column`` as in Excel (7, C); ``text`` the cell as
written; ``value`` the mark or answer in it, null where ``meaning`` is not ``value``. What the row
says of ``candidate`` (reference), ``test``, ``centre``, ``version`` (of the paper) and ``total``:
"" where it says nothing. ``keycode`` is "" where it is to be looked up by the candidate."""


UNUSED = ["file", "sheet", "row", "column", "keycode"]
"""Columns of the keycodes that stand in sheets of which nothing was used because of an error."""


@dataclass(frozen=True)
class Run:
    """One execution over one or more source files."""

    id: str  # sorts by time
    started: dt.datetime  # UTC
    finished: dt.datetime | None = None
    version: str = VERSION
    parent: str | None = None  # the run of which this one takes up what was left
    profile: Profile | None = None  # None where the office has one Surpass alone


@dataclass(frozen=True)
class SourceFile:
    """What the office dropped; known by its bytes, not by its name."""

    path: Path
    name: str  # what reports call it: unique in a run
    sha256: str


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
    said: str = ""  # how it was read: "UTF-8, divided by semicolons"


@dataclass(frozen=True)
class Interpreted:
    """What became of one source file's rows."""

    source: SourceFile
    layouts: tuple[str, ...]
    rows_read: int
    entries: pd.DataFrame  # ENTRIES
    set_aside: pd.DataFrame  # ASIDE
    findings: pd.DataFrame  # FINDINGS
    readable: bool = True
    said: str = ""  # how it was read
    unused: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=UNUSED))


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
    entries: pd.DataFrame  # ENTRIES, and: mark (Int64), submission (int)
    findings: pd.DataFrame  # FINDINGS
    submissions: pd.DataFrame = field(repr=False)  # index number; keycode, kind, entries, marks


@dataclass(frozen=True)
class AlreadySent:
    """What the ledger knows already: submissions that need not be sent, or may not."""

    endings: tuple[Ending, ...]
    findings: pd.DataFrame  # FINDINGS, of those with other content than was accepted before
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
