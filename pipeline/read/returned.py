"""A workbook that we returned to its sender, when it comes in again: what was mended in it.

`pipeline.report.returned` makes it. It has the sender's own sheets, for some of them a second sheet
with the rows to mend alone, a list of what is to mend, and a record that nobody sees:

    To mend | marks | Rows to mend | papermarks (the record)

A person mends either sheet. Here the two become one table again, with the rows where the sender has
them, so that the rest of papermarks reads it like the file that it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pipeline.model import Returned, Table
from pipeline.read.cells import frame
from pipeline.read.returned_record import (
    RECORD,
    ROW_NUMBER,
    Record,
    ReturnedSheet,
    Texts,
    as_wide,
)


class Unclear(ValueError):  # noqa: N818
    """What was mended cannot be put together: why, where, and how to put it right."""

    def __init__(self, why: str, sheet: str, row: int | None = None) -> None:
        """``row`` as Excel shows it."""
        super().__init__(why)
        self.why, self.sheet, self.row = why, sheet, row


@dataclass(frozen=True)
class Mended:
    """The sender's tables again, as they were mended."""

    of: Returned
    tables: tuple[Table, ...]
    removed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The rows that were taken out of a sheet of rows to mend, from 0, by the sender's sheet."""


def mended(tables: Sequence[Table], record: Record) -> Mended:
    """The sender's tables as they were mended. Unclear where both sheets were, and differ."""
    by_name = {table.sheet: table for table in tables}
    known = {RECORD, *record.ours, *(sheet.rows_sheet for sheet in record.sheets)}
    known |= {sheet.name for sheet in record.sheets}
    ours = [_mended_sheet(sheet, by_name) for sheet in record.sheets]
    added = [table for table in tables if table.sheet not in known]
    together = (*(table for table in ours if table is not None), *added)
    removed = {sheet.original: _removed(sheet, by_name) for sheet in record.sheets}
    return Mended(record.of, together, {name: rows for name, rows in removed.items() if rows})


def _mended_sheet(sheet: ReturnedSheet, by_name: Mapping[str, Table]) -> Table | None:
    table, rows = by_name.get(sheet.name), by_name.get(sheet.rows_sheet)
    if table is None:  # the rows to mend, alone
        return None if rows is None else _without_numbers(rows)
    if rows is not None:
        table = _with_rows(table, sheet, rows)
    table = replace(table, sheet=sheet.original)
    return table if sheet.width is None else _as_text_file(table, sheet, sheet.width)


def _removed(sheet: ReturnedSheet, by_name: Mapping[str, Table]) -> list[int]:
    if sheet.rows_sheet not in by_name:
        return []
    numbered, column = _numbered(by_name[sheet.rows_sheet])
    return [] if column is None else sorted(sheet.rows.keys() - set(numbered.values()))


def _without_numbers(rows: Table) -> Table:
    numbered, column = _numbered(rows)
    if not numbered:
        return rows
    cells = rows.cells.copy()
    cells[column] = ""
    return replace(rows, cells=cells)


def _with_rows(table: Table, sheet: ReturnedSheet, rows: Table) -> Table:
    """The sender's sheet, with what was mended in the sheet of the rows to mend."""
    changed = _changed_rows(sheet, rows)
    if not changed:
        return table
    cells = table.cells.copy()
    width = max(cells.shape[1], sheet.columns, *(len(texts) for texts, _ in changed.values()))
    for column in range(cells.shape[1], width):
        cells[column] = ""
    numbers = np.zeros(cells.shape, bool)
    if table.numbers is not None:
        numbers[:, : table.numbers.shape[1]] = table.numbers
    now = _Rows(cells, sheet)
    for row, (texts, are_numbers) in changed.items():
        at = now.where_unchanged(row)
        if at is None and now.says(row, texts):
            continue
        if at is None:
            raise Unclear(
                f"row {row + 1} of '{sheet.name}' was changed there, and in '{rows.sheet}' too, "
                "in another way",
                sheet.name,
                row + 1,
            )
        cells.iloc[at] = [*texts, *[""] * (width - len(texts))]
        numbers[at] = [*are_numbers, *[False] * (width - len(are_numbers))][:width]
    dates = table.dates
    if dates is not None:
        dates = np.pad(dates, ((0, 0), (0, width - dates.shape[1])))
    return replace(table, cells=cells, numbers=numbers, dates=dates)


class _Rows:
    """The rows of the sender's sheet as they are now, against those that were to be mended."""

    def __init__(self, cells: pd.DataFrame, sheet: ReturnedSheet) -> None:
        self._texts = [as_wide(row, sheet.columns) for row in cells.to_numpy(object).tolist()]
        self._sheet = sheet

    def where_unchanged(self, row: int) -> int | None:
        """Where the row stands, if it was left as it was; rows above may have come or gone."""
        was = self._sheet.rows[row]
        if self.says(row, was):
            return row
        places = [at for at, texts in enumerate(self._texts) if texts == was]
        return places[0] if len(places) == 1 else None

    def says(self, row: int, texts: Texts) -> bool:
        """Whether these texts stand in that row."""
        now = self._texts[row] if row < len(self._texts) else ()
        return now == as_wide(texts, self._sheet.columns)


def _changed_rows(sheet: ReturnedSheet, rows: Table) -> dict[int, tuple[Texts, Sequence[bool]]]:
    """The rows to mend that were changed in their own sheet, or taken out of it: blank then."""
    numbered, column = _numbered(rows)
    if column is None:
        if rows.cells.empty:
            return {}
        raise Unclear(f"the column '{ROW_NUMBER}' is missing in '{rows.sheet}'", rows.sheet, 1)
    cells = rows.cells.drop(columns=column).to_numpy(object).tolist()
    numbers = np.zeros(rows.cells.shape, bool) if rows.numbers is None else rows.numbers
    changed: dict[int, tuple[Texts, Sequence[bool]]] = {}
    seen: dict[int, int] = {}
    for at, number in numbered.items():
        texts = as_wide(cells[at], sheet.columns)
        if number is None:
            if any(texts):
                raise Unclear(
                    f"row {at + 1} of '{rows.sheet}' has no '{ROW_NUMBER}': new rows belong at the "
                    f"end of '{sheet.name}'",
                    rows.sheet,
                    at + 1,
                )
            continue
        if number not in sheet.rows or number in seen:
            raise Unclear(
                f"the '{ROW_NUMBER}' of row {at + 1} of '{rows.sheet}' was changed, or stands "
                "there twice",
                rows.sheet,
                at + 1,
            )
        seen[number] = at
        if texts != sheet.rows[number]:
            changed[number] = texts, np.delete(numbers[at], column).tolist()
    blank = ("",) * sheet.columns
    removed = sorted(sheet.rows.keys() - seen.keys())
    return changed | {number: (blank, [False] * sheet.columns) for number in removed}


def _numbered(rows: Table) -> tuple[dict[int, int | None], int | None]:
    """The rows below the column's heading with the number that each bears, from 0; the column."""
    places = np.argwhere((rows.cells == ROW_NUMBER).to_numpy())
    if not len(places):
        return {}, None
    heading, column = map(int, places[0])
    below = rows.cells[column].iloc[heading + 1 :]
    numbers = {
        int(at) + heading + 1: int(text) - 1 if text.strip().isdecimal() else None
        for at, text in enumerate(below)
    }
    return numbers, column


def _as_text_file(table: Table, sheet: ReturnedSheet, width: int) -> Table:
    """With the number of fields that each row had in the text file, where it is as it was."""
    cells = table.cells.to_numpy(object).tolist()
    widths = []
    for row in cells:
        texts = as_wide(row, sheet.columns)
        last = max((at for at, text in enumerate(texts) if text), default=-1) + 1
        widths.append(max(sheet.ragged.get(texts, width), last))
    lines = pd.Series([row[0] for row in cells], dtype=object) if width == 1 else None
    ordinary = table.cells
    for at in range(ordinary.shape[1], max(widths, default=0)):
        ordinary = ordinary.assign(**{str(at): ""}).rename(columns={str(at): at})
    return replace(
        table,
        cells=frame(ordinary.to_numpy(object)),
        widths=pd.Series(widths, dtype="int64"),
        lines=lines,
    )
