"""The rule book: for each rule a source that breaks it, the finding, and what becomes of sessions.

Rows and columns are those that Excel shows. ``KEYCODE1`` and ``KEYCODE2`` stand for sessions.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schemas.rules import RULES
from tests.read.made import workbook
from tests.validate.prepared import prepared

# These need Surpass's answer, or the ledger's; they are tabled where those stages are tested.
_OF_LATER_STAGES = {
    "session-unknown",
    "session-not-shown",
    "session-not-open",
    "question-unknown",
    "questions-missing",
    "mark-over-maximum",
    "total-over-maximum",
    "questions-fewer-than-others",
    "sent-before-differently",
}

_OMR = "file_id,input_path,output_path,score,Keycode,q1,q2\n"
_READY = [("KEYCODE1", "ready")]
_INVALID = [("KEYCODE1", "invalid")]
_HELD = [("KEYCODE1", "held")]
_Becomes = list[tuple[str, str]]
_Found = tuple[int | None, str | None, str | None]  # row, column, keycode

_BOOK: list[tuple[str, tuple[str | bytes, ...], _Found, _Becomes]] = [
    # --- the file, the sheet, the heading
    ("file-unreadable", (b"",), (None, None, None), []),
    ("file-unreadable", ("Keycode,Q1\nKEYCODE1,5\n", b"PK\x03\x04"), (None, None, None), _READY),
    ("layout-unknown", ("Code,Q1\nKEYCODE1,5\n",), (1, None, None), []),
    ("layout-unknown", ("Dear all,\nplease find attached\n",), (None, None, None), []),
    # two rows that read as a heading, a candidate above it, two columns for one thing
    ("layout-ambiguous", ("Keycode,Q1\nKEYCODE1,5\nKeycode,Q2\nKEYCODE2,5\n",), (3, "A", None), []),
    ("layout-ambiguous", ("Session,1\nKeycode,Q1,Q2\nKEYCODE1,5,6\n",), (2, "A", None), []),
    ("layout-ambiguous", ("KEYCODE2,6\nKeycode,Q1\nKEYCODE1,5\n",), (1, "A", None), []),
    ("layout-ambiguous", ("Keycode,Keycode,Q1\nKEYCODE1,KEYCODE2,5\n",), (1, "B", None), []),
    (
        "layout-ambiguous",
        ("Keycode,Question,Mark,Question,Mark\nKEYCODE1,1,5,2,6\n",),
        (1, "D", None),
        [],
    ),
    ("layout-ambiguous", ("Keycode,Question,Mark,Score\nKEYCODE1,1,5,6\n",), (1, "D", None), []),
    ("candidate-not-keycode", ("Candidate,Q1\n0012041,5\n",), (1, "A", None), []),
    ("candidate-not-keycode", ("Question,Candidate No,Mark\n1,7,5\n",), (1, "B", None), []),
    ("heading-not-understood", ("Keycode,Q1,Comment,Q2\nKEYCODE1,5,?,6\n",), (1, "C", None), []),
    ("heading-not-understood", ("Keycode,Q1,Q2 or 3\nKEYCODE1,5,6\n",), (1, "C", None), []),
    ("heading-not-understood", ("Keycode,Question 0 bis,Q1\nKEYCODE1,5,6\n",), (1, "B", None), []),
    ("heading-not-understood", ("Keycode,Q1,\nKEYCODE1,5,6\n",), (1, "C", None), []),
    ("heading-not-understood", ("Keycode,Question,Mark,Q2\nKEYCODE1,1,5,6\n",), (1, "D", None), []),
    (
        "sheet-not-recognised",
        (workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", 5]], "Notes": [["Rounded up"]]}),),
        (None, None, None),
        _READY,
    ),
    ("column-ignored", ("Keycode,Q1,Comment\nKEYCODE1,5,well done\n",), (1, "C", None), _READY),
    (
        "file-repeated",
        ("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q1\nKEYCODE1,5\n"),
        (None, None, None),
        _READY,
    ),
    (
        "encoding-assumed",
        ("Keycode,Name,Q1\nKEYCODE1,Zoë,5\n".encode("cp1252"),),
        (None, None, None),
        _READY,
    ),
    # --- the row
    ("row-ragged", ("Keycode,Q1,Q2\nKEYCODE1,5\n",), (2, "A", "KEYCODE1"), _INVALID),
    ("row-ragged", ("Keycode,Q1\nKEYCODE1,5,6\n",), (2, "A", "KEYCODE1"), _INVALID),
    (
        "row-swallowed",
        ('Keycode,Q1,Comment\nKEYCODE1,5,"good\nKEYCODE2,6,poor"\n',),
        (2, "C", None),
        _INVALID,
    ),
    (
        "row-swallowed",
        ('Keycode,Q1,Comment\n,,"good\nKEYCODE2,6,"\nKEYCODE1,5,\n',),
        (2, "C", None),
        _READY,
    ),
    # --- whose it is
    ("keycode-missing", ("Keycode,Q1\n,5\n",), (2, "A", ""), [("", "invalid")]),
    ("keycode-missing", ("Keycode,Ref,Q1\n,,5\n,,6\n",), (2, "A", ""), [("", "invalid")] * 2),
    (
        "keycode-malformed",
        ("Keycode,Q1\nKEYCOD1,5\n",),
        (2, "A", "KEYCOD1"),
        [("KEYCOD1", "invalid")],
    ),
    (
        "keycode-malformed",
        ("Keycode,Q1\n1.2E+07,5\n",),
        (2, "A", "1.2E+07"),
        [("1.2E+07", "invalid")],
    ),
    (
        "keycode-malformed",
        (workbook({"P": [["Keycode", "Q1"], [1234567, 5]]}),),  # a leading zero that Excel dropped
        (2, "A", "1234567"),
        [("1234567", "invalid")],
    ),
    (
        "keycode-malformed",  # whose upper case has eight letters
        ("Keycode,Q1\nstraße1,5\n",),
        (2, "A", "straße1"),
        [("straße1", "invalid")],
    ),
    (
        "keycode-malformed",  # a bad bubble
        (_OMR + '"1","a","b","0","0no22nonono","A","B"\n',),
        (2, "E", "0NO22NONONO"),
        [("0NO22NONONO", "invalid")],
    ),
    ("keycode-tidied", ("Keycode,Q1\n keycode1,5\n",), (2, "A", "KEYCODE1"), _READY),
    ("keycode-tidied", ("Keycode,Q1\nKEYC\u00a0ODE1\u200b,5\n",), (2, "A", "KEYCODE1"), _READY),
    (
        "keycode-look-alike",
        ("Keycode,Q1\nKEYC0DEI,5\nKEYCODE1,5\n",),
        (2, "A", "KEYC0DEI"),
        [("KEYC0DEI", "ready"), ("KEYCODE1", "ready")],
    ),
    (
        "session-elsewhere",
        (
            workbook(
                {
                    "P": [["Keycode", "Q1"], ["KEYCODE1", 5], ["KEYCODE2", 5]],
                    "More": [["Code", "Q2"], ["KEYCODE1", 6]],
                }
            ),
        ),
        (2, "A", "KEYCODE1"),
        [("KEYCODE1", "held"), ("KEYCODE2", "ready")],
    ),
    (
        "session-elsewhere",  # in another file
        ("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q2,Essay,Q4\nKEYCODE1,6,7,8\n"),
        (2, "A", "KEYCODE1"),
        _HELD,
    ),
    # --- the question and its mark or answer
    ("question-missing", ("Keycode,Question,Mark\nKEYCODE1,,5\n",), (2, "C", "KEYCODE1"), _INVALID),
    ("question-twice", ("Keycode,Q1\nKEYCODE1,5\nKEYCODE1,5\n",), (2, "B", "KEYCODE1"), _HELD),
    ("question-twice", ("Keycode,Q1,Q01\nKEYCODE1,5,5\n",), (2, "B", "KEYCODE1"), _HELD),
    (
        "question-twice",  # the sheet of two markers
        ("Keycode,Q1\nKEYCODE1,5\n", "Keycode,Question,Mark\nKEYCODE1,1,6\n"),
        (2, "B", "KEYCODE1"),
        _HELD,
    ),
    (
        "question-twice",  # results appended twice
        (_OMR + '"1","a","b","0","KEYCODE1","A","B"\n' * 2,),
        (2, "F", "KEYCODE1"),
        _HELD,
    ),
    (
        "kinds-mixed",
        ("Keycode,Q1\nKEYCODE1,5\n", _OMR + '"1","a","b","0","KEYCODE1","A","B"\n'),
        (2, "A", "KEYCODE1"),
        _HELD * 2,
    ),
    ("mark-blank", ("Keycode,Q1,Q2\nKEYCODE1,5,\n",), (2, "C", "KEYCODE1"), _INVALID),
    ("mark-blank", ("Keycode,Question,Mark\nKEYCODE1,1, \n",), (2, "C", "KEYCODE1"), _INVALID),
    ("mark-not-whole", ("Keycode,Q1\nKEYCODE1,18.5\n",), (2, "B", "KEYCODE1"), _INVALID),
    ("mark-not-whole", ("Keycode;Q1\nKEYCODE1;18,5\n",), (2, "B", "KEYCODE1"), _INVALID),
    ("mark-not-whole", ("Keycode,Q1\nKEYCODE1,7½\n",), (2, "B", "KEYCODE1"), _INVALID),
    ("mark-not-whole", ('Keycode,Q1\nKEYCODE1,"3,000"\n',), (2, "B", "KEYCODE1"), _INVALID),
    ("mark-negative", ("Keycode,Q1\nKEYCODE1,-1\n",), (2, "B", "KEYCODE1"), _INVALID),
    (
        "mark-negative",
        ("Keycode,Q1\nKEYCODE1,\N{MINUS SIGN}1\n",),
        (2, "B", "KEYCODE1"),
        _INVALID,
    ),
    ("mark-date", ("Keycode,Q1\nKEYCODE1,04-May\n",), (2, "B", "KEYCODE1"), _INVALID),
    (
        "mark-date",  # 4/5, typed into Excel
        (workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", dt.date(2025, 5, 4)]]}),),
        (2, "B", "KEYCODE1"),
        _INVALID,
    ),
    ("mark-not-a-number", ("Keycode,Q1\nKEYCODE1,4/5\n",), (2, "B", "KEYCODE1"), _INVALID),
    (
        "mark-not-a-number",
        (workbook({"P": [["Keycode", "Q1"], ["KEYCODE1", "=C2"]]}),),
        (2, "B", "KEYCODE1"),
        _INVALID,
    ),
    ("candidate-absent", ("Keycode,Q1,Q2\nKEYCODE1,ABS,\n",), (2, "B", "KEYCODE1"), _HELD),
    ("candidate-absent", ("Keycode,Q1,Q2\nKEYCODE1,5,absent\n",), (2, "C", "KEYCODE1"), _HELD),
    (
        "answer-multiple",
        (_OMR + '"1","a","b","0","KEYCODE1","A","BC"\n',),
        (2, "G", "KEYCODE1"),
        _HELD,
    ),
    (
        "answer-multiple",  # answers told by number
        (_OMR + '"1","a","b","0","KEYCODE1","1","12"\n',),
        (2, "G", "KEYCODE1"),
        _HELD,
    ),
    (
        "answer-not-understood",
        (_OMR + '"1","a","b","0","KEYCODE1","A","?"\n',),
        (2, "G", "KEYCODE1"),
        _INVALID,
    ),
]


@pytest.mark.parametrize(
    ("rule", "contents", "at", "becomes"),
    [pytest.param(*row, id=f"{number}-{row[0]}") for number, row in enumerate(_BOOK, start=1)],
)
def test_each_rule_is_found_at_its_cell_and_decides_what_becomes_of_the_session(
    tmp_path: Path,
    rule: str,
    contents: tuple[str | bytes, ...],
    at: _Found,
    becomes: _Becomes,
) -> None:
    came = prepared(tmp_path, *contents)
    assert came.of_rule(rule)[0] == (rule, *at)
    assert came.becomes == becomes
    assert came.reconciled().law_holds
    told = " ".join(came.messages)
    assert not any(slip in told for slip in ("nan", "None", "{", "<NA>", "()"))


def test_a_rule_that_stops_a_session_says_so_and_no_other_stops_it() -> None:
    """The table's own outcomes agree with the rules' severities."""
    for rule, _, (_, _, keycode), becomes in _BOOK:
        if keycode:
            stopped = RULES[rule].outcome
            assert dict(becomes)[keycode] == ("ready" if stopped is None else str(stopped)), rule


def test_every_rule_of_reading_interpreting_and_validating_has_a_row() -> None:
    assert {row[0] for row in _BOOK} == RULES.keys() - _OF_LATER_STAGES


def test_the_rules_of_later_stages_are_rules() -> None:
    assert RULES.keys() >= _OF_LATER_STAGES
