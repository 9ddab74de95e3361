"""Text files as they are: encodings, delimiters, quotes, rows of unlike length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.read import identify, tables
from tests.read.source_files import dropped, grid, read

PLAIN = [["Keycode", "Name", "Q1"], ["AB12CD34", "Zoë", "7"], ["EF56GH78", "Núñez", "0"]]
_TEXT = "\r\n".join(",".join(row) for row in PLAIN)


@pytest.mark.parametrize(
    ("content", "oddities"),
    [
        pytest.param(_TEXT.encode(), (), id="UTF-8"),
        pytest.param(_TEXT.encode("utf-8-sig"), (), id="UTF-8 with BOM"),
        pytest.param(_TEXT.encode("utf-16"), (), id="UTF-16, little end first"),
        pytest.param(b"\xfe\xff" + _TEXT.encode("utf-16-be"), (), id="UTF-16, big end first"),
        pytest.param(_TEXT.encode("utf-16-le"), (), id="UTF-16 without its mark"),
        pytest.param(_TEXT.encode("utf-16-be"), (), id="UTF-16, big end first, without its mark"),
        pytest.param(_TEXT.encode("cp1252"), ("encoding-assumed",), id="Windows-1252"),
        pytest.param(_TEXT.replace(",", ";").encode(), (), id="semicolons"),
        pytest.param(_TEXT.replace(",", "\t").encode("utf-16"), (), id="Excel's 'Unicode text'"),
        pytest.param(_TEXT.replace(",", ":").encode(), (), id="colons"),
        pytest.param(_TEXT.replace(",", "|").encode(), (), id="pipes"),
        pytest.param(("sep=|\n" + _TEXT.replace(",", "|")).encode(), (), id="sep=|"),
        pytest.param(("sep=;\r\n" + _TEXT.replace(",", ";")).encode(), (), id="sep=; for Excel"),
        pytest.param(_TEXT.replace("\r\n", "\n").encode(), (), id="line feeds"),
        pytest.param(_TEXT.replace("\r\n", "\r").encode(), (), id="carriage returns"),
        pytest.param((_TEXT + "\r\n").encode(), (), id="last line ended"),
        pytest.param(
            "\n".join(",".join(f'"{cell}"' for cell in row) for row in PLAIN).encode(),
            (),
            id="every field quoted",
        ),
    ],
)
@pytest.mark.parametrize("name", ["marks.csv", "marks.xls", "marks.xlsx", "marks"])
def test_a_text_file_is_read_by_its_bytes_whatever_its_name(
    tmp_path: Path, name: str, content: bytes, oddities: tuple[str, ...]
) -> None:
    (table,), odd = read(dropped(tmp_path, content, name))
    assert (grid(table), odd) == (PLAIN, oddities)
    assert table.sheet == ""


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        pytest.param("K;Q1;Q2\nA;1,5;2,0\nB;2,5;3,0", ["A", "1,5", "2,0"], id="every mark has one"),
        pytest.param("K;Q1\nA;1,5\nB;2", ["A", "1,5"], id="some marks have one"),
        pytest.param(
            "Biology, paper 2, June\nK;Q1;Q2\nA;1,5;2,0",
            ["K", "Q1", "Q2"],
            id="a title with commas",
        ),
        pytest.param('K,Q1\n"A; B",1\n"C; D",2', ["A; B", "1"], id="semicolons in names"),
        pytest.param("K\tQ1\nA\t1,5", ["A", "1,5"], id="tabs"),
    ],
)
def test_a_decimal_comma_is_not_taken_for_the_delimiter(
    tmp_path: Path, text: str, cells: list[str]
) -> None:
    (table,), _ = read(dropped(tmp_path, text))
    assert grid(table)[1] == cells


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        pytest.param("K,Time\nA,12:30\nB,12:40", ["A", "12:30"], id="times"),
        pytest.param("K;Q1\nA;A|C\nB;A|B", ["A", "A|C"], id="several marks"),
        pytest.param("Paper: 1\nK,Q:1\nA,1:0", ["K", "Q:1"], id="a title without commas"),
        pytest.param("K:Name:Q1\nA:Doe, J:7\nB:Roe, R:8", ["A", "Doe, J", "7"], id="names"),
        pytest.param("Time\n12:30", ["12:30"], id="one column, whose heading has none"),
    ],
)
def test_a_colon_or_a_pipe_divides_only_where_nothing_else_does(
    tmp_path: Path, text: str, cells: list[str]
) -> None:
    (table,), _ = read(dropped(tmp_path, text))
    assert [cell for cell in grid(table)[1] if cell] == cells


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        pytest.param('A,5" disk,7', ["A", '5" disk', "7"], id="inches"),
        pytest.param('A,"Bob" Roe,7', ["A", '"Bob" Roe', "7"], id="a nickname first"),
        pytest.param(
            '"A","Al "Bob" Roe","7"', ["A", '"Al "Bob" Roe"', "7"], id="a nickname within"
        ),
        pytest.param('A,Roe,"1"2', ["A", "Roe", '"1"2'], id="a mark, which is found by its quotes"),
        pytest.param('A,"Roe, J",7', ["A", "Roe, J", "7"], id="a comma"),
        pytest.param('A,"Al ""Bob"" Roe",7', ["A", 'Al "Bob" Roe', "7"], id="doubled"),
        pytest.param('A, "Roe, J", 7', ["A", "Roe, J", "7"], id="a space before"),
    ],
)
def test_a_quotation_mark_amid_a_line_harms_no_other_row(
    tmp_path: Path, line: str, cells: list[str]
) -> None:
    (table,), _ = read(dropped(tmp_path, f'K,Name,Q1\n{line}\nB,"Doe, J",8\n'))
    assert grid(table) == [["K", "Name", "Q1"], cells, ["B", "Doe, J", "8"]]


def test_a_row_that_such_a_mark_divides_otherwise_is_ragged_not_shifted(tmp_path: Path) -> None:
    (table,), _ = read(dropped(tmp_path, 'K,Name,Q1\nA,"Bob" Roe, J,7\nB,Doe,8\n'))
    assert table.widths is not None
    assert table.widths.tolist() == [3, 4, 3]


def test_line_breaks_within_quotes_do_not_shift_the_rows_below(tmp_path: Path) -> None:
    (table,), _ = read(dropped(tmp_path, 'Keycode,"Q\n1",Q2\nAB12CD34,"5\r\n",6\nEF56GH78,7,8\n'))
    assert grid(table)[1:] == [["AB12CD34", "5\r\n", "6"], ["EF56GH78", "7", "8"]]


def test_blank_rows_are_kept_so_that_row_numbers_are_those_of_excel(tmp_path: Path) -> None:
    (table,), _ = read(dropped(tmp_path, "\n\nKeycode,Q1\n\n,,\nAB12CD34,5\n"))
    assert [row[0] for row in grid(table)] == ["", "", "Keycode", "", "", "AB12CD34"]


def test_rows_of_unlike_length_keep_their_own_width(tmp_path: Path) -> None:
    (table,), _ = read(dropped(tmp_path, "K,Q1,Q2\nA,1\nB,1,2,3\nC,1,2\n"))
    assert grid(table)[1] == ["A", "1", "", ""]
    assert table.widths is not None
    assert table.widths.tolist() == [3, 2, 4, 3]


def test_cells_stay_text_as_written(tmp_path: Path) -> None:
    written = ["007", "1e3", " 7 ", "NA", "nan", "None", "TRUE", "1.0", "=1+1", "12345678901234567"]
    (table,), _ = read(dropped(tmp_path, f"a,b\n{','.join(written)}\n"))
    assert grid(table)[1] == written


def test_a_layout_can_fix_what_is_else_found(tmp_path: Path) -> None:
    moodle = 'Name, ID, Q1\n"Al Roe,007,a/c\nZoë "Z Doe,008,b\n'
    source = identify(dropped(tmp_path, moodle.encode("cp1252")))
    ((table,), odd) = tables(source, delimiter=",", quoted=False, encoding="cp1252")
    assert grid(table) == [
        ["Name", " ID", " Q1"],
        ['"Al Roe', "007", "a/c"],
        ['Zoë "Z Doe', "008", "b"],
    ]
    assert (table.read_as, odd) == ("cp1252, divided by commas, without quoting", ())
    source = identify(dropped(tmp_path, "a;b,c;d\n"))
    assert grid(tables(source, delimiter=",")[0][0]) == [["a;b", "c;d"]]
    assert grid(tables(source)[0][0]) == [["a", "b,c", "d"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_stand_as_they_are_for_layouts_that_count_characters(
    tmp_path: Path, end: str
) -> None:
    lines = ["  0007 AB-*  ", "", "\t0008\u2028BC  "]
    (table,), _ = read(dropped(tmp_path, end.join(lines) + end))
    found = table.lines()
    assert found is not None
    assert found.tolist() == lines


@dataclass(frozen=True)
class Case:
    content: bytes
    name: str
    said: str


SAID = {
    "UTF-8": Case(content=_TEXT.encode(), name="a.csv", said="UTF-8, divided by commas"),
    "with a BOM": Case(
        content=_TEXT.encode("utf-8-sig"), name="a.CSV", said="UTF-8, divided by commas"
    ),
    "UTF-16": Case(content=_TEXT.encode("utf-16"), name="a.txt", said="UTF-16, divided by commas"),
    "Windows-1252": Case(
        content=_TEXT.replace(",", "\t").encode("cp1252"),
        name="a",
        said="Windows-1252, divided by tabs",
    ),
    "another ending": Case(
        content=b"K;Q1\nA;1",
        name="a.xls",
        said="UTF-8, divided by semicolons, though its name ends in .xls",
    ),
    "one column": Case(content=b"0007AB\n0008BC", name="a.dat", said="UTF-8, not divided"),
}


@pytest.mark.parametrize("name", SAID)
def test_how_it_was_read_is_said(tmp_path: Path, name: str) -> None:
    case = SAID[name]
    (table,), _ = read(dropped(tmp_path, case.content, case.name))
    assert table.read_as == case.said
