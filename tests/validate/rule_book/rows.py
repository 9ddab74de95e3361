"""The rules of the row, and of whose it is."""

from __future__ import annotations

from tests.read.source_files import workbook
from tests.validate.rule_book.case import HELD, INVALID, OMR, READY, SECOND, Case, sample

CASES = [
    # --- the row
    Case(
        rule="row-ragged",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="row-ragged",
        contents=("Keycode,Q1\nKEYCODE1,5,6\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=INVALID,
    ),
    Case(
        rule="row-adds-up",
        contents=(sample("row-adds-up.csv"),),
        at=(5, None, None),
        becomes=[*READY, SECOND, ("KEYCODE3", "ready")],
    ),
    Case(
        rule="row-is-maxima",
        contents=("Keycode,Q1,Q2\n,10,8\nKEYCODE1,5,6\n",),
        at=(2, None, None),
        becomes=READY,
    ),
    Case(
        rule="row-not-marked",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5,6\nKEYCODE2,,\n",),
        at=(3, "A", None),
        becomes=READY,
    ),
    Case(
        rule="id-filled-down",
        contents=(
            workbook(
                {"P": [["Keycode", "Question", "Mark"], ["KEYCODE1", 1, 5], [None, 2, 6]]},
                change=lambda book: book["P"].merge_cells("A2:A3"),
            ),
        ),
        at=(3, "A", None),
        becomes=READY,
    ),
    Case(
        rule="id-first-row-only",
        contents=("Keycode,Question,Mark\nKEYCODE1,1,5\n,2,6\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=[*HELD, ("", "invalid")],
    ),
    Case(
        rule="row-swallowed",
        contents=('Keycode,Q1,Comment\nKEYCODE1,5,"good\nKEYCODE2,6,poor"\n',),
        at=(2, "C", None),
        becomes=INVALID,
    ),
    Case(
        rule="row-swallowed",
        contents=('Keycode,Q1,Comment\n,,"good\nKEYCODE2,6,"\nKEYCODE1,5,\n',),
        at=(2, "C", None),
        becomes=READY,
    ),
    # --- whose it is
    Case(
        rule="keycode-missing",
        contents=("Keycode,Q1\n,5\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")],
    ),
    Case(
        rule="keycode-missing",
        contents=("Keycode,Ref,Q1\n,,5\n,,6\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")] * 2,
    ),
    Case(
        rule="keycode-malformed",
        contents=("Keycode,Q1\nKEYCOD1,5\n",),
        at=(2, "A", "KEYCOD1"),
        becomes=[("KEYCOD1", "invalid")],
    ),
    Case(
        rule="keycode-malformed",
        contents=("Keycode,Q1\n1.2E+07,5\n",),
        at=(2, "A", "1.2E+07"),
        becomes=[("1.2E+07", "invalid")],
    ),
    Case(
        rule="keycode-malformed",
        contents=(
            workbook({"P": [["Keycode", "Q1"], [1234567, 5]]}),
        ),  # a leading zero that Excel dropped
        at=(2, "A", "1234567"),
        becomes=[("1234567", "invalid")],
    ),
    Case(
        rule="keycode-malformed",  # whose upper case has eight letters
        contents=("Keycode,Q1\nstraße1,5\n",),
        at=(2, "A", "straße1"),
        becomes=[("straße1", "invalid")],
    ),
    Case(
        rule="keycode-malformed",  # a bad bubble
        contents=(OMR + '"1","a","b","0","0no22nonono","A","B"\n',),
        at=(2, "E", "0NO22NONONO"),
        becomes=[("0NO22NONONO", "invalid")],
    ),
    Case(
        rule="keycode-tidied",
        contents=("Keycode,Q1\n keycode1,5\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=READY,
    ),
    Case(
        rule="keycode-tidied",
        contents=("Keycode,Q1\nKEYC\u00a0ODE1\u200b,5\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=READY,
    ),
    Case(
        rule="cell-tidied",
        contents=("Keycode,Q1\nKEYCODE1,18\u00a0\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=READY,
    ),
    Case(
        rule="cell-tidied",
        contents=("Candidate,Q1\n0012\u200b,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")],
    ),
    Case(
        rule="id-is-number",
        contents=(sample("id-is-number.xlsx"),),
        at=(2, "A", None),
        becomes=[("", "held")] * 2,
    ),
    Case(
        rule="reference-damaged",
        contents=("Candidate,Q1\n1.20E+16,5\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")],
    ),
    Case(
        rule="reference-damaged",
        contents=("Candidate,Q1\n12-May,5\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")],
    ),
    Case(
        rule="candidate-not-looked-up",
        contents=("Candidate,Q1\n0012041,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")],
    ),
    Case(
        rule="candidate-not-looked-up",  # of a test each: two sessions
        contents=("Candidate,Test,Q1\n0012041,BIO,5\n0012041,CHEM,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")] * 2,
    ),
    Case(
        rule="candidate-not-looked-up",  # 12 of test 3 is not 1 of test 23
        contents=("Candidate,Test,Q1\n12,3,5\n1,23,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")] * 2,
    ),
    Case(
        rule="keycode-look-alike",
        contents=("Keycode,Q1\nKEYC0DEI,5\nKEYCODE1,5\n",),
        at=(2, "A", "KEYC0DEI"),
        becomes=[("KEYC0DEI", "ready"), ("KEYCODE1", "ready")],
    ),
    Case(
        rule="session-elsewhere",
        contents=(
            workbook(
                {
                    "P": [["Keycode", "Q1"], ["KEYCODE1", 5], ["KEYCODE2", 5]],
                    "More": [["Code", "Q2"], ["KEYCODE1", 6]],
                }
            ),
        ),
        at=(2, "A", "KEYCODE1"),
        becomes=[("KEYCODE1", "held"), ("KEYCODE2", "ready")],
    ),
    Case(
        rule="session-elsewhere",  # in another file
        contents=("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q2,Essay,Q4\nKEYCODE1,6,7,8\n"),
        at=(2, "A", "KEYCODE1"),
        becomes=HELD,
    ),
]
