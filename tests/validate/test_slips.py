"""A slip beside the file, or in it: where the counts differ, nothing of the file is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.read.source_files import dropped, workbook
from tests.report.returning import mended, returned
from tests.validate.prepared import Prepared, prepared_paths

_MARKS = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,4\n"
_READY = {"KEYCODE1": "ready", "KEYCODE2": "ready"}
_HELD = {"KEYCODE1": "held", "KEYCODE2": "held"}


def _came(folder: Path, slip: str, marks: str = _MARKS) -> Prepared:
    path = dropped(folder, marks, "marks.csv")
    dropped(folder, slip, "marks.csv.slip.toml")
    return prepared_paths([path])


@dataclass(frozen=True, kw_only=True)
class Slipped:
    """A slip, and what the message says of it; None where it agrees."""

    slip: str
    says: str | None = None
    rule: str = "slip-differs"


_UNREADABLE = "slip-unreadable"
_SLIPS = (
    Slipped(slip="candidates = 2\ntotal = 10\n"),
    Slipped(slip="candidates = 2"),
    Slipped(slip="total = 10.0"),
    Slipped(slip='Candidates = "2"'),
    Slipped(slip="candidates = 3", says="3 candidates, the file has 2"),
    Slipped(
        slip="candidates = 2\ntotal = 11",
        says="a total of 11 marks, those in the file add up to 10",
    ),
    Slipped(
        slip="candidates = 1\ntotal = 9", says="1 candidates, the file has 2; and a total of 9"
    ),
    Slipped(slip="candidats = 2", says="'candidats' is not a count", rule=_UNREADABLE),
    Slipped(slip="candidates = 2\nsheets = 2", says="'sheets' is not a count", rule=_UNREADABLE),
    Slipped(slip="candidates = many", says="name = number", rule=_UNREADABLE),
    Slipped(slip="candidates = -2", says="'-2' is not a number", rule=_UNREADABLE),
    Slipped(slip="candidates = true", says="is not a number", rule=_UNREADABLE),
    Slipped(slip="candidates = 2.5", says="not whole", rule=_UNREADABLE),
    Slipped(slip="", says="neither candidates nor total", rule=_UNREADABLE),
    Slipped(slip="x = 1\n" * 5000, says="too long", rule=_UNREADABLE),
)


@pytest.mark.parametrize("case", _SLIPS, ids=lambda case: case.slip[:30].replace("\n", " "))
def test_a_slip_beside_the_file(tmp_path: Path, case: Slipped) -> None:
    came = _came(tmp_path, case.slip)
    assert dict(came.becomes) == (_READY if case.says is None else _HELD)
    assert [rule for rule, *_ in came.findings] == ([] if case.says is None else [case.rule] * 2)
    assert case.says is None or case.says in came.messages[0]
    assert came.reconciled().balanced


@pytest.mark.parametrize(
    ("rows", "becomes"),
    [
        ([["Batch slip", ""], ["Candidates:", 2], ["Total of marks", 10]], _READY),
        ([["Candidates", 2], ["Signed", "A. B."]], _READY),
        ([["Candidates", 2], ["Total", 12]], _HELD),
        ([["Candidates", 2], ["Papers", 12]], _HELD),
        ([["Signed", "A. B."]], _HELD),
    ],
    ids=["agrees", "with a name", "another total", "a count of something else", "no count"],
)
def test_a_sheet_named_slip(
    tmp_path: Path, rows: list[list[object]], becomes: dict[str, str]
) -> None:
    marks: list[list[object]] = [["Keycode", "Q1"], ["KEYCODE1", 4], ["KEYCODE2", 6]]
    path = dropped(tmp_path, workbook({"P": marks, "slip": rows}), "marks.xlsx")
    came = prepared_paths([path])
    assert dict(came.becomes) == becomes
    assert came.reconciled().balanced
    assert {reason for _, reason in came.set_aside()} == {"heading", "slip"}


def test_half_marks_count_as_they_are_written(tmp_path: Path) -> None:
    came = _came(tmp_path, "total = 10.5", _MARKS.replace("1,2", "1,2.5"))
    assert dict(came.becomes) == {**_READY, "KEYCODE1": "invalid"}


def test_the_slip_goes_back_with_the_file_and_is_mended_there(tmp_path: Path) -> None:
    came = _came(tmp_path, "candidates = 3\ntotal = 10", _MARKS + "KEYCODE3,six,1\n")
    path = returned(came, tmp_path / "back")
    again = mended(path, {"marks!B4": 1})
    assert dict(again.becomes)["KEYCODE3"] == "held"
    assert dict(mended(path, {"Slip!B2": 12}).becomes) == {**_READY, "KEYCODE3": "ready"}


def test_an_office_is_told_once_of_a_whole_file(tmp_path: Path) -> None:
    import openpyxl

    path = returned(_came(tmp_path, "candidates = 3"), tmp_path / "back")
    book = openpyxl.load_workbook(path)
    assert [cell.value for cell in book["To mend"]["D"] if cell.value] == ["Rule", "slip-differs"]
    assert "Rows to mend" not in book.sheetnames
