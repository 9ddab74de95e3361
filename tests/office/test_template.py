"""The mark sheet: what is filled in arrives, as it was meant, and nothing else can be written."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.errors import InputError
from pipeline.interpret import shipped
from pipeline.office.template import build_workbook, group_into_forms
from pipeline.surpass import Session
from pipeline.surpass.paper import Item
from tests.validate.prepared import Prepared, prepared_paths

MADE = dt.date(2025, 6, 2)
Maxima = Mapping[str, float | None]


def session(
    keycode: str, maxima: Maxima, form: str = "FORM-1", candidate: str = "007", centre: str = "C1"
) -> Session:
    items = [{"displayNumber": name, "availableMarks": most} for name, most in maxima.items()]
    return Session.model_validate(
        {
            "keycode": keycode,
            "candidate": {"reference": candidate},
            "centre": {"reference": centre},
            "testForm": {"reference": form},
            "sections": [{"items": items}],
        }
    )


def made(sessions: Sequence[Session], questions: int | None = None) -> Workbook:
    content = build_workbook(group_into_forms(sessions, shipped(), questions), MADE)
    return load_workbook(io.BytesIO(content))


def most_of(item: Item) -> int:
    return 9 if item.available_marks is None else int(item.available_marks)


def sheets(workbook: Workbook) -> list[Worksheet]:
    return [workbook[name] for name in workbook.sheetnames[1:]]


def row_of(sheet: Worksheet, keycode: str) -> int:
    (row,) = (cells[0].row for cells in sheet.iter_rows(4) if cells[0].value == keycode)
    assert row is not None
    return row


def write(workbook: Workbook, keycode: str, marks: Sequence[int | str | None]) -> None:
    """As a person does: in the unlocked cells of the row, the last of which is the total's."""
    for sheet in sheets(workbook):
        for cells in sheet.iter_rows(4):
            if cells[0].value == keycode:
                free = [cell for cell in cells if not cell.protection.locked]
                written = [*marks, *[None] * (len(free) - len(marks))]
                for cell, mark in zip(free, written, strict=True):
                    cell.value = mark
                return
    raise AssertionError(f"no row for {keycode}")


def handed_in(workbook: Workbook) -> Prepared:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "marks.xlsx"
        workbook.save(path)
        return prepared_paths([path])


_part = st.sampled_from(["", "", "a", "b", "(i)", "(ii)", ".1", ".2"])
_question = st.builds("{}{}".format, st.integers(1, 60), _part)
_maxima = st.dictionaries(
    _question, st.one_of(st.none(), st.integers(0, 40).map(float)), min_size=1, max_size=12
)
# With a digit: one that is a word, as USERNAME, is taken for a heading, and the sheet is stopped.
_keycode = st.from_regex("[A-Z][0-9][A-Z0-9]{6}", fullmatch=True)
# An id as Surpass may have it, in whatever script, and like a formula, a number or a total.
_candidate = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from(["007", "219E01BE", "=1+1", "Total", "Maximum", "3/4", "1" * 17]),
)
_form = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(
    papers=st.dictionaries(_form, _maxima, min_size=1, max_size=3),
    people=st.dictionaries(_keycode, _candidate, min_size=1, max_size=8),
    draw=st.data(),
)
@settings(max_examples=8, deadline=None)
def test_what_is_filled_in_is_what_would_be_sent(
    papers: dict[str, Maxima], people: dict[str, str], draw: st.DataObject
) -> None:
    sessions = [
        session(keycode, maxima, form, candidate)
        for (keycode, candidate), (form, maxima) in zip(
            people.items(), cycle(papers.items()), strict=False
        )
    ]
    workbook = made(sessions)
    meant: dict[str, dict[str, int | str | None]] = {}
    for element in sessions:
        assert element.keycode is not None
        drawn = {
            question: draw.draw(st.one_of(st.none(), st.integers(0, most_of(item))))
            for question, item in element.items.items()
        }
        meant[element.keycode] = {**drawn}
        write(
            workbook, element.keycode, ["NA" if mark is None else mark for mark in drawn.values()]
        )
    read = handed_in(workbook)
    assert read.sent == meant
    assert read.errors == []
    assert read.reconciled().balanced


def test_a_sheet_as_it_was_made_sends_nothing() -> None:
    read = handed_in(made([session("AAAA0001", {"1": 5}), session("AAAA0002", {"1": 5})]))
    assert read.becomes == []
    assert read.errors == []
    assert read.of_rule("row-not-marked")


def test_half_filled_in_sends_the_half() -> None:
    workbook = made([session("AAAA0001", {"1": 5, "2": 3}), session("AAAA0002", {"1": 5, "2": 3})])
    write(workbook, "AAAA0001", [5, 0])
    write(workbook, "AAAA0002", [5, None])
    assert handed_in(workbook).becomes == [("AAAA0001", "ready"), ("AAAA0002", "invalid")]


def test_absent_is_written_once() -> None:
    workbook = made([session("AAAA0001", {"1": 5, "2": 3, "3": 2})])
    write(workbook, "AAAA0001", ["ABS", None, None])
    read = handed_in(workbook)
    assert read.becomes == [("AAAA0001", "absent")]
    assert read.errors == []
    assert read.of_rule("candidate-absent")


def test_all_but_the_candidates_is_set_aside() -> None:
    workbook = made([session("AAAA0001", {"1": 5})])
    write(workbook, "AAAA0001", [4])
    read = handed_in(workbook)
    (source,) = read.validated.sources
    marks = source.set_aside[source.set_aside["sheet"] == "FORM-1"]
    assert list(zip(marks["row"], marks["reason"], strict=True)) == [
        (1, "title"),
        (2, "heading"),
        (3, "maxima"),
    ]
    assert read.findings == []
    others = source.set_aside[source.set_aside["sheet"] == "Instructions"]["reason"]
    assert set(others) <= {"instructions", "blank"}


@pytest.mark.parametrize(("total", "outcome"), [(7, "ready"), (None, "ready"), (8, "held")])
def test_a_total_is_checked_where_it_is_given(total: int | None, outcome: str) -> None:
    workbook = made([session("AAAA0001", {"1": 5, "2": 3})])
    write(workbook, "AAAA0001", [4, 3, total])
    assert handed_in(workbook).becomes == [("AAAA0001", outcome)]


def test_only_marks_can_be_written() -> None:
    (sheet,) = sheets(made([session("AAAA0001", {"1": 5, "2": 3}, candidate="0012")]))
    assert sheet.protection.sheet
    assert not sheet.protection.password
    free = {
        cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked
    }
    assert free == {"C4", "D4", "E4"}
    assert (sheet["A4"].value, sheet["A4"].number_format) == ("AAAA0001", "@")
    assert (sheet["B4"].value, sheet["B4"].number_format) == ("0012", "@")
    assert [cell.value for cell in sheet[2]] == [
        "Keycode",
        "Candidate Reference",
        "Q1",
        "Q2",
        "Total",
    ]
    assert [cell.value for cell in sheet[3]] == ["Maximum", None, 5, 3, 8]
    assert sheet.freeze_panes == "C4"
    assert sheet.print_title_rows == "$1:$3"


def test_each_column_takes_marks_up_to_its_own_maximum() -> None:
    sessions = [session(f"AAAA000{number}", {"1": 5, "2": None}) for number in range(3)]
    (sheet,) = sheets(made(sessions))
    first, second, total = sheet.data_validations.dataValidation
    assert str(total.sqref) == "E4:E6"
    assert str(first.sqref) == "C4:C6"
    assert first.formula1 == ('IF(ISNUMBER(C4),AND(C4>=0,INT(C4)=C4,C4<=5),OR(C4="NA",C4="ABS"))')
    assert str(second.sqref) == "D4:D6"
    assert second.formula1 == 'IF(ISNUMBER(D4),AND(D4>=0,INT(D4)=D4),OR(D4="NA",D4="ABS"))'
    assert "from 0 to 5" in str(first.prompt)
    assert "from 0 to 5" in str(first.error)
    assert first.showErrorMessage
    assert first.showInputMessage


def test_a_sheet_for_each_test_form_and_each_set_of_questions() -> None:
    sessions = [
        session("AAAA0001", {"1": 5}, "BIO-1"),
        session("AAAA0002", {"1": 5, "2": 3}, "BIO-2"),
        session("AAAA0003", {"1": 5}, "BIO-1"),
        session("AAAA0004", {"1": 6}, "BIO-1"),
    ]
    sheet_forms = {
        sheet.title: [cells[0].value for cells in sheet.iter_rows(4)]
        for sheet in sheets(made(sessions))
    }
    assert sheet_forms == {
        "BIO-1": ["AAAA0001", "AAAA0003"],
        "BIO-1 (2)": ["AAAA0004"],
        "BIO-2": ["AAAA0002"],
    }


def test_rows_come_by_centre_and_candidate() -> None:
    sessions = [
        session("AAAA0001", {"1": 5}, candidate="2", centre="NORTH"),
        session("AAAA0002", {"1": 5}, candidate="1", centre="SOUTH"),
        session("AAAA0003", {"1": 5}, candidate="1", centre="NORTH"),
    ]
    (sheet,) = sheets(made(sessions))
    rows = [row_of(sheet, f"AAAA000{number}") for number in (3, 1, 2)]
    assert rows == [4, 5, 6]


@given(names=st.lists(_form, min_size=1, max_size=4, unique=True))
@settings(max_examples=12, deadline=None)
def test_excel_takes_the_sheets_names(names: list[str]) -> None:
    sessions = [session(f"AAAA{at:04d}", {"1": 1}, name) for at, name in enumerate(names)]
    sheet_forms = [form.sheet for form in group_into_forms(sessions, shipped())]
    assert (
        len({name.casefold() for name in sheet_forms} | {"instructions", "history"})
        == len(names) + 2
    )
    for name in sheet_forms:
        assert 1 <= len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")


def test_long_names_that_begin_alike() -> None:
    names = [f"{'Biology higher tier paper ' * 2}{number}" for number in range(3)]
    sessions = [session(f"AAAA000{at}", {"1": 1}, name) for at, name in enumerate(names)]
    sheet_forms = [form.sheet for form in group_into_forms(sessions, shipped())]
    assert sheet_forms == [
        "Biology higher tier paper Biolo",
        "Biology higher tier paper B (2)",
        "Biology higher tier paper B (3)",
    ]


def test_questions_that_surpass_does_not_tell_must_be_counted() -> None:
    silent = [session("AAAA0001", {})]
    with pytest.raises(InputError, match=r"FORM-1.*--questions"):
        group_into_forms(silent, shipped())
    (form,) = group_into_forms(silent, shipped(), 3)
    assert form.maxima == {"Q1": None, "Q2": None, "Q3": None}


def test_what_surpass_tells_goes_over_the_count() -> None:
    (form,) = group_into_forms([session("AAAA0001", {"1": 5})], shipped(), 3)
    assert form.maxima == {"Q1": 5}


@pytest.mark.parametrize("number", ["Essay", "1 and 2", "01", "Section A"])
def test_a_question_that_no_column_can_carry_is_told(number: str) -> None:
    with pytest.raises(InputError, match=f"'{number}'.*Keycode, Question, Mark"):
        group_into_forms([session("AAAA0001", {"1": 5, number: 3})], shipped())


def test_nothing_from_surpass_becomes_a_formula() -> None:
    formula = '=HYPERLINK("http://example.org")'
    (sheet,) = sheets(made([session("AAAA0001", {"1": 5}, form=formula, candidate=formula)]))
    assert sheet["B4"].data_type == "s"
    assert sheet["A1"].data_type == "s"
