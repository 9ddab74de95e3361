"""Moodle: the offline quiz in its variants and languages, and the gradebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came

_LANGUAGES = {
    "en": "First name,Last name,ID number,Group|Question|correct",
    "en, older": "First name,Surname,ID number,Group|Question|correct",
    "username": "First name,Last name,Username,Group|Question|correct",
    "de": "Vorname,Nachname,ID-Nummer,Gruppe|Frage|richtig",
    "de, own field": "Vorname,Nachname,Matrikelnummer,Gruppe|Frage|richtig",
    "fr": "Prénom,Nom,Numéro d'identification,Groupe|Question|correct",
    "es": "Nombre,Apellido(s),Número de ID,Grupo|Pregunta|correcto",
    "ca": "Nom,Cognoms,Número d'identificació,Grup|Pregunta|correcte",
    "it": "Nome,Cognome,Codice identificativo,Gruppo|Domanda|corretto",
    "nl": "Voornaam,Achternaam,ID-nummer,Groep|Vraag|juist",
    "pt": "Nome,Apelido,Número de identificação,Grupo|Pergunta|correto",
    "pl": "Imię,Nazwisko,Numer ID,Grupa|Pytanie|poprawne",
    "sv": "Förnamn,Efternamn,ID-nummer,Grupp|Fråga|rätt",
}


@pytest.mark.parametrize("words", _LANGUAGES.values(), ids=_LANGUAGES)
def test_the_raw_data_is_known_in_many_languages(tmp_path: Path, words: str) -> None:
    heads, question, correct = words.split("|")
    text = (
        f"\ufeff{heads}, {question} 1, {question} 2\n, ,{correct},1,a,b/c\nAnn,Abel,0041,A,a,99\n"
    )
    reading = came(tmp_path, text)
    assert (reading.layout, reading.cells) == ("moodle-offlinequiz", {"0041": ["1:A", "2:(blank)"]})
    assert reading.aside == [(1, "heading"), (2, "key")]


_HEADS = "\ufeffFirst name,Last name,ID number,Group, Question 1, Question 2\n"


_ANSWERS_AND_POINTS = [
    ("a,b", "1.00,1.00"),
    ("a,99", "1,0"),
    ("99,99", "0.00,0.00"),
    ("a/b,c", "-0.50,1.00"),
    ("a,b", "1.00,"),
    ("a,b", ",1.00"),
]


def test_rows_of_points_are_set_aside(tmp_path: Path) -> None:
    rows = [
        f"Ann,Abel,{id_},A,{cells}"
        for id_, both in zip(
            ["0041", "0042", "0043", "0044", "0045", ""], _ANSWERS_AND_POINTS, strict=True
        )
        for cells in both
    ]
    reading = came(tmp_path, _HEADS + "\n".join(rows))
    assert reading.aside == [(1, "heading"), *((row, "points") for row in (3, 5, 7, 9, 11, 13))]


@pytest.mark.parametrize("again", ["a,b", "99,99", "a,99"])
def test_a_candidate_who_stands_there_twice_is_no_row_of_points(tmp_path: Path, again: str) -> None:
    reading = came(tmp_path, f"{_HEADS}Ann,Abel,0041,A,a,b\nAnn,Abel,0041,A,{again}\n")
    assert reading.aside == [(1, "heading")]
    assert len(reading.cells["0041"]) == 4


@pytest.mark.parametrize("name", ['Ann "Nan', '"Ann"', "Ann's", '"'])
def test_a_quotation_mark_in_a_name_swallows_nothing(tmp_path: Path, name: str) -> None:
    reading = came(tmp_path, f"{_HEADS}{name},Abel,0041,A,a,b\nBen,Bell,0042,B,c,d\n")
    assert reading.cells == {"0041": ["1:A", "2:B"], "0042": ["1:C", "2:D"]}


@pytest.mark.parametrize("row", ["Ann,Abel,0041,A,a", "Ann,Abel,0041, ", "Ann,Abel, Jr,0041,A,a,b"])
def test_a_page_that_is_missing_or_a_comma_too_many_shifts_nothing_unseen(
    tmp_path: Path, row: str
) -> None:
    reading = came(tmp_path, f"{_HEADS}{row}\nBen,Bell,0042,B,c,d\n")
    assert [rule for rule in reading.rules if rule != "column-ignored"] == ["row-ragged"]


@pytest.mark.parametrize(
    ("heading", "layout"),
    [
        ("ID number, First name, Last name, Imported on, Group, Grade, Letter ", "offline quiz"),
        ("ID number, Full name, Imported on, Group, Grade ", "offline quiz"),
        ("ID number, Full name, Imported on, Group, Grade, Letter, Present ", "offline quiz"),
        ("ID-Nummer, Vorname, Nachname, Importiert am, Gruppe, Bewertung, Note ", "offline quiz"),
        ("Número de ID, Nombre, Apellidos, Evaluado el, Grupo, Calificación ", "offline quiz"),
        ('First name,Last name,ID number,"Quiz: Paper 1 (Real)"', "gradebook"),
        (
            'First name,Surname,ID number,Quiz: Q1,"Course total",Last downloaded from this course',
            "gradebook",
        ),
        ("First name\tSurname\tID number\tQuiz: Q1 (Percentage)\tCourse total (Real)", "gradebook"),
        ('Vorname;Nachname;ID-Nummer;"Test: Klausur (Punkte)"', "gradebook"),
        ('First name:Last name:ID number:"Quiz: Paper 1 (Letter)"', "gradebook"),
        ("First name,Last name,Email address,Assignment: Essay (Real),Q1 (Real)", "gradebook"),
    ],
)
def test_grades_without_questions_are_refused(tmp_path: Path, heading: str, layout: str) -> None:
    reading = came(tmp_path, f"{heading}\n")
    assert reading.rules == ["layout-refused"]
    assert f"This is Moodle {layout}" in reading.source.findings["message"].iloc[0]


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("First name,Last name,Keycode,Group,Q1,Q2\nAnn,Abel,H76RBD8P,A,4,7\n", "marksheet-wide"),
        ("First name,Last name,Keycode,Group,Q1,Q2\nAnn,Abel,H76RBD8P,A,B,D\n", "remark"),
        ("First name,Last name,Keycode,Q1 (10),Total\nAnn,Abel,H76RBD8P,4,4\n", "marksheet-wide"),
    ],
)
def test_an_office_s_own_sheet_is_none_of_it(tmp_path: Path, text: str, layout: str) -> None:
    assert came(tmp_path, text).layout == layout
