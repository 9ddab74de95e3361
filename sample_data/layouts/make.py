"""Make the sample workbooks anew: ``python -m sample_data.layouts.make``. The texts are by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

_HERE = Path(__file__).parent
_Rows = Sequence[Sequence[object]]

_TITLED: _Rows = [
    ["Midshire College: Physics, June session"],
    ["Marked by team C. Whole marks only."],
    [],
    ["Keycode", "Candidate No", "Q1", "Q2", "Q3", "Total", "Remarks"],
    ["H76RBD8P", "0012041", 7, 4, 9, "=SUM(C5:E5)", None],
    ["K3WX92TA", "0012042", 5, 0, 12, 17, None],
    ["T4VN66GD", "0012043", "ABS", None, None, None, "not there"],
    ["P2LM84RS", "0012044", 6, "4,5", 7, 17.5, "half a mark"],
    ["R9QZ31CF", "0012045", 6, None, 11, 17, "Q2 forgotten"],
    ["W5YB77KE", "0012046", 3, "NA", 5, 8, None],
    [],
    [None, "Maximum", 10, 5, 15, 30, None],
    [None, "Average", 5.4, 2.8, 8.8, 15.4, None],
    ["Checked by the second marker on 14 June"],
]
_PAPER_2: _Rows = [
    ["Keycode", "Candidate No", "Q1", "Q2", "Total"],
    ["X8CD25MN", "0012041", 8, 9, 17],
    ["Z3FG64PQ", "0012042", 6, 10, 16],
    [None, "Totals", 14, 19, 33],
]
_MERGED: _Rows = [
    ["Candidate Reference", "Name", "Question 1", None, "Question 2", None, None, "Question 3"],
    [None, None, "a", "b", "a", "b", "c", None],
    [12041, "Ada Quill", 4, 3, 5, 2, 1, 9],
    [12042, "Ben Rowe", 2, 5, 0, 0, 3, 7],
    ["0012043", "Cy Stone", 3, 3, 4, "N/A", 2, 8],
    [None, "Max marks", 5, 5, 5, 5, 5, 10],
]


def main() -> None:
    """Write the workbooks beside this file."""
    book = Workbook()
    _filled(_first(book, "Paper 1"), _TITLED, heading=4)
    _filled(book.create_sheet("Paper 2"), _PAPER_2)
    book.create_sheet("Notes").append(["Rounding: see the board's rules."])
    book.save(_HERE / "marksheet-wide.sheets.xlsx")

    book = Workbook()
    sheet = _first(book, "Biology")
    _filled(sheet, _MERGED, heading=2)
    for cells in ("C1:D1", "E1:G1", "A1:A2", "B1:B2", "H1:H2"):
        sheet.merge_cells(cells)
    book.save(_HERE / "marksheet-wide.merged.xlsx")


def _first(book: Workbook, title: str) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101  # a new workbook has one
    sheet.title = title
    return sheet


def _filled(sheet: Worksheet, rows: _Rows, heading: int = 1) -> None:
    for row in rows:
        sheet.append([*row])
    for cell in sheet[heading]:
        cell.font = Font(bold=True)


if __name__ == "__main__":
    main()
