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
from numpy.typing import NDArray

from pipeline.read.returned_record import (
    RECORD,
    ROW_NUMBER,
    Record,
    ReturnedSheet,
    Texts,
    as_wide,
    texts_of,
)
from pipeline.source import CellTexts, Returned, Table


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
    _, column = _numbered(rows)
    if column is None:
        return rows
    texts = [[*row[:column], "", *row[column + 1 :]] for row in texts_of(rows)]
    return replace(rows, texts=CellTexts.of(texts, rows.texts.shape[1]))


def _with_rows(table: Table, sheet: ReturnedSheet, rows: Table) -> Table:
    """The sender's sheet, with what was mended in the sheet of the rows to mend."""
    changed = _changed_rows(sheet, rows)
    if not changed:
        return table
    texts = texts_of(table)
    width = max(table.texts.shape[1], sheet.columns, *(len(row) for row, _ in changed.values()))
    numbers = _widened(table.numbers, len(texts), width)
    now = _Rows(texts, sheet)
    for row, (mended_row, are_numbers) in changed.items():
        at = now.where_unchanged(row)
        if at is None and now.says(row, mended_row):
            continue
        if at is None:
            raise Unclear(
                f"row {row + 1} of '{sheet.name}' was changed there, and in '{rows.sheet}' too, "
                "in another way",
                sheet.name,
                row + 1,
            )
        texts[at] = [*mended_row]
        numbers[at] = [*are_numbers, *[False] * (width - len(are_numbers))][:width]
    dates = None if table.dates is None else _widened(table.dates, len(texts), width)
    as_wide_all = [[*row, *[""] * (width - len(row))] for row in texts]
    return replace(table, texts=CellTexts.of(as_wide_all, width), numbers=numbers, dates=dates)


def _widened(flags: NDArray[np.bool_] | None, height: int, width: int) -> NDArray[np.bool_]:
    wide = np.zeros((height, width), bool)
    if flags is not None:
        wide[:, : flags.shape[1]] = flags
    return wide


class _Rows:
    """The rows of the sender's sheet as they are now, against those that were to be mended."""

    def __init__(self, texts: Sequence[Sequence[str]], sheet: ReturnedSheet) -> None:
        self._texts = [as_wide(row, sheet.columns) for row in texts]
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
    cells = texts_of(rows)
    if column is None:
        if not cells:
            return {}
        raise Unclear(f"the column '{ROW_NUMBER}' is missing in '{rows.sheet}'", rows.sheet, 1)
    numbers = _widened(rows.numbers, *rows.texts.shape)
    changed: dict[int, tuple[Texts, Sequence[bool]]] = {}
    seen: set[int] = set()
    for at, number in numbered.items():
        texts = as_wide([*cells[at][:column], *cells[at][column + 1 :]], sheet.columns)
        if number is None and not any(texts):
            continue
        if number is None:
            raise Unclear(
                f"row {at + 1} of '{rows.sheet}' has no '{ROW_NUMBER}': new rows belong at the "
                f"end of '{sheet.name}'",
                rows.sheet,
                at + 1,
            )
        if number not in sheet.rows or number in seen:
            raise Unclear(
                f"the '{ROW_NUMBER}' of row {at + 1} of '{rows.sheet}' was changed, or stands "
                "there twice",
                rows.sheet,
                at + 1,
            )
        seen.add(number)
        if texts != sheet.rows[number]:
            changed[number] = texts, np.delete(numbers[at], column).tolist()
    blank = ("",) * sheet.columns
    removed = sorted(sheet.rows.keys() - seen)
    return changed | {number: (blank, [False] * sheet.columns) for number in removed}


def _numbered(rows: Table) -> tuple[dict[int, int | None], int | None]:
    """The rows below the column's heading with the number that each bears, from 0; the column."""
    places = np.argwhere(rows.texts.distinct[rows.texts.codes] == ROW_NUMBER)
    if not len(places):
        return {}, None
    heading, column = map(int, places[0])
    below = [row[column].strip() for row in texts_of(rows)[heading + 1 :]]
    numbers = {
        at: int(text) - 1 if text.isdecimal() else None
        for at, text in enumerate(below, start=heading + 1)
    }
    return numbers, column


def _as_text_file(table: Table, sheet: ReturnedSheet, width: int) -> Table:
    """With the number of fields that each row had in the text file, where it is as it was."""
    cells = texts_of(table)
    widths = []
    for row in cells:
        texts = as_wide(row, sheet.columns)
        last = max((at for at, text in enumerate(texts) if text), default=-1) + 1
        widths.append(max(sheet.ragged.get(texts, width), last))
    wide = max([*widths, table.texts.shape[1]], default=0)
    texts_wide = [[*row, *[""] * (wide - len(row))] for row in cells]
    return replace(
        table,
        texts=CellTexts.of(texts_wide, wide),
        widths=np.array(widths, np.int64),
        text="\n".join(row[0] for row in cells) if width == 1 else None,
        numbers=_widened(table.numbers, len(cells), wide),
        dates=_widened(table.dates, len(cells), wide),
    )
