"""Make the sample workbooks anew: ``python -m sample_data.make``. The CSV files are by hand."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.styles import Font

from sample_data import HERE, RULES

_ROWS: list[list[object]] = [
    ["Midshire College: Biology, paper 2, June session"],
    ["Marked by team B. Whole marks only."],
    [],
    ["Keycode", "Candidate", "Q1", "Q2", "Q3", "Q4", "Total", "Comment"],
    ["B10P2AAA", "0012041", 7, 10, 4, 9, 30, None],
    ["B10P2AAB", "0012042", 5, 0, 8, 12, 25, None],
    ["B10P2AAC", "0012043", "ABS", None, None, None, None, "not there"],
    ["B10P2AAD", "0012044", 6, 8.5, 7, 11, 32.5, "half a mark"],
    ["B10P2AAE", "0012045", 6, None, 7, 11, 24, "Q2 forgotten"],
    ["B10P2AAF", "0012046", 3, "NA", 2, 5, 10, "Q2 not attempted"],
    ["B10P2AAG", "0012047", 19, 4, 6, 8, 37, "19 for 9?"],
    ["B10P2AAH", "0012048", 8, 9, 9, 13, 39, "marks keyed in Surpass already"],
    ["B10P2AAX", "0012049", 4, 6, 5, 10, 25, "keycode misread from the paper"],
    ["B10P2AAJ", "0012050", 9, 10, 10, 15, 44, None],
    [None, "Maximum", 10, 10, 10, 15, 45, None],
    [None, "Average", 7.4, 6.8, 6.4, 10.4, 30, None],
    [],
    ["Checked by the second marker on 14 June"],
]


_SHEETS: dict[str, dict[str, list[list[object]]]] = {
    "sheet-not-recognised": {
        "Paper 1": [["Keycode", "Q1"], ["KEYCODE1", 5]],
        "Notes": [["Rounded up"]],
    },
    "sheet-hidden": {
        "Paper 1": [["Keycode", "Q1"], ["KEYCODE1", 5]],
        "Paper 2": [["Keycode", "Q1"], ["KEYCODE2", 6]],
    },
    "rows-hidden": {"Paper 1": [["Keycode", "Q1"], ["KEYCODE1", 5], ["KEYCODE2", 6]]},
    "columns-hidden": {"Paper 1": [["Keycode", "Notes", "Q1"], ["KEYCODE1", "late", 5]]},
    "id-is-number": {"Paper 1": [["Candidate", "Q1"], [12041, 5], [12042, 6]]},
    "session-elsewhere": {
        "Paper 1": [["Keycode", "Q1"], ["KEYCODE1", 5], ["KEYCODE2", 5]],
        "More": [["Code", "Q2"], ["KEYCODE1", 6]],
    },
    "kinds-mixed": {
        "Marks": [["Keycode", "Q1"], ["KEYCODE1", 5]],
        "Scanned": [
            ["file_id", "input_path", "output_path", "score", "Keycode", "q1", "q2"],
            ["1", "in", "out", 0, "KEYCODE1", "A", "B"],
        ],
    },
}


def main() -> None:
    """Write the workbooks."""
    _biology()
    for rule, sheets in _SHEETS.items():
        workbook = Workbook()
        del workbook["Sheet"]
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if rule == "sheet-hidden":
            workbook["Paper 2"].sheet_state = "hidden"
        if rule == "rows-hidden":
            workbook["Paper 1"].row_dimensions[3].hidden = True
        if rule == "columns-hidden":
            workbook["Paper 1"].column_dimensions["B"].hidden = True
            workbook["Paper 1"].column_dimensions["C"].hidden = True
        workbook.save(RULES / f"{rule}.xlsx")


def _biology() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None  # noqa: S101  # a new workbook has one
    sheet.title = "Paper 2"
    for row in _ROWS:
        sheet.append(row)
    for cell in sheet[4]:
        cell.font = Font(bold=True)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 14
    notes = workbook.create_sheet("Notes")
    notes.append(["Rounding: see the board's rules."])
    workbook.save(HERE / "biology-paper-2.xlsx")


if __name__ == "__main__":
    main()
