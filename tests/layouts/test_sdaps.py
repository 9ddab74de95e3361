"""SDAPS: values beside boxes, values alone, sections, sheets that are not valid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.layouts.dropped import came

_ABOUT = "questionnaire_id,global_id,empty,valid,recognized,review,verified"
_ROW = "00471,SUMMER,0,1,1,,1"


@dataclass(frozen=True)
class QuestionCase:
    heads: str
    cells: str
    read_as: list[str]


QUESTIONS = {
    "values and boxes": QuestionCase(
        heads="1_review,1_1_review,1_1,1_1_1,1_1_2,1_2_review,1_2,1_2_1,1_2_2",
        cells=",,2,0,1,,1,1,0",
        read_as=["1:B", "2:A"],
    ),
    "values": QuestionCase(
        heads="1_1_review,1_1,1_2_review,1_2", cells=",2,,1", read_as=["1:B", "2:A"]
    ),
    "values of an older version": QuestionCase(
        heads="1_1,1_2", cells="2,1", read_as=["1:B", "2:A"]
    ),
    "all on": QuestionCase(
        heads="1_1_review,1_1_image,1_1,1_1_1,1_1_1_quality",
        cells=",a.png,1,1,0.9",
        read_as=["1:A"],
    ),
    "sections": QuestionCase(
        heads="1_1_review,1_1,2_1_review,2_1", cells=",2,,1", read_as=["1_1:B", "2_1:A"]
    ),
    "from 2 on": QuestionCase(
        heads="1_2_review,1_2,1_3_review,1_3", cells=",2,,1", read_as=["1_2:B", "1_3:A"]
    ),
    "a gap": QuestionCase(
        heads="1_1_review,1_1,1_3_review,1_3", cells=",2,,1", read_as=["1_1:B", "1_3:A"]
    ),
    "boxes alone": QuestionCase(
        heads="1_1_review,1_1_1,1_1_2,1_2_review,1_2", cells=",1,0,,3", read_as=["1:A", "2:C"]
    ),
    "a group of questions": QuestionCase(
        heads="1_2_1_review,1_2_1", cells=",3", read_as=["1_2_1:C"]
    ),
    "names": QuestionCase(
        heads="Q01_review,Q01,q2_review,q2", cells=",3,,4", read_as=["1:C", "2:D"]
    ),
    "underscores": QuestionCase(
        heads="a_b_review,a_b,a_c_review,a_c", cells=",3,,1", read_as=["a_b:C", "a_c:A"]
    ),
    "a name without a number": QuestionCase(
        heads="algo_review,algo", cells=",3", read_as=["algo:C"]
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_what_has_a_value(tmp_path: Path, name: str) -> None:
    case = QUESTIONS[name]
    reading = came(tmp_path, f"{_ABOUT},{case.heads}\n{_ROW},{case.cells}\n")
    assert (reading.layout, reading.cells, reading.rules) == ("sdaps", {"00471": case.read_as}, [])


_VALUES = {
    "1": "A",
    "5": "E",
    "NA": "(blank)",
    "": "(blank)",
    "error-multi-select": "(multiple)",
    "0": "(multiple)",  # of versions before they had words: a person must look
    "-1": "(multiple)",
    "-2": "(multiple)",
}


def test_a_value_is_an_answer_or_none_or_held(tmp_path: Path) -> None:
    rows = [f"{n},S,0,1,1,,1,,{value}" for n, value in enumerate(_VALUES, start=101)]
    reading = came(tmp_path, "\n".join([f"{_ABOUT},1_1_review,1_1", *rows]))
    assert [*reading.cells.values()] == [[f"1:{as_}"] for as_ in _VALUES.values()]


def test_where_boxes_count_from_0_nothing_is_read(tmp_path: Path) -> None:
    reading = came(tmp_path, f"{_ABOUT},1_1_review,1_1,1_1_0,1_1_1\n{_ROW},,1,0,1\n")
    assert (reading.layout, reading.cells) == ("layout-unknown", {})


def test_a_sheet_that_somebody_found_invalid_is_held(tmp_path: Path) -> None:
    reading = came(
        tmp_path, f"{_ABOUT},1_1_review,1_1\n00471,S,0,0,1,torn,1,,2\n00488,S,0,1,1,,1,,2\n"
    )
    assert reading.cells == {"00471": ["1:(missing)"], "00488": ["1:B"]}


@dataclass(frozen=True)
class CodeBoxCase:
    heads: str
    cells: str
    whose: str


CODE_BOXES = {
    "candidate": CodeBoxCase(heads="candidate_review,candidate", cells=",00502", whose="00502"),
    "Student ID": CodeBoxCase(heads="Student ID_review,Student ID", cells=",00502", whose="00502"),
    "keycode": CodeBoxCase(heads="keycode_review,keycode", cells=",H76RBD8P", whose="H76RBD8P"),
}


@pytest.mark.parametrize("name", CODE_BOXES)
def test_a_code_box_that_is_named_so_says_whose_it_is(tmp_path: Path, name: str) -> None:
    case = CODE_BOXES[name]
    text = f"{_ABOUT},{case.heads},1_1_review,1_1\n{_ROW},{case.cells},,2\n"
    assert came(tmp_path, text).cells == {case.whose: ["1:B"]}


def test_a_code_box_that_was_not_read_says_nobody(tmp_path: Path) -> None:
    heads = f"{_ABOUT},candidate_review,candidate,1_1_review,1_1"
    reading = came(tmp_path, f"{heads}\n{_ROW},,00502,,2\n{_ROW},,0,,3\n{_ROW},,1,,4\n")
    assert reading.cells == {"00502": ["1:B"], "": ["1:C", "1:D"]}
