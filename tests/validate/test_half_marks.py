"""Half marks, where the office says what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.validation_options import ValidationOptions, half_marks_named, warnings_named
from tests.read.source_files import dropped
from tests.validate.prepared import prepared_paths

_CELLS = ["18.5", "17,5", "0.5", "7½", "½", "4"]


@dataclass(frozen=True)
class Case:
    setting: str
    marks: list[int]
    after: str


ROUNDED = {
    "up": Case(setting="up", marks=[19, 18, 1, 8, 1, 4], after="47"),
    "down": Case(setting="down", marks=[18, 17, 0, 7, 0, 4], after="42"),
    "even": Case(setting="even", marks=[18, 18, 0, 8, 0, 4], after="44"),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_half_marks_are_rounded_as_the_office_says(tmp_path: Path, name: str) -> None:
    case = ROUNDED[name]
    rows = "".join(f"KEYCODE{at}\t{cell}\n" for at, cell in enumerate(_CELLS))
    path = dropped(tmp_path, f"Keycode\tQ1\n{rows}".replace("17,5", "17.5"))
    options = ValidationOptions(half_marks=half_marks_named(case.setting))
    came = prepared_paths([path], options=options)
    assert [sent["1"] for sent in came.sent.values()] == case.marks
    assert len(came.of_rule("mark-rounded")) == 5
    reading = next(message for message in came.messages if "of this file were rounded" in message)
    assert reading == (
        "5 half mark(s) of this file were rounded: they added up to 44.5, and now add up to "
        f"{case.after}."
    )


def test_they_are_errors_otherwise_and_other_fractions_always(tmp_path: Path) -> None:
    file = "Keycode,Test,Q1\nKEYCODE1,BIO,1.5\nKEYCODE2,CHEM,1.5\nKEYCODE3,BIO,1.25\n"
    path = dropped(tmp_path, file)
    assert [rule for rule, *_ in prepared_paths([path]).errors] == ["mark-not-whole"] * 3
    options = ValidationOptions(half_marks=half_marks_named("BIO=up, *=error"))
    came = prepared_paths([path], options=options)
    assert came.sent == {"KEYCODE1": {"1": 2}}
    assert [keycode for *_, keycode in came.errors] == ["KEYCODE2", "KEYCODE3"]


def test_a_total_is_the_sum_of_what_was_given(tmp_path: Path) -> None:
    path = dropped(tmp_path, "Keycode,Q1,Q2,Total\nKEYCODE1,1.5,2.5,4\n")
    came = prepared_paths([path], options=ValidationOptions(half_marks=half_marks_named("up")))
    assert came.sent == {"KEYCODE1": {"1": 2, "2": 3}}
    assert came.of_rule("total-differs") == []


@pytest.mark.parametrize("text", ["sometimes", "BIO=often", ""])
def test_a_wrong_setting_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="must be error, up, down or even"):
        half_marks_named(text)
    with pytest.raises(ValueError, match="is no warning"):
        warnings_named("mark-blank")
