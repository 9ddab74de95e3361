"""Gradebooks are refused in all their forms; an office's own sheet is taken for none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.layouts.dropped import came

_CANVAS = "Section,Paper 1 (23769),Final Score"
_TOTALS = "Total [Total Pts: 100 Score] |1281880"


@pytest.mark.parametrize(
    ("heading", "layout"),
    [
        (f"Student,ID,SIS User ID,SIS Login ID,{_CANVAS}", "Canvas"),
        (f"Student,ID,SIS Login ID,{_CANVAS}", "Canvas"),
        (f"Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,{_CANVAS}", "Canvas"),
        (f"LastName,FirstName,ID,SIS User ID,SIS Login ID,{_CANVAS}", "Canvas"),
        (f"Student;ID;SIS Login ID;{_CANVAS.replace(',', ';')}", "Canvas"),
        (f"Last Name,First Name,Username,Student ID,Last Access,Availability,{_TOTALS}", "Black"),
        ("Last Name,First Name,Username,Paper 1 [Total Pts: 15 Score]", "Blackboard"),
        ("Username,HW 1 [EXTRA CREDIT] [Total Pts: 4 Score] |3229259", "Blackboard"),
        ("Benutzername,Klausur [Gesamtpunkte: 40 Ergebnis] |1281892", "Blackboard"),
        ("Username,Paper 1 Points Grade <Numeric MaxPoints:5>, End-of-Line Indicator", "Bright"),
        (
            "OrgDefinedId,Email,Q1 Points Grade <Numeric MaxPoints:5>,End-of-Line Indicator",
            "Bright",
        ),
    ],
)
def test_a_gradebook_is_refused_by_name(tmp_path: Path, heading: str, layout: str) -> None:
    row = re.sub("[^,;]+", "1", heading)
    reading = came(tmp_path, f"{heading}\n{row}\n")
    assert reading.rules == ["layout-refused"]
    assert f"This is {layout}" in reading.source.findings["message"].iloc[0]


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("Student ID,Section,Q1 (10),Q2 (5)\n0012041,B,7,4\n", "marksheet-wide"),
        ("Keycode,Student,ID,Section,Q1,Q2\nH76RBD8P,Ada,1,B,7,4\n", "marksheet-wide"),
        ("Student ID,Status,Total Score,Q1,Q2\n0012041,ok,11,7,4\n", "marksheet-wide"),
        ("Keycode,Name,1,2,3\nH76RBD8P,Ada,7,4,0\n", "marksheet-wide"),
        ("S.No,Roll No.,Q1 (10),Q2 (5)\n1,21CS001,7,4\n", "marksheet-wide"),
        ("Exam ID,Name,Q1,Q2\nBIO-2,Ada,7,4\n", "layout-unknown"),  # whose, nobody says
        ("Exam number,Q1,Q2\nX0012,7,4\n", "marksheet-wide"),
        ("Keycode,Version,,Q1,Q2\nH76RBD8P,A,,7,4\n", "marksheet-wide"),
        ("Keycode,Version,,Q1,Q2\nH76RBD8P,A,,B,D\n", "remark"),
        ("Student ID,First Name,Last Name,Q1,Q2\n0012041,A,B,B,D\n", "remark"),
        ("Candidate No,Question,Mark\n0012041,1,7\n", "marksheet-long"),
        ("Candidate No,Question,Answer\n0012041,1,B\n", "answersheet-long"),
        ("Session,Item,Choice\nH76RBD8P,Q2,c\n", "answersheet-long"),
        ("key_code;QUESTION NO;response\nH76RBD8P;2;BC\n", "answersheet-long"),
        ("Keycode,Question,Answer\nH76RBD8P,1,7\nH76RBD8P,2,12\n", "layout-unknown"),
        ("Keycode,Question,Answer,Mark\nH76RBD8P,1,B,1\n", "layout-ambiguous"),
    ],
)
def test_an_office_s_own_sheet_is_read_as_its_own(tmp_path: Path, text: str, layout: str) -> None:
    assert came(tmp_path, text).layout == layout


@dataclass(frozen=True)
class Case:
    text: str
    whose: list[str]
    ignored: int


COLUMNS = {
    # A column that is blank throughout names nobody; one that is not, does.
    "the first is blank": Case(text="UCI,ULN,Q1\n,0012041,7\n", whose=["0012041"], ignored=0),
    "the first is not blank": Case(
        text="UCI,ULN,Q1\n77,0012041,7\n,0012042,5\n", whose=["77", ""], ignored=1
    ),
    "a keycode": Case(
        text="Candidate No,Candidate,Q1\n41,H76RBD8P,7\n", whose=["H76RBD8P"], ignored=1
    ),
    "keycode and number": Case(
        text="Keycode,Candidate No,Q1\n,0012041,7\nH76RBD8P,0012042,5\n",
        whose=["", "H76RBD8P"],
        ignored=0,
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_of_several_columns_one_names_the_candidates(tmp_path: Path, name: str) -> None:
    case = COLUMNS[name]
    reading = came(tmp_path, case.text)
    assert list(reading.cells) == case.whose
    assert reading.rules == ["column-ignored"] * case.ignored
