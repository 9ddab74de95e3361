"""Remark Office OMR, and any sheet of answers: told from a sheet of marks by its cells alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came


@pytest.mark.parametrize(
    ("id_", "question"),
    [
        ("Keycode", "Q{}"),
        ("Student ID", "Question {}"),
        ("StudentID", "Item{}"),
        ("student_id", "{}"),
        ("Roll No.", "Ans {}"),
        ("Exam Number", "Response_{}"),
        ("ID", "Q0{}"),
        ("UCI", "q{}"),
    ],
)
def test_whatever_the_template_calls_them(tmp_path: Path, id_: str, question: str) -> None:
    heads = ",".join([id_, *(question.format(number) for number in (1, 2, 3))])
    reading = came(tmp_path, f"{heads}\nH76RBD8P,A,BLANK,d\n")
    assert (reading.layout, reading.cells) == ("remark", {"H76RBD8P": ["1:A", "2:(blank)", "3:D"]})


_SEVERAL = ["MULT", "mult", "MULTIPLE", "A,C", "A;C", "A C", "AC", "A|C"]


def test_several_answers_are_held(tmp_path: Path) -> None:
    heads = "\t".join(f"Q{n}" for n in range(1, len(_SEVERAL) + 1))
    reading = came(tmp_path, "\n".join([f"Keycode\t{heads}", "\t".join(["H76RBD8P", *_SEVERAL])]))
    answers = [f"{n}:(multiple)" for n in range(1, len(_SEVERAL) + 1)]
    assert (reading.layout, reading.cells) == ("remark", {"H76RBD8P": answers})


@pytest.mark.parametrize(
    ("cells", "layout"),
    [
        ("A,B,C", "remark"),
        ("A,,BLANK", "remark"),
        ("7,4,0", "marksheet-wide"),
        ("7,ABS,N/A", "marksheet-wide"),
        ("7,4,A", "marksheet-wide"),  # a slip in a sheet of marks: told by validation
        ("A,B,7", "layout-ambiguous"),  # a column of marks in a sheet of answers
    ],
)
def test_answers_and_marks_are_told_apart(tmp_path: Path, cells: str, layout: str) -> None:
    assert came(tmp_path, f"Keycode,Q1,Q2,Q3\nH76RBD8P,{cells}\n").layout == layout


@pytest.mark.parametrize("word", ["Key", "KEY", "Answer Key", "Correct"])
def test_a_key_is_set_aside_where_it_says_so(tmp_path: Path, word: str) -> None:
    reading = came(tmp_path, f"Student ID,Q1,Q2\n{word},A,B\n00471,A,C\n")
    assert (reading.aside, list(reading.cells)) == ([(1, "heading"), (2, "key")], ["00471"])


def test_a_heading_that_is_repeated_below_is_no_sheet_of_marks(tmp_path: Path) -> None:
    reading = came(tmp_path, "Keycode,Q1,Q2\nH76RBD8P,A,B\nKeycode,Q1,Q2\n")
    assert (reading.layout, reading.aside) == ("remark", [(1, "heading"), (3, "heading")])
