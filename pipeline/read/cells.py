"""A workbook's cells, each row as wide as the widest; as texts, and which were numbers or dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.source import Distinct, texts_array

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
Cells = np.ndarray[tuple[int, int], np.dtype[np.object_]]  # by row and column, both from 0
Marked = NDArray[np.bool_]  # of the same shape as the cells

_TEXT, _NUMBER, _DATE, _BOOL = range(4)
_KINDS: dict[type, int] = {
    str: _TEXT,
    int: _NUMBER,
    float: _NUMBER,
    bool: _BOOL,
    dt.date: _DATE,
    dt.datetime: _DATE,
    dt.time: _DATE,
    dt.timedelta: _DATE,
}


def padded(rows: Sequence[list[Any]]) -> Cells:
    """Rows of unlike length as cells; what a row lacks is an empty text."""
    width = max(map(len, rows), default=0)
    even = all(len(row) == width for row in rows)
    cells = np.empty((len(rows), width), dtype=object)
    if cells.size:
        cells[:] = rows if even else [row + [""] * (width - len(row)) for row in rows]
    return cells


def grown(cells: Cells, height: int, width: int) -> Cells:
    """The cells, with empty texts below and to the right up to this height and width."""
    shape = (max(height, cells.shape[0]), max(width, cells.shape[1]))
    if shape == cells.shape:
        return cells
    larger: Cells = np.full(shape, "", dtype=object)
    larger[: cells.shape[0], : cells.shape[1]] = cells
    return larger


def trimmed(cells: Cells) -> Cells:
    """The cells without rows at the end that hold nothing but white space."""
    height = len(cells)
    while height and not any(str(value).strip() for value in cells[height - 1]):
        height -= 1
    return cells[:height]


def as_texts(cells: Cells) -> tuple[Marked, Marked]:
    """Make each value the text that a person would type; tell which were numbers and dates.

    Changes ``cells``. A number is shown with the 15 digits that Excel keeps: 3, not 3.0; 0.3, not
    0.30000000000000004; and in full, not as 1E+15. Dates are in ISO form, so that rules see them.
    """
    kinds = np.fromiter(
        map(_KINDS.__getitem__, map(type, chain.from_iterable(cells))), np.uint8, cells.size
    ).reshape(cells.shape)
    numbers, dates, bools = kinds == _NUMBER, kinds == _DATE, kinds == _BOOL
    # Marks repeat few numbers: each is written once.
    values = cells[numbers].tolist()
    distinct = Distinct()
    codes = distinct.codes(values, len(values))
    cells[numbers] = texts_array([_number(value) for value in distinct.values()])[codes]
    cells[dates] = [_date(value) for value in cells[dates]]
    cells[bools] = ["TRUE" if value else "FALSE" for value in cells[bools]]
    return numbers, dates


def _number(number: float) -> str:
    shown = f"{number + 0.0:.15g}"  # + 0.0: a zero below zero is 0
    return format(Decimal(shown), "f") if "e" in shown else shown


def _date(date: dt.date | dt.time | dt.timedelta) -> str:
    if not isinstance(date, dt.timedelta):
        return date.isoformat()
    minutes, seconds = divmod(round(date.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"  # [h]:mm:ss, as Excel shows it
