"""The cell that a finding names is the one that Excel shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.model import cell_column
from tests.read.source_files import workbook
from tests.validate.prepared import prepared


@pytest.mark.parametrize(
    ("number", "letters"),
    [(0, "A"), (2, "C"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_columns_are_lettered_as_excel_does(number: int, letters: str) -> None:
    assert cell_column(number) == letters


_TITLED = "Midshire College\n\nPaper 2,,\nKeycode,Q1,Q2\nKEYCODE1,1,2\n\nKEYCODE2,3,x\n"
_ROWS: list[list[object]] = [
    ["Midshire College"],
    [],
    ["Paper 2"],
    ["Keycode", "Q1", "Q2"],
    ["KEYCODE1", 1, 2],
    [],
    ["KEYCODE2", 3, "x"],
]


@pytest.mark.parametrize(
    ("content", "sheet"),
    [
        (_TITLED, ""),
        ("sep=,\n" + _TITLED, ""),  # which Excel does not count as a row
        (workbook({"Paper 2": _ROWS}), "Paper 2"),
        (workbook({"Cover": [["Dear all"]], "Paper 2": _ROWS}), "Paper 2"),
        (workbook({"One": [["Keycode", "Q9"], ["KEYCODE3", 1]], "Paper 2": _ROWS}), "Paper 2"),
    ],
    ids=["text", "text for Excel", "workbook", "second sheet", "second sheet of two used"],
)
def test_below_titles_and_blank_rows_and_on_the_second_sheet(
    tmp_path: Path, content: str | bytes, sheet: str
) -> None:
    came = prepared(tmp_path, content)
    assert came.errors == [("mark-not-a-number", 7, "C", "KEYCODE2")]
    found = came.validated.findings.set_index("rule").loc["mark-not-a-number"]
    assert (found["file"], found["sheet"], found["question"]) == ("1.csv", sheet, "2")
    assert "in C7" in found["to_do"]


def test_columns_beyond_z(tmp_path: Path) -> None:
    questions = [f"Q{number}" for number in range(1, 41)]
    rows: list[list[object]] = [["Name", "Keycode", *questions], ["N", "KEYCODE1", *range(40)]]
    rows[1][26] = "x"  # AA
    rows[1][41] = "y"  # AP
    came = prepared(tmp_path, workbook({"P": rows}))
    assert came.errors == [
        ("mark-not-a-number", 2, "AA", "KEYCODE1"),
        ("mark-not-a-number", 2, "AP", "KEYCODE1"),
    ]


def test_what_is_wrong_with_the_keycode_is_told_at_the_keycode_s_cell(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Q1,,Keycode,Q2\n5,,,6\n5,,SHORT,6\n")
    assert came.errors == [
        ("keycode-missing", 2, "C", ""),
        ("keycode-malformed", 3, "C", "SHORT"),
    ]


def test_line_breaks_in_a_cell_do_not_shift_the_rows_named_below(tmp_path: Path) -> None:
    came = prepared(tmp_path, 'Keycode,Q1,Note\nKEYCODE1,5,"two\nlines"\nKEYCODE2,x,\n')
    assert came.errors == [("mark-not-a-number", 3, "B", "KEYCODE2")]


def test_the_rows_set_aside_are_named_as_excel_does(tmp_path: Path) -> None:
    came = prepared(tmp_path, _TITLED + "\nTotal,1\nMaximum,10,10\nchecked by the second marker\n")
    assert came.set_aside() == [
        (1, "title"),
        (2, "title"),
        (3, "title"),
        (4, "heading"),
        (6, "blank"),
        (8, "blank"),
        (9, "totals"),
        (10, "maxima"),
        (11, "note"),
    ]
