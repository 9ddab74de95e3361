"""The rules of the file, the sheet and the heading."""

from __future__ import annotations

from tests.read.source_files import workbook
from tests.validate.rule_book.case import HELD, INVALID, READY, SECOND, Case, sample

_OPTIONS_OR_MARKS = "Student ID,Q1,Q2,Q3,Q4,Q5\n70000,1,3,2,4,1\n70001,2,3,2,4,1\n"
_BITS = (
    "registration;name;id;exam;scrambling;scan;answer.1;solution.1\n"
    "70000;A B;ab;1;0;1.png;1000;10000\n"
)

CASES = [
    Case(rule="file-unreadable", contents=(b"",), at=(None, None, None), becomes=[]),
    Case(
        rule="file-unreadable",
        contents=("Keycode,Q1\nKEYCODE1,5\n", b"PK\x03\x04"),
        at=(None, None, None),
        becomes=READY,
    ),
    Case(
        rule="layout-unknown", contents=("Code,Q1\nKEYCODE1,5\n",), at=(1, None, None), becomes=[]
    ),
    Case(
        rule="layout-unknown",
        contents=("Dear all,\nplease find attached\n",),
        at=(None, None, None),
        becomes=[],
    ),
    # two rows that read as a heading, a candidate above it, two columns for one thing
    Case(
        rule="layout-ambiguous",
        contents=("Keycode,Q1\nKEYCODE1,5\nKeycode,Q2\nKEYCODE2,5\n",),
        at=(3, "A", None),
        becomes=[],
    ),
    Case(
        rule="layout-ambiguous",
        contents=("Session,1\nKeycode,Q1,Q2\nKEYCODE1,5,6\n",),
        at=(2, "A", None),
        becomes=[],
    ),
    Case(
        rule="layout-ambiguous",
        contents=("KEYCODE2,6\nKeycode,Q1\nKEYCODE1,5\n",),
        at=(1, "A", None),
        becomes=[],
    ),
    Case(
        rule="layout-ambiguous",
        contents=("Keycode,Keycode,Q1\nKEYCODE1,KEYCODE2,5\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    Case(
        rule="layout-ambiguous",
        contents=("Keycode,Question,Mark,Question,Mark\nKEYCODE1,1,5,2,6\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    Case(
        rule="layout-ambiguous",
        contents=("Keycode,Question,Mark,Score\nKEYCODE1,1,5,6\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    Case(
        rule="no-candidates",
        contents=("Biology\nKeycode,Q1\nMaximum,10\n",),
        at=(2, None, None),
        becomes=[],
    ),
    Case(
        rule="layout-refused",
        contents=(sample("layout-refused.csv"),),
        at=(None, None, None),
        becomes=[],
    ),
    Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,Comment,Q2\nKEYCODE1,5,4,6\n",),
        at=(1, "C", None),
        becomes=[],
    ),
    Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,Q2,Essay\nKEYCODE1,5,6,NA\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    Case(rule="reading-uncertain", contents=(_OPTIONS_OR_MARKS,), at=(1, "B", None), becomes=[]),
    Case(
        rule="reading-uncertain",
        contents=("Keycode,Q1\nKEYCODE1,P\nKEYCODE2,M\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    Case(rule="reading-uncertain", contents=("ID,Q1\n1,A\n2,B\n",), at=(1, "A", None), becomes=[]),
    Case(rule="answers-damaged", contents=(_BITS,), at=(1, "G", None), becomes=[]),
    Case(
        rule="marks-are-shares",
        contents=("Keycode,Q1\nKEYCODE1,0.25\nKEYCODE2,0.7\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,Q2 or 3\nKEYCODE1,5,6\n",),
        at=(1, "C", None),
        becomes=[],
    ),
    Case(
        rule="heading-not-understood",
        contents=("Keycode,Question 0 bis,Q1\nKEYCODE1,5,6\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,\nKEYCODE1,5,6\n",),
        at=(1, "C", None),
        becomes=[],
    ),
    Case(
        rule="heading-not-understood",
        contents=("Keycode,Question,Mark,Q2\nKEYCODE1,1,5,6\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    Case(
        rule="sheet-not-recognised",
        contents=(
            workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", 5]], "Notes": [["Rounded up"]]}),
        ),
        at=(None, None, None),
        becomes=READY,
    ),
    Case(
        rule="sheet-hidden",
        contents=(sample("sheet-hidden.xlsx"),),
        at=(None, None, None),
        becomes=[*READY, SECOND],
    ),
    Case(
        rule="rows-hidden",
        contents=(sample("rows-hidden.xlsx"),),
        at=(3, None, None),
        becomes=[*READY, SECOND],
    ),
    Case(
        rule="columns-hidden",
        contents=(sample("columns-hidden.xlsx"),),
        at=(None, "B", None),
        becomes=READY,
    ),
    Case(
        rule="column-ignored",
        contents=("Keycode,Q1,Comment\nKEYCODE1,5,well done\n",),
        at=(1, "C", None),
        becomes=READY,
    ),
    Case(
        rule="file-repeated",
        contents=("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q1\nKEYCODE1,5\n"),
        at=(None, None, None),
        becomes=READY,
    ),
    Case(
        rule="encoding-assumed",
        contents=("Keycode,Name,Q1\nKEYCODE1,Zoë,5\n".encode("cp1252"),),
        at=(None, None, None),
        becomes=READY,
    ),
    Case(
        rule="encoding-other",
        contents=(sample("encoding-other.csv"),),
        at=(None, None, None),
        becomes=READY,
    ),
    Case(
        rule="encoding-unclear",
        contents=(sample("encoding-unclear.csv"),),
        at=(2, "A", None),
        becomes=[],
    ),
    Case(
        rule="mark-over-stated-maximum",
        contents=(sample("mark-over-stated-maximum.csv"),),
        at=(2, "B", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="id-within-another",
        contents=(sample("id-within-another.csv"),),
        at=(2, "A", "KEYCODE1"),
        becomes=[*HELD, ("KEYCODE1(AMENDED)", "invalid")],
    ),
]
