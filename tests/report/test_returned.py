"""The sender's file, returned: it reads as the file did, and what is mended in it counts."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from pipeline.read.limits import DEFAULTS
from pipeline.report.as_workbook import build_workbook
from pipeline.report.returned import Written, write_returned
from sample_data import RULES
from schemas.rules import RULES as RULE_BOOK
from schemas.words import Severity
from tests.read.source_files import dropped, workbook
from tests.report.returning import Edits, edit, mended, reading, returned, saved
from tests.validate.prepared import prepared_paths

_MARKS = "Biology\nKeycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,six\nKEYCODE3,ABS,1\nKEYCODE4,4,5\n"


_STOPPING = [
    sample
    for sample in sorted(RULES.iterdir())
    if RULE_BOOK[sample.stem].severity is Severity.ERROR
    and sample.stem not in {"file-unreadable", "encoding-unclear"}
]


@pytest.mark.parametrize("sample", _STOPPING, ids=lambda path: path.stem)
def test_what_goes_back_reads_as_the_file_did(tmp_path: Path, sample: Path) -> None:
    came = prepared_paths([sample])
    again = prepared_paths([returned(came, tmp_path)])
    assert reading(again) == reading(came)
    assert again.reconciled().balanced


def test_a_file_whose_letters_may_be_misread_does_not_go_back_as_certain(tmp_path: Path) -> None:
    came = prepared_paths([RULES / "encoding-unclear.csv"])
    assert write_returned(came.validated, came.reconciled(), tmp_path, DEFAULTS) == Written()
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True, kw_only=True)
class Mending:
    """What a person writes in the workbook, and what becomes of the sessions."""

    name: str
    edits: Edits = field(default_factory=dict)
    becomes: dict[str, str] = field(default_factory=dict)
    findings: set[str] = field(default_factory=set)  # rules of errors that are left


_READY = {"KEYCODE1": "ready", "KEYCODE2": "ready", "KEYCODE4": "ready"}
_MENDINGS = (
    Mending(name="nothing", becomes={**_READY, "KEYCODE2": "invalid", "KEYCODE3": "held"}),
    Mending(
        name="in the sheet",
        edits={"1!C4": 6, "1!B5": 0, "1!C5": 1},
        becomes={**_READY, "KEYCODE3": "ready"},
    ),
    Mending(
        name="in the rows to mend",
        edits={"Rows to mend!C3": 6, "Rows to mend!B4": 0, "Rows to mend!C4": 1},
        becomes={**_READY, "KEYCODE3": "ready"},
    ),
    Mending(
        name="one row in each",
        edits={"1!C4": 6, "Rows to mend!B4": 0, "Rows to mend!C4": 1},
        becomes={**_READY, "KEYCODE3": "ready"},
    ),
    Mending(
        name="the same in both",
        edits={"1!C4": 6, "Rows to mend!C3": "6"},
        becomes={**_READY, "KEYCODE3": "held"},
    ),
    Mending(
        name="different things in both",
        edits={"1!C4": 6, "Rows to mend!C3": 5},
        findings={"returned-unclear"},
    ),
    Mending(
        name="a row that is new in the rows to mend",
        edits={"Rows to mend!A5": "KEYCODE5", "Rows to mend!B5": 1, "Rows to mend!C5": 1},
        findings={"returned-unclear"},
    ),
    Mending(
        name="a row that is new at the end of the sheet",
        edits={"1!A7": "KEYCODE5", "1!B7": 1, "1!C7": 1, "Rows to mend!C3": 6},
        becomes={**_READY, "KEYCODE3": "held", "KEYCODE5": "ready"},
    ),
    Mending(
        name="a row number that was changed",
        edits={"Rows to mend!D3": 9},
        findings={"returned-unclear"},
    ),
    Mending(name="no row number", edits={"Rows to mend!D2": None}, findings={"returned-unclear"}),
)


@pytest.mark.parametrize("case", _MENDINGS, ids=lambda case: case.name)
def test_either_sheet_is_mended(tmp_path: Path, case: Mending) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    again = mended(returned(came, tmp_path / "back"), case.edits)
    assert dict(again.becomes) == case.becomes
    errors = {rule for rule, *_ in again.errors}
    assert case.findings <= errors
    assert again.reconciled().balanced
    assert again.validated.sources[0].returned is not None


def _book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(path.read_bytes()))


def test_a_row_may_be_taken_out_of_either_sheet_and_is_told_of(tmp_path: Path) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    path = returned(came, tmp_path / "back")
    content = path.read_bytes()
    book = _book(path)
    book["Rows to mend"].delete_rows(4)  # the absent candidate's
    path.write_bytes(edit(saved(book), {"Rows to mend!C3": 6}))
    again = prepared_paths([path])
    assert dict(again.becomes) == _READY
    assert again.of_rule("returned-row-removed")
    path.write_bytes(content)
    book = _book(path)
    book["1"].delete_rows(3, 1)  # so that all others stand a row higher
    book["1"].delete_rows(4)
    path.write_bytes(edit(saved(book), {"Rows to mend!C3": 6}))
    again = prepared_paths([path])
    assert dict(again.becomes) == {"KEYCODE2": "ready", "KEYCODE4": "ready"}


@pytest.mark.parametrize("gone", ["1", "Rows to mend", "To mend"])
def test_a_sheet_may_be_deleted(tmp_path: Path, gone: str) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    path = returned(came, tmp_path / "back")
    book = _book(path)
    edits = {"Rows to mend!C3": 6} if gone == "1" else {"1!C4": 6}
    del book[gone]
    path.write_bytes(edit(saved(book), edits))
    again = dict(prepared_paths([path]).becomes)
    assert again["KEYCODE2"] == "ready"
    assert again["KEYCODE3"] == "held"


def test_a_row_of_too_few_fields_is_still_one_as_long_as_nobody_mended_it(tmp_path: Path) -> None:
    came = prepared_paths([dropped(tmp_path, "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3\n", "1.csv")])
    path = returned(came, tmp_path / "back")
    assert {rule for rule, *_ in prepared_paths([path]).errors} == {"row-ragged", "mark-blank"}
    assert dict(mended(path, {"1!C3": "4"}).becomes)["KEYCODE2"] == "ready"


def test_it_goes_back_again_under_another_name(tmp_path: Path) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    first = returned(came, tmp_path / "back")
    again = mended(first, {"Rows to mend!C3": "seven"})
    second = returned(again, tmp_path / "back")
    assert [first.name, second.name] == ["1 - to mend.xlsx", "1 - to mend 2.xlsx"]
    assert _book(second).sheetnames == ["To mend", "1", "Rows to mend", "papermarks"]
    assert (
        dict(mended(second, {"1!C4": 6, "1!A5": None, "1!B5": None, "1!C5": None}).becomes)
        == _READY
    )


def test_of_a_workbook_numbers_stay_numbers_and_nothing_is_a_formula(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Keycode", "Q1", "Q2", "Comment"],
        ["KEYCODE1", 1, "=1+", dt.date(2026, 5, 4)],
        ["KEYCODE2", 2.5, 3, '=HYPERLINK("http://x.invalid")'],
        ["KEYCODE3", "six", 4, "+4"],
        ["KEYCODE4", "-1", 4, "@sum"],
    ]
    path = dropped(tmp_path, workbook({"Paper 1": rows, "Notes": [["=A1"]]}), "marks.xlsx")
    came = prepared_paths([path])
    back = returned(came, tmp_path / "back")
    cells = [cell for sheet in _book(back) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    sheet = _book(back)["Paper 1"]
    assert (sheet["B2"].value, sheet["B3"].value) == (1, 2.5)
    assert sheet["D3"].value == '=HYPERLINK("http://x.invalid")'
    assert reading(prepared_paths([back])) == reading(came)


_BY_LIBREOFFICE = (
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice here"),
)


def _saved_as(form: str, path: Path, folder: Path) -> Path:
    """The workbook as LibreOffice saves it in this form."""
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
    command += ["--convert-to", form, "--outdir", str(folder / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603
    (saved_file,) = (folder / "saved").iterdir()
    return saved_file


@pytest.mark.parametrize(
    "kind",
    ["xlsx", *(pytest.param(form, marks=_BY_LIBREOFFICE) for form in ("xls", "ods"))],
)
def test_what_a_number_format_shows_is_still_shown(tmp_path: Path, kind: str) -> None:
    moment = dt.datetime(2026, 5, 4, 9, 5)  # as a sheet has it
    rows: list[list[object]] = [
        ["Keycode", "Candidate", "Comment", "Day", "Moment", "Time", "Q1", "Q2"],
        ["KEYCODE1", 4711, 0.85, moment.date(), moment, moment.time(), 1, 2],
        ["KEYCODE2", 12, 1, moment.date(), moment, moment.time(), moment.date(), 2],
    ]
    book = openpyxl.load_workbook(io.BytesIO(workbook({"Paper 1": rows})))
    for row in (2, 3):
        book["Paper 1"].cell(row, 2).number_format = "0000000"
        book["Paper 1"].cell(row, 3).number_format = "0%"
    path = dropped(tmp_path, saved(book), "marks.xlsx")
    if kind != "xlsx":
        path = _saved_as(kind, path, tmp_path)
    came = prepared_paths([path])
    assert {rule for rule, *_ in came.errors} == {"mark-date"}
    back = returned(came, tmp_path / "back")
    sheet = _book(back)["Paper 1"]
    day, time = dt.datetime(2026, 5, 4), moment.time()
    for row, candidate, share in ((2, "0004711", "85%"), (3, "0000012", "100%")):
        assert [sheet.cell(row, column).value for column in range(2, 7)] == [
            candidate, share, day, moment, time
        ]  # fmt: skip
    assert (sheet["G3"].value, sheet["G3"].number_format) == ("2026-05-04", "@")
    assert reading(prepared_paths([back])) == reading(came)
    assert dict(mended(back, {"Paper 1!G3": 4}).becomes) == {
        "KEYCODE1": "ready", "KEYCODE2": "ready"
    }  # fmt: skip


def test_each_cell_at_fault_is_coloured_commented_and_linked(tmp_path: Path) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    book = _book(returned(came, tmp_path / "back"))
    errors = [(row, column) for _, row, column, _ in came.errors]
    for row, column in errors:
        cell = book["1"][f"{column}{row}"]
        assert cell.fill.fgColor.rgb == "FFF8CBAD"
        assert cell.comment is not None
        assert "→" in cell.comment.text
    assert book["1"]["B3"].comment is None
    linked = {cell.hyperlink.location for cell in book["To mend"]["A"] if cell.hyperlink}
    assert linked >= {f"'1'!{column}{row}" for row, column in errors}
    assert book["papermarks"].sheet_state == "veryHidden"
    properties = {one.name: one.value for one in book.custom_doc_props.props}  # type: ignore[attr-defined]
    assert properties["papermarks returned of"] == came.validated.sources[0].source.sha256


def test_sheets_named_as_ours_keep_their_place(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "To mend": [["Keycode", "Q1"], ["KEYCODE1", "six"]],
        "papermarks": [["Keycode", "Q1"], ["KEYCODE2", 1]],
        "Empty": [[" ", " "]],
    }
    came = prepared_paths([dropped(tmp_path, workbook(sheets), "marks.xlsx")])
    path = returned(came, tmp_path / "back")
    assert reading(prepared_paths([path])) == reading(came)
    assert _book(path).sheetnames == [
        "To mend",
        "To mend 2",
        "papermarks 2",
        "Empty",
        "Rows to mend",
        "papermarks",
    ]


def test_where_nothing_is_wrong_nothing_goes_back(tmp_path: Path) -> None:
    from pipeline.read.limits import DEFAULTS
    from pipeline.report.returned import write_returned

    came = prepared_paths([dropped(tmp_path, "Keycode,Q1,Note\nKEYCODE1,5,\n")])
    assert write_returned(came.validated, came.reconciled(), tmp_path, DEFAULTS).paths == ()


def test_a_record_that_somebody_wrote_in_counts_for_nothing(tmp_path: Path) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    again = mended(returned(came, tmp_path / "back"), {"papermarks!D3": "many"})
    assert again.validated.sources[0].returned is None
    assert "ready" not in dict(again.becomes).values() or again.errors


def test_a_report_of_ours_is_never_taken_for_marks(tmp_path: Path) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    report = dropped(tmp_path, build_workbook(came.account(), tmp_path), "marks of Biology.xlsx")
    again = prepared_paths([report])
    assert [rule for rule, *_ in again.findings] == ["file-unreadable"]
    assert re.search("report of papermarks", again.messages[0])


@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=_BY_LIBREOFFICE) for form in ("xlsx", "ods", "xls")]
)
def test_saved_by_libreoffice_it_is_known_still(tmp_path: Path, form: str) -> None:
    came = prepared_paths([dropped(tmp_path, _MARKS, "1.csv")])
    path = returned(came, tmp_path / "back")
    again = _saved_as(form, path, tmp_path)
    assert reading(prepared_paths([again])) == reading(came)
