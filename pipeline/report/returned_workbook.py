"""Writes the workbook that goes back to the sender of a source file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from math import ceil

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.model import Table, cell_column
from pipeline.read.returned_mark import OF, RUN
from pipeline.read.returned_record import (
    RECORD,
    ROW_NUMBER,
    ROWS,
    TO_MEND,
    Record,
    ReturnedSheet,
    Texts,
    record_rows,
)
from pipeline.report.to_mend import AtFault, SheetToMend
from pipeline.source import Returned
from schemas.words import Severity

_MAX_CELL_CHARS = 32_767  # of Excel
_MAX_LISTED = 5_000  # findings
_MAX_COMMENTS = 2_000
_MAX_COMMENT_CHARS = 1_500
_MAX_WIDTH, _MIN_WIDTH = 40, 7  # of a column, in characters
_LINE_CHARS, _LINE_POINTS = 58, 15  # of what is wrong, in the list
_LOOKED_AT = 200  # rows that say how wide a column is
_MAX_FROZEN = 50  # rows of a heading that stay on the screen
_TIME = "%H:%M:%S"
_DATES = {"%Y-%m-%d": "yyyy-mm-dd", "%Y-%m-%dT%H:%M:%S": "yyyy-mm-dd hh:mm:ss", _TIME: "hh:mm:ss"}
"""How dates and times are read, and how the workbook shows them."""
_MIDNIGHT = dt.datetime(1900, 1, 1)  # of a time that is read without a day
_FIRST_YEAR = 1900  # in which Excel counts a day that there was not
_RED, _AMBER, _HEADING = "#F8CBAD", "#FFF2CC", "#D9E1F2"
_LINES = (
    "Mend the coloured cells: in the sheets of your file, or in '{rows}', as you like.",
    "Save this workbook, and drop it into the inbox as it is. What was accepted is not sent again.",
)


def build_workbook(sheets: Sequence[SheetToMend], cells: Sequence[AtFault], of: Returned) -> bytes:
    """Its bytes. ``of`` says which run read which file."""
    content = io.BytesIO()
    texts_only = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(content, texts_only) as workbook:
        writer = _Writer(workbook)
        writer.list_findings(sheets, cells)
        for sheet in sheets:
            writer.write_sheet(sheet)
        for sheet in sheets:
            if sheet.rows_name:
                writer.write_rows(sheet)
        writer.write_record(_record(sheets, of))
        workbook.set_custom_property(RUN, of.run, "text")
        workbook.set_custom_property(OF, of.sha256, "text")
    return content.getvalue()


def _record(sheets: Sequence[SheetToMend], of: Returned) -> Record:
    return Record(of, tuple(_recorded(sheet) for sheet in sheets), (TO_MEND,))


def _recorded(sheet: SheetToMend) -> ReturnedSheet:
    table = sheet.table
    rows = {at: _texts(table, at) for at in sheet.to_mend} if sheet.rows_name else {}
    width, ragged = None, {}
    if table.widths is not None:
        width = int(np.bincount(table.widths).argmax())
        odd = np.flatnonzero(table.widths != width).tolist()
        ragged = {_texts(table, at): int(table.widths[at]) for at in odd}
    columns = table.cells.shape[1]
    return ReturnedSheet(sheet.name, table.sheet, columns, sheet.rows_name, width, rows, ragged)


def _texts(table: Table, row: int) -> Texts:
    return tuple(text[:_MAX_CELL_CHARS] for text in table.cells.iloc[row])


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._comments = 0
        text = {"num_format": "@", "valign": "top"}
        self._text = workbook.add_format(text)
        self._plain = workbook.add_format({"valign": "top"})
        self._wrapped = workbook.add_format({"valign": "top", "text_wrap": True})
        self._link = workbook.add_format({"valign": "top", "font_color": "blue", "underline": 1})
        self._title = workbook.add_format({"bold": True, "font_size": 14})
        self._head = workbook.add_format(
            {"bold": True, "bg_color": _HEADING, "bottom": 1, "text_wrap": True}
        )
        self._dates = {
            form: workbook.add_format({"num_format": look, "valign": "top", "align": "left"})
            for form, look in _DATES.items()
        }
        border = {"border": 1, "border_color": "#C00000"}
        self._error = workbook.add_format({**text, **border, "bg_color": _RED})
        self._warning = workbook.add_format({**text, "bg_color": _AMBER})
        self._fills = {str(Severity.ERROR): self._error, str(Severity.WARNING): self._warning}

    def list_findings(self, sheets: Sequence[SheetToMend], cells: Sequence[AtFault]) -> None:
        """The first sheet: what is to mend, each with a link to its cell."""
        page = self._workbook.add_worksheet(TO_MEND)
        errors = sum(cell.severity == Severity.ERROR for cell in cells)
        warnings = len(cells) - errors
        page.write_string(0, 0, f"To mend: {errors}", self._title)
        rows = "' or '".join(sheet.rows_name for sheet in sheets if sheet.rows_name) or ROWS
        for at, line in enumerate(_LINES, start=1):
            page.write_string(at, 0, line.format(rows=rows))
        if warnings:
            page.write_string(3, 0, f"Only to look at: {warnings} (yellow).")
        first = 5
        for column, heading in enumerate(("Where", "What is wrong", "What to do", "Rule")):
            page.write_string(first, column, heading, self._head)
        by_sheet = {sheet.table.sheet: sheet for sheet in sheets}
        for at, cell in enumerate(cells[:_MAX_LISTED], start=first + 1):
            self._list_one(page, at, cell, by_sheet.get(cell.sheet))
        if len(cells) > _MAX_LISTED:
            more = f"… {len(cells) - _MAX_LISTED} more: see the report"
            page.write_string(first + 1 + _MAX_LISTED, 0, more)
        page.freeze_panes(first + 1, 0)
        page.repeat_rows(first)
        for column, width in enumerate((22, 58, 58, 24)):
            page.set_column(column, column, width)
        _fit(page)

    def _list_one(self, page: Worksheet, at: int, cell: AtFault, sheet: SheetToMend | None) -> None:
        where = f"{cell_column(cell.column or 0)}{(cell.row or 0) + 1}"
        if sheet is not None:
            quoted = sheet.name.replace("'", "''")
            shown = sheet.name if cell.row is None else f"{sheet.name}, {where}"
            page.write_url(at, 0, f"internal:'{quoted}'!{where}", self._link, shown)
        else:
            page.write_string(at, 0, "the whole file", self._plain)
        fill = self._error if cell.severity == Severity.ERROR else self._warning
        page.write_string(at, 1, cell.message, self._wrapped)
        page.write_string(at, 2, cell.to_do, self._wrapped)
        page.write_string(at, 3, cell.rule, fill)
        lines = max(ceil(len(text) / _LINE_CHARS) for text in (cell.message, cell.to_do))
        page.set_row(at, _LINE_POINTS * max(lines, 1))  # not every program fits it by itself

    def write_sheet(self, sheet: SheetToMend) -> None:
        """The sender's sheet, with what is wrong at its cells."""
        page = self._page(sheet.name, sheet)
        for first, left, last, right in sheet.table.merged:
            if (first, left) != (last, right):
                try:
                    page.merge_range(first, left, last, right, "", self._text)
                except XlsxWriterException:  # two ranges that overlap: neither matters then
                    continue
        if sheet.table.hidden and not sheet.at_fault:
            page.hide()
        at_fault = {row for row, _ in sheet.at_fault}
        for row in sheet.table.hidden_rows - at_fault:
            page.set_row(row, None, None, {"hidden": True})
        self._write_rows(page, sheet, range(len(sheet.table.cells)))
        if sheet.heading and sheet.heading[-1] < _MAX_FROZEN:
            page.freeze_panes(sheet.heading[-1] + 1, 0)

    def write_rows(self, sheet: SheetToMend) -> None:
        """The rows to mend alone, below the heading, each with its row in the sender's sheet."""
        page = self._page(sheet.rows_name, sheet)
        column = sheet.table.cells.shape[1]
        above: list[int | None] = [*sheet.heading] or [None]
        rows = [*above, *sheet.to_mend]
        heading = max(len(sheet.heading), 1)
        self._write_rows(page, sheet, rows)
        page.write_string(heading - 1, column, ROW_NUMBER, self._head)
        for at, row in enumerate(sheet.to_mend, start=heading):
            page.write_number(at, column, row + 1, self._plain)
        page.set_column(column, column, len(ROW_NUMBER) + 1)
        page.freeze_panes(heading, 0)

    def write_record(self, record: Record) -> None:
        """The sheet by which the workbook is known again."""
        page = self._workbook.add_worksheet(RECORD)
        for at, texts in enumerate(record_rows(record)):
            for column, text in enumerate(texts):
                if text:
                    page.write_string(at, column, text, self._text)
        page.very_hidden()

    def _page(self, name: str, sheet: SheetToMend) -> Worksheet:
        page = self._workbook.add_worksheet(name)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        first = sheet.heading[-1] if sheet.heading else 0  # a title is wider than its column
        shown = sheet.table.cells.iloc[first : first + _LOOKED_AT]
        shown = shown[(shown != "").sum(axis="columns") > 1]  # a note below the table is wider too
        for column in range(shown.shape[1]):
            longest = max(map(len, shown[column]), default=0)
            page.set_column(column, column, min(max(longest + 2, _MIN_WIDTH), _MAX_WIDTH))
        _fit(page)
        return page

    def _write_rows(self, page: Worksheet, sheet: SheetToMend, rows: Iterable[int | None]) -> None:
        cells = sheet.table.cells.to_numpy(object)
        numbers, dates = sheet.table.numbers, sheet.table.dates
        for at, row in enumerate(rows):
            if row is None:
                continue
            for column, text in enumerate(cells[row].tolist()):
                wrong = sheet.at_fault.get((row, column), ())
                if dates is not None and dates[row, column] and not wrong:
                    self._write_date(page, at, column, text)
                    continue
                is_number = numbers is not None and bool(numbers[row, column])
                self._write_cell(page, at, column, text, is_number, self._fill(wrong))
            self._comment_row(page, at, row, sheet)

    def _fill(self, wrong: Sequence[AtFault]) -> Format | None:
        if not wrong:
            return None
        return self._fills[min(cell.severity for cell in wrong)]  # error before warning

    def _write_cell(
        self,
        page: Worksheet,
        row: int,
        column: int,
        text: str,
        is_number: bool,
        fill: Format | None,
    ) -> None:
        """A number stays one. One that its format lets show as another text is that text.

        So 0004711 and 85% stand there as the sender saw them, and whoever writes 85 over the one
        has written 85, and not 85 of a hundred.
        """
        if is_number:
            page.write_number(row, column, float(text), fill or self._plain)
        elif text:
            page.write_string(row, column, text[:_MAX_CELL_CHARS], fill or self._text)
        elif fill is not None:
            page.write_blank(row, column, None, fill)

    def _write_date(self, page: Worksheet, row: int, column: int, text: str) -> None:
        """A date or a time as one. At fault it is a text: a mark written over a date is no date."""
        for form, look in self._dates.items():
            try:
                moment = dt.datetime.strptime(text, form)  # as the sheet shows it
            except ValueError:
                continue
            if moment.year > _FIRST_YEAR:
                page.write_datetime(row, column, moment, look)
                return
            if form == _TIME:
                page.write_number(row, column, (moment - _MIDNIGHT) / dt.timedelta(days=1), look)
                return
        self._write_cell(page, row, column, text, is_number=False, fill=None)

    def _comment_row(self, page: Worksheet, at: int, row: int, sheet: SheetToMend) -> None:
        for column in range(sheet.table.cells.shape[1]):
            wrong = sheet.at_fault.get((row, column))
            if wrong and self._comments < _MAX_COMMENTS:
                text = "\n\n".join(f"{one.rule}: {one.message}\n→ {one.to_do}" for one in wrong)
                size = {"width": 320, "height": min(60 + len(text) // 2, 400)}
                page.write_comment(
                    at, column, text[:_MAX_COMMENT_CHARS], {"author": "papermarks", **size}
                )
                self._comments += 1


def _fit(page: Worksheet) -> None:
    page.set_paper(9)  # A4
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_footer("&C&A, page &P of &N")
