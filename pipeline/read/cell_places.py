"""Where the cells of a sheet of an xlsx file stand, by their names (B2), of millions at once.

A cell that stands twice has two values. Which of them counts, nobody knows, and readers disagree.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceUnreadable

_AT_ONCE = 1 << 22  # bytes, so that what is made of them stays small
_BEFORE = b'r="'
_LONGEST = len(_BEFORE) + 11  # bytes of a name and its quotation marks: r="XFD1048576"
_COLUMNS = 1 << 15
_LAST_COLUMN = 18_278  # ZZZ: more than a sheet may have
_CELL = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3}[0-9]{1,7})"')


def count_columns(part: bytes) -> int:
    """How many columns the sheet reaches over. SourceUnreadable where a cell stands twice."""
    starts = range(0, len(part), _AT_ONCE)
    places = [_places(part[start : start + _AT_ONCE + _LONGEST]) for start in starts]
    every = np.concatenate([np.zeros(0, np.int64), *places])
    # They ascend in nearly every file. What else is called r may look like the name of a cell.
    if (every[1:] <= every[:-1]).any() and len(np.unique(every)) < len(every):
        _refuse_twice(part)
    return int((every % _COLUMNS).max(initial=0))


def _places(part: bytes) -> NDArray[np.int64]:
    """Row and column of each cell whose name begins in the first bytes, as one number."""
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
        digit = goes_on & (sign >= ord("0")) & (sign <= ord("9")) & (column > 0)
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
