"""Headings: what is recognised, what is refused, so that no session is sent in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.source_files import workbook
from tests.validate.prepared import Prepared, prepared

_QUESTIONS: list[tuple[str, str]] = [
    ("Q1", "1"),
    ("q1", "1"),
    ("1", "1"),
    ("Q 01", "1"),
    ("Q10", "10"),
    ("Q100", "100"),
    ("Q.7", "7"),
    ("Question 7", "7"),
    ("question_7", "7"),
    ("Item 7", "7"),
    ("Qn 7", "7"),
    ("Question 2b", "2b"),
    ("2b", "2b"),
    ("Question 3(ii)", "3(ii)"),
    ("Q3(a)(ii)", "3(a)(ii)"),
    ("4.1", "4.1"),
    ("4.1.2", "4.1.2"),
    ("Q1 (10)", "1"),
    ("Q5 /10", "5"),
    ("Q5 [max 10]", "5"),
    ("Q5 (10 marks)", "5"),
    ("Q3(ii) (8)", "3(ii)"),
    ("\ufeffQ1\u00a0", "1"),
]


@pytest.fixture(scope="module", params=["wide", "long"])
def read_as(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A session for each text of the table, in a file of its own."""
    sheet = {
        "wide": "Keycode\t{heading}\n{keycode}\t5\n",
        "long": "Keycode\tQuestion\tMark\n{keycode}\t{heading}\t5\n",
    }[request.param]
    sheets = [
        sheet.format(heading=heading, keycode=f"KEYCOD{number:02}")
        for number, (heading, _) in enumerate(_QUESTIONS)
    ]
    return prepared(tmp_path_factory.mktemp("headings"), *sheets)


@pytest.mark.parametrize("number", range(len(_QUESTIONS)))
def test_a_question_is_read_the_same_in_a_heading_and_in_a_cell(
    read_as: Prepared, number: int
) -> None:
    heading, question = _QUESTIONS[number]
    assert read_as.errors == []
    assert read_as.sent[f"KEYCOD{number:02}"] == {question: 5}, heading


@pytest.mark.parametrize(
    "heading", ["Keycode", "KEYCODE", " key code ", "Key_Code", "session-keycode", "Session"]
)
def test_case_spaces_and_hyphens_of_a_heading_do_not_matter(tmp_path: Path, heading: str) -> None:
    came = prepared(tmp_path, f"{heading},Q1\nKEYCODE1,5\n")
    assert came.sent == {"KEYCODE1": {"1": 5}}


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Mark,Name,Question,Keycode\n5,Max,1,KEYCODE1\n")
    assert came.sent == {"KEYCODE1": {"1": 5}}
    assert came.findings == [("column-ignored", 1, "B", None)]


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param("Keycode,Q1,Q2,Total,Comment\nKEYCODE1,5,6,11,fine\n", id="total and comment"),
        pytest.param(
            "Keycode,Q1,Q2,Out of,% right\nKEYCODE1,5,6,20,55\n", id="figures, but no marks"
        ),
        pytest.param("Centre,Keycode,Candidate,Q1,Q2\n12345,KEYCODE1,0041,5,6\n", id="two ids"),
        pytest.param("Session keycode,Session,Q1,Q2\nKEYCODE1,June,5,6\n", id="two id headings"),
        pytest.param(",Keycode,Q1,Q2\n0,KEYCODE1,5,6\n", id="row numbers without a heading"),
        pytest.param("Keycode,Q1,,Q2,\nKEYCODE1,5,,6,\n", id="empty columns"),
        pytest.param("Keycode,Q1,Q2,\nKEYCODE1,5,6,looks odd\n", id="notes without a heading"),
        pytest.param("Keycode,Q1,Comment,Q2\nKEYCODE1,5,,6\n", id="a comment never used"),
        pytest.param("Keycode,Q1,x,Q2\nKEYCODE1,5,,6\n", id="a word never used"),
        pytest.param(
            "Session,June\n\nKeycode,Q1,Q2\nKEYCODE1,5,6\n", id="a title with a word of ours"
        ),
        pytest.param("Keycode,Q1,Q2\nKEYCODE1,5,6\nKeycode,Q1,Q2\n", id="the heading repeated"),
        pytest.param("\n" * 29 + "Keycode,Q1,Q2\nKEYCODE1,5,6\n", id="heading in row 30"),
    ],
)
def test_other_columns_and_rows_do_no_harm(tmp_path: Path, sheet: str) -> None:
    came = prepared(tmp_path, sheet)
    assert (came.errors, came.sent) == ([], {"KEYCODE1": {"1": 5, "2": 6}})


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param("Keycode,Q1,Comment,Q2\nKEYCODE1,5,6,7\n", id="a comment amid, with marks"),
        pytest.param("Keycode,Q1,Q2 resit\nKEYCODE1,5,6\n", id="looks like a question"),
        pytest.param("Keycode,Q1,Q2-4\nKEYCODE1,5,6\n", id="several questions in one"),
        pytest.param("Keycode,Q1,Q2,\nKEYCODE1,5,6,7\n", id="marks without a heading"),
        pytest.param(
            "Keycode,Q1,Q2,Essay\nKEYCODE1,5,6,7\n", id="marks under a heading of its own"
        ),
        pytest.param("Keycode,Q1,Q2,\nKEYCODE1,5,6,7½\n", id="half marks without a heading"),
        pytest.param("Keycode,Question,Mark,Q2\nKEYCODE1,1,5,6\n", id="long and wide"),
        pytest.param("Keycode,Question,Mark,Mark\nKEYCODE1,1,5,6\n", id="two marks"),
        pytest.param("Keycode,Question,Mark,Score\nKEYCODE1,1,5,6\n", id="a mark and a score"),
        pytest.param("Keycode,Keycode,Q1\nKEYCODE1,KEYCODE2,5\n", id="two keycodes"),
        pytest.param("Keycode,Q1,Q2\nKEYCODE1,5,6\nKeycode,Q3,Q4\nKEYCODE1,7,8\n", id="two tables"),
        pytest.param(
            "Session,1,\nKeycode,Q1,Q2\nKEYCODE1,5,6\n", id="a title that reads as a heading"
        ),
        pytest.param("KEYCODE2,5,6\nKeycode,Q1,Q2\nKEYCODE1,5,6\n", id="sorted with its heading"),
        pytest.param("\n" * 30 + "Keycode,Q1,Q2\nKEYCODE1,5,6\n", id="heading in row 31"),
        pytest.param(",Section A,\nKeycode,a,b\nKEYCODE1,5,6\n", id="parts without numbers"),
        pytest.param("Name,Q1\nMax,5\n", id="no column that says whose"),
        pytest.param("KEYCODE1,5,6\nKEYCODE2,7,8\n", id="no heading"),
    ],
)
def test_what_would_send_a_session_in_part_is_refused_as_a_whole(
    tmp_path: Path, sheet: str
) -> None:
    came = prepared(tmp_path, sheet)
    assert (came.sent, came.becomes) == ({}, [])
    assert len(came.errors) == 1
    assert came.reconciled().balanced


def test_a_question_column_twice_holds_every_session_rather_than_choose(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Keycode,Q1,Question 1,Q2\nKEYCODE1,5,6,7\nKEYCODE2,5,5,7\n")
    assert came.becomes == [("KEYCODE1", "held"), ("KEYCODE2", "held")]
    assert [(row, column) for _, row, column, _ in came.errors] == [(2, "B"), (3, "B")]
    assert "1 in 1.csv, B2, 1 in 1.csv, C2" in came.messages[0]


def test_a_ragged_row_beyond_the_heading_stops_its_own_session_only(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Keycode,Q1,Q2\nKEYCODE1,1,5,6\nKEYCODE2,5,6\n")
    assert came.becomes == [("KEYCODE1", "invalid"), ("KEYCODE2", "ready")]


def test_a_sheet_of_notes_is_a_warning_but_one_with_keycodes_is_an_error(tmp_path: Path) -> None:
    sheet: list[list[object]] = [["Keycode", "Q1"], ["KEYCODE1", 5]]
    notes = prepared(tmp_path, workbook({"P": sheet, "Notes": [["Rounded up"]]}))
    assert ([rule for rule, *_ in notes.findings], notes.sent) == (
        ["sheet-not-recognised"],
        {"KEYCODE1": {"1": 5}},
    )
    codes = prepared(tmp_path, workbook({"P": sheet, "More": [["Code", "Q2"], ["KEYCODE2", 6]]}))
    assert [rule for rule, *_ in codes.errors] == ["layout-unknown"]
    assert codes.sent == {"KEYCODE1": {"1": 5}}


def test_an_empty_sheet_is_not_worth_a_word(tmp_path: Path) -> None:
    book = workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", 5]], "Sheet2": []})
    assert prepared(tmp_path, book).findings == []
