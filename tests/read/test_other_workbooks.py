"""Workbooks that are not xlsx: what their formats hold that a table must not lose."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import numpy as np
import pytest

from pipeline.errors import SourceUnreadable
from pipeline.model import Table
from tests.read.by_hand import ods, ods_cell, ods_row, record, xlsb, xlsb_row
from tests.read.source_files import dropped, grid, read

_FILES = Path(__file__).parent / "files"
_FLOAT = 'office:value-type="float"'
_SUM = 'table:formula="of:=SUM([.B2:.C2])"'
_ANNOTATION = "<office:annotation><text:p>look</text:p></office:annotation>"


@pytest.mark.parametrize(
    ("name", "truth"),
    [("marks.xls", "TRUE"), ("marks.ods", "1")],  # LibreOffice's ods has its number
)
def test_a_workbook_that_libreoffice_wrote(name: str, truth: str) -> None:
    marks, drafts = read(_FILES / name)[0]
    assert grid(marks) == [
        ["Paper 1", "", ""],
        ["Keycode", "Q1", "Q2"],
        ["AB12CD34", "7", "#DIV/0!"],
        ["12345678", "0.3", "2025-05-04"],
        ["EF56GH78", truth, ""],
        ["JK90LM12", "14", ""],
    ]
    assert marks.numbers is not None
    assert marks.dates is not None
    stored = np.argwhere(marks.numbers).tolist()
    assert [at for at in stored if at != [4, 1]] == [[2, 1], [3, 0], [3, 1], [5, 1]]
    assert np.argwhere(marks.dates).tolist() == [[3, 2]]
    assert (marks.hidden, marks.hidden_rows) == (False, frozenset([4]))
    assert marks.merged == ((0, 0, 0, 2),)
    assert (drafts.hidden, grid(drafts)) == (True, [["x"]])


def _only(folder: Path, content: bytes) -> Table:
    (table,), _ = read(dropped(folder, content))
    return table


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param(ods_cell(attrs=f"{_SUM} {_FLOAT}"), "=SUM([.B2:.C2])", id="a total of AMC"),
        pytest.param(ods_cell(attrs=_SUM), "=SUM([.B2:.C2])", id="no value at all"),
        pytest.param(ods_cell("7", f"{_SUM} {_FLOAT}"), "7", id="shown, but not stored"),
        pytest.param(ods_cell(attrs=f'{_SUM} {_FLOAT} office:value="7"'), "7", id="stored"),
        pytest.param(
            ods_cell(attrs=f'{_SUM} {_FLOAT} office:value=""'), "=SUM([.B2:.C2])", id="empty"
        ),
        pytest.param(ods_cell(attrs=f'{_FLOAT} office:value=""'), "", id="a number that is none"),
        pytest.param(f"<table:table-cell {_SUM}><text:p/></table:table-cell>", "", id="empty text"),
        pytest.param(ods_cell(attrs=f'{_SUM} office:value-type="string"'), "", id="empty string"),
        pytest.param(
            ods_cell("#DIV/0!", 'office:value-type="string" office:string-value="" '
                     'calcext:value-type="error"'),
            "#DIV/0!",
            id="an error",
        ),
        # So an error was told before LibreOffice 4.2.
        pytest.param(
            ods_cell("#DIV/0!", f'{_SUM} {_FLOAT} office:value="0"'), "#DIV/0!", id="an old error"
        ),
        pytest.param(
            ods_cell("Err:502", f'{_SUM} {_FLOAT} office:value="0"'), "Err:502", id="by its number"
        ),
        pytest.param(
            ods_cell("-", f'{_SUM} {_FLOAT} office:value="0"'), "0", id="a zero that is shown as -"
        ),
        pytest.param(ods_cell("7", ""), "7", id="a text without a type"),
        pytest.param(f"<table:table-cell>{_ANNOTATION}</table:table-cell>", "", id="a note alone"),
        pytest.param(
            f"<table:table-cell>{_ANNOTATION}<text:p>a</text:p><text:p>b</text:p></table:table-cell>",
            "a\nb",
            id="two lines and a note",
        ),
        pytest.param(
            ods_cell("x", 'office:value-type="boolean" office:boolean-value="true"'),
            "TRUE",
            id="true",
        ),
        pytest.param(
            ods_cell("50%", 'office:value-type="percentage" office:value="0.5"'),
            "50%",
            id="percent",
        ),
    ],
)  # fmt: skip
def test_a_cell_of_an_ods_is_no_blank_unless_it_is_one(
    tmp_path: Path, cell: str, text: str
) -> None:
    rows = ods_row("a", "b", "c") + ods_row("A", cell, "x")
    assert grid(_only(tmp_path, ods({"Marks": rows})))[1] == ["A", text, "x"]


def test_repeated_cells_and_rows_of_an_ods_keep_their_places(tmp_path: Path) -> None:
    empty = "<table:table-cell/>"
    rows = (
        ods_row(empty, attrs='table:number-rows-repeated="2"')
        + ods_row(ods_cell(attrs='table:number-columns-repeated="2"'), "x")
        + ods_row(ods_cell(attrs=f'{_SUM} table:number-columns-repeated="2"'), "y",
                  attrs='table:number-rows-repeated="2" table:visibility="filter"')
        + ods_row(empty, attrs='table:number-rows-repeated="3" table:visibility="collapse"')
        + ods_row("z", 'z', ods_cell(attrs=_SUM))
        + ods_row('<table:table-cell table:number-columns-repeated="16384"/>',
                  attrs='table:number-rows-repeated="1048000" table:visibility="collapse"')
    )  # fmt: skip
    table = _only(tmp_path, ods({"Marks": rows}))
    total = "=SUM([.B2:.C2])"
    assert grid(table) == [
        *[["", "", ""]] * 2,
        ["", "", "x"],
        *[[total, total, "y"]] * 2,
        *[["", "", ""]] * 3,
        ["z", "z", total],
    ]
    assert table.hidden_rows == {3, 4, 5, 6, 7}


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_columns_that_are_hidden_are_told_and_number_formats_read(ending: str) -> None:
    (table,), _ = read(_FILES / f"columns.{ending}")
    assert grid(table) == [
        ["Keycode", "Old", "Q1", "Q2", "Id", "When"],
        ["AB12CD34", "3", "50%", "7", "0004711", "2026-05-04"],
    ]
    assert table.hidden_columns == {1, 3}


def test_merged_cells_of_an_ods_are_told(tmp_path: Path) -> None:
    spanned = 'table:number-columns-spanned="2" table:number-rows-spanned="1"'
    single = 'table:number-columns-spanned="1" table:number-rows-spanned="1"'
    typed = 'office:value-type="string"'
    rows = ods_row("a", "b", "c") + ods_row(
        ods_cell("x", f"{typed} {single}"),
        ods_cell("y", f"{typed} {spanned}"),
        "<table:covered-table-cell/>",
    )
    table = _only(tmp_path, ods({"Marks": rows}))
    assert (grid(table)[1], table.merged) == (["x", "y", ""], ((1, 1, 1, 2),))


def test_an_xlsb_is_read_with_what_is_hidden_merged_and_in_error(tmp_path: Path) -> None:
    table = _only(
        tmp_path,
        xlsb(
            xlsb_row(0, "Keycode", "Q1", "Q2"),
            xlsb_row(1, "AB12CD34", 5.0, 0.5, hidden=True),
            xlsb_row(3, "EF56GH78", b"\x17", b"\x2a"),
            record(176, pack("<4I", 0, 0, 1, 2)),
            record(60, pack("<4IH", 1, 1, 0, 0, 1)),
            record(60, pack("<4IH", 2, 2, 2000, 0, 0)),
        ),
    )
    assert table.hidden_columns == {1}
    assert grid(table) == [
        ["Keycode", "Q1", "Q2"],
        ["AB12CD34", "5", "0.5"],
        ["", "", ""],
        ["EF56GH78", "#REF!", "#N/A"],
    ]
    assert table.numbers is not None
    assert np.argwhere(table.numbers).tolist() == [[1, 1], [1, 2]]
    assert (table.hidden_rows, table.merged) == (frozenset([1]), ((0, 1, 0, 2),))


def test_the_number_formats_of_an_xlsb_are_read(tmp_path: Path) -> None:
    row = record(0, pack("<IIHBBB", 1, 0, 300, 0, 0, 0) + pack("<I", 0))
    cells = [record(5, pack("<IId", at, at, (0.5, 4711.0)[at - 1])) for at in (1, 2)]
    heading = xlsb_row(0, "Keycode", "Q1", "Id")
    table = _only(tmp_path, xlsb(heading, row, *cells, formats=["0%", "0000000"]))
    assert grid(table)[1] == ["", "50%", "0004711"]


_TWICE = record(5, pack("<IId", 1, 0, 7.0))  # a number in column B


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([xlsb_row(1, "AB12CD34", 5.0) + _TWICE], id="side by side"),
        pytest.param([xlsb_row(1, "AB12CD34", 5.0, 6.0) + _TWICE], id="behind another"),
        pytest.param(
            [xlsb_row(1, "", 5.0), xlsb_row(2, "x"), xlsb_row(1, "", 5.0)], id="row twice"
        ),
    ],
)
def test_an_xlsb_in_which_a_cell_stands_twice_is_not_read(
    tmp_path: Path, records: list[bytes]
) -> None:
    with pytest.raises(SourceUnreadable, match="cell B2 stands twice"):
        read(dropped(tmp_path, xlsb(xlsb_row(0, "Keycode", "Q1"), *records)))


def test_a_blank_beside_a_value_of_the_same_place_is_no_second_value(tmp_path: Path) -> None:
    blank = record(1, pack("<II", 1, 0))
    table = _only(tmp_path, xlsb(xlsb_row(0, "Keycode", "Q1"), xlsb_row(1, "A", 5.0) + blank))
    assert grid(table)[1][0] == "A"


def test_an_xls_in_which_a_cell_stands_twice_is_not_read(tmp_path: Path) -> None:
    """The number in B3 is made to stand where the text in A3 does."""
    content = (_FILES / "marks.xls").read_bytes()
    b3, a3 = (pack("<4H", 0x027E, 10, 2, column) for column in (1, 0))
    assert content.count(b3) == 1
    changed = content.replace(b3, a3)
    with pytest.raises(SourceUnreadable, match="cell A3 stands twice"):
        read(dropped(tmp_path, changed))


_FAR_OUT = '<table:table-cell table:number-columns-repeated="16000"/>'


@pytest.mark.parametrize(
    ("content", "reach"),
    [
        pytest.param(
            ods({"Marks": ods_row("a")
                 + ods_row(_FAR_OUT, "x", attrs='table:number-rows-repeated="9000"')}),
            "9001 rows and 16001 columns",
            id="ods",
        ),
        pytest.param(
            xlsb(xlsb_row(0, "a"), xlsb_row(1_048_575, *[""] * 99, "x")),
            "1048576 rows and 100 columns",
            id="xlsb",
        ),
        pytest.param(xlsb(xlsb_row(4_000_000_000, "a")), "4000000001 rows", id="no row of Excel's"),
    ],
)  # fmt: skip
def test_a_stray_cell_far_out_does_not_fill_the_memory(
    tmp_path: Path, content: bytes, reach: str
) -> None:
    with pytest.raises(SourceUnreadable, match=reach):
        read(dropped(tmp_path, content))


def test_formulas_repeated_over_a_whole_sheet_do_not_fill_the_memory(tmp_path: Path) -> None:
    attrs = 'table:number-columns-repeated="1500"'
    rows = ods_row(ods_cell(attrs=f"{_SUM} {attrs}"), attrs='table:number-rows-repeated="1000"')
    with pytest.raises(SourceUnreadable, match="cannot be opened"):
        read(dropped(tmp_path, ods({"Marks": rows})))


@pytest.mark.parametrize("said", [pack("<IIHH", 0, 0xFFFFFFFF, 0, 9), pack("<IIHH", 9, 2, 0, 1)])
def test_a_damaged_xls_that_claims_to_reach_far_does_not_end_the_process(
    tmp_path: Path, said: bytes
) -> None:
    """The workbook reader would make room for so many cells, and be ended by the system."""
    content = (_FILES / "marks.xls").read_bytes()
    at = content.index(pack("<HHIIHH", 0x0200, 14, 0, 6, 0, 3))
    with pytest.raises(SourceUnreadable, match=r"rows and|cannot be opened"):
        read(dropped(tmp_path, content[: at + 4] + said + content[at + 16 :]))


def test_a_row_that_is_said_to_stand_a_million_times_is_no_table(tmp_path: Path) -> None:
    """A file of a kilobyte would else be a million rows of one candidate."""
    rows = ods_row("a", "b") + ods_row("A", "1", attrs='table:number-rows-repeated="1000000"')
    with pytest.raises(SourceUnreadable, match="row 2 stands 1000000 times"):
        _only(tmp_path, ods({"Marks": rows}))
