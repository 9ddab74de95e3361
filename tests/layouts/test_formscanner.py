"""FormScanner: translated headings, image names and marked digits as ids, columns out of order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came

_LANGUAGES = {
    "en": "File name;Question;Group",
    "de": "Dateiname;Frage;Gruppe",
    "fr": "Nom du fichier;Question;Groupe",
    "es": "Nombre de archivo;Pregunta;Grupo",
    "it": "Nome file;Quesito;Gruppo",
    "pt_BR": "Nome do arquivo;Pergunta;Grupo",
    "pl": "Nazwa pliku;Pytanie;Grupa",
    "nl": "Bestandsnaam;Vraag;Groep",
    "el": "Όνομα αρχείου;Ερώτηση;Ομάδα",
    "jp": "ファイル名;設問;設問グループ名",
    "fa": "نام فايل;سوال;گروه",
    "ar": "اسم الملف;سؤال;مجموعة",
}


@pytest.mark.parametrize("words", _LANGUAGES.values(), ids=_LANGUAGES)
def test_the_headings_of_every_translation_are_known(tmp_path: Path, words: str) -> None:
    first, question, group = words.split(";")
    plain = came(tmp_path, f"{first};{question}001;{question}010;{question}002\n0041;A;B;C\n")
    assert (plain.layout, plain.cells) == ("formscanner", {"0041": ["1:A", "10:B", "2:C"]})
    grouped = came(tmp_path, f"{first};{group}001.{question}1;{group}001.{question}2\n0041;A;B\n")
    assert (grouped.layout, grouped.cells) == ("formscanner", {"0041": ["1:A", "2:B"]})


_IMAGES = {
    "0041": "0041",
    "0042.jpg": "0042",
    "0043.TIFF": "0043",
    "scans/June/0044.png": "0044",
    "C:\\scans\\0045.png": "0045",
    "0046.2.png": "0046.2",
    '"0047\n"': "0047",
}


def test_the_image_s_name_without_its_ending_is_the_id(tmp_path: Path) -> None:
    rows = [f"{image};A" for image in _IMAGES]
    reading = came(tmp_path, "\n".join(["File name;Question1", *rows]))
    assert (reading.cells, reading.rules) == ({id_: ["1:A"] for id_ in _IMAGES.values()}, [])


def test_keycodes_as_the_images_names_are_no_oddity(tmp_path: Path) -> None:
    reading = came(tmp_path, "File name;Question1\nH76RBD8P.jpg;A\nk3pw9qzt.jpg;B\n")
    assert reading.cells == {"H76RBD8P": ["1:A"], "K3PW9QZT": ["1:B"]}
    assert reading.rules == ["keycode-tidied"]  # the second is written small


@pytest.mark.parametrize("named", ["ID.Question00{}", "Student ID.{}", "id_{}", "Matrikelnummer{}"])
def test_an_id_that_is_marked_digit_by_digit_goes_before_the_image_s_name(
    tmp_path: Path, named: str
) -> None:
    digits = ";".join(named.format(place) for place in (1, 10, 2, 3))
    reading = came(
        tmp_path,
        f"File name;{digits};Question1;Question2\n"
        "img1;0;7;0;4;A;B\nimg2;0;9;;4;C;D\nimg3;1|2;9;0;4;A;A\nimg4;;;;;B;B\n",
    )
    assert reading.layout == "formscanner"
    assert reading.cells == {
        "0047": ["1:A", "2:B"],
        "0?49": ["1:C", "2:D"],  # nobody's: a digit that is not marked never shortens an id
        "[1|2]049": ["1:A", "2:A"],
        "": ["1:B", "2:B"],
    }


@pytest.mark.parametrize(
    "heading",
    [
        "Barcode/QRCode001",
        "Barcode001",
        "Group001.Barcode001",
        "Code-barres001",
        "Student ID",
        "Keycode",
    ],
)
def test_a_barcode_or_a_column_of_its_own_goes_before_the_image_s_name(
    tmp_path: Path, heading: str
) -> None:
    reading = came(tmp_path, f"File name;{heading};Question1\nimg1;H76RBD8P;A\nimg2;;B\n")
    assert reading.cells == {"H76RBD8P": ["1:A"], "": ["1:B"]}


@pytest.mark.parametrize("heading", ["Version", "Version.Question1", "Fassung001.Frage001"])
def test_a_version_that_is_marked_is_no_question(tmp_path: Path, heading: str) -> None:
    reading = came(tmp_path, f"File name;Question1;{heading}\n0041;A;B\n")
    assert (reading.cells, reading.source.entries["version"].tolist()) == ({"0041": ["1:A"]}, ["B"])


def test_several_marks_are_held(tmp_path: Path) -> None:
    reading = came(
        tmp_path, "File name;Question1;Question2;Question3;Question4\n0041;a;;A|C;A|B|D\n"
    )
    assert reading.cells == {"0041": ["1:A", "2:(blank)", "3:(multiple)", "4:(multiple)"]}


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("File name;Question1;Question2\nimg1;3;7\n", "layout-unknown"),  # marks, or values
        ("Keycode;File name;Q1;Q2\nH76RBD8P;img1;7;4\n", "marksheet-wide"),
        ("Source File;Q1\n0041;A\n", "layout-unknown"),
    ],
)
def test_what_merely_names_a_file_is_none_of_it(tmp_path: Path, text: str, layout: str) -> None:
    assert came(tmp_path, text).layout == layout
