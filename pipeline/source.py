"""What the office dropped: a source file, and its sheets as tables.

This module imports no pandas: the process that reads files (``pipeline.read.worker``) starts with
it, once a run, and is small and quick to start because of that.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SourceFile:
    """What the office dropped; known by its bytes, not by its name."""

    path: Path
    name: str  # what reports call it: unique in a run
    sha256: str
    owner: str = ""  # the account that the file belongs to, where the system tells it


@dataclass(frozen=True)
class Returned:
    """What a workbook says that we returned to its sender: the run, and the file that it read."""

    run: str
    sha256: str


class Distinct:
    """Values numbered as they come, each distinct one once."""

    def __init__(self) -> None:
        """None yet."""
        self._codes: defaultdict[Any, int] = defaultdict()
        # A value that is not there yet gets the next number.
        self._codes.default_factory = self._codes.__len__

    def __len__(self) -> int:
        """How many there are."""
        return len(self._codes)

    def codes(self, values: Iterable[Any], count: int) -> NDArray[np.int32]:
        """The numbers of so many values."""
        return np.fromiter(map(self._codes.__getitem__, values), np.int32, count)

    def values(self) -> list[Any]:
        """The distinct values, by their numbers."""
        return [*self._codes]


def texts_array(texts: Sequence[str]) -> NDArray[np.object_]:
    """The texts as an array of Python strings."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


@dataclass(frozen=True, eq=False)
class CellTexts:
    """A sheet's cells as texts: each distinct text once, and for each cell which of them it is.

        A   B
        A   A     ▶   distinct ["A", "B"], codes [[0, 1], [0, 0]]

    Marks repeat few texts: what is asked of each cell is asked of each distinct text alone.
    """

    codes: NDArray[Any]  # whole numbers, by row and column
    distinct: NDArray[np.object_]

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]], width: int) -> CellTexts:
        """Rows of texts, each as wide as the others."""
        rows, distinct = list(rows), Distinct()
        codes = distinct.codes(chain.from_iterable(rows), len(rows) * width)
        return cls.numbered(codes.reshape(len(rows), width), distinct)

    @classmethod
    def numbered(cls, codes: NDArray[Any], distinct: Distinct) -> CellTexts:
        """Cells of which the distinct texts have been numbered."""
        fitting = np.min_scalar_type(-len(distinct) - 1)
        return cls(codes.astype(fitting, copy=False), texts_array(distinct.values()))

    def with_column(self, texts: Sequence[str]) -> CellTexts:
        """With one column more, the last."""
        distinct = Distinct()
        known = distinct.codes(self.distinct, len(self.distinct))
        column = distinct.codes(texts, len(texts))
        return self.numbered(np.column_stack([known[self.codes], column]), distinct)

    def without(self, columns: Sequence[int]) -> CellTexts:
        """With nothing in these columns."""
        distinct = Distinct()
        codes = distinct.codes(self.distinct, len(self.distinct))[self.codes]
        codes[:, list(columns)] = distinct.codes([""], 1)
        return self.numbered(codes, distinct)

    def changed(self, change: Callable[[str], str]) -> CellTexts:
        """With each text changed; itself where none is."""
        distinct, texts = Distinct(), [change(text) for text in self.distinct]
        if texts == self.distinct.tolist():
            return self
        numbers = distinct.codes(texts, len(texts))
        return self.numbered(numbers[self.codes], distinct)

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        rows, columns = self.codes.shape
        return rows, columns

    def frame(self) -> pd.DataFrame:
        """The cells as a frame of Python strings."""
        import pandas as pd

        return pd.DataFrame(self.distinct[self.codes], dtype=object)


@dataclass(frozen=True)
class Table:
    """One sheet: every cell as text, and what is known of the sheet besides.

    It has a row for each row of the sheet, blank ones too (index 0 is row 1), and a column for each
    column (0 is A). Rows and columns are counted from 0 throughout.

    Of a text file: ``widths`` is the number of fields of each row (in a workbook every row is as
    wide as the sheet); ``text`` is the file as it stands, spaces included, for layouts that count
    characters. Of a workbook: ``numbers`` and ``dates`` tell, in the shape of ``cells``, which
    cells were stored as a number and which as a date or a time.
    """

    sheet: str  # "" in a text file
    texts: CellTexts
    widths: NDArray[np.int64] | None = None
    text: str | None = None
    numbers: NDArray[np.bool_] | None = None
    dates: NDArray[np.bool_] | None = None
    hidden: bool = False  # the whole sheet
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row and column, last row and column
    read_as: str = ""  # how it was read: "UTF-8, divided by semicolons"
    looks_like: str = ""  # other encodings that a text file looks like

    @classmethod
    def of(cls, sheet: str, rows: Sequence[Sequence[str]]) -> Table:
        """A sheet of these rows, each as wide as the others."""
        return cls(sheet, CellTexts.of(rows, len(rows[0]) if rows else 0))

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The cells as a frame of Python strings."""
        return self.texts.frame()

    def lines(self, count: int | None = None) -> pd.Series[str] | None:
        """The lines of a text file as they stand, or the first so many; None of a workbook."""
        import pandas as pd

        if self.text is None:
            return None
        lines = io.StringIO(self.text, newline="")
        some = (
            lines if count is None else (line for line, _ in zip(lines, range(count), strict=False))
        )
        return pd.Series([line.rstrip("\r\n") for line in some], dtype=object)


def cell_column(number: int) -> str:
    """The letters of a column as Excel shows them: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column that Excel shows with these capital letters: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
