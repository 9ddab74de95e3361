"""Sheets as people write them, in many variants: what is sent of each, and the rules it breaks.

The table is variants.csv, in which a pilcrow stands for the end of a row. Those about whose a row
is are sent to a Surpass; the others are read without one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.faults.offices import Carried, ran
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import prepared_paths

_WITH_SURPASS = {"whose", "versions"}


@dataclass(frozen=True)
class _Variant:
    kind: str
    what: str
    sheet: str
    rules: set[str]
    sent: dict[str, str]


def _variants() -> list[_Variant]:
    return [*_read()]


def _read() -> Iterator[_Variant]:
    with (Path(__file__).parent / "variants.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            entries = (entry.split(" ", 1) for entry in row["sent"].split("; ") if entry)
            sheet = row["sheet"].replace("\u00b6", "\n") + "\n"
            sent = {entry[0]: entry[1] for entry in entries}
            yield _Variant(row["kind"], row["what"], sheet, {*row["rules"].split()}, sent)


@pytest.mark.parametrize("variant", _variants(), ids=lambda one: f"{one.kind}: {one.what}")
def test_a_variant_is_sent_rightly_or_held(tmp_path: Path, variant: _Variant) -> None:
    sent, rules = _came(tmp_path, variant.sheet, surpass=variant.kind in _WITH_SURPASS)
    assert (sent, rules) == (variant.sent, variant.rules)


def test_a_stray_cell_far_to_the_right_changes_nothing(tmp_path: Path) -> None:
    rows = [f"QUIET{at}AA,{at},7,0" for at in range(4)]
    plain = "\n".join(["Keycode,Q1,Q2,Q3", *rows])
    stray = plain.replace("Q3", "Q3" + "," * 500).replace("1,7,0", "1,7,0" + "," * 500 + "stray")
    sent = [_came(tmp_path, content, surpass=False)[0] for content in (plain, stray)]
    assert sent[0] == sent[1]
    assert len(sent[0]) == len(rows)


def _came(folder: Path, content: str | bytes, *, surpass: bool) -> tuple[dict[str, str], set[str]]:
    if surpass:
        came = ran(folder, content)
        return _shown(came.sent), came.rules
    read = prepared_paths([dropped(folder, content)])
    rules = {str(rule) for rule in read.validated.findings["rule"]} - {"column-ignored"}
    return _shown(read.sent), rules


def _shown(sent: Carried) -> dict[str, str]:
    return {
        keycode: " ".join(f"{question}:{value}" for question, value in carried.items())
        for keycode, carried in sent.items()
    }


def _formatted(code: str) -> bytes:
    """Marks 1 and 5 in cells of this number format."""

    def change(book: Workbook) -> None:
        for cell in book["Marks"]["B"]:
            cell.number_format = code

    return workbook({"Marks": [["Keycode", "Q1"], ["QUIET0AA", 1], ["QUIET1AA", 5]]}, change)


def _beside(name: str, *rows: list[object]) -> bytes:
    """Marks of two candidates, and another sheet."""
    marks: list[list[object]] = [["Keycode", "Q1", "Q2"], ["QUIET0AA", 1, 2], ["QUIET1AA", 3, 4]]
    return workbook({"Marks": marks, name: rows})


def _merged(area: str, *rows: list[object]) -> bytes:
    return workbook({"Marks": rows}, lambda book: book["Marks"].merge_cells(area))


_BOTH = {"QUIET0AA": "1:1 2:2", "QUIET1AA": "1:3 2:4"}
_FIVE = {"QUIET0AA": "1:1", "QUIET1AA": "1:5"}


@dataclass(frozen=True, kw_only=True)
class WorkbookCase:
    """A workbook, the rules that it breaks, and what is sent of it all the same."""

    content: bytes
    rules: set[str] = field(default_factory=set)
    sent: dict[str, str] = field(default_factory=dict)


_WORKBOOKS = {
    "per cent": WorkbookCase(content=_formatted("0.00 %"), rules={"mark-not-a-number"}),
    "per mille": WorkbookCase(content=_formatted("0\u2030"), rules={"mark-not-a-number"}),
    "dates": WorkbookCase(content=_formatted("d-mmm"), rules={"mark-date"}),
    "two digits": WorkbookCase(content=_formatted("00"), sent=_FIVE),
    "out of ten": WorkbookCase(content=_formatted('0"/10"'), sent=_FIVE),
    "a summary with totals": WorkbookCase(
        content=_beside("Summary", ["Keycode", "Total"], ["QUIET0AA", 3], ["QUIET1AA", 7]),
        rules={"sheet-not-recognised"},
        sent=_BOTH,
    ),
    "a summary with grades": WorkbookCase(
        content=_beside("Summary", ["Keycode", "Grade"], ["QUIET0AA", "A"], ["QUIET1AA", "B"]),
        rules={"sheet-not-recognised"},
        sent=_BOTH,
    ),
    "a list with seats": WorkbookCase(
        content=_beside("List", ["Keycode", "Seat"], ["QUIET0AA", 3], ["QUIET1AA", 7]),
        rules={"sheet-not-recognised"},
        sent=_BOTH,
    ),
    "more marks under a heading that is not known": WorkbookCase(
        content=_beside("Paper 2", ["Code", "Essay"], ["QUIET0AA", 12]),
        rules={"layout-unknown", "session-elsewhere"},
        sent={"QUIET1AA": "1:3 2:4"},
    ),
    "more marks of a reference": WorkbookCase(
        content=workbook(
            {
                "Paper 1": [["Candidate Reference", "Q1"], ["S0000", 1]],
                "Paper 2": [["Code", "Essay"], ["S0000", 12]],
            }
        ),
        rules={"layout-unknown", "session-elsewhere", "candidate-not-looked-up"},
    ),
    "absent over all questions": WorkbookCase(
        content=_merged("B2:C2", ["Keycode", "Q1", "Q2"], ["QUIET0AA", "ABS"], ["QUIET1AA", 3, 4]),
        rules={"candidate-absent"},
        sent={"QUIET1AA": "1:3 2:4"},
    ),
    "a mark merged over two candidates": WorkbookCase(
        content=_merged("B2:B3", ["Keycode", "Q1"], ["QUIET0AA", 5], ["QUIET1AA", None]),
        rules={"row-not-marked"},
        sent={"QUIET0AA": "1:5"},
    ),
    "an id merged over too many rows": WorkbookCase(
        content=_merged(
            "A2:A4",
            ["Keycode", "Question", "Mark"],
            ["QUIET0AA", 1, 5],
            [None, 2, 6],
            [None, 1, 7],
        ),
        rules={"id-filled-down", "question-twice"},
    ),
    "yes and no as booleans": WorkbookCase(
        content=workbook({"Marks": [["Keycode", "Q1"], ["QUIET0AA", True]]}),
        rules={"mark-not-a-number"},
    ),
    "a formula that was never reckoned": WorkbookCase(
        content=workbook({"Marks": [["Keycode", "Q1"], ["QUIET0AA", "=1+1"]]}),
        rules={"mark-not-a-number"},
    ),
    "a total that was never reckoned": WorkbookCase(
        content=workbook(
            {"Marks": [["Keycode", "Q1", "Q2", "Total"], ["QUIET0AA", 1, 2, "=B2+C2"]]}
        ),
        sent={"QUIET0AA": "1:1 2:2"},
    ),
    "a number far right": WorkbookCase(
        content=workbook(
            {"Marks": [["Keycode", "Q1", "Q2"], ["QUIET0AA", 1, 2]]},
            lambda book: setattr(book["Marks"]["KN2"], "value", 7),
        ),
        rules={"heading-not-understood"},
    ),
}


@pytest.mark.parametrize("name", _WORKBOOKS)
def test_a_workbook_is_sent_rightly_or_held(tmp_path: Path, name: str) -> None:
    case = _WORKBOOKS[name]
    assert _came(tmp_path, case.content, surpass=False) == (case.sent, case.rules)
