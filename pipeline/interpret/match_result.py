"""A sheet as it is looked at, and what came of fitting a layout to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.first_few import first_few
from pipeline.interpret.text import DITTO, tidy
from pipeline.source import CellTexts, Table, cell_column
from schemas import headings
from schemas.columns import category, constant, map_distinct, used
from schemas.layout import Layout, fold

AS_READ, AS_ANSWERS, AS_NAMED = "as read", "answers", "named by section"


@dataclass(frozen=True)
class Choice:
    """One of the readings of a sheet between which a person can choose."""

    says: str  # what the cells are then, in a word or two
    reading: str | None = AS_READ
    """None where nothing of the sheet can be used then: it is only shown."""
    left_out: tuple[str, ...] = ()  # the columns, by their letters, that hold nothing to be sent


@dataclass(frozen=True)
class Sheet:
    """A table as it is looked at: as written, and tidied.

    A sheet of a million cells is best asked by ``column``, ``blank`` and ``matching``, which look
    at each distinct text once; ``cells`` has Python's own strings, by row and column.
    """

    table: Table
    written: CellTexts
    texts: CellTexts  # tidied
    names: Sequence[str]  # of the columns, as a person looks them up: a row's number goes behind
    _columns: dict[tuple[bool, int], pd.Series[str]] = field(default_factory=dict, repr=False)
    _ids: dict[Hashable, pd.Series[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, table: Table) -> Sheet:
        """The table, tidied."""
        names = [cell_column(at) for at in range(table.texts.shape[1])]
        return cls(table, table.texts, table.texts.changed(tidy), names)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The cells, tidied."""
        return self.texts.frame()

    def rows(self, rows: NDArray[np.int64], columns: Sequence[int] | None = None) -> pd.DataFrame:
        """Some rows as a frame, tidied; of these columns only, where they are given."""
        wanted = range(self.texts.shape[1]) if columns is None else columns
        codes = self.texts.codes[rows][:, list(wanted)]
        return pd.DataFrame(self.texts.distinct[codes], rows, list(wanted), dtype=object)

    @cached_property
    def blank(self) -> NDArray[np.bool_]:
        """Which cells hold nothing."""
        return self.matching("")

    def blank_rows(self, columns: Sequence[int] | None = None) -> NDArray[np.bool_]:
        """Which rows hold nothing, or nothing in these columns."""
        blank = self.blank if columns is None else self.blank[:, list(columns)]
        return np.asarray(blank.all(axis=1))

    def filled_columns(self, first: int = 0) -> NDArray[np.bool_]:
        """Which columns hold anything from this row on."""
        return np.asarray((~self.blank[first:]).any(axis=0))

    def matching(self, pattern: str) -> NDArray[np.bool_]:
        """Which cells match the whole pattern, tidied."""
        fits = re.compile(pattern).fullmatch
        fitting = np.array([fits(text) is not None for text in self.texts.distinct], bool)
        found: NDArray[np.bool_] = fitting[self.texts.codes]
        return found

    def column(self, at: int, *, as_written: bool = False) -> pd.Series[str]:
        """A column, tidied or as it is written."""
        key = as_written, at
        if key not in self._columns:
            of = self.written if as_written else self.texts
            self._columns[key] = category(*used(of.codes[:, at], of.distinct))
        return self._columns[key]

    def ids(self, at: int, part: str | None, none: frozenset[str]) -> pd.Series[str]:
        """What counts of a column of ids: this part of each; "" where it says that there is none.

        Several layouts ask for the same.
        """
        key = at, part, none
        if key not in self._ids:
            found = re.compile(part or "(.*)", re.IGNORECASE | re.DOTALL).search

            def counting(text: str) -> str:
                match = found(text)
                part_of_it = tidy(match[1] or "") if match else text
                return "" if part_of_it.casefold() in none else part_of_it

            self._ids[key] = map_distinct(self.column(at), counting)
        return self._ids[key]

    def with_joined(self, columns: Sequence[int]) -> Sheet:
        """With one column more, the last: the digits of these, ``?`` where one is not marked.

        Several in one place stand in brackets: joined bare they would be another candidate's.
        """
        marked = self.cells[list(columns)]
        text = marked.replace("", "?").replace(r"(?s)(..+)", r"[\1]", regex=True)
        joined = text.agg("".join, axis=1)
        joined = joined.mask((marked == "").all(axis=1), "")
        return self.with_column(joined, self.names[columns[0]])

    def with_column(self, cells: pd.Series[str], name: str) -> Sheet:
        """With one column more, the last, which a person finds under this name."""
        numbers = self.table.numbers
        if numbers is not None:
            numbers = np.pad(numbers, ((0, 0), (0, 1)))
        added = cells.tolist()
        return Sheet(
            replace(self.table, numbers=numbers),
            self.written.with_column(added),
            self.texts.with_column(added),
            [*self.names, name],
        )

    def without(self, columns: Collection[str]) -> Sheet:
        """With nothing in these columns, given by their letters."""
        blank = [at for at, name in enumerate(self.names) if name in columns]
        return Sheet(self.table, self.written.without(blank), self.texts.without(blank), self.names)

    def filled_down(self, columns: Sequence[int], body: int) -> Sheet:
        """With what stands merged over several rows of these columns in each of the rows."""
        written, texts = self.written.codes.copy(), self.texts.codes.copy()
        for first, left, last, _ in self.table.merged:
            if left in columns and last > first >= body:
                for codes in (written, texts):
                    codes[first : last + 1, left] = codes[first, left]
        return Sheet(
            self.table,
            replace(self.written, codes=written),
            replace(self.texts, codes=texts),
            self.names,
        )


@dataclass(frozen=True)
class Match:
    """A layout that fits a sheet, with its columns by number (0 is the first)."""

    layout: Layout
    sheet: Sheet
    heading: range  # its rows, from 0; none in a file without headings
    keycode: int | None = None
    candidate: int | None = None
    questions: dict[int, str] = field(default_factory=dict)  # shape wide: column to its number
    sections: dict[int, str] = field(default_factory=dict)  # questions headed A1, B1, …: these
    question: int | None = None  # shape long: the column of question numbers,
    value: tuple[int, ...] = ()  # and the columns of marks or answers, the first filled counts
    test: int | None = None
    centre: int | None = None
    version: int | None = None
    total: int | None = None
    absent_in: tuple[int, ...] = ()
    digits: tuple[int, ...] = ()  # of the id, where each has a column; joined they are the last
    by_producer: tuple[int, ...] = ()  # columns that the layout knows to hold nothing that counts
    other_ids: tuple[int, ...] = ()  # other columns that may name the candidate
    either: bool = False  # whether ``keycode`` may hold candidate references all the same
    score: int = 0  # how much spoke for it

    @property
    def id(self) -> int | None:
        """The column that tells whose a row is; none where the file's name does."""
        return self.candidate if self.keycode is None else self.keycode

    @property
    def body(self) -> int:
        """The first row below the heading."""
        return self.heading.stop

    @property
    def values(self) -> list[int]:
        """The columns that hold marks or answers (and, in shape long, their questions)."""
        long = [] if self.question is None else [self.question]
        return [*long, *self.value, *self.questions]

    def ids(self) -> pd.Series[str]:
        """The cells that tell whose a row is, tidied, by row: what counts of them."""
        if self.id is None:
            return constant("", pd.RangeIndex(self.sheet.texts.shape[0]))
        none = frozenset([*self.layout.id.none, *DITTO])
        return self.sheet.ids(self.id, self.layout.id.part, none)

    def like_heading(self) -> pd.Series[bool]:
        """Which rows say the same as a row of the heading: all that is used, and nothing else.

        Neither case nor spaces count, and a question may be written in another way: its number.
        """
        return self._like_heading

    @cached_property
    def _like_heading(self) -> pd.Series[bool]:
        alike = pd.Series(False, self.ids().index)
        first = self.values[0] if self.id is None else self.id
        cells = self.sheet.column(first)
        for row in self.heading:
            over = self._texts(row)
            rows = np.flatnonzero(map_distinct(cells, self._reading_as(over[first])))
            alike.iloc[[at for at in rows.tolist() if self._repeats(self._texts(at), over)]] = True
        return alike

    def _texts(self, row: int) -> list[str]:
        texts: list[str] = self.sheet.texts.distinct[self.sheet.texts.codes[row]].tolist()
        return texts

    def _reads_as(self, heading: str, text: str) -> bool:
        return text == heading or self._folded(text) == self._folded(heading)

    def _reading_as(self, heading: str) -> Callable[[str], bool]:
        """Whether a text says the same; quick with the millions that lack a letter of it."""
        folded = self._folded(heading)
        letters = {*folded} - {" "}
        return lambda text: letters.issubset(text.casefold()) and self._folded(text) == folded

    def _repeats(self, texts: Sequence[str], over: Sequence[str]) -> bool:
        """Whether a row says what the heading does; beyond what is used also nothing.

        Or a heading that is none of marks.
        """
        used = {*self.values} if self.id is None else {self.id, *self.values}
        return all(
            self._reads_as(heading, text)
            or (at not in used and (not text or _heads_no_marks(self._folded(text))))
            for at, (text, heading) in enumerate(zip(texts, over, strict=True))
        )

    def _folded(self, text: str) -> str:
        """A heading as it is compared: of a question its number."""
        pattern = self.layout.questions.heading
        heading = " ".join(text.split())
        found = re.fullmatch(pattern, heading, re.IGNORECASE) if pattern else None
        return fold(heading if found is None else found[1])


def _heads_no_marks(heading: str) -> bool:
    sums = headings.is_summary(heading) and any(map(str.isalpha, heading))
    return sums or headings.is_descriptive(heading)


@dataclass(frozen=True)
class Mismatch:
    """A layout that does not fit: what it lacks, and how much spoke for it all the same."""

    layout: Layout
    lacks: str
    found: int = 0
    row: int | None = None  # its heading, from 0


@dataclass(frozen=True)
class Unrecognised:
    """Why no layout could be used, as a finding in the making."""

    rule: str
    why: str = ""
    text: str = ""
    row: int | None = None  # as in Excel
    column: str | None = None
    layout: str | None = None
    # Of a reading that is not certain: the shape by which it is confirmed, and the readings.
    shape: str = ""
    choices: tuple[Choice, ...] = ()


_LISTED = 4  # columns that a message names


def listed(names: Sequence[str]) -> str:
    """The first few of the columns, and how many more there are."""
    return first_few(names, _LISTED)
