"""Whose a row is, and blocks of rows."""

from __future__ import annotations

from tests.faults.inputs.case import ROWS, TWO, case, formatted
from tests.read.source_files import workbook

WHOSE = {
    "keycode column sorted alone": case(
        "Keycode,Candidate Reference,Q1\nQUIET0AA,S0001,0\nQUIET1AA,S0002,1\nQUIET2AA,S0000,2\n",
        "candidate-differs",
    ),
    "two of four rows swapped": case(
        "Keycode,Candidate Reference,Q1\nQUIET0AA,S0000,0\nQUIET1AA,S0002,1\n"
        "QUIET2AA,S0001,2\nQUIET3AA,S0003,3\n",
        "candidate-differs",
        sent={"QUIET0AA": "1:0", "QUIET3AA": "1:3"},
    ),
    "a centre that Surpass does not list": case(
        "Centre,Candidate number,Q1\n33333,0099,1\n", "candidate-unknown"
    ),
    "another centre than the candidate's": case(
        "Centre,Candidate number,Q1\n11111,0099,1\n11111,0001,3\n",
        "candidate-unknown",
        sent={"CENTR2AA": "1:3"},
    ),
    "a test that Surpass does not list": case(
        "Candidate Reference,Test,Q1\nS0000,CHEM-2,1\n", "candidate-unknown"
    ),
    "an ID that counts the rows, beside the reference": case(
        "ID,Roll No,Q1\n1,R26-001,A\n2,R26-002,B\n", sent={"ROLLS1AA": "1:A", "ROLLS2AA": "1:B"}
    ),
    "an ID that counts the rows, behind the reference": case(
        "Roll No,ID,Q1\nR26-001,1,A\nR26-002,2,B\n", sent={"ROLLS1AA": "1:A", "ROLLS2AA": "1:B"}
    ),
    "a Microsoft Forms export": case(
        "ID,Start time,Completion time,Email,Name,Matriculation No,Q1,Q2,Q3\n"
        "1,11/26/26 9:00,11/26/26 9:30,anonymous,,R26-001,A,B,C\n"
        "2,11/26/26 9:00,11/26/26 9:30,anonymous,,R26-002,B,B,C\n",
        sent={"ROLLS1AA": "1:A 2:B 3:C", "ROLLS2AA": "1:B 2:B 3:C"},
    ),
    "references of a word and a number": case(
        "Candidate,Q1,Q2\nStudent 1,1,2\nStudent 2,3,4\n", "candidate-unknown"
    ),
    "an ID that counts the rows, and no other": case(
        "ID,Email,Q1\n1,anonymous,A\n2,anonymous,B\n", "reading-uncertain"
    ),
    "zeros that the number format shows": case(
        formatted("0000000", "A", ["Candidate Reference", "Q1"], [4711, 5]),
        sent={"DOUBLE1A": "1:5"},
    ),
    "zeros that may be lost": case(
        workbook({"Marks": [["Candidate Reference", "Q1"], [4711, 5]]}),
        "candidate-zeros",
        "id-is-number",
    ),
    "an id in the first of three rows": case(
        "Candidate Reference,Question,Mark\nS0000,1,5\n,2,6\n,3,7\nS0001,1,4\nS0001,2,3\n",
        "id-first-row-only",
        "keycode-missing",
        sent={"QUIET1AA": "1:4 2:3"},
    ),
    "an id merged over its rows": case(
        workbook(
            {"M": [["Keycode", "Question", "Mark"], ["QUIET0AA", 1, 5], [None, 2, 6]]},
            lambda book: book["M"].merge_cells("A2:A3"),
        ),
        "id-filled-down",
        sent={"QUIET0AA": "1:5 2:6"},
    ),
    "a second marker's row without an id": case(
        "Keycode,Marker,Q1\nQUIET0AA,1st,5\n,2nd,7\nQUIET1AA,1st,4\n",
        "id-first-row-only",
        "keycode-missing",
        sent={"QUIET1AA": "1:4"},
    ),
    "references of eight characters": case(
        "Student ID,Q1,Q2\nS1234560,1,2\nS1234561,0,4\n",
        sent={"EIGHT0AA": "1:1 2:2", "EIGHT1AA": "1:0 2:4"},
    ),
    "references of eight characters beside others": case(
        "Candidate Reference,Student ID,Q1\nT0000,S1234560,1\n", "ids-differ"
    ),
    "a session of the season": case(
        "Session,Candidate number,Q1,Q2\nJune 2026,S0000,1,2\nJune 2026,S0001,3,4\n", sent=TWO
    ),
    "a session of the season without a space": case(
        "Session,Candidate number,Q1,Q2\nJUNE2026,S0000,1,2\n", sent={"QUIET0AA": "1:1 2:2"}
    ),
    "a session of the day": case(
        "Session,Candidate number,Q1,Q2\nAM,S0000,1,2\nPM,S0001,3,4\n", sent=TWO
    ),
    "a session that is the keycode": case(f"Session,Q1,Q2\n{ROWS}", sent=TWO),
}

BLOCKS = {
    "a key row that the scores prove": case(
        "Student ID,Form,Score,1,2,3\n,7,3,A,B,C\n70000,7,2,A,B,D\n70001,7,1,A,C,D\n",
        sent={"MULTI0AA": "1:A 2:B 3:D", "MULTI1AA": "1:A 2:C 3:D"},
    ),
    "a row of answers without an id that nothing proves to be the key": case(
        "Student ID,1,2,3\n,A,B,C\n70000,A,B,D\n",
        "keycode-missing",
        sent={"MULTI0AA": "1:A 2:B 3:D"},
    ),
    "a second block with the questions in another order": case(
        "Exam No,Q1,Q2\nS0000,1,2\n\nExam No,Q2,Q1\nS0001,3,4\n", "layout-ambiguous"
    ),
    "a second block under another word": case(
        f"Keycode,Q1,Q2\n{ROWS}Session code,Q2,Q1\nQUIET2AA,3,4\n", "layout-ambiguous"
    ),
    "a second block with bare numbers": case(
        "Keycode,1,2\nQUIET0AA,1,2\nCode,2,1\nQUIET1AA,3,4\n", "layout-ambiguous"
    ),
    "a second block of a long sheet": case(
        "Keycode,Question,Mark\nQUIET0AA,1,5\nKeycode,Mark,Question\nQUIET1AA,2,1\n",
        "layout-ambiguous",
    ),
    "the heading again on each page": case(
        "Keycode,Q1,Q2\nQUIET0AA,1,2\nKeycode,Q1,Q2\nQUIET1AA,3,4\n", sent=TWO
    ),
}
