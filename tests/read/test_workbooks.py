"""Workbooks as they are: numbers, dates, several sheets, what is hidden, formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

from pipeline.errors import SourceUnreadable
from tests.read.source_files import dropped, grid, read, with_part_changed, workbook


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (18.5, "18.5"),
        (-1, "-1"),
        ("3", "3"),
        ("007", "007"),
        (12345678, "12345678"),
        (1234567, "1234567"),
        (1e20, "100000000000000000000"),
        (219e12, "219000000000000"),
        (1234567890123456789, "1234567890123460000"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
        (-0.0, "0"),
        (0.0000001, "0.0000001"),
        (0.5, "0.5"),
        ("  7\u00a0", "  7\u00a0"),
        (None, ""),
        ("", ""),
        (True, "TRUE"),
        (dt.date(2025, 5, 4), "2025-05-04"),
        (dt.datetime(2025, 5, 4, 12, 30), "2025-05-04T12:30:00"),
        (dt.time(12, 30), "12:30:00"),
        (dt.timedelta(hours=30, seconds=1), "30:00:01"),
        ("#N/A", "#N/A"),
        ("=1/0", "=1/0"),
        ("=", "="),
    ],
)
def test_a_cell_is_read_as_a_person_would_type_it(tmp_path: Path, value: object, text: str) -> None:
    (table,), _ = read(dropped(tmp_path, workbook({"Marks": [["x", value, "x"]]})))
    assert grid(table) == [["x", text, "x"]]


@pytest.mark.parametrize("name", ["marks.xlsx", "marks.csv", "marks"])
def test_a_workbook_is_read_by_its_bytes_whatever_its_name(tmp_path: Path, name: str) -> None:
    (table,), odd = read(dropped(tmp_path, workbook({"Paper 1": [["Keycode", "Q1"]]}), name))
    assert (table.sheet, grid(table), odd) == ("Paper 1", [["Keycode", "Q1"]], ())


def test_what_was_stored_as_a_number_or_a_date_is_known(tmp_path: Path) -> None:
    row = ["7", 7, 0.5, True, None, dt.date(2025, 5, 4), dt.time(1), dt.timedelta(2), "=1/0"]
    (table,), _ = read(dropped(tmp_path, workbook({"Marks": [["x"] * len(row), row]})))
    assert table.numbers is not None
    assert table.dates is not None
    assert table.numbers.shape == table.dates.shape == table.cells.shape
    assert np.argwhere(table.numbers).tolist() == [[1, 1], [1, 2]]
    assert np.argwhere(table.dates).tolist() == [[1, 5], [1, 6], [1, 7]]


def test_every_sheet_is_read_and_blank_rows_and_columns_stay(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "One": [[], [None, "a"], [], [None, 1]],
        "Two": [["b"]],
    }
    one, two = read(dropped(tmp_path, workbook(sheets)))[0]
    assert (one.sheet, grid(one)) == ("One", [["", ""], ["", "a"], ["", ""], ["", "1"]])
    assert (two.sheet, grid(two)) == ("Two", [["b"]])
    assert one.widths is None


def _hide(book: Workbook) -> None:
    book["Marks"].row_dimensions[2].hidden = True
    book["Marks"].column_dimensions["B"].hidden = True
    book["More"].sheet_state = "hidden"


def _merge(book: Workbook) -> None:
    book["Marks"].merge_cells("A1:B1")


def _chart(book: Workbook) -> None:
    book.create_chartsheet("Picture").add_chart(BarChart())


@pytest.mark.parametrize("change", [_hide, _chart])
def test_what_is_hidden_is_read_and_a_chart_is_no_table(
    tmp_path: Path, change: Callable[[Workbook], None]
) -> None:
    marks: list[list[object]] = [["Keycode", "Q1"], ["AB12CD34", 5]]
    read_tables, _ = read(dropped(tmp_path, workbook({"Marks": marks, "More": [["x"]]}, change)))
    assert [grid(table) for table in read_tables if not table.cells.empty] == [
        [["Keycode", "Q1"], ["AB12CD34", "5"]],
        [["x"]],
    ]


def test_what_is_hidden_is_told(tmp_path: Path) -> None:
    def hide(book: Workbook) -> None:
        _hide(book)
        book["Last"].sheet_state = "veryHidden"

    sheets: dict[str, list[list[object]]] = {
        "Marks": [["Keycode", "Q1"], ["AB12CD34"], ["EF56GH78"]],
        "More": [["x"]],
        "Last": [["x"]],
    }
    marks, more, last = read(dropped(tmp_path, workbook(sheets, hide)))[0]
    assert (marks.hidden, marks.hidden_rows) == (False, frozenset([1]))
    assert marks.hidden_columns == {1}
    assert (more.hidden, more.hidden_rows) == (True, frozenset())
    assert last.hidden


def test_a_merged_cell_has_its_text_once_and_its_reach_is_told(tmp_path: Path) -> None:
    (table,), _ = read(dropped(tmp_path, workbook({"Marks": [["Title", None, "x"]]}, _merge)))
    assert grid(table) == [["Title", "", "x"]]
    assert table.merged == ((0, 0, 0, 1),)


def test_a_merged_title_may_reach_beyond_the_table(tmp_path: Path) -> None:
    """What lies in the table of it counts; what lies outside of it altogether does not."""

    def merge(book: Workbook) -> None:
        book["Marks"].merge_cells("A1:H3")
        book["Marks"].merge_cells("J1:K1")

    rows: list[list[object]] = [["Title", None], [None] * 2, [None] * 2, ["Keycode", "Q1"]]
    (table,), _ = read(dropped(tmp_path, workbook({"Marks": rows}, merge)))
    width = table.cells.shape[1]
    assert table.merged[0] == (0, 0, 2, min(7, width - 1))
    assert all(last < width for *_, last in table.merged)


def test_a_stored_formula_value_is_read(tmp_path: Path) -> None:
    content = with_part_changed(
        workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"<v>5</v>", b"<f>2+3</f><v>5</v>"),
    )
    assert grid(read(dropped(tmp_path, content))[0][0])[1] == ["AB12CD34", "5"]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (b"<f>C2*2</f>", "=C2*2"),
        (b"<f>C2*2</f><v></v>", "=C2*2"),
        (b"<f>C2*2</f><v/>", "=C2*2"),
        (b'<f t="shared" si="0"/>', "="),
        (b'<f t="shared" ref="B2:B3" si="0">IF(C2&gt;1,2,3)</f>\n<v></v>', "=IF(C2>1,2,3)"),
        (b"<f>C2*2</f><v>0</v>", "0"),
    ],
)
def test_a_formula_without_a_stored_value_is_not_a_blank(
    tmp_path: Path, stored: bytes, shown: str
) -> None:
    content = with_part_changed(
        workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"<v>5</v>", stored),
    )
    assert grid(read(dropped(tmp_path, content))[0][0])[1] == ["AB12CD34", shown]


def test_a_formula_whose_value_is_the_empty_text_is_a_blank(tmp_path: Path) -> None:
    content = with_part_changed(
        workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b't="n"><v>5</v>', b't="str"><f>IF(C2="","",C2)</f><v></v>'),
    )
    assert grid(read(dropped(tmp_path, content))[0][0])[1] == ["AB12CD34", ""]


def test_a_last_row_of_formulas_without_values_is_not_lost(tmp_path: Path) -> None:
    rows = [["Keycode", "Q1"], ["=A1", "=B1"]]
    (table,), _ = read(dropped(tmp_path, workbook({"Marks": rows})))
    assert grid(table) == rows


def test_a_stored_error_is_not_a_blank(tmp_path: Path) -> None:
    content = with_part_changed(
        workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b't="n"><v>5</v>', b't="e"><v>#REF!</v>'),
    )
    assert grid(read(dropped(tmp_path, content))[0][0])[1] == ["AB12CD34", "#REF!"]


@pytest.mark.parametrize("blank", [" ", "\u00a0", None])
def test_blank_cells_in_the_last_row_of_the_grid_are_no_rows(
    tmp_path: Path, blank: str | None
) -> None:
    def change(book: Workbook) -> None:
        cell = book["Marks"]["A1048576"]
        cell.value, cell.number_format = blank, "0.00"

    content = workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]}, change)
    (table,), _ = read(dropped(tmp_path, content))
    assert grid(table) == [["Keycode", "Q1"], ["AB12CD34", "5"]]


def test_a_stray_cell_far_out_is_told_and_does_not_fill_the_memory(tmp_path: Path) -> None:
    def stray(book: Workbook) -> None:
        book["Marks"]["XFD1048576"] = "x"

    with pytest.raises(SourceUnreadable, match="1048576 rows and 16384 columns"):
        read(dropped(tmp_path, workbook({"Marks": [["Keycode", "Q1"]]}, stray)))
