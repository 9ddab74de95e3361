"""The rule book: for each rule a source that breaks it, the finding, and what becomes of sessions.

Rows and columns are those that Excel shows. ``KEYCODE1`` and ``KEYCODE2`` stand for sessions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.interpret import shipped
from sample_data import RULES as SAMPLES
from schemas.rules import RULES
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import prepared, prepared_paths, validated

# These need Surpass's answer, a paper definition or the ledger: tests/deliver, tests/papers,
# test_session_lookup.py.
_OF_LATER_STAGES = {
    "candidate-unknown",
    "candidate-several",
    "candidate-differs",
    "candidate-zeros",
    "candidate-unconfirmed",
    "candidate-elsewhere",
    "place-unconfirmed",
    "ids-differ",
    "place-differs",
    "session-unknown",
    "session-not-shown",
    "session-not-open",
    "question-unknown",
    "questions-missing",
    "mark-over-maximum",
    "total-over-maximum",
    "questions-fewer-than-others",
    "sent-before-differently",
    "second-keying-missing",
    "second-keying-differs",
    "candidate-absent-but-sent",
    "versions-mixed",
    "version-unknown",
    "paper-differs",
    "question-numbers-restart",
    "question-numbers-unclear",
    "kind-differs",
    "answer-not-an-option",
    "time-zone-unknown",
    "clock-wrong",
}
# These look at many entries together: tests/tripwires.
_TRIPWIRES = {
    "column-constant",
    "responses-alike",
    "row-shifted",
    "item-mean-odd",
    "answer-outside-options",
    "total-differs",
    "totals-differ",
}
# These need a setting, or what a person has said: tests/validate/test_half_marks.py,
# tests/layouts/test_commands.py.
_OF_SETTINGS = {"mark-rounded", "marks-rounded", "column-left-out"}
# These are of workbooks that went back to the sender: tests/report/test_returned.py.
_OF_RETURNED = {"returned-unclear", "returned-row-removed"}
# These are of a slip beside the file or in it: tests/validate/test_slips.py.
_OF_SLIPS = {"slip-differs", "slip-unreadable"}
# This one takes very many cells: tests/validate/test_too_many_errors.py.
_OF_MANY = {"file-too-many-errors"}
_WITHOUT_A_SAMPLE = {
    **dict.fromkeys(_OF_LATER_STAGES, "no file alone breaks it"),
    **dict.fromkeys(_OF_SETTINGS, "it takes a setting"),
    **dict.fromkeys(_OF_MANY, "it takes very many cells"),
    "file-repeated": "it takes two files",
    **dict.fromkeys(_OF_RETURNED, "it takes a workbook that we returned"),
    **dict.fromkeys(_OF_SLIPS, "it takes a slip"),
    "layout-unverified": "each layout that comes with papermarks is confirmed, or refused",
}

_OMR = "file_id,input_path,output_path,score,Keycode,q1,q2\n"
_READY = [("KEYCODE1", "ready")]
_SECOND = ("KEYCODE2", "ready")
_INVALID = [("KEYCODE1", "invalid")]
_HELD = [("KEYCODE1", "held")]
_ABSENT = [("KEYCODE1", "absent")]
_Becomes = list[tuple[str, str]]
_Found = tuple[int | None, str | None, str | None]  # row, column, keycode


_OPTIONS_OR_MARKS = "Student ID,Q1,Q2,Q3,Q4,Q5\n70000,1,3,2,4,1\n70001,2,3,2,4,1\n"
_GRADESCOPE = (
    "Name,Keycode,Email,Total Score,Max Points,Status,Submission ID,Submission Time,"
    "Lateness (H:M:S),View Count,Submission Count,1: A (2.0 pts),2: B (2.0 pts)\n"
)
_BITS = (
    "registration;name;id;exam;scrambling;scan;answer.1;solution.1\n"
    "70000;A B;ab;1;0;1.png;1000;10000\n"
)


def _sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@dataclass(frozen=True)
class _Case:
    rule: str
    contents: tuple[str | bytes, ...]  # of the files
    at: _Found
    becomes: _Becomes


_BOOK = [
    # --- the file, the sheet, the heading
    _Case(rule="file-unreadable", contents=(b"",), at=(None, None, None), becomes=[]),
    _Case(
        rule="file-unreadable",
        contents=("Keycode,Q1\nKEYCODE1,5\n", b"PK\x03\x04"),
        at=(None, None, None),
        becomes=_READY,
    ),
    _Case(
        rule="layout-unknown", contents=("Code,Q1\nKEYCODE1,5\n",), at=(1, None, None), becomes=[]
    ),
    _Case(
        rule="layout-unknown",
        contents=("Dear all,\nplease find attached\n",),
        at=(None, None, None),
        becomes=[],
    ),
    # two rows that read as a heading, a candidate above it, two columns for one thing
    _Case(
        rule="layout-ambiguous",
        contents=("Keycode,Q1\nKEYCODE1,5\nKeycode,Q2\nKEYCODE2,5\n",),
        at=(3, "A", None),
        becomes=[],
    ),
    _Case(
        rule="layout-ambiguous",
        contents=("Session,1\nKeycode,Q1,Q2\nKEYCODE1,5,6\n",),
        at=(2, "A", None),
        becomes=[],
    ),
    _Case(
        rule="layout-ambiguous",
        contents=("KEYCODE2,6\nKeycode,Q1\nKEYCODE1,5\n",),
        at=(1, "A", None),
        becomes=[],
    ),
    _Case(
        rule="layout-ambiguous",
        contents=("Keycode,Keycode,Q1\nKEYCODE1,KEYCODE2,5\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    _Case(
        rule="layout-ambiguous",
        contents=("Keycode,Question,Mark,Question,Mark\nKEYCODE1,1,5,2,6\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    _Case(
        rule="layout-ambiguous",
        contents=("Keycode,Question,Mark,Score\nKEYCODE1,1,5,6\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    _Case(
        rule="no-candidates",
        contents=("Biology\nKeycode,Q1\nMaximum,10\n",),
        at=(2, None, None),
        becomes=[],
    ),
    _Case(
        rule="layout-refused",
        contents=(_sample("layout-refused.csv"),),
        at=(None, None, None),
        becomes=[],
    ),
    _Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,Comment,Q2\nKEYCODE1,5,4,6\n",),
        at=(1, "C", None),
        becomes=[],
    ),
    _Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,Q2,Essay\nKEYCODE1,5,6,NA\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    _Case(rule="reading-uncertain", contents=(_OPTIONS_OR_MARKS,), at=(1, "B", None), becomes=[]),
    _Case(
        rule="reading-uncertain",
        contents=("Keycode,Q1\nKEYCODE1,P\nKEYCODE2,M\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    _Case(rule="reading-uncertain", contents=("ID,Q1\n1,A\n2,B\n",), at=(1, "A", None), becomes=[]),
    _Case(rule="answers-damaged", contents=(_BITS,), at=(1, "G", None), becomes=[]),
    _Case(
        rule="marks-are-shares",
        contents=("Keycode,Q1\nKEYCODE1,0.25\nKEYCODE2,0.7\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    _Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,Q2 or 3\nKEYCODE1,5,6\n",),
        at=(1, "C", None),
        becomes=[],
    ),
    _Case(
        rule="heading-not-understood",
        contents=("Keycode,Question 0 bis,Q1\nKEYCODE1,5,6\n",),
        at=(1, "B", None),
        becomes=[],
    ),
    _Case(
        rule="heading-not-understood",
        contents=("Keycode,Q1,\nKEYCODE1,5,6\n",),
        at=(1, "C", None),
        becomes=[],
    ),
    _Case(
        rule="heading-not-understood",
        contents=("Keycode,Question,Mark,Q2\nKEYCODE1,1,5,6\n",),
        at=(1, "D", None),
        becomes=[],
    ),
    _Case(
        rule="sheet-not-recognised",
        contents=(
            workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", 5]], "Notes": [["Rounded up"]]}),
        ),
        at=(None, None, None),
        becomes=_READY,
    ),
    _Case(
        rule="sheet-hidden",
        contents=(_sample("sheet-hidden.xlsx"),),
        at=(None, None, None),
        becomes=[*_READY, _SECOND],
    ),
    _Case(
        rule="rows-hidden",
        contents=(_sample("rows-hidden.xlsx"),),
        at=(3, None, None),
        becomes=[*_READY, _SECOND],
    ),
    _Case(
        rule="columns-hidden",
        contents=(_sample("columns-hidden.xlsx"),),
        at=(None, "B", None),
        becomes=_READY,
    ),
    _Case(
        rule="column-ignored",
        contents=("Keycode,Q1,Comment\nKEYCODE1,5,well done\n",),
        at=(1, "C", None),
        becomes=_READY,
    ),
    _Case(
        rule="file-repeated",
        contents=("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q1\nKEYCODE1,5\n"),
        at=(None, None, None),
        becomes=_READY,
    ),
    _Case(
        rule="encoding-assumed",
        contents=("Keycode,Name,Q1\nKEYCODE1,Zoë,5\n".encode("cp1252"),),
        at=(None, None, None),
        becomes=_READY,
    ),
    _Case(
        rule="encoding-other",
        contents=(_sample("encoding-other.csv"),),
        at=(None, None, None),
        becomes=_READY,
    ),
    _Case(
        rule="encoding-unclear",
        contents=(_sample("encoding-unclear.csv"),),
        at=(2, "A", None),
        becomes=[],
    ),
    _Case(
        rule="mark-over-stated-maximum",
        contents=(_sample("mark-over-stated-maximum.csv"),),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="id-within-another",
        contents=(_sample("id-within-another.csv"),),
        at=(2, "A", "KEYCODE1"),
        becomes=[*_HELD, ("KEYCODE1(AMENDED)", "invalid")],
    ),
    # --- the row
    _Case(
        rule="row-ragged",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="row-ragged",
        contents=("Keycode,Q1\nKEYCODE1,5,6\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="row-adds-up",
        contents=(_sample("row-adds-up.csv"),),
        at=(5, None, None),
        becomes=[*_READY, _SECOND, ("KEYCODE3", "ready")],
    ),
    _Case(
        rule="row-is-maxima",
        contents=("Keycode,Q1,Q2\n,10,8\nKEYCODE1,5,6\n",),
        at=(2, None, None),
        becomes=_READY,
    ),
    _Case(
        rule="row-not-marked",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5,6\nKEYCODE2,,\n",),
        at=(3, "A", None),
        becomes=_READY,
    ),
    _Case(
        rule="id-filled-down",
        contents=(
            workbook(
                {"P": [["Keycode", "Question", "Mark"], ["KEYCODE1", 1, 5], [None, 2, 6]]},
                change=lambda book: book["P"].merge_cells("A2:A3"),
            ),
        ),
        at=(3, "A", None),
        becomes=_READY,
    ),
    _Case(
        rule="id-first-row-only",
        contents=("Keycode,Question,Mark\nKEYCODE1,1,5\n,2,6\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=[*_HELD, ("", "invalid")],
    ),
    _Case(
        rule="row-swallowed",
        contents=('Keycode,Q1,Comment\nKEYCODE1,5,"good\nKEYCODE2,6,poor"\n',),
        at=(2, "C", None),
        becomes=_INVALID,
    ),
    _Case(
        rule="row-swallowed",
        contents=('Keycode,Q1,Comment\n,,"good\nKEYCODE2,6,"\nKEYCODE1,5,\n',),
        at=(2, "C", None),
        becomes=_READY,
    ),
    # --- whose it is
    _Case(
        rule="keycode-missing",
        contents=("Keycode,Q1\n,5\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")],
    ),
    _Case(
        rule="keycode-missing",
        contents=("Keycode,Ref,Q1\n,,5\n,,6\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")] * 2,
    ),
    _Case(
        rule="keycode-malformed",
        contents=("Keycode,Q1\nKEYCOD1,5\n",),
        at=(2, "A", "KEYCOD1"),
        becomes=[("KEYCOD1", "invalid")],
    ),
    _Case(
        rule="keycode-malformed",
        contents=("Keycode,Q1\n1.2E+07,5\n",),
        at=(2, "A", "1.2E+07"),
        becomes=[("1.2E+07", "invalid")],
    ),
    _Case(
        rule="keycode-malformed",
        contents=(
            workbook({"P": [["Keycode", "Q1"], [1234567, 5]]}),
        ),  # a leading zero that Excel dropped
        at=(2, "A", "1234567"),
        becomes=[("1234567", "invalid")],
    ),
    _Case(
        rule="keycode-malformed",  # whose upper case has eight letters
        contents=("Keycode,Q1\nstraße1,5\n",),
        at=(2, "A", "straße1"),
        becomes=[("straße1", "invalid")],
    ),
    _Case(
        rule="keycode-malformed",  # a bad bubble
        contents=(_OMR + '"1","a","b","0","0no22nonono","A","B"\n',),
        at=(2, "E", "0NO22NONONO"),
        becomes=[("0NO22NONONO", "invalid")],
    ),
    _Case(
        rule="keycode-tidied",
        contents=("Keycode,Q1\n keycode1,5\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=_READY,
    ),
    _Case(
        rule="keycode-tidied",
        contents=("Keycode,Q1\nKEYC\u00a0ODE1\u200b,5\n",),
        at=(2, "A", "KEYCODE1"),
        becomes=_READY,
    ),
    _Case(
        rule="cell-tidied",
        contents=("Keycode,Q1\nKEYCODE1,18\u00a0\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_READY,
    ),
    _Case(
        rule="cell-tidied",
        contents=("Candidate,Q1\n0012\u200b,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")],
    ),
    _Case(
        rule="id-is-number",
        contents=(_sample("id-is-number.xlsx"),),
        at=(2, "A", None),
        becomes=[("", "held")] * 2,
    ),
    _Case(
        rule="reference-damaged",
        contents=("Candidate,Q1\n1.20E+16,5\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")],
    ),
    _Case(
        rule="reference-damaged",
        contents=("Candidate,Q1\n12-May,5\n",),
        at=(2, "A", ""),
        becomes=[("", "invalid")],
    ),
    _Case(
        rule="candidate-not-looked-up",
        contents=("Candidate,Q1\n0012041,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")],
    ),
    _Case(
        rule="candidate-not-looked-up",  # of a test each: two sessions
        contents=("Candidate,Test,Q1\n0012041,BIO,5\n0012041,CHEM,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")] * 2,
    ),
    _Case(
        rule="candidate-not-looked-up",  # 12 of test 3 is not 1 of test 23
        contents=("Candidate,Test,Q1\n12,3,5\n1,23,5\n",),
        at=(2, "A", ""),
        becomes=[("", "held")] * 2,
    ),
    _Case(
        rule="keycode-look-alike",
        contents=("Keycode,Q1\nKEYC0DEI,5\nKEYCODE1,5\n",),
        at=(2, "A", "KEYC0DEI"),
        becomes=[("KEYC0DEI", "ready"), ("KEYCODE1", "ready")],
    ),
    _Case(
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
    _Case(
        rule="session-elsewhere",  # in another file
        contents=("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q2,Essay,Q4\nKEYCODE1,6,7,8\n"),
        at=(2, "A", "KEYCODE1"),
        becomes=_HELD,
    ),
    # --- the question and its mark or answer
    _Case(
        rule="question-missing",
        contents=("Keycode,Question,Mark\nKEYCODE1,,5\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="question-not-understood",
        contents=("Keycode,Question,Mark\nKEYCODE1,1st,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="question-twice",
        contents=("Keycode,Q1\nKEYCODE1,5\nKEYCODE1,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="question-twice",
        contents=("Keycode,Q1,Q01\nKEYCODE1,5,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="question-twice",  # the sheet of two markers
        contents=("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Question,Mark\nKEYCODE1,1,6\n"),
        at=(2, "B", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="question-twice",  # results appended twice
        contents=(_OMR + '"1","a","b","0","KEYCODE1","A","B"\n' * 2,),
        at=(2, "F", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="kinds-mixed",
        contents=("Keycode,Q1\nKEYCODE1,5\n", _OMR + '"1","a","b","0","KEYCODE1","A","B"\n'),
        at=(2, "A", "KEYCODE1"),
        becomes=_HELD * 2,
    ),
    _Case(
        rule="mark-blank",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5,\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-blank",
        contents=("Keycode,Question,Mark\nKEYCODE1,1, \n",),
        at=(2, "C", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-not-whole",
        contents=("Keycode,Q1\nKEYCODE1,18.5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-not-whole",
        contents=("Keycode;Q1\nKEYCODE1;18,5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-not-whole",
        contents=("Keycode,Q1\nKEYCODE1,7½\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-not-whole",
        contents=('Keycode,Q1\nKEYCODE1,"3,000"\n',),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-negative",
        contents=("Keycode,Q1\nKEYCODE1,-1\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-negative",
        contents=("Keycode,Q1\nKEYCODE1,\N{MINUS SIGN}1\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="decimals-mixed",
        contents=('Keycode,Q1\nKEYCODE1,"1,5"\nKEYCODE2,2.5\n',),
        at=(2, "B", "KEYCODE1"),
        becomes=[*_INVALID, ("KEYCODE2", "invalid")],
    ),
    _Case(
        rule="mark-date",
        contents=("Keycode,Q1\nKEYCODE1,04-May\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-date",  # 4/5, typed into Excel
        contents=(workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", dt.date(2025, 5, 4)]]}),),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-not-a-number",
        contents=("Keycode,Q1\nKEYCODE1,4/5\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="mark-not-a-number",
        contents=(workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", "=C2"]]}),),
        at=(2, "B", "KEYCODE1"),
        becomes=_INVALID,
    ),
    _Case(
        rule="candidate-absent",
        contents=("Keycode,Q1,Q2\nKEYCODE1,ABS,\n",),
        at=(2, "B", "KEYCODE1"),
        becomes=_ABSENT,
    ),
    _Case(
        rule="candidate-absent",
        contents=("Keycode,Q1,Q2\nKEYCODE1,NA,abs\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=_ABSENT,
    ),
    _Case(
        rule="candidate-absent-with-marks",
        contents=("Keycode,Q1,Q2\nKEYCODE1,5,absent\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="candidate-absent-with-marks",
        contents=("Keycode,Question,Mark\nKEYCODE1,1,ABS\nKEYCODE1,2,0\n",),
        at=(2, "C", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="candidate-missing",
        contents=(_GRADESCOPE + "A,KEYCODE1,a,,,Missing,,,,,,,\n",),
        at=(2, "L", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="answer-multiple",
        contents=(_OMR + '"1","a","b","0","KEYCODE1","A","BC"\n',),
        at=(2, "G", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="answer-multiple",  # answers told by number
        contents=(_OMR + '"1","a","b","0","KEYCODE1","1","12"\n',),
        at=(2, "G", "KEYCODE1"),
        becomes=_HELD,
    ),
    _Case(
        rule="answer-not-understood",
        contents=(_OMR + '"1","a","b","0","KEYCODE1","A","?"\n',),
        at=(2, "G", "KEYCODE1"),
        becomes=_INVALID,
    ),
]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=f"{number}-{case.rule}") for number, case in enumerate(_BOOK, start=1)],
)
def test_each_rule_is_found_at_its_cell_and_decides_what_becomes_of_the_session(
    tmp_path: Path, case: _Case
) -> None:
    came = prepared(tmp_path, *case.contents)
    assert came.of_rule(case.rule)[0] == (case.rule, *case.at)
    assert came.becomes == case.becomes
    assert came.reconciled().balanced
    reading = " ".join(came.messages)
    assert not any(slip in reading for slip in ("nan", "None", "{", "<NA>", "()"))


def test_a_rule_that_stops_a_session_says_so_and_no_other_stops_it() -> None:
    """The table's own outcomes agree with the rules' severities."""
    for case in _BOOK:
        _, _, keycode = case.at
        if keycode and keycode in dict(case.becomes):
            stopped = RULES[case.rule].outcome
            expected = "ready" if stopped is None else str(stopped)
            assert dict(case.becomes)[keycode] == expected, case.rule


def test_every_rule_of_reading_interpreting_and_validating_has_a_row() -> None:
    others = _OF_LATER_STAGES | _TRIPWIRES | _OF_SETTINGS | _OF_RETURNED | _OF_SLIPS
    others |= {"layout-unverified"} | _OF_MANY
    assert {case.rule for case in _BOOK} == RULES.keys() - others


def test_the_rules_of_other_tables_are_rules() -> None:
    assert RULES.keys() >= _OF_LATER_STAGES | _TRIPWIRES


def test_layout_unverified_is_said_of_each_sheet_read_so(tmp_path: Path) -> None:
    (wide,) = (layout for layout in shipped() if layout.name == "marksheet-wide")
    unsure = wide.model_copy(update={"standing": "unverified"})
    path = dropped(tmp_path, "Keycode,Q1\nKEYCODE1,5\n")
    reading = validated([path], layouts=[unsure]).findings
    assert reading["rule"].tolist() == ["layout-unverified"]
    assert wide.title in reading["message"][0]


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.stem)
def test_each_sample_breaks_the_rule_that_it_is_named_by(sample: Path) -> None:
    came = prepared_paths([sample])
    assert sample.stem in came.validated.findings["rule"].tolist()
    assert came.reconciled().balanced


def test_every_rule_that_a_file_alone_can_break_has_a_sample() -> None:
    assert {sample.stem for sample in SAMPLES.iterdir()} == RULES.keys() - _WITHOUT_A_SAMPLE.keys()
