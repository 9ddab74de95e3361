"""Workbooks: xlsx, xlsm, xlsb, xls and ods, each sheet as text cells."""

from __future__ import annotations

import datetime as dt
import io

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

from pipeline.errors import SourceUnreadable
from pipeline.facts import Table

_Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def sheets(content: bytes) -> tuple[Table, ...]:
    """The workbook's sheets, blank rows included, so that row numbers are those Excel shows."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return tuple(
            Table(name, _cells(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)))
            for name in workbook.sheet_names
        )
    except PasswordError as error:
        raise SourceUnreadable("it is protected by a password") from error
    except (CalamineError, ZipError) as error:
        raise SourceUnreadable("it looks like a workbook, but cannot be opened") from error


def _cells(rows: list[list[_Cell]]) -> pd.DataFrame:
    return pd.DataFrame([[_text(cell) for cell in row] for row in rows], dtype=object).fillna("")


def _text(cell: _Cell) -> str:
    """A cell as a person would type it: 3, not 3.0. Dates in ISO form, so that rules see them."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
