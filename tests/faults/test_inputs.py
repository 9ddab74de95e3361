"""Inputs that were read wrongly once, each with variants: what is sent of them, and what is said.

What is not understood for certain is never sent. The cases are named by what is wrong in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.faults.offices import Came, ran
from tests.read.source_files import workbook


@dataclass(frozen=True)
class Case:
    """A file, what Surpass takes of it (by keycode, its values in order), and the rules broken."""

    file: str | bytes
    sent: dict[str, str] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)


def _case(file: str | bytes, *rules: str, sent: dict[str, str] | None = None, **more: str) -> Case:
    return Case(file, sent or {}, frozenset(rules), more)


def _formatted(code: str, column: str, *rows: list[object]) -> bytes:
    """A workbook in which one column has this number format."""

    def change(book: Workbook) -> None:
        for cell in book["Marks"][column]:
            cell.number_format = code

    return workbook({"Marks": rows}, change)


_TWO = {"QUIET0AA": "1:1 2:2", "QUIET1AA": "1:3 2:4"}
_ROWS = "QUIET0AA,1,2\nQUIET1AA,3,4\n"

_WHOSE = {
    "keycode column sorted alone": _case(
        "Keycode,Candidate Reference,Q1\nQUIET0AA,S0001,0\nQUIET1AA,S0002,1\nQUIET2AA,S0000,2\n",
        "candidate-differs",
    ),
    "two of four rows swapped": _case(
        "Keycode,Candidate Reference,Q1\nQUIET0AA,S0000,0\nQUIET1AA,S0002,1\n"
        "QUIET2AA,S0001,2\nQUIET3AA,S0003,3\n",
        "candidate-differs",
        sent={"QUIET0AA": "1:0", "QUIET3AA": "1:3"},
    ),
    "a centre that Surpass does not list": _case(
        "Centre,Candidate number,Q1\n33333,0099,1\n", "candidate-unknown"
    ),
    "another centre than the candidate's": _case(
        "Centre,Candidate number,Q1\n11111,0099,1\n11111,0001,3\n",
        "candidate-unknown",
        sent={"CENTR2AA": "1:3"},
    ),
    "a test that Surpass does not list": _case(
        "Candidate Reference,Test,Q1\nS0000,CHEM-2,1\n", "candidate-unknown"
    ),
    "an ID that counts the rows, beside the reference": _case(
        "ID,Roll No,Q1\n1,R26-001,A\n2,R26-002,B\n", sent={"ROLLS1AA": "1:A", "ROLLS2AA": "1:B"}
    ),
    "an ID that counts the rows, behind the reference": _case(
        "Roll No,ID,Q1\nR26-001,1,A\nR26-002,2,B\n", sent={"ROLLS1AA": "1:A", "ROLLS2AA": "1:B"}
    ),
    "a Microsoft Forms export": _case(
        "ID,Start time,Completion time,Email,Name,Matriculation No,Q1,Q2,Q3\n"
        "1,11/26/26 9:00,11/26/26 9:30,anonymous,,R26-001,A,B,C\n"
        "2,11/26/26 9:00,11/26/26 9:30,anonymous,,R26-002,B,B,C\n",
        sent={"ROLLS1AA": "1:A 2:B 3:C", "ROLLS2AA": "1:B 2:B 3:C"},
    ),
    "references of a word and a number": _case(
        "Candidate,Q1,Q2\nStudent 1,1,2\nStudent 2,3,4\n", "candidate-unknown"
    ),
    "an ID that counts the rows, and no other": _case(
        "ID,Email,Q1\n1,anonymous,A\n2,anonymous,B\n", "reading-uncertain"
    ),
    "zeros that the number format shows": _case(
        _formatted("0000000", "A", ["Candidate Reference", "Q1"], [4711, 5]),
        sent={"DOUBLE1A": "1:5"},
    ),
    "zeros that may be lost": _case(
        workbook({"Marks": [["Candidate Reference", "Q1"], [4711, 5]]}),
        "candidate-zeros",
        "id-is-number",
    ),
    "an id in the first of three rows": _case(
        "Candidate Reference,Question,Mark\nS0000,1,5\n,2,6\n,3,7\nS0001,1,4\nS0001,2,3\n",
        "id-first-row-only",
        "keycode-missing",
        sent={"QUIET1AA": "1:4 2:3"},
    ),
    "an id merged over its rows": _case(
        workbook(
            {"M": [["Keycode", "Question", "Mark"], ["QUIET0AA", 1, 5], [None, 2, 6]]},
            lambda book: book["M"].merge_cells("A2:A3"),
        ),
        "id-filled-down",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "a second marker's row without an id": _case(
        "Keycode,Marker,Q1\nQUIET0AA,1st,5\n,2nd,7\nQUIET1AA,1st,4\n",
        "id-first-row-only",
        "keycode-missing",
        sent={"QUIET1AA": "1:4"},
    ),
    "references of eight characters": _case(
        "Student ID,Q1,Q2\nS1234560,1,2\nS1234561,0,4\n",
        sent={"EIGHT0AA": "1:1 2:2", "EIGHT1AA": "1:0 2:4"},
    ),
    "references of eight characters beside others": _case(
        "Candidate Reference,Student ID,Q1\nT0000,S1234560,1\n", "ids-differ"
    ),
    "a session of the season": _case(
        "Session,Candidate number,Q1,Q2\nJune 2026,S0000,1,2\nJune 2026,S0001,3,4\n", sent=_TWO
    ),
    "a session of the season without a space": _case(
        "Session,Candidate number,Q1,Q2\nJUNE2026,S0000,1,2\n", sent={"QUIET0AA": "1:1 2:2"}
    ),
    "a session of the day": _case(
        "Session,Candidate number,Q1,Q2\nAM,S0000,1,2\nPM,S0001,3,4\n", sent=_TWO
    ),
    "a session that is the keycode": _case(f"Session,Q1,Q2\n{_ROWS}", sent=_TWO),
}

_BLOCKS = {
    "a key row that the scores prove": _case(
        "Student ID,Form,Score,1,2,3\n,7,3,A,B,C\n70000,7,2,A,B,D\n70001,7,1,A,C,D\n",
        sent={"MULTI0AA": "1:A 2:B 3:D", "MULTI1AA": "1:A 2:C 3:D"},
    ),
    "a row of answers without an id that nothing proves to be the key": _case(
        "Student ID,1,2,3\n,A,B,C\n70000,A,B,D\n",
        "keycode-missing",
        sent={"MULTI0AA": "1:A 2:B 3:D"},
    ),
    "a second block with the questions in another order": _case(
        "Exam No,Q1,Q2\nS0000,1,2\n\nExam No,Q2,Q1\nS0001,3,4\n", "layout-ambiguous"
    ),
    "a second block under another word": _case(
        f"Keycode,Q1,Q2\n{_ROWS}Session code,Q2,Q1\nQUIET2AA,3,4\n", "layout-ambiguous"
    ),
    "a second block with bare numbers": _case(
        "Keycode,1,2\nQUIET0AA,1,2\nCode,2,1\nQUIET1AA,3,4\n", "layout-ambiguous"
    ),
    "a second block of a long sheet": _case(
        "Keycode,Question,Mark\nQUIET0AA,1,5\nKeycode,Mark,Question\nQUIET1AA,2,1\n",
        "layout-ambiguous",
    ),
    "the heading again on each page": _case(
        "Keycode,Q1,Q2\nQUIET0AA,1,2\nKeycode,Q1,Q2\nQUIET1AA,3,4\n", sent=_TWO
    ),
}

_COLUMNS = {
    f"a column of marks, {what}": _case(f"Keycode,{heading}\n{rows}", "heading-not-understood")
    for what, heading, rows in [
        ("behind, with NA", "Q1,Essay", "QUIET0AA,1,15\nQUIET1AA,2,NA\nQUIET2AA,2,9\n"),
        ("behind, with a remark", "Q1,Essay", "QUIET0AA,1,15\nQUIET1AA,2,see me\nQUIET2AA,2,9\n"),
        ("behind, with a dash", "Q1,Oral", "QUIET0AA,1,-\nQUIET1AA,2,9\n"),
        ("behind, of words alone", "Q1,Oral", "QUIET0AA,1,NA\nQUIET1AA,2,ABS\n"),
        ("of a practical", "Q1,Practical mark", "QUIET0AA,1,15\nQUIET1AA,2,9\n"),
        ("of a section, before", "Section A,Q1", "QUIET0AA,15,1\nQUIET1AA,9,2\n"),
        ("of a paper's number", "Paper 2,Q1", "QUIET0AA,15,1\nQUIET1AA,9,2\n"),
        ("of halves", "Q1,Coursework", "QUIET0AA,1,15½\nQUIET1AA,2,9.5\n"),
        ("of letters", "Q1,Portfolio", "QUIET0AA,1,A\nQUIET1AA,2,B\n"),
        ("of per cent", "Q1,Listening", "QUIET0AA,1,80%\nQUIET1AA,2,75%\n"),
        ("that is sparse", "Q1,Bonus", "QUIET0AA,1,\nQUIET1AA,2,3\n"),
        ("of a year", "2026,Q1", "QUIET0AA,1,5\n"),
        ("of a second marking", "1st,2nd,Q1", "QUIET0AA,5,7,6\n"),
        ("that is the awarded one", "Question,Mark,Awarded", "QUIET0AA,1,10,4\n"),
        ("that is the obtained one", "Question,Marks,Marks obtained", "QUIET0AA,1,10,4\n"),
        ("without a heading", "Q1,", "QUIET0AA,1,5\n"),
    ]
} | {
    "subtotals amid the questions": _case(
        "Keycode,Q1,Subtotal A,Q2,Section B total,Total\nTELLS0AA,1,1,2,2,3\n", "questions-missing"
    ),
    "sums of every kind": _case(
        "Keycode,Q1,Sub-total,Q2,Max,%,Grade,Final mark,Rank,Total\nQUIET0AA,1,1,2,20,15,E,3,9,3\n",
        sent={"QUIET0AA": "1:1 2:2"},
    ),
    "columns that describe the row": _case(
        "No.,Keycode,Surname,Class,Seat number,Room,Q1,Q2,Marker,Date,Comment\n"
        "1,QUIET0AA,Lee,9B,17,101,1,2,3,2026-06-02,4 pages\n2,QUIET1AA,Ray,9C,18,101,3,4,5,,\n",
        sent=_TWO,
    ),
    **{
        f"a version headed {word}": _case(
            f"Roll No,{word},Q1,Q2\n70000,A,A,B\n70001,B,C,A\n", "versions-mixed"
        )
        for word in ("Set", "Key", "Booklet", "Variant", "Paper set")
    },
    "a version under a heading that nobody knows": _case(
        "Roll No,Blatt,Q1,Q2\n70000,A,A,B\n70001,B,C,A\n", "heading-not-understood"
    ),
}

_HEADINGS = {
    f"questions headed {first!r}, {second!r}": _case(
        workbook({"M": [["Keycode", first, second], ["QUIET0AA", 1, 9]]}),
        sent={"QUIET0AA": f"{numbers.split()[0]}:1 {numbers.split()[1]}:9"},
    )
    for first, second, numbers in [
        ("Q1\n(10)", "Q2\n(10)", "1 2"),
        ("Q\u00a01", "Q\u00a02", "1 2"),
        ("Q1 (10 pts)", "Q2 (10 pts.)", "1 2"),
        ("1.", "2.", "1 2"),
        ("1)", "2)", "1 2"),
        ("Q1:", "Q2:", "1 2"),
        ("Q1 (a)", "Q1 (b)", "1(a) 1(b)"),
        ("Q1_a", "Q1_b", "1a 1b"),
        ("Q1 mark", "Q2 mark", "1 2"),
        ("Question 1 [max. 10 marks]", "Question 2 [max. 15 marks]", "1 2"),
        ("Task 1", "Task 2", "1 2"),
        ("1.0", "2.0", "1 2"),
        ("Q1 out of 10", "Q2 out of 10", "1 2"),
    ]
} | {
    "long, numbers as pandas writes them": _case(
        "Keycode,Question,Mark\nQUIET0AA,1.0,4.0\nQUIET0AA,2.0,5.0\n", sent={"QUIET0AA": "1:4 2:5"}
    ),
    "long, parts that are no decimals": _case(
        "Keycode,Question,Mark\nQUIET0AA,1.0,4\nQUIET0AA,1.1,5\n", sent={"QUIET0AA": "1.0:4 1.1:5"}
    ),
    "long, with a total": _case(
        "Keycode,Question,Mark\nQUIET0AA,1,5\nQUIET0AA,2,6\nQUIET0AA,Total,11\n",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "long, with another total": _case(
        "Keycode,Question,Mark\nQUIET0AA,1,5\nQUIET0AA,2,6\nQUIET0AA,Total,12\n", "total-differs"
    ),
    "ordinals alone": _case("Keycode,1st,2nd,Agreed mark\nQUIET0AA,5,7,6\n", "layout-unknown"),
    "long, an ordinal": _case("Keycode,Question,Mark\nQUIET0AA,1st,5\n", "question-not-understood"),
    "trailing separators in the heading": _case("Keycode,Q1,Q2,,,\n" + _ROWS, sent=_TWO),
    "trailing separators that Excel drops": _case(
        "Keycode,Q1,Q2,Comment\nQUIET0AA,1,2\nQUIET1AA,3,4,ok\n", sent=_TWO
    ),
    "a separator too few amid the marks": _case(
        "Keycode,Q1,Q2,Comment\nQUIET0AA,1\nQUIET1AA,3,4,ok\n",
        "row-ragged",
        "mark-blank",
        sent={"QUIET1AA": "1:3 2:4"},
    ),
}

_CELLS = {
    "per cent cells": _case(
        _formatted("0%", "B", ["Keycode", "Q1"], ["QUIET0AA", 1], ["QUIET1AA", 0]),
        "mark-not-a-number",
    ),
    "per cent cells with decimals": _case(
        _formatted("0.0%", "B", ["Keycode", "Q1"], ["QUIET0AA", 1]), "mark-not-a-number"
    ),
    "rounded for the eye only": _case(
        _formatted("0", "B", ["Keycode", "Q1"], ["QUIET0AA", 7]), sent={"QUIET0AA": "1:7"}
    ),
    "shares of the maximum": _case(
        "Keycode,Q1,Q2\nQUIET0AA,1,1\nQUIET1AA,0.5,0.2\nQUIET2AA,0.8,0\n", "marks-are-shares"
    ),
    "answers and marks in one sheet": _case(
        "ID,Q1,Q2,Q3\n70000,A,B,12\n70001,B,B,9\n", "layout-ambiguous"
    ),
    "digits as codes among answers": _case(
        "Student ID,Q1,Q2\n70000,A,0\n70001,B,B\n",
        "answer-not-understood",
        sent={"MULTI1AA": "1:B 2:B"},
    ),
    "numbers that may be answers": _case(
        "Student ID,Q1,Q2,Q3,Q4,Q5\n70000,1,3,2,4,1\n70001,2,3,2,4,1\n", "reading-uncertain"
    ),
    "numbers that are marks, with their maxima": _case(
        "Student ID,Q1,Q2,Q3,Q4,Q5\nMax,5,5,5,5,5\n70000,1,3,2,4,1\n70001,2,3,2,4,1\n",
        sent={"MULTI0AA": "1:1 2:3 3:2 4:4 5:1", "MULTI1AA": "1:2 2:3 3:2 4:4 5:1"},
    ),
    "grades": _case("Keycode,Q1,Q2\nQUIET0AA,P,M\nQUIET1AA,F,D\n", "reading-uncertain"),
    "true and false": _case(
        "Keycode,Q1,Q2\nQUIET0AA,T,F\nQUIET1AA,F,F\n",
        sent={"QUIET0AA": "1:T 2:F", "QUIET1AA": "1:F 2:F"},
    ),
    "bits as R/exams writes them": _case(
        "registration;name;id;exam;scrambling;scan;answer.1;solution.1\n"
        "70000;A;a;1;00;1.png;01000;01000\n70001;B;b;1;00;2.png;10000;01000\n",
        sent={"MULTI0AA": "1:B", "MULTI1AA": "1:A"},
    ),
    "bits that lost their zeros": _case(
        "registration;name;id;exam;scrambling;scan;answer.1;solution.1\n"
        "70000;A;a;1;0;1.png;1000;1000\n70001;B;b;1;0;2.png;10000;1000\n",
        "answers-damaged",
    ),
    "yes and no": _case(
        '"file_id","input_path","output_path","score","Roll","q1"\n"a","a","a","0","70000","yes"\n'
        '"b","b","b","0","70001","no"\n',
        "answer-not-understood",
    ),
    "several boxes of a question without a value": _case(
        "questionnaire_id,global_id,empty,valid,recognized,review,verified,1_1_review,1_1,1_1_1,"
        "1_1_2,1_2_review,1_2_1,1_2_2\n70000,x,0,1,1,,1,,2,0,1,,0,1\n70001,x,0,1,1,,1,,1,1,0,,1,1\n",
        "answer-multiple",
        sent={"MULTI0AA": "1:B 2:B"},
    ),
    "text as Excel is told": _case(
        'Candidate Reference,Q1\n="00123000",1\n',
        "cell-tidied",
        sent={"ZEROS0AA": "1:1"},
    ),
    "text as an apostrophe says": _case(
        "Candidate Reference,Q1\n'00123000,'7\n", "cell-tidied", sent={"ZEROS0AA": "1:7"}
    ),
    "direction marks": _case(
        "Keycode,Q1\n\u200eQUIET0AA,5\nQUIET1AA,\u202a6\u202c\n\u2066QUIET2AA\u2069,7\n",
        "keycode-tidied",
        "cell-tidied",
        sent={"QUIET0AA": "1:5", "QUIET1AA": "1:6", "QUIET2AA": "1:7"},
    ),
    "a Cyrillic letter in a keycode": _case("Keycode,Q1\nQUIE\u04220AA,1\n", "keycode-malformed"),
}

_ROWS_THAT_STAY = {
    "a long reference and nothing marked": _case(
        "CandidateReference,Q1\n123452301000A,1\n123452301001A,\n123452301002A,2\n",
        "row-not-marked",
        sent={"LONGR0AA": "1:1", "LONGR2AA": "1:2"},
    ),
    "a blank script": _case(
        "Student ID,Q1,Q2\n123452301000A,A,B\n123452301001A,,\n",
        sent={"LONGR0AA": "1:A 2:B", "LONGR1AA": "1: 2:"},
    ),
    "a page that could not be read": _case(
        '"file_id","input_path","output_path","score","Roll","q1"\n"a","a","a","0","70000","A"\n'
        '"b","b","b","0","",""\n',
        "keycode-missing",
        sent={"MULTI0AA": "1:A"},
    ),
    "not marked yet, where blanks are zeros": _case(
        "Keycode,Q1,Q2,Q3,Q4\nTELLS0AA,1,2,3,4\nTELLS1AA,,,,\nTELLS2AA,5,,6,7\n",
        "row-not-marked",
        sent={"TELLS0AA": "1:1 2:2 3:3 4:4", "TELLS2AA": "1:5 2:0 3:6 4:7"},
        blank_mark="zero",
    ),
    "maxima without a label": _case(
        "Keycode,Name,Q1,Q2,Total\n,,10,10,20\nQUIET0AA,A,5,6,11\n",
        "row-is-maxima",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "maxima as full marks": _case(
        "Keycode,Q1,Q2,Total\nFull marks,10,10,20\nQUIET0AA,5,6,11\n",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "a space in the last row of the grid": _case(
        workbook(
            {"Marks": [["Keycode", "Q1", "Q2"], ["QUIET0AA", 1, 2], ["QUIET1AA", 3, 4]]},
            lambda book: setattr(book["Marks"]["A1048576"], "value", " "),
        ),
        sent=_TWO,
    ),
    "a class list beside the marks": _case(
        workbook(
            {
                "Marks": [["Keycode", "Q1", "Q2"], ["QUIET0AA", 1, 2], ["QUIET1AA", 3, 4]],
                "List": [["Keycode", "Name"], ["QUIET0AA", "A. Lee"], ["QUIET1AA", "B. Ray"]],
            }
        ),
        "sheet-not-recognised",
        sent=_TWO,
    ),
    "the same candidate twice, whom Surpass does not know": _case(
        "Candidate Reference,Q1\nX1,1\nX1,2\n", "candidate-unknown", "question-twice"
    ),
    "Ctrl-Z at the end": _case(f"Keycode,Q1,Q2\n{_ROWS}\x1a", sent=_TWO),
    "names in another encoding": _case(
        "Student ID,Name,Q1,Q2\nS0000,Иванова,1,2\n".encode("cp1251"),
        "encoding-other",
        sent={"QUIET0AA": "1:1 2:2"},
    ),
    "a heading of marks in another encoding": _case(
        "Student ID,Q1,Эссе\nS0000,1,12\n".encode("cp1251"), "encoding-other", "encoding-unclear"
    ),
    "an answer in another encoding": _case(
        "Student ID,Q1,Q2\nS0000,Б,B\nS0001,A,B\nS0002,A,ЖЮ\n".encode("cp1251"),
        "encoding-other",
        "encoding-unclear",
    ),
    "Shift-JIS": _case(
        "Student ID,氏名,Q1,Q2\nS0000,山田ソ能,1,2\n".encode("shift-jis"), "file-unreadable"
    ),
    "nothing that is known, with a word that is an answer": _case(
        "Name,Q1,Q2\nA B,AD,C\nB C,B,C\n", "layout-unknown"
    ),
}

_CASES = {**_WHOSE, **_BLOCKS, **_COLUMNS, **_HEADINGS, **_CELLS, **_ROWS_THAT_STAY}


@pytest.mark.parametrize("name", _CASES)
def test_what_is_sent_and_what_is_said(tmp_path: Path, name: str) -> None:
    case = _CASES[name]
    came = ran(tmp_path, case.file, **case.settings)
    assert _shown(came) == case.sent
    assert came.rules == case.rules
    for message in came.report.reconciliation.findings["message"]:
        # Neither a regular expression nor an empty name.
        assert not any(slip in message for slip in ("(?", "[^", "\\", " of  is", " '' ", "None"))
        assert len(message) < 400


def _shown(came: Came) -> dict[str, str]:
    return {
        keycode: " ".join(f"{question}:{value}" for question, value in carried.items())
        for keycode, carried in came.sent.items()
    }
