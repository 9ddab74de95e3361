"""Which rows carry a candidate, and why the others are set aside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.validate.prepared import prepared

_HEADING = "Keycode,Candidate,Name,Q1,Q2\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,,", "blank"),
        (" ,\u00a0,,,\u200b", "blank"),
        ("Maximum,,,10,10", "maxima"),
        (",Maximum:,,10,10", "maxima"),
        (",,Max marks,10,10", "maxima"),
        ("Max marks,,,10,10", "maxima"),  # eight letters, yet no keycode
        ("OUT OF,,,10,10", "maxima"),
        ("Total,,,50,60", "totals"),
        (",,Grand Total,50,60", "totals"),
        (",Average,,7.4,6.8", "averages"),
        ("Mean,,,#DIV/0!,", "averages"),
        ("Keycode,Ref,Full name,Q1,Q2", "heading"),  # on each printed page
        (",,checked by the second marker,,", "note"),
        ("Checked by the second marker,,,,", "note"),
        (",0012041,Smith,,", "not marked"),  # whoever it is, there is nothing to send yet
        ("KEYCODE3,,,,", "not marked"),
        ("no23x,,,,", "not marked"),
    ],
)
def test_a_row_that_says_what_it_is_is_set_aside(tmp_path: Path, row: str, reason: str) -> None:
    came = prepared(tmp_path, f"{_HEADING}KEYCODE1,1,A,5,6\n{row}\nKEYCODE2,2,B,7,8\n")
    assert came.set_aside() == [(1, "heading"), (3, reason)]
    assert came.errors == []
    assert came.becomes == [("KEYCODE1", "ready"), ("KEYCODE2", "ready")]


@dataclass(frozen=True)
class Case:
    row: str
    outcome: str
    rule: str | None


STAYING = {
    "a candidate called Max": Case(row="KEYCODE3,Max,Max,5,6", outcome="ready", rule=None),
    "a keycode beside Total": Case(row="KEYCODE3,,Total,5,6", outcome="ready", rule=None),
    "Max, keycode damaged": Case(
        row="KEYCOD3,,Max,5,6", outcome="invalid", rule="keycode-malformed"
    ),
    "Max, reference only": Case(row=",0012041,Max,5,6", outcome="invalid", rule="keycode-missing"),
    "a word not in the list": Case(
        row=",,Uppermost,10,10", outcome="invalid", rule="keycode-missing"
    ),
    "a bad bubble": Case(row="no23x,,,5,", outcome="invalid", rule="keycode-malformed"),
    "a label not known": Case(row="Paper total,,,5,6", outcome="invalid", rule="keycode-malformed"),
}


@pytest.mark.parametrize("name", STAYING)
def test_any_other_row_stays_until_a_person_has_looked(tmp_path: Path, name: str) -> None:
    case = STAYING[name]
    came = prepared(tmp_path, f"{_HEADING}KEYCODE1,1,A,5,6\n{case.row}\nKEYCODE2,2,B,7,8\n")
    assert came.set_aside() == [(1, "heading")]
    assert [end for _, end in came.becomes] == ["ready", case.outcome, "ready"]
    assert {found for found, *_ in came.errors} - {"mark-blank"} == (
        {case.rule} if case.rule else set()
    )


def test_rows_read_are_rows_used_and_rows_set_aside(tmp_path: Path) -> None:
    came = prepared(
        tmp_path,
        f"Midshire\n\n{_HEADING}KEYCODE1,1,A,5,6\n\nTotal,,,5,6\n,,Uppermost,5,6\nsigned by hand",
    )
    (source,) = came.reconciled().sources
    assert (source.rows_read, source.rows_used, source.rows_set_aside) == (8, 2, 6)
    assert (source.entries, source.submissions) == (4, 2)


def test_marks_of_nobody_hold_the_candidate_above_whose_they_may_be(tmp_path: Path) -> None:
    came = prepared(tmp_path, f"{_HEADING}KEYCODE1,1,A,5,6\n,,,7,8\nKEYCODE2,2,B,7,8\n")
    assert came.becomes == [("KEYCODE1", "held"), ("", "invalid"), ("KEYCODE2", "ready")]
    assert [rule for rule, *_ in came.errors] == ["id-first-row-only", "keycode-missing"]
