"""Where the cells of a workbook's sheet stand, of millions at once; in an xlsx file by names (B2).

A cell that stands twice has two values. Which of them counts, nobody knows, and readers disagree;
so they do of a cell that is named A4 and stands in row 3. No program writes such a file, and Excel
calls it damaged.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceUnreadable
from pipeline.source import cell_column

_AT_ONCE = 1 << 22  # bytes, so that what is made of them stays small
_BEFORE = b'r="'
_LONGEST = len(_BEFORE) + 11  # bytes of a name and its quotation marks: r="XFD1048576"
_COLUMNS = 1 << 15  # more than there are; a row itself stands in column 0
_LAST_COLUMN = 18_278  # ZZZ: more than a sheet may have
_CELL = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3}[0-9]{1,7})"')
_ROW_OR_CELL = re.compile(
    rb'<(?:\w+:)?(?:row\b[^<>]*?\br="([0-9]{1,7})"|c\b[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})")'
)


def count_columns(part: bytes) -> int:
    """How many columns the sheet reaches over.

    SourceUnreadable where a cell stands twice, or in a row that is not its own.
    """
    starts = range(0, len(part), _AT_ONCE)
    places = [_places(part[start : start + _AT_ONCE + _LONGEST]) for start in starts]
    every = np.concatenate([np.zeros(0, np.int64), *places])
    columns = every % _COLUMNS
    # They ascend in nearly every file. What else is called r may look like the name of a cell.
    if (every[1:] <= every[:-1]).any() and len(np.unique(every)) < len(every):
        _refuse_twice(part)
    rows = every - columns
    if ((rows[1:] != rows[:-1]) & (columns[1:] > 0)).any():  # a cell of a row that did not begin
        _refuse_in_another_row(part)
    return int(columns.max(initial=0))


@dataclass(frozen=True)
class FilledCells:
    """The cells of a binary sheet that hold anything, as its records name them."""

    _places: array[int] = field(default_factory=lambda: array("q"))

    def add(self, row: int, first: int, last: int) -> None:
        """These columns of a row; all from 0."""
        place = (row + 1) * _COLUMNS + first + 1
        if first == last:
            self._places.append(place)
        else:
            self._places.extend(range(place, place + last - first + 1))

    def refuse_twice(self) -> None:
        """SourceUnreadable where one of them was added twice."""
        places = np.frombuffer(self._places, np.int64)
        if (places[1:] > places[:-1]).all():
            return
        ordered = np.sort(places)
        for place in ordered[1:][ordered[1:] == ordered[:-1]][:1].tolist():
            row, column = divmod(place, _COLUMNS)
            raise SourceUnreadable(f"cell {cell_column(column - 1)}{row} stands twice in a sheet")


def _places(part: bytes) -> NDArray[np.int64]:
    """Row and column of each row and cell whose name begins in the first bytes, as one number."""
    signs = np.frombuffer(part + b" " * _LONGEST, np.uint8)
    begins = np.ones(min(len(part), _AT_ONCE), bool)
    for offset, before in enumerate(_BEFORE):
        begins &= signs[offset : offset + len(begins)] == before
    at = np.flatnonzero(begins) + len(_BEFORE)
    row, column = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64)
    fits, goes_on, in_row = (np.full(len(at), is_so) for is_so in (True, True, False))
    for offset in range(_LONGEST - len(_BEFORE)):
        sign = signs[at + offset]
        goes_on &= sign != ord('"')
        letter = goes_on & (sign >= ord("A")) & (sign <= ord("Z")) & ~in_row
        digit = goes_on & (sign >= ord("0")) & (sign <= ord("9"))
        fits &= letter | digit | ~goes_on
        in_row |= digit
        column = np.where(letter, column * 26 + sign - (ord("A") - 1), column)
        row = np.where(digit, row * 10 + sign - ord("0"), row)
    fits &= ~goes_on & (row > 0) & (column <= _LAST_COLUMN)
    places: NDArray[np.int64] = (row * _COLUMNS + column)[fits]
    return places


def _refuse_twice(part: bytes) -> None:
    for name, times in Counter(_CELL.findall(part)).most_common(1):
        if times > 1:
            raise SourceUnreadable(f"cell {name.decode()} stands twice in a sheet")


def _refuse_in_another_row(part: bytes) -> None:
    within = None
    for row, letters, number in _ROW_OR_CELL.findall(part):
        if row:
            within = int(row)
        elif within is not None and int(number) != within:
            cell = (letters + number).decode()
            raise SourceUnreadable(f"cell {cell} stands in row {within} of its sheet")
