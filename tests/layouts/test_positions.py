"""Files without headings: lines of fixed width, and ExamSoft's columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came


def _line(id_: str, answers: str) -> str:
    return " " * 40 + "QUILL".ljust(16) + id_.ljust(12) + " " * 8 + answers


def _numbered(id_: str, answers: str) -> str:
    return "G2".ljust(24) + "QUILL ADA".ljust(20) + id_.rjust(10).ljust(28)[:28] + answers


def _lines(*lines: str) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


@pytest.mark.parametrize(
    ("answers", "holds"),
    [
        ("1         ", "A"),
        ("   1      ", "D"),
        ("         1", "J"),
        (" 1 1      ", "(multiple)"),
        ("          ", "(blank)"),
        ("         X", "         X"),  # no sign that we know: not understood
        ("B         ", "B         "),
    ],
)
def test_ten_characters_a_question(tmp_path: Path, answers: str, holds: str) -> None:
    rest = "  1        1       1"
    reading = came(
        tmp_path, _lines(_line("012345678", answers + rest), _line("A12345678", rest * 2))
    )
    assert reading.layout == "bureau-places"
    assert reading.cells["012345678"][0] == f"1:{holds}"


@pytest.mark.parametrize(
    ("answers", "holds"),
    [
        ("BDA", ["1:B", "2:D", "3:A"]),
        ("B*A", ["1:B", "2:(multiple)", "3:A"]),
        (" -A", ["1:(blank)", "2:(blank)", "3:A"]),
        ("B", ["1:B", "2:(blank)", "3:(blank)"]),
        ("B?A", ["1:B", "2:?", "3:A"]),
    ],
)
@pytest.mark.parametrize("id_", ["012345678", "A12345678", "H76RBD8P"])
def test_one_letter_an_answer(tmp_path: Path, id_: str, answers: str, holds: list[str]) -> None:
    reading = came(
        tmp_path,
        _lines(_line("000000000", "BDA"), _line(id_, answers), _line(id_[:-1] + "9", "CCC")),
    )
    assert (reading.layout, reading.cells[id_]) == ("bureau-letters", holds)
    assert reading.aside == [(1, "key")]
    assert reading.rules == []


@pytest.mark.parametrize(
    ("answers", "holds"),
    [
        ("123", ["1:A", "2:B", "3:C"]),
        ("0*9", ["1:J", "2:(multiple)", "3:I"]),
        ("  5", ["1:(blank)", "2:(blank)", "3:E"]),
    ],
)
def test_one_number_an_answer(tmp_path: Path, answers: str, holds: list[str]) -> None:
    reading = came(tmp_path, _lines(_numbered("0012041", answers), _numbered("0012042", "111")))
    assert (reading.layout, reading.cells["0012041"]) == ("bureau-numbers", holds)


def test_a_sheet_without_an_id_is_never_taken_for_the_key(tmp_path: Path) -> None:
    reading = came(tmp_path, _lines(_line("", "BDA"), _line("012345678", "BDA")))
    assert (reading.aside, list(reading.cells)) == ([], ["", "012345678"])


def test_a_stray_quotation_mark_in_a_name_is_part_of_the_line(tmp_path: Path) -> None:
    quoted = _line("012345678", "BDA").replace("QUILL", 'QUI"L')
    reading = came(tmp_path, _lines(quoted, _line("012345679", "CCC")))
    assert reading.cells == {"012345678": ["1:B", "2:D", "3:A"], "012345679": ["1:C", "2:C", "3:C"]}


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        pytest.param("0012041,A,,B,D\n0012042,B,,C,A C D\n", "examsoft", id="no heading"),
        pytest.param("0012041,A,,B,D\n", "examsoft", id="one candidate"),
        pytest.param("0012041,,,b,t\n0012042,,,C,F\n", "examsoft", id="no version, lower case"),
        pytest.param("Pupil,Form,,Q1,Q2\n0012041,A,,B,D\n", "examsoft", id="a heading"),
        pytest.param("Pupil,Form,,1,2\n0012041,A,,B,D\n", "examsoft", id="numbers over them"),
        pytest.param("Exam of 2 June\n0012041,A,,B,D\n", "examsoft", id="a title"),
        pytest.param("Pupil,Form,,Score,Q1\n0012041,A,,B,D\n", "layout-unknown", id="shifted"),
        pytest.param("Pupil,Form,,Q2,Q1\n0012041,A,,B,D\n", "layout-unknown", id="out of order"),
        pytest.param("0012041,A,x,B,D\n", "layout-unknown", id="the third column is not blank"),
        pytest.param("0012041,A,,7,9\n0012042,A,,4,3\n", "layout-unknown", id="marks"),
        pytest.param("Quill,A,,B,D\nRowe,A,,B,D\n", "layout-unknown", id="names, no ids"),
    ],
)
def test_examsoft_s_columns_are_taken_only_where_they_are_surely_that(
    tmp_path: Path, text: str, layout: str
) -> None:
    reading = came(tmp_path, text)
    assert reading.layout == layout
    if layout == "examsoft":
        first = reading.cells["0012041"]
        assert [cell.split(":")[0] for cell in first] == ["1", "2"]
