"""The rules of the question and of its mark or answer."""

from __future__ import annotations

import datetime as dt

from tests.read.source_files import workbook
from tests.validate.rule_book.case import ABSENT, HELD, INVALID, OMR, Case

_GRADESCOPE = (
    "Name,Keycode,Email,Total Score,Max Points,Status,Submission ID,Submission Time,"
    "Lateness (H:M:S),View Count,Submission Count,1: A (2.0 pts),2: B (2.0 pts)\n"
)

CASES = [
    Case(
        rule="question-missing",
        contents=("Keycode,Question,Mark\nKEYCODE1,,5\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="question-not-understood",
        contents=("Keycode,Question,Mark\nKEYCODE1,1st,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="question-twice",
        contents=("Keycode,Q1\nKEYCODE1,5\nKEYCODE1,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="question-twice",
        contents=("Keycode,Q1,Q01\nKEYCODE1,5,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="question-twice",  # the sheet of two markers
        contents=("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Question,Mark\nKEYCODE1,1,6\n"),
        at=(2, "B", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="question-twice",  # results appended twice
        contents=(OMR + '"1","a","b","0","KEYCODE1","A","B"\n' * 2,),
        at=(2, "F", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="kinds-mixed",
        contents=("Keycode,Q1\nKEYCODE1,5\n", OMR + '"1","a","b","0","KEYCODE1","A","B"\n'),
        at=(2, "A", "KEYCODE1"),
        becomes=HELD * 2,
    ),
    Case(
        rule="mark-blank",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5,\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-blank",
        contents=("Keycode,Question,Mark\nKEYCODE1,1, \n",),
        at=(2, "C", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-not-whole",
        contents=("Keycode,Q1\nKEYCODE1,18.5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-not-whole",
        contents=("Keycode;Q1\nKEYCODE1;18,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-not-whole",
        contents=("Keycode,Q1\nKEYCODE1,7½\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-not-whole",
        contents=('Keycode,Q1\nKEYCODE1,"3,000"\n',),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-negative",
        contents=("Keycode,Q1\nKEYCODE1,-1\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-negative",
        contents=("Keycode,Q1\nKEYCODE1,\N{MINUS SIGN}1\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="decimals-mixed",
        contents=('Keycode,Q1\nKEYCODE1,"1,5"\nKEYCODE2,2.5\n',),
        at=(2, "B", "KEYCODE1"),
        becomes=[*INVALID, ("KEYCODE2", "invalid")],
    ),
    Case(
        rule="mark-date",
        contents=("Keycode,Q1\nKEYCODE1,04-May\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-date",  # 4/5, typed into Excel
        contents=(workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", dt.date(2025, 5, 4)]]}),),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-not-a-number",
        contents=("Keycode,Q1\nKEYCODE1,4/5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="mark-not-a-number",
        contents=(workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", "=C2"]]}),),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="candidate-absent",
        contents=("Keycode,Q1,Q2\nKEYCODE1,ABS,\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=ABSENT,
    ),
    Case(
        rule="candidate-absent",
        contents=("Keycode,Q1,Q2\nKEYCODE1,NA,abs\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=ABSENT,
    ),
    Case(
        rule="candidate-absent-with-marks",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5,absent\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="candidate-absent-with-marks",
        contents=("Keycode,Question,Mark\nKEYCODE1,1,ABS\nKEYCODE1,2,0\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="candidate-missing",
        contents=(_GRADESCOPE + "A,KEYCODE1,a,,,Missing,,,,,,,\n",),
        at=(2, "L", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="answer-multiple",
        contents=(OMR + '"1","a","b","0","KEYCODE1","A","BC"\n',),
        at=(2, "G", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="answer-multiple",  # answers told by number
        contents=(OMR + '"1","a","b","0","KEYCODE1","1","12"\n',),
        at=(2, "G", "KEYCODE1"),
        becomes=HELD,
    ),
    Case(
        rule="answer-not-understood",
        contents=(OMR + '"1","a","b","0","KEYCODE1","A","?"\n',),
        at=(2, "G", "KEYCODE1"),
        becomes=INVALID,
    ),
]
