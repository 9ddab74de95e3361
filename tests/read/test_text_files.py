"""Text files as they are: encodings, delimiters, quotes, rows of unlike length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.made import dropped, grid, read

PLAIN = [["Keycode", "Name", "Q1"], ["AB12CD34", "Zoë", "7"], ["EF56GH78", "Núñez", "0"]]
_TEXT = "\r\n".join(",".join(row) for row in PLAIN)


@pytest.mark.parametrize(
    ("content", "oddities"),
    [
        pytest.param(_TEXT.encode(), (), id="UTF-8"),
        pytest.param(_TEXT.encode("utf-8-sig"), (), id="UTF-8 with BOM"),
        pytest.param(_TEXT.encode("utf-16"), (), id="UTF-16, little end first"),
        pytest.param(b"\xfe\xff" + _TEXT.encode("utf-16-be"), (), id="UTF-16, big end first"),
        pytest.param(_TEXT.encode("cp1252"), ("encoding-assumed",), id="Windows-1252"),
        pytest.param(_TEXT.replace(",", ";").encode(), (), id="semicolons"),
        pytest.param(_TEXT.replace(",", "\t").encode("utf-16"), (), id="Excel's 'Unicode text'"),
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
