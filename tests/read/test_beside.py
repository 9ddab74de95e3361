"""The names of what lies beside a source file."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.beside import fitting

_ENDING = ".receipt.txt"
_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)


@given(name=_names)
def test_every_name_fits_and_has_its_ending(name: str) -> None:
    made = fitting(name, _ENDING)
    assert made.endswith(_ENDING)
    assert len(os.fsencode(made)) <= 255


def test_a_short_name_stays() -> None:
    assert fitting("marks.csv", _ENDING) == "marks.csv.receipt.txt"


def test_long_names_that_begin_alike_are_told_apart() -> None:
    names = ["é" * 125 + str(number) for number in range(3)]
    assert len({fitting(name, _ENDING) for name in names}) == 3


def test_a_name_that_is_no_text_fits_too() -> None:
    name = os.fsdecode(b"\xff" * 255)
    assert len(os.fsencode(fitting(name, _ENDING))) <= 255
