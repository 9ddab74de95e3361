"""What a cell says: a whole mark, zero, blank, not attempted, absent, or nothing we take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from pipeline.interpret import ReadingOptions
from tests.read.source_files import workbook
from tests.validate.prepared import Prepared, prepared

_WHOLE: list[tuple[str, int]] = [
    ("0", 0),
    ("7", 7),
    ("007", 7),
    ("3.0", 3),
    ("3,0", 3),
    ("3.00", 3),
    (" 7 ", 7),
    ("\u00a07\u00a0", 7),
    ("\u30007\u200b", 7),
    ("999999", 999999),
]
_NOT_TAKEN: list[tuple[str, str]] = [
    ("18.5", "mark-not-whole"),
    ("18,5", "mark-not-whole"),
    (".5", "mark-not-whole"),
    ("½", "mark-not-whole"),
    ("7 ½", "mark-not-whole"),
    ("3,000", "mark-not-whole"),  # three, or three thousand?
    ("3.000", "mark-not-whole"),
    ("6.999999999999999", "mark-not-whole"),
    ("-1", "mark-negative"),
    ("-0", "mark-negative"),
    ("\N{MINUS SIGN}1", "mark-negative"),
    ("-1,5", "mark-negative"),
    ("2025-05-04", "mark-date"),
    ("2025-05-04T00:00:00", "mark-date"),
    ("04/05/2025", "mark-date"),
    ("4-May", "mark-date"),
    ("May-04", "mark-date"),
    ("\N{FULLWIDTH DIGIT FOUR}", "mark-not-a-number"),
    ("\N{ARABIC-INDIC DIGIT THREE}", "mark-not-a-number"),
    ("1e3", "mark-not-a-number"),
    ("+5", "mark-not-a-number"),
    ("5.", "mark-not-a-number"),
    ("1 000", "mark-not-a-number"),
    ("1000000", "mark-not-a-number"),
    ("4/5", "mark-not-a-number"),
    ("12:30:00", "mark-not-a-number"),
    ("-", "mark-not-a-number"),
    ("\N{EM DASH}", "mark-not-a-number"),
    ("TRUE", "mark-not-a-number"),
    ("#REF!", "mark-not-a-number"),
    ("=B1+B2", "mark-not-a-number"),
    ("null", "mark-not-a-number"),
    ("nan", "mark-not-a-number"),
    ("None", "mark-not-a-number"),
    ("EX", "mark-not-a-number"),
    ("O", "mark-not-a-number"),
    ("l", "mark-not-a-number"),
]


def test_a_whole_mark_is_taken_however_excel_writes_it(tmp_path: Path) -> None:
    columns = zip(*[(f"Q{n}", text) for n, (text, _) in enumerate(_WHOLE, start=1)], strict=True)
    heading, texts = ("\t".join(column) for column in columns)
    came = prepared(tmp_path, f"Keycode\t{heading}\nKEYCODE1\t{texts}\n")
    assert came.findings == [("cell-tidied", 2, column, "KEYCODE1") for column in "IJ"]
    assert [*came.sent["KEYCODE1"].values()] == [mark for _, mark in _WHOLE]


@pytest.fixture(scope="module")
def not_taken(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """One sheet with a row for each text of the table, and a good one last."""
    rows = [f"KEYCOD{row:02}\t{row}\t{text}" for row, (text, _) in enumerate(_NOT_TAKEN, start=2)]
    sheet = "\n".join(["Keycode\tQ1\tQ2", *rows, "KEYCODE1\t5\t6"])
    return prepared(tmp_path_factory.mktemp("marks"), sheet)


@pytest.mark.parametrize("row", range(2, 2 + len(_NOT_TAKEN)))
def test_anything_else_is_one_error_at_its_cell(not_taken: Prepared, row: int) -> None:
    text, rule = _NOT_TAKEN[row - 2]
    keycode = f"KEYCOD{row:02}"
    reading = [each for each in not_taken.findings if each[1] == row]
    # All stand in one column, some with a decimal comma and some with a point.
    assert [each for each in reading if each[0] != "decimals-mixed"] == [(rule, row, "C", keycode)]
    assert (keycode, "invalid") in not_taken.becomes
    assert any(f"'{text}'" in message for message in not_taken.messages)


def test_nothing_of_a_session_with_such_an_error_is_sent(not_taken: Prepared) -> None:
    assert not_taken.sent == {"KEYCODE1": {"1": 5, "2": 6}}


def test_a_number_in_a_workbook_is_the_same_as_its_text(tmp_path: Path) -> None:
    cells = [7, 7.0, "7", "7.0", 0, 0.0, -0.0]
    rows: list[list[object]] = [["Keycode", *range(1, 8)], ["KEYCODE1", *cells]]
    came = prepared(tmp_path, workbook({"P": rows}))
    assert came.findings == []
    assert [*came.sent["KEYCODE1"].values()] == [7, 7, 7, 7, 0, 0, 0]


@dataclass(frozen=True)
class BlankZeroCase:
    text: str
    policy: Literal["error", "not_attempted", "zero"]
    carried: int | None
    found: str | None


BLANK_OR_ZERO = {
    "0": BlankZeroCase(text="0", policy="error", carried=0, found=None),
    "0, blank is not attempted": BlankZeroCase(
        text="0", policy="not_attempted", carried=0, found=None
    ),
    "NA": BlankZeroCase(text="NA", policy="error", carried=None, found=None),
    "n-a": BlankZeroCase(text="n/a", policy="error", carried=None, found=None),
    "Not Attempted": BlankZeroCase(text="Not Attempted", policy="error", carried=None, found=None),
    # It is said, so it is not blank.
    "NA, blank is zero": BlankZeroCase(text="NA", policy="zero", carried=None, found=None),
    "empty": BlankZeroCase(text="", policy="error", carried=None, found="mark-blank"),
    "no-break space": BlankZeroCase(
        text=" \u00a0", policy="error", carried=None, found="mark-blank"
    ),
    "empty, not attempted": BlankZeroCase(
        text="", policy="not_attempted", carried=None, found=None
    ),
    "empty, zero": BlankZeroCase(text="", policy="zero", carried=0, found=None),
    "zero-width space, zero": BlankZeroCase(text=" \u200b", policy="zero", carried=0, found=None),
    "a dash": BlankZeroCase(text="-", policy="zero", carried=None, found="mark-not-a-number"),
    "a formula": BlankZeroCase(text="=C9", policy="zero", carried=None, found="mark-not-a-number"),
}


@pytest.mark.parametrize("name", BLANK_OR_ZERO)
def test_blank_zero_and_not_attempted_are_three_things(tmp_path: Path, name: str) -> None:
    case = BLANK_OR_ZERO[name]
    came = prepared(
        tmp_path,
        f"Keycode\tQ1\tQ2\nKEYCODE1\t5\t{case.text}\n",
        blanks=ReadingOptions(blank_mark=case.policy),
    )
    if case.found is None:
        assert (came.findings, came.sent) == ([], {"KEYCODE1": {"1": 5, "2": case.carried}})
    else:
        assert (came.findings, came.sent) == ([(case.found, 2, "C", "KEYCODE1")], {})


@pytest.mark.parametrize("policy", ["error", "not_attempted", "zero"])
def test_a_formula_without_a_value_is_never_taken_for_a_blank(
    tmp_path: Path, policy: Literal["error", "not_attempted", "zero"]
) -> None:
    rows: list[list[object]] = [["Keycode", "Q1", "Q2"], ["KEYCODE1", 5, "=B2*2"]]
    came = prepared(tmp_path, workbook({"P": rows}), blanks=ReadingOptions(blank_mark=policy))
    assert came.findings == [("mark-not-a-number", 2, "C", "KEYCODE1")]


@pytest.mark.parametrize("policy", ["error", "not_attempted", "zero"])
@pytest.mark.parametrize(
    "sheet",
    [
        "Keycode,Q1,Q2\nKEYCODE1,ABS,\nKEYCODE2,1,2\n",
        "Keycode,Question,Mark\nKEYCODE1,1,absent\nKEYCODE2,1,1\nKEYCODE2,2,2\n",
        "Keycode,Question,Mark\nKEYCODE2,1,1\nKEYCODE1,1,\nKEYCODE1,2,Abs\nKEYCODE2,2,2\n",
    ],
)
def test_an_absent_candidate_is_told_once_and_the_others_go_on(
    tmp_path: Path, sheet: str, policy: Literal["error", "not_attempted", "zero"]
) -> None:
    came = prepared(tmp_path, sheet, blanks=ReadingOptions(blank_mark=policy))
    assert [rule for rule, *_ in came.findings] == ["candidate-absent"]
    assert sorted(came.becomes) == [("KEYCODE1", "absent"), ("KEYCODE2", "ready")]
    assert came.sent == {"KEYCODE2": {"1": 1, "2": 2}}


@pytest.mark.parametrize(
    "rest",
    ["ABS,5", "ABS,0", "5,ABS\nKEYCODE1,ABS,", "ABS,\nKEYCODE1,,7", "ABS,x"],
    ids=["a mark", "a nought", "a second row", "a mark in a second row", "no mark"],
)
def test_who_is_absent_and_has_a_mark_too_is_for_a_person(tmp_path: Path, rest: str) -> None:
    came = prepared(tmp_path, f"Keycode,Q1,Q2\nKEYCODE1,{rest}\nKEYCODE2,1,2\n")
    assert "candidate-absent-with-marks" in {rule for rule, *_ in came.findings}
    assert dict(came.becomes)["KEYCODE1"] in {"held", "invalid"}


@pytest.mark.parametrize("rest", ["NA,NA", ",", "NA,"])
def test_what_is_not_said_is_no_absence(tmp_path: Path, rest: str) -> None:
    came = prepared(tmp_path, f"Keycode,Q1,Q2\nKEYCODE1,{rest}\nKEYCODE2,1,2\n")
    assert "absent" not in dict(came.becomes).values()


def test_a_sheet_of_nothing_but_blanks_is_not_marked_yet(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Keycode,Q1\nKEYCODE1,\nKEYCODE2,\n")
    assert came.findings == [("row-not-marked", 2, "A", None)]
    assert came.becomes == []


def test_an_error_stops_its_own_session_only(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Keycode,Q1,Q2\nKEYCODE1,5,x\nKEYCODE2,6,7\nKEYCODE3,,8\n")
    assert came.becomes == [("KEYCODE1", "invalid"), ("KEYCODE2", "ready"), ("KEYCODE3", "invalid")]
    assert came.sent == {"KEYCODE2": {"1": 6, "2": 7}}


def test_all_that_is_wrong_with_a_session_is_told_at_once(tmp_path: Path) -> None:
    came = prepared(tmp_path, "Keycode,Q1,Q2,Q3,Q4\nKEYCODE1,,-1,18.5,x\n")
    assert {rule: column for rule, _, column, _ in came.findings} == {
        "mark-blank": "B",
        "mark-negative": "C",
        "mark-not-whole": "D",
        "mark-not-a-number": "E",
    }
    (ending,) = came.endings
    assert ending.reason.endswith("(and 3 more)")


def test_a_placeholder_id_on_every_sheet_does_not_flood_the_messages(tmp_path: Path) -> None:
    rows = "".join(f"00000000,{mark}\n" for mark in range(500))
    came = prepared(tmp_path, f"Keycode,Q1\n{rows}")
    assert came.becomes == [("00000000", "held")]
    assert came.of_rule("question-twice") == [("question-twice", 2, "B", "00000000")]
    assert max(map(len, came.messages)) < 300
    assert "1 in 1.csv, B2, 1 in 1.csv, B3, " in came.messages[0]
    assert came.messages[0].endswith(" and 492 more.")


def test_the_same_file_given_twice_counts_once(tmp_path: Path) -> None:
    content = "Keycode,Q1\nKEYCODE1,5\n"
    came = prepared(tmp_path, content, content)
    assert [rule for rule, *_ in came.findings] == ["file-repeated"]
    assert came.sent == {"KEYCODE1": {"1": 5}}
    assert came.set_aside() == [
        (1, "heading"),
        (1, "same bytes as 1.csv"),
        (2, "same bytes as 1.csv"),
    ]
