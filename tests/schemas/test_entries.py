"""The schemas of entries: each check bears a rule's code; all failures are found at once."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa
import pytest

from schemas.columns import matches
from schemas.entries import (
    ANSWER,
    DATE,
    FRACTION,
    KEYCODE,
    MARK_ENTRIES,
    NEGATIVE,
    RESPONSE_ENTRIES,
    WHOLE,
)
from schemas.rules import RULES


def _texts(*texts: str | None) -> pd.Series[str]:
    return pd.Series(texts, dtype=object)


@pytest.mark.parametrize("schema", [MARK_ENTRIES, RESPONSE_ENTRIES], ids=["marks", "responses"])
def test_every_check_is_named_by_a_rule(schema: pa.DataFrameSchema) -> None:
    checks = [check for column in schema.columns.values() for check in column.checks]
    assert checks
    assert all(check.name in RULES for check in checks)


@dataclass(frozen=True)
class Shape:
    pattern: str
    fits: list[str]
    does_not: list[str]


SHAPES = {
    "keycode": Shape(
        pattern=KEYCODE,
        fits=["H76RBD8P", "12345678"],
        does_not=["h76rbd8p", "H76RBD8", "H76RBD8PX", "H76RBD8Ü", ""],
    ),
    "whole": Shape(
        pattern=WHOLE,
        fits=["0", "3", "3.0", "3,0", "3.00"],
        does_not=["3.", "3,000", "-3", "1e3", "1234567", "٣", ""],
    ),
    "fraction": Shape(
        pattern=FRACTION,
        fits=["18.5", "18,5", ".5", "½", "7 ½", "3,000"],
        does_not=["18", "18.", "1/2"],
    ),
    "negative": Shape(
        pattern=NEGATIVE, fits=["-1", "\N{MINUS SIGN}1", "-1.5"], does_not=["1", "-", "--1"]
    ),
    "date": Shape(
        pattern=DATE,
        fits=["2025-05-04", "4-May", "MAY-25", "04/05/2025", "4.5.25"],
        does_not=["4/5", "18.5", "May"],
    ),
    "date-with-a-name": Shape(
        pattern=DATE,
        fits=["Jan-1901", "1-Mrz", "31-12-99"],
        does_not=["STU-4001", "21 ABC", "40-12-99", "12-05-123"],
    ),
    "answer": Shape(pattern=ANSWER, fits=["A", "7", "12"], does_not=["a", "AB", "", "123", "Ä"]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_that_a_text_can_have(name: str) -> None:
    case = SHAPES[name]
    assert matches(_texts(*case.fits), case.pattern).tolist() == [True] * len(case.fits)
    assert matches(_texts(*case.does_not), case.pattern).tolist() == [False] * len(case.does_not)


def test_a_null_matches_nothing_wherever_it_stands() -> None:
    assert matches(_texts(None, "7", None, "x", "7"), WHOLE).tolist() == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert matches(_texts(None, None), WHOLE).tolist() == [False, False]
    assert matches(_texts(), WHOLE).tolist() == []


def test_all_failures_of_all_columns_are_found_at_once() -> None:
    entries = pd.DataFrame(
        {
            "whose": ["", "SHORT", "H76RBD8P"],
            "keycode": ["", "SHORT", "H76RBD8P"],
            "question": ["1", "", "1"],
            "meaning": ["value", "blank", "absent"],
            "value": _texts("18.5", None, None),
            "times": [1, 1, 2],
            "kinds": [2, 1, 1],
        }
    )
    with pytest.raises(pa.errors.SchemaErrors) as caught:
        MARK_ENTRIES.validate(entries, lazy=True)
    cases = caught.value.failure_cases
    assert sorted(zip(cases["check"], cases["index"], strict=True)) == [
        ("candidate-absent", 2),
        ("keycode-malformed", 1),
        ("keycode-missing", 0),
        ("kinds-mixed", 0),
        ("mark-blank", 1),
        ("mark-not-whole", 0),
        ("question-missing", 1),
        ("question-twice", 2),
    ]
