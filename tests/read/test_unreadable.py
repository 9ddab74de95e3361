"""Files that cannot be read: each with a reason that a person understands, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SourceUnreadable
from pipeline.read import identify, tables
from tests.read.source_files import dropped, read, workbook

_BOOK = workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "it is empty", id="no bytes"),
        pytest.param(b" \r\n\t\n", "it is empty", id="white space"),
        pytest.param(b"\xef\xbb\xbf", "it is empty", id="a byte order mark only"),
        pytest.param(b"\xff\xfe", "it is empty", id="a UTF-16 mark only"),
        pytest.param(workbook({"Marks": []}), "it is empty", id="a workbook without cells"),
        pytest.param(b"<html><table>", "web page", id="HTML named .xls"),
        pytest.param(b"\xef\xbb\xbf\n<!DOCTYPE html>", "web page", id="HTML with a mark"),
        pytest.param(b"Keycode\x00Q1", "neither a workbook nor text", id="a NUL in text"),
        pytest.param("Keycode".encode("utf-32"), "neither", id="UTF-32"),
        pytest.param(b"\xff\xfeK\x00e", "says it is UTF-16, but is not", id="half a character"),
        pytest.param(b"\xef\xbb\xbfK\xe9", "says it is UTF-8, but is not", id="a false UTF-8 mark"),
        pytest.param(b"\x7fELF\x81", "neither a workbook nor text", id="a program"),
        pytest.param(_BOOK[: len(_BOOK) // 2], "cannot be opened", id="half-copied workbook"),
        pytest.param(b"PK\x03\x04", "cannot be opened", id="the start of a zip"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "cannot be opened", id="broken .xls"
        ),
        pytest.param(b'K,Q1\nA,1\nB,"2\nC,3\n', "not closed.*in row 3", id="an unclosed quote"),
        pytest.param(
            b'K,Q1\nA,"1\nB,"2\nC,3\n', "in row 2 ", id="an unclosed quote, and a further one"
        ),
        pytest.param(b'K,Q1\nA,1\nB,"2"3,"', "in row 3 ", id="a quote open at the end"),
        pytest.param(
            b'"a\nb",Q1\nA,1\nB,"2', "in row 3 ", id="below a line break: the row as Excel counts"
        ),
        pytest.param(
            b'K,Q1\nA,"' + b"1" * 1_000_001, "in row 2", id="a quote that eats a megabyte"
        ),
        pytest.param(b"K\n" + b"," * 16_384, "row 2 has 16385 cells", id="wider than Excel"),
        pytest.param(
            b"K,Q1\n" * 5_000 + b"," * 9_999, "row 5001 has 10000 cells", id="a row far too wide"
        ),
    ],
)
@pytest.mark.parametrize("name", ["marks.csv", "marks.xls"])
def test_what_cannot_be_read_is_told_why(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(SourceUnreadable, match=why):
        read(dropped(tmp_path, content, name))


def test_an_encoding_that_a_layout_names_wrongly_is_told(tmp_path: Path) -> None:
    source = identify(dropped(tmp_path, "Keycode,Zoë\n"))
    with pytest.raises(SourceUnreadable, match="'latin-99' is not the name of an encoding"):
        tables(source, encoding="latin-99")
    with pytest.raises(SourceUnreadable, match="says it is ascii, but is not"):
        tables(source, encoding="ascii")


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="No such file"):
        identify(tmp_path / "gone.csv")
    with pytest.raises(SourceUnreadable, match=r"directory|denied"):
        identify(tmp_path)


def test_a_file_that_changes_while_it_is_read_is_not_used(tmp_path: Path) -> None:
    path = dropped(tmp_path, "Keycode,Q1\nAB12CD34,5\n")
    source = identify(path)
    dropped(tmp_path, "Keycode,Q1\nAB12CD34,5\nEF56GH78,6\n")
    with pytest.raises(SourceUnreadable, match="changed while it was being read"):
        tables(source)
    path.unlink()
    with pytest.raises(SourceUnreadable, match="No such file"):
        tables(source)


def test_a_file_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    one, other = (dropped(tmp_path, "Keycode,Q1\n", name) for name in ("a.csv", "b.csv"))
    assert identify(one).sha256 == identify(other).sha256
    assert identify(one).name == "a.csv"
    assert identify(one, "june/a.csv").name == "june/a.csv"
