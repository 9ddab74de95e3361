"""Auto Multiple Choice: translated headings, free names, codes, ticked boxes, absentees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came

_TITLES = {
    "en": "Exam,Name,Mark,Score,Max,max,mean",
    "en, older": "Sheet,Name,Mark,Score,Max,max,mean",
    "verbatim": "Exam,Name,note,total,max,max,mean",
    "fr": "Copie,Nom,Note,Total,Max,max,moyenne",
    "de": "Prüfung,Name,Note,Ergebnis,Maximum,Maximum,Mittelwert",
    "es": "Examen,Nombre,Nota,Puntuación,Máximo,máximo,promedio",
    "ca": "Examen,Nom,Qualificació,Puntuació,Max,max,mitjana",
    "pt_BR": "Prova,Nome,Pontuação,Score,Máx,máx,média",
    "pt_PT": "Exame,Nome,Pontuação,Soma(?),Máx,máx,média",
    "ja": "試験,氏名,得点,素点合計,素点の満点,満点,平均",
    "ar": "الاختبار,الاسم,الدرجة,الدرجة الكلية,الدرجة الكاملة,الدرجة الكاملة,المتوسط",
    "ta": "தோ்வு எண்,பெயா்,மதிப்பெண்,மொத்த மதிப்பெண்,அதிகபட்ச மதிப்பெண்,அதிகபட்ச மதிப்பெண்,சராசாி",
}


@pytest.mark.parametrize("titles", _TITLES.values(), ids=_TITLES)
def test_the_headings_of_every_translation_are_known(tmp_path: Path, titles: str) -> None:
    copy, name, mark, total, highest, maxima, averages = titles.split(",")
    heads = f'"{copy}";"A:id";"{name}";"{mark}"'
    csv = came(tmp_path, f'{heads};"Q1"\n"1";"0041";"Ann";"7";"2"\n;"0042";"Ben";"ABS";""\n')
    assert (csv.layout, csv.cells) == ("amc-csv", {"0041": ["1:2"], "0042": ["1:(absent)"]})
    ticked = came(tmp_path, f'{heads};"Q1";"TICKED:Q1"\n;"0042";"Ben";"ABS";"";""\n')
    assert (ticked.layout, ticked.cells) == ("amc-csv-ticked", {"0042": ["1:(absent)"]})
    ods = came(
        tmp_path,
        f"A:id\t{name}\t{mark}\t{total}\t{highest}\tQ1\n\t\t20\t{maxima}\t\t2\n"
        f"\t\t9\t{averages}\t\t50\n0041\tAnn\t10\t1\t2\t1\n",
    )
    assert (ods.layout, ods.cells) == ("amc-ods", {"0041": ["1:1"]})
    assert ods.aside == [(1, "heading"), (2, "maxima"), (3, "averages")]


@pytest.mark.parametrize(
    ("columns", "divided"),
    [
        ("A:id,Name", ";"),
        ("A:Student number", "\t"),
        ("Group,A:id,Exam", ","),
        ("A:id,A", ";"),
        ("A:", ","),  # no list of students, so no name of its key
    ],
)
def test_what_stands_before_the_mark_is_the_office_s_choice(
    tmp_path: Path, columns: str, divided: str
) -> None:
    heads = [*columns.split(","), "Mark", "Q1", "Q2"]
    cells = ["0041" if head.startswith("A:") else "x" for head in heads[:-3]] + ["3", "2", "1"]
    reading = came(tmp_path, f"{divided.join(heads)}\n{divided.join(cells)}\n")
    assert (reading.layout, reading.cells) == ("amc-csv", {"0041": ["1:2", "2:1"]})


_NUMBERS = {
    "Q001": "1",
    "q12": "12",
    "Question 7": "7",
    "007": "7",
    "12b": "12b",
    "0": "0",
    "algo-1": "algo-1",  # not question 1: geo-1 is one too
    "sec:3": "sec:3",
    "Quartz": "Quartz",
}


def test_a_question_has_its_number_or_else_its_name(tmp_path: Path) -> None:
    marks = ",".join(_NUMBERS)
    ticked = ",".join(f"{name},TICKED:{name}" for name in _NUMBERS)
    one = came(tmp_path, f"A:id,Mark,{marks}\n0041,1{',1' * len(_NUMBERS)}\n")
    other = came(tmp_path, f"A:id,Mark,{ticked}\n0041,1{',1,B' * len(_NUMBERS)}\n")
    assert one.cells == {"0041": [f"{number}:1" for number in _NUMBERS.values()]}
    assert other.cells == {"0041": [f"{number}:B" for number in _NUMBERS.values()]}


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        pytest.param("etu", "00471", id="the number that it was found by"),
        pytest.param("etu", "471", id="its leading zeros lost"),
        pytest.param("etu[1],etu[2]", "4,1", id="digits"),
        pytest.param("etu.1,etu.2,etu", "0,0,99", id="digits of an older version"),
        pytest.param("topic:score,topic:max,topic:ratio,topic:level", "3,4,0.75,B", id="a topic"),
        pytest.param("<algo>", "3", id="a sum"),
    ],
)
def test_codes_and_topics_are_no_questions(tmp_path: Path, columns: str, cells: str) -> None:
    reading = came(tmp_path, f"A:id,Name,Mark,Q1,{columns}\n00471,Ann,1,2,{cells}\n")
    assert (reading.layout, reading.cells) == ("amc-csv", {"00471": ["1:2"]})


def test_a_mark_that_happens_to_be_the_id_is_a_mark(tmp_path: Path) -> None:
    reading = came(tmp_path, "A:id,Mark,Q1,Q2\n0002,4,2,2\n7,5,7,3\n")
    assert reading.cells == {"0002": ["1:2", "2:2"], "7": ["1:7", "2:3"]}


@pytest.mark.parametrize("digit", ["etu[1]", "etu.1"])
def test_a_digit_of_a_code_is_no_question_though_it_has_boxes(tmp_path: Path, digit: str) -> None:
    reading = came(
        tmp_path, f"A:id,Mark,Q1,TICKED:Q1,{digit},TICKED:{digit},etu\n0041,1,1,B,0,E,41\n"
    )
    assert reading.cells == {"0041": ["1:B"]}


def test_a_name_with_a_dot_is_a_question_where_no_code_has_it(tmp_path: Path) -> None:
    reading = came(tmp_path, "A:id,Mark,sec.1,TICKED:sec.1\n0041,1,1,B\n")
    assert reading.cells == {"0041": ["sec.1:B"]}


_TICKED = {
    "B": "B",
    "": "(blank)",
    "BD": "(multiple)",
    "0": "(multiple)",  # none of the above, where several may be right
    "0B": "(multiple)",
    "0;0;1;0": "C",
    "0;0;0;0": "(blank)",
    "1;0;1;0": "(multiple)",
    "0;1": "B",
    "1": "A",
    "S?": "S?",  # no answer: told by validation
}


def test_ticked_boxes_are_one_answer_or_none_or_held(tmp_path: Path) -> None:
    rows = [f'"{n}","1","1","{cell}"' for n, cell in enumerate(_TICKED)]
    reading = came(tmp_path, "\n".join(['"A:id","Mark","Q1","TICKED:Q1"', *rows]))
    assert reading.cells == {str(n): [f"1:{as_}"] for n, as_ in enumerate(_TICKED.values())}


def test_a_sheet_of_nobody_is_never_taken_for_the_key(tmp_path: Path) -> None:
    reading = came(tmp_path, "A:id,Name,Mark,Q1\n,?,3,2\n0041,Ann,3,1\n")
    assert (reading.cells, reading.aside) == ({"": ["1:2"], "0041": ["1:1"]}, [(1, "heading")])


@pytest.mark.parametrize(
    "heading",
    [
        "Keycode,Name,Mark,Q1",
        "Student ID,x,Note,Q1",
        "Keycode,A,Mark,Q1",
        "Keycode,A: Essay,Note,Q1",
    ],
)
def test_an_office_s_own_sheet_with_a_mark_is_none_of_it(tmp_path: Path, heading: str) -> None:
    assert came(tmp_path, f"{heading}\nH76RBD8P,text,2,2\n").layout == "marksheet-wide"
