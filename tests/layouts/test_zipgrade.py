"""ZipGrade: dialects, key columns beside the answers, a form that is longer than the paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came

_NEWER = ["QuizName", "QuizClass", "FirstName", "LastName", "StudentID", "CustomID"]
_NEWER += ["Earned Points", "Possible Points", "PercentCorrect", "QuizCreated", "DataExported"]
_OLDER = ["QuizName", "QuizClass", "FirstName", "LastName", "ZipGradeID", "ExternalID"]
_OLDER += ["EarnedPts", "PossiblePts", "PercentCorrect", "QuizCreated", "DataExported"]


def _newer(*rows: str, form: int = 2, version: str = "Key Version") -> str:
    heads = [f"Stu{n},PriKey{n},Points{n},Mark{n}" for n in range(1, form + 1)]
    return "\n".join([",".join([*_NEWER, version, *heads]), *rows]) + "\n"


def _row(id_: str, custom: str, *questions: str) -> str:
    return f"Quiz,,Ada,Quill,{id_},{custom},1,2,50,then,now,A," + ",".join(questions)


@pytest.mark.parametrize(
    "heading",
    [
        pytest.param(",".join([*_NEWER, "Key Version", "Stu1,PriKey1,Points1,Mark1"]), id="newer"),
        pytest.param(",".join([*_NEWER, "Answer Key Version", "Stu1,PriKey1,Points1,Mark1"])),
        pytest.param(",".join([*_OLDER, "KeyVersion", "Stu1,Key1,EarnedPt1,PossPt1"]), id="older"),
        pytest.param(
            "Quiz Name,Quiz Class,First Name,Last Name,Student ID,Custom ID,a,b,c,d,e,Key Version,"
            "Stu 1,PriKey 1,Points 1,Mark 1",
            id="with spaces",
        ),
        pytest.param(
            "quiz_name,x,x,x,zipgrade_id,external_id,a,b,c,d,e,key_version,stu1,key1,p,q",
            id="underscores",
        ),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_way_in_which_it_names_its_columns_is_known(
    tmp_path: Path, heading: str, delimiter: str
) -> None:
    text = f"{heading}\n{_row('0012041', '', 'B,D,0,X')}\n".replace(",", delimiter)
    reading = came(tmp_path, text)
    assert (reading.layout, reading.cells) == ("zipgrade", {"0012041": ["1:B"]})
    assert set(reading.source.entries["version"]) == {"A"}
    assert reading.rules == []


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        pytest.param(
            [("1", "", "B,B,1,C", "A,C,0,X", ",,0,")], ["1:B", "2:A"], id="ends with the key"
        ),
        pytest.param(
            [("1", "", "B,B,1,C", "A,C,0,X", "E,,0,")], ["1:B", "2:A"], id="a mark beyond the paper"
        ),
        pytest.param(
            [("1", "", "B,B,1,C", "A,,0,", "C,C,1,C")],
            ["1:B", "2:A", "3:C"],
            id="a question amid without a key is one of the paper",
        ),
        pytest.param(
            [("1", "", "B,,0,", ",,0,", ",,0,"), ("2", "", "B,,0,", "D,,0,", ",,0,")],
            ["1:B", "2:(blank)"],
            id="no key at all: as far as anybody answered",
        ),
    ],
)
def test_the_paper_ends_where_its_key_ends(
    tmp_path: Path, rows: list[tuple[str, ...]], cells: list[str]
) -> None:
    reading = came(tmp_path, _newer(*(_row(*row) for row in rows), form=3))
    assert reading.cells["1"] == cells


@pytest.mark.parametrize(
    ("ids", "whose"),
    [
        pytest.param([("0012041", ""), ("0012042", "")], ["0012041", "0012042"], id="student"),
        pytest.param([("41", "H76RBD8P"), ("42", "k3wx92ta")], ["H76RBD8P", "K3WX92TA"], id="key"),
        pytest.param([("", "0012041"), ("", "0012042")], ["0012041", "0012042"], id="custom only"),
        pytest.param([("41", "King's"), ("42", "King's")], ["41", "42"], id="custom is a school"),
        pytest.param([("9999999", ""), ("42", "")], ["", "42"], id="the placeholder is nobody"),
    ],
)
def test_the_id_is_the_column_that_tells_it(
    tmp_path: Path, ids: list[tuple[str, str]], whose: list[str]
) -> None:
    reading = came(tmp_path, _newer(*(_row(*each, "B,D,0,X", "C,C,1,C") for each in ids)))
    assert list(reading.cells) == whose


@pytest.mark.parametrize(
    ("cell", "holds"),
    [("BD", "(multiple)"), ("ABCDE", "(multiple)"), ("", "(blank)"), ("b", "B"), ("T", "T")],
)
def test_what_a_candidate_marked(tmp_path: Path, cell: str, holds: str) -> None:
    reading = came(tmp_path, _newer(_row("1", "", f"{cell},D,0,X", "C,C,1,C")))
    assert reading.cells == {"1": [f"1:{holds}", "2:C"]}


@pytest.mark.parametrize(
    "heading",
    [
        ",".join([*_NEWER, "Key Version"]),
        ",".join([*_OLDER, "KeyVersion"]),
        '"Quiz Name","External Id","First Name","Last Name","Num Correct"',
        '"Quiz Name","Class Name","First Name","Last Name","ZipGrade ID","Num Questions","Q1","Q2"',
    ],
)
def test_what_does_not_say_the_answers_is_refused(tmp_path: Path, heading: str) -> None:
    reading = came(tmp_path, f"{heading}\nQuiz,1,Ada,Quill,1,1,1\n")
    assert reading.rules == ["layout-refused"]
