"""Gradescope, Inspera, R/exams: what their programs write beside the marks and answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.layouts.dropped import came

_COMMON = "Total Score,Max Points,Status,Submission ID,Submission Time,Lateness (H:M:S)"
_COUNTS = "View Count,Submission Count"


@pytest.mark.parametrize(
    "before",
    [
        "First Name,Last Name,SID,Email,Sections,section_name",
        "First Name,Last Name,SID,Email",
        "Name,SID,Email",
        "name,sid,email",
    ],
)
@pytest.mark.parametrize(
    ("heading", "number"),
    [
        ("1: Honour pledge (0.0 pts)", "1"),
        ("1.1: A (0.25 pts)", "1.1"),
        ("2.10 (3.0 pts)", "2.10"),
        ('"3: Graphs, trees (5 of 6) (5.0 pts)"', "3"),
        ("Q4 (1 pt)", "4"),
    ],
)
def test_gradescope_s_questions_are_known_by_number_title_and_maximum(
    tmp_path: Path, before: str, heading: str, number: str
) -> None:
    columns = before.casefold().split(",")
    who = ["0012041" if name == "sid" else "x" for name in columns]
    row = ",".join([*who, "1.0", "1.0", "Graded", "7", "then", "00:00:00", "0", "1", "1.0"])
    reading = came(tmp_path, f"{before},{_COMMON},{_COUNTS},{heading}\n{row}\n")
    assert (reading.layout, reading.rules) == ("gradescope", [])
    assert reading.cells == {"0012041": [f"{number}:1.0"]}


def _scores(*rows: str, questions: str = "1: A (2.0 pts),2: B (2.0 pts)") -> str:
    return "\n".join([f"Name,SID,Email,{_COMMON},{_COUNTS},{questions}", *rows]) + "\n"


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("A,1,a,,,Missing,,,,,,,", ["1:(missing)", "2:(missing)"]),
        ("A,1,a,1.0,4.0,Ungraded,7,t,0,0,1,1.0,", ["1:1.0", "2:(blank)"]),
        ("A,1,a,0.0,4.0,Graded,7,t,0,0,1,0.0,0.0", ["1:0.0", "2:0.0"]),
    ],
)
def test_what_gradescope_says_of_a_row(tmp_path: Path, row: str, cells: list[str]) -> None:
    assert came(tmp_path, _scores(row)).cells == {"1": cells}


def test_a_question_of_gradescope_without_a_number_is_not_left_out(tmp_path: Path) -> None:
    questions = "1: A (2.0 pts),Essay (9.0 pts),2: B (2.0 pts)"
    reading = came(tmp_path, _scores("A,1,a,1,4,Graded,7,t,0,0,1,1,8,0", questions=questions))
    assert reading.rules == ["heading-not-understood"]


def test_gradescope_without_questions_or_without_ids_is_not_used(tmp_path: Path) -> None:
    for heading in (f"Name,SID,Email,{_COMMON}", f"Course Name,{_COMMON},1 (3.0 pts)"):
        assert came(tmp_path, f"{heading}\nx,1,y,1,2,Graded,7\n").rules == ["layout-unknown"]


_INSPERA = "CandidateExternalId,UserId,QuestionNo,QuestionTitle,QuestionId"
_GRADED = "ManuallyGradedScore,AutoGradedScore"


@dataclass(frozen=True)
class Case:
    manual: str
    auto: str
    holds: str


MANUAL = {
    "manual": Case(manual="13.0", auto="0.0", holds="13.0"),
    "manual 0": Case(manual="0.0", auto="5.0", holds="0.0"),
    "null": Case(manual="null", auto="3.0", holds="3.0"),
    "NULL": Case(manual="NULL", auto="0", holds="0"),
    "no manual": Case(manual="", auto="3.0", holds="3.0"),
    "both null": Case(manual="null", auto="null", holds="(blank)"),
    "neither": Case(manual="", auto="", holds="(blank)"),
}


@pytest.mark.parametrize("name", MANUAL)
def test_a_manual_mark_of_inspera_overrides_an_automatic_one(tmp_path: Path, name: str) -> None:
    case = MANUAL[name]
    heading = f"{_INSPERA},EvaluatorUserId,EvaluatorUsername,{_GRADED},FinalGrade"
    reading = came(
        tmp_path, f"{heading}\n0012041,9,2a,Essay,77,null,null,{case.manual},{case.auto},B\n"
    )
    assert (reading.layout, reading.rules) == ("inspera", [])
    assert reading.cells == {"0012041": [f"2a:{case.holds}"]}


@pytest.mark.parametrize(
    ("heading", "layout"),
    [
        (
            f"CandidateExternalId,QuestionNo,QuestionId,EvaluatorUserId,Username,{_GRADED}",
            "inspera",
        ),
        (f"Candidate External ID,x,Question No,x,x,{_GRADED}", "inspera"),
        (f"candidateexternalid,x,questionno,x,x,{_GRADED.lower()}", "inspera"),
        (f"{_INSPERA},ManuallyGradedScore,{_GRADED}", "layout-ambiguous"),
        (f"{_INSPERA},{_GRADED},ManuallyGradedScore2", "layout-unknown"),
    ],
)
def test_inspera_s_headings_old_and_new_but_one_grader_only(
    tmp_path: Path, heading: str, layout: str
) -> None:
    row = ",".join("1" for _ in heading.split(","))
    assert came(tmp_path, f"{heading}\n{row}\n").layout == layout


def _nops(who: str, *answers: str, before: str = "") -> str:
    heads = [f"answer.{n};solution.{n};check.{n};points.{n}" for n, _ in enumerate(answers, 1)]
    cells = [f"{answer};01000;0;0.5" for answer in answers]
    heading = ";".join([who, *before.split(), "exam;scrambling;scan;points;mark", *heads])
    row = ["0012041;Ada;aq", *before.split(), "25060200001;00;1.png;1;5", *cells]
    return f"{heading}\n{';'.join(row)}\n"


@pytest.mark.parametrize(
    "who",
    [
        "registration;name;id",
        "Registration;Name;ID",
        "Matrikelnummer;Name;Account",
        "Matrikelnr.;NAME;Accountname",
    ],
)
@pytest.mark.parametrize("before", ["", "group seat"])
def test_an_exam_of_r_is_known_whatever_the_list_of_candidates_holds(
    tmp_path: Path, who: str, before: str
) -> None:
    reading = came(tmp_path, _nops(who, "01000", "00001", before=before))
    assert (reading.layout, reading.cells) == ("nops", {"0012041": ["1:B", "2:E"]})
    assert set(reading.source.entries["version"]) == {"25060200001"}


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        ("10000", "A"),
        ("00001", "E"),
        ("00000", "(blank)"),
        ("01100", "(multiple)"),
        ("NA", "NA"),
    ],
)
def test_an_answer_of_r_is_a_bit_for_each_option(tmp_path: Path, answer: str, holds: str) -> None:
    reading = came(tmp_path, _nops("registration;name;id", answer))
    assert reading.cells == {"0012041": [f"1:{holds}"]}


def test_bits_of_which_zeros_are_lost_are_not_read(tmp_path: Path) -> None:
    reading = came(tmp_path, _nops("registration;name;id", "1000", "10000"))
    assert (reading.rules, reading.cells) == (["answers-damaged"], {})


def test_quotation_marks_in_names_are_text_and_open_questions_are_refused(tmp_path: Path) -> None:
    plain = _nops("registration;name;id", "01000")
    assert came(tmp_path, plain.replace("Ada", 'Ada "Q')).cells == {"0012041": ["1:B"]}
    open_ = plain.replace("scan;", "scan;scan2;").replace("1.png;", "1.png;2.png;")
    assert came(tmp_path, open_, "2.csv").rules == ["layout-refused"]
