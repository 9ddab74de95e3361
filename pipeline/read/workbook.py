"""Workbooks: xlsx, xlsm, xlsb, xls and ods, each sheet as text cells."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

from pipeline.errors import SourceUnreadable
from pipeline.facts import Table
from pipeline.read import xlsx
from pipeline.read.cells import frame

_Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
ZIP = b"PK\x03\x04"


def sheets(content: bytes) -> tuple[Table, ...]:
    """The workbook's sheets, blank rows included, so that row numbers are those Excel shows."""
    unsaid = xlsx.without_value(content) if content.startswith(ZIP) else {}
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        if len(set(names)) < len(names):
            raise SourceUnreadable("two of its sheets have the same name")
        return tuple(
            Table(name, _cells(_rows(workbook, name), unsaid.get(name, {}))) for name in names
        )
    except PasswordError as error:
        raise SourceUnreadable("it is protected by a password") from error
    except (CalamineError, ZipError) as error:
        raise SourceUnreadable("it looks like a workbook, but cannot be opened") from error


def _rows(workbook: CalamineWorkbook, name: str) -> list[list[_Cell]]:
    return workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _cells(rows: list[list[_Cell]], unsaid: Mapping[tuple[int, int], str]) -> pd.DataFrame:
    texts = [[_text(cell) for cell in row] for row in rows]
    for (row, at), formula in unsaid.items():
        texts += [[] for _ in range(row + 1 - len(texts))]
        texts[row] += [""] * (at + 1 - len(texts[row]))
        texts[row][at] = texts[row][at] or formula
    return frame(texts)


def _text(cell: _Cell) -> str:
    """A cell as a person would type it: 3, not 3.0. Dates in ISO form, so that rules see them."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
