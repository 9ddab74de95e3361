"""The rule book: for each rule a source that breaks it, the finding, and what becomes of sessions.

Rows and columns are those that Excel shows. ``KEYCODE1`` and ``KEYCODE2`` stand for sessions.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.interpret import shipped
from sample_data import RULES as SAMPLES
from schemas.rules import RULES
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import prepared, prepared_paths, validated

# These need Surpass's answer, a paper definition or the ledger: tests/test_check.py,
# tests/test_find.py, tests/papers, tests/test_recall.py.
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
_WITHOUT_A_SAMPLE = {
    **dict.fromkeys(_OF_LATER_STAGES, "no file alone breaks it"),
    **dict.fromkeys(_OF_SETTINGS, "it takes a setting"),
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
    ("no-candidates", ("Biology\nKeycode,Q1\nMaximum,10\n",), (2, None, None), []),
    ("layout-refused", (_sample("layout-refused.csv"),), (None, None, None), []),
    ("heading-not-understood", ("Keycode,Q1,Comment,Q2\nKEYCODE1,5,4,6\n",), (1, "C", None), []),
    ("heading-not-understood", ("Keycode,Q1,Q2,Essay\nKEYCODE1,5,6,NA\n",), (1, "D", None), []),
    ("reading-uncertain", (_OPTIONS_OR_MARKS,), (1, "B", None), []),
    ("reading-uncertain", ("Keycode,Q1\nKEYCODE1,P\nKEYCODE2,M\n",), (1, "B", None), []),
    ("reading-uncertain", ("ID,Q1\n1,A\n2,B\n",), (1, "A", None), []),
    ("answers-damaged", (_BITS,), (1, "G", None), []),
    ("marks-are-shares", ("Keycode,Q1\nKEYCODE1,0.25\nKEYCODE2,0.7\n",), (1, "B", None), []),
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
    ("sheet-hidden", (_sample("sheet-hidden.xlsx"),), (None, None, None), [*_READY, _SECOND]),
    ("rows-hidden", (_sample("rows-hidden.xlsx"),), (3, None, None), [*_READY, _SECOND]),
    ("columns-hidden", (_sample("columns-hidden.xlsx"),), (None, "B", None), _READY),
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
    ("encoding-other", (_sample("encoding-other.csv"),), (None, None, None), _READY),
    ("encoding-unclear", (_sample("encoding-unclear.csv"),), (2, "A", None), []),
    ("mark-over-stated-maximum", (_sample("mark-over-stated-maximum.csv"),), (2, "B", "KEYCODE1"), _INVALID),
    ("id-within-another", (_sample("id-within-another.csv"),), (2, "A", "KEYCODE1"), [*_HELD, ("KEYCODE1(AMENDED)", "invalid")]),
    # --- the row
    ("row-ragged", ("Keycode,Q1,Q2\nKEYCODE1,5\n",), (2, "A", "KEYCODE1"), _INVALID),
    ("row-ragged", ("Keycode,Q1\nKEYCODE1,5,6\n",), (2, "A", "KEYCODE1"), _INVALID),
    (
        "row-adds-up",
        (_sample("row-adds-up.csv"),),
        (5, None, None),
        [*_READY, _SECOND, ("KEYCODE3", "ready")],
    ),
    (
        "row-is-maxima",
        ("Keycode,Q1,Q2\n,10,8\nKEYCODE1,5,6\n",),
        (2, None, None),
        _READY,
    ),
    (
        "row-not-marked",
        ("Keycode,Q1,Q2\nKEYCODE1,5,6\nKEYCODE2,,\n",),
        (3, "A", None),
        _READY,
    ),
    (
        "id-filled-down",
        (
            workbook(
                {"P": [["Keycode", "Question", "Mark"], ["KEYCODE1", 1, 5], [None, 2, 6]]},
                change=lambda book: book["P"].merge_cells("A2:A3"),
            ),
        ),
        (3, "A", None),
        _READY,
    ),
    (
        "id-first-row-only",
        ("Keycode,Question,Mark\nKEYCODE1,1,5\n,2,6\n",),
        (2, "A", "KEYCODE1"),
        [*_HELD, ("", "invalid")],
    ),
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
    ("cell-tidied", ("Keycode,Q1\nKEYCODE1,18\u00a0\n",), (2, "B", "KEYCODE1"), _READY),
    ("cell-tidied", ("Candidate,Q1\n0012\u200b,5\n",), (2, "A", ""), [("", "held")]),
    ("id-is-number", (_sample("id-is-number.xlsx"),), (2, "A", None), [("", "held")] * 2),
    ("reference-damaged", ("Candidate,Q1\n1.20E+16,5\n",), (2, "A", ""), [("", "invalid")]),
    ("reference-damaged", ("Candidate,Q1\n12-May,5\n",), (2, "A", ""), [("", "invalid")]),
    ("candidate-not-looked-up", ("Candidate,Q1\n0012041,5\n",), (2, "A", ""), [("", "held")]),
    (
        "candidate-not-looked-up",  # of a test each: two sessions
        ("Candidate,Test,Q1\n0012041,BIO,5\n0012041,CHEM,5\n",),
        (2, "A", ""),
        [("", "held")] * 2,
    ),
    (
        "candidate-not-looked-up",  # 12 of test 3 is not 1 of test 23
        ("Candidate,Test,Q1\n12,3,5\n1,23,5\n",),
        (2, "A", ""),
        [("", "held")] * 2,
    ),
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
    (
        "question-not-understood",
        ("Keycode,Question,Mark\nKEYCODE1,1st,5\n",),
        (2, "B", "KEYCODE1"),
        _INVALID,
    ),
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
    (
        "decimals-mixed",
        ('Keycode,Q1\nKEYCODE1,"1,5"\nKEYCODE2,2.5\n',),
        (2, "B", "KEYCODE1"),
        [*_INVALID, ("KEYCODE2", "invalid")],
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
    ("candidate-absent", ("Keycode,Q1,Q2\nKEYCODE1,ABS,\n",), (2, "B", "KEYCODE1"), _ABSENT),
    ("candidate-absent", ("Keycode,Q1,Q2\nKEYCODE1,NA,abs\n",), (2, "C", "KEYCODE1"), _ABSENT),
    (
        "candidate-absent-with-marks",
        ("Keycode,Q1,Q2\nKEYCODE1,5,absent\n",),
        (2, "C", "KEYCODE1"),
        _HELD,
    ),
    (
        "candidate-absent-with-marks",
        ("Keycode,Question,Mark\nKEYCODE1,1,ABS\nKEYCODE1,2,0\n",),
        (2, "C", "KEYCODE1"),
        _HELD,
    ),
    (
        "candidate-missing",
        (_GRADESCOPE + "A,KEYCODE1,a,,,Missing,,,,,,,\n",),
        (2, "L", "KEYCODE1"),
        _HELD,
    ),
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
    assert came.reconciled().balanced
    reading = " ".join(came.messages)
    assert not any(slip in reading for slip in ("nan", "None", "{", "<NA>", "()"))


def test_a_rule_that_stops_a_session_says_so_and_no_other_stops_it() -> None:
    """The table's own outcomes agree with the rules' severities."""
    for rule, _, (_, _, keycode), becomes in _BOOK:
        if keycode and keycode in dict(becomes):
            stopped = RULES[rule].outcome
            assert dict(becomes)[keycode] == ("ready" if stopped is None else str(stopped)), rule


def test_every_rule_of_reading_interpreting_and_validating_has_a_row() -> None:
    others = _OF_LATER_STAGES | _TRIPWIRES | _OF_SETTINGS | _OF_RETURNED | _OF_SLIPS
    others |= {"layout-unverified"}
    assert {row[0] for row in _BOOK} == RULES.keys() - others


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
