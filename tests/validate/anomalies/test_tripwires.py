"""Tripwires: what each tells, and that it is silent about what comes every day."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.rules import RULES, TRIPWIRES
from schemas.validation_options import HOLDING, ValidationOptions
from tests.read.source_files import dropped
from tests.validate.prepared import Prepared, prepared, prepared_paths

_Sheet = list[list[object]]


def _marks(candidates: int, maxima: Sequence[int], seed: int = 1) -> _Sheet:
    """A class as it is: each candidate of an ability, each question of a difficulty."""
    chance = random.Random(seed)
    ability = [chance.uniform(0.35, 0.85) for _ in range(candidates)]
    return [
        [sum(chance.random() < able for _ in range(most)) for most in maxima] for able in ability
    ]


def _answers(candidates: int, questions: int, seed: int = 1, options: str = "ABCD") -> _Sheet:
    """Candidates of whom each knows a share of the answers, and guesses the others."""
    chance = random.Random(seed)
    key = [chance.choice(options) for _ in range(questions)]
    able = [chance.uniform(0.2, 0.95) for _ in range(candidates)]
    return [
        [right if chance.random() < share else chance.choice(options) for right in key]
        for share in able
    ]


def _came(folder: Path, sheet: _Sheet, kind: str, last: str = "") -> Prepared:
    width = len(sheet[0]) - bool(last)
    before, named = ("a,b,c,0,", "file_id,input_path,output_path,score,") * (kind == "answers") or (
        "",
        "",
    )
    heading = ",".join([f"{named}Keycode", *(f"Q{n + 1}" for n in range(width)), last]).rstrip(",")
    rows = [
        f"{before}{number:05d}ABC," + ",".join("" if cell is None else str(cell) for cell in row)
        for number, row in enumerate(sheet)
    ]
    return prepared(folder, "\n".join([heading, *rows, ""]))


def _findings(came: Prepared) -> list[tuple[str, str | None, int | None]]:
    """What the tripwires found: rule, column and row."""
    return [(rule, at, row) for rule, row, at, _ in came.findings if rule in TRIPWIRES]


_MAXIMA = [2, 10, 5, 20, 3, 8, 15, 4]


def _set(sheet: _Sheet, changes: Callable[[_Sheet], None]) -> _Sheet:
    changes(sheet)
    return sheet


def _fill(column: int, value: object) -> Callable[[_Sheet], None]:
    def change(sheet: _Sheet) -> None:
        for row in sheet:
            row[column] = value

    return change


def _insert(row: int, at: int, cell: object) -> Callable[[_Sheet], None]:
    def change(sheet: _Sheet) -> None:
        sheet[row] = [*sheet[row][:at], cell, *sheet[row][at:-1]]

    return change


def _omit(row: int, at: int) -> Callable[[_Sheet], None]:
    def change(sheet: _Sheet) -> None:
        sheet[row] = [*sheet[row][:at], *sheet[row][at + 1 :], None]

    return change


def _copy(row: int, to: int) -> Callable[[_Sheet], None]:
    def change(sheet: _Sheet) -> None:
        sheet[to] = [*sheet[row]]

    return change


def _cell(row: int, column: int, value: object) -> Callable[[_Sheet], None]:
    def change(sheet: _Sheet) -> None:
        sheet[row][column] = value

    return change


def _nothing(_: _Sheet) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Change:
    """So many candidates, what is changed in their sheet, and what is found then."""

    candidates: int
    change: Callable[[_Sheet], None]
    findings: list[tuple[str, str, int]] = field(default_factory=list)  # rule, column, row


_OF_MARKS = {
    "a class as it is": Change(candidates=12, change=_nothing),
    "a column filled down": Change(
        candidates=5, change=_fill(1, 7), findings=[("column-constant", "C", 2)]
    ),
    "filled down for too few to say": Change(candidates=4, change=_fill(1, 7)),
    "one mark for all, of an easy question": Change(candidates=8, change=_fill(0, 1)),
    "one mark for a whole class": Change(
        candidates=20, change=_fill(0, 1), findings=[("column-constant", "B", 2)]
    ),
    "a question that nobody could do": Change(
        candidates=12, change=_fill(3, 0), findings=[("item-mean-odd", "E", 2)]
    ),
    "nor could too few to say": Change(candidates=9, change=_fill(3, 0)),
}


@pytest.mark.parametrize("name", _OF_MARKS)
def test_what_is_told_of_columns_of_marks(tmp_path: Path, name: str) -> None:
    case = _OF_MARKS[name]
    came = _came(tmp_path, _set(_marks(case.candidates, _MAXIMA), case.change), "marks")
    assert _findings(came) == case.findings
    assert {outcome for _, outcome in came.becomes} == {"ready"}


@pytest.mark.parametrize(
    ("change", "side"), [(_insert(6, 2, 1), "left"), (_omit(6, 2), "right")], ids=["left", "right"]
)
def test_a_row_of_marks_that_slipped(
    tmp_path: Path, change: Callable[[_Sheet], None], side: str
) -> None:
    maxima = [2, 20, 4, 30, 3, 25, 5, 40]
    sheet = _marks(14, maxima)
    sheet[6] = [1, 12, 2, 18, 1, 15, 3, 22]
    came = _came(tmp_path, _set(sheet, change), "marks")
    assert ("row-shifted", "A", 8) in _findings(came)
    assert any(f"one question to the {side}" in message for message in came.messages)


def test_the_best_candidate_has_not_slipped(tmp_path: Path) -> None:
    sheet: _Sheet = [[max(0, int(str(mark)) - 1) for mark in row] for row in _marks(14, _MAXIMA)]
    sheet[3] = [*_MAXIMA]
    assert _findings(_came(tmp_path, sheet, "marks")) == []


_OF_ANSWERS = {
    "a class as it is": Change(candidates=20, change=_nothing),
    "an answer beyond all options": Change(
        candidates=20,
        change=_cell(3, 4, "G"),
        findings=[("answer-outside-options", "J", 5)],
    ),
    "too few to say which options there are": Change(candidates=6, change=_cell(3, 4, "G")),
    "an option that many take": Change(
        candidates=20, change=_fill(4, "E"), findings=[("column-constant", "J", 2)]
    ),
    "one sheet for two candidates": Change(
        candidates=20,
        change=_copy(4, 9),
        findings=[("responses-alike", "E", 6), ("responses-alike", "E", 11)],
    ),
    "one sheet for two of too few": Change(candidates=6, change=_copy(4, 5)),
    "an answer too many": Change(
        candidates=20, change=_insert(7, 5, "A"), findings=[("row-shifted", "E", 9)]
    ),
    "a question skipped": Change(
        candidates=20, change=_omit(7, 5), findings=[("row-shifted", "E", 9)]
    ),
    "a slip too near the end to be sure": Change(candidates=20, change=_insert(7, 27, "A")),
    "all the same for a question": Change(
        candidates=20, change=_fill(4, "B"), findings=[("column-constant", "J", 2)]
    ),
    "all the same in a small group": Change(candidates=12, change=_fill(4, "B")),
}


@pytest.mark.parametrize("name", _OF_ANSWERS)
def test_what_is_told_of_answers(tmp_path: Path, name: str) -> None:
    case = _OF_ANSWERS[name]
    sheet = _answers(case.candidates, 30)
    for row, share in ((4, "ABCDBDACBD" * 3), (7, None)):  # one who guesses; one who knows
        if row < len(sheet):
            knows = [max(set(column), key=column.count) for column in zip(*sheet, strict=True)]
            sheet[row] = [*(share or knows)]
    came = _came(tmp_path, _set(sheet, case.change), "answers")
    assert _findings(came) == case.findings
    held = sum(rule in HOLDING for rule, *_ in case.findings)
    assert [outcome for _, outcome in came.becomes].count("held") == held
    assert {outcome for _, outcome in came.becomes} <= {"ready", "held"}


def test_two_who_know_everything_are_not_suspected(tmp_path: Path) -> None:
    sheet = _answers(20, 30)
    knows = [max(set(column), key=column.count) for column in zip(*sheet, strict=True)]
    sheet[2], sheet[5] = [*knows], [*knows]
    assert _findings(_came(tmp_path, sheet, "answers")) == []


def test_both_who_answered_alike_are_named(tmp_path: Path) -> None:
    sheet = _answers(20, 30)
    sheet[4] = [*"ABCDBDACBD" * 3]
    came = _came(tmp_path, _set(sheet, _copy(4, 9)), "answers")
    findings = [message for message in came.messages if "same answers" in message]
    assert len(findings) == 2
    assert all("00004ABC" in message and "00009ABC" in message for message in findings)


@pytest.mark.parametrize("seed", range(5))
def test_ordinary_classes_are_left_in_peace(tmp_path: Path, seed: int) -> None:
    for kind, sheet in (
        ("marks", _marks(30, _MAXIMA, seed)),
        ("answers", _answers(60, 40, seed)),
        ("answers", _answers(60, 40, seed, "ABCDE")),
    ):
        assert _findings(_came(tmp_path, sheet, kind)) == []


_TOTALS: dict[str, tuple[list[str], list[int]]] = {
    "they add up": (["1,2,3", "4,5,9", "0,0,0"], []),
    "one does not": (["1,2,3", "4,5,10", "0,0,0"], [3]),
    "no total, no question": (["1,2,", "4,5,see over"], []),
    "a blank mark counts nothing": (["1,2,3", ",5,5"], []),
    "decimals": (['1.5,2,"3,5"', "1.5,2,3"], [3]),
    "not attempted": (["NA,2,2", "NA,2,3"], [3]),
    "no sum where a cell is no mark": (["six,2,9", "1,2,3"], []),
    "a column that is no sum is told once": (
        ["1,2,60", "2,2,70", "3,2,80", "4,2,90", "5,2,95"],
        [2],
    ),
    "most of four are told": (["1,2,60", "2,2,70", "3,2,80", "4,2,6"], [2, 3, 4]),
}  # fmt: skip


@pytest.mark.parametrize("name", _TOTALS)
def test_what_is_told_of_totals(tmp_path: Path, name: str) -> None:
    rows, findings = _TOTALS[name]
    lines = [f"{number:05d}ABC,{row}" for number, row in enumerate(rows)]
    came = prepared(tmp_path, "\n".join(["Keycode,Q1,Q2,Total", *lines, ""]))
    assert [row for rule, row, *_ in came.findings if rule == "total-differs"] == findings


def test_totals_that_differ_throughout_hold_the_whole_sheet(tmp_path: Path) -> None:
    rows = [f"{number:05d}ABC,1,2,{60 + number}" for number in range(6)]
    came = prepared(tmp_path, "\n".join(["Keycode,Q1,Q2,Total", *rows, ""]))
    assert {outcome for _, outcome in came.becomes} == {"held"}
    assert "In 6 of 6 rows of this sheet" in " ".join(came.messages)


@pytest.mark.parametrize(
    ("hold_on", "outcome"),
    [({"column-constant"}, "held"), (set(), "ready"), ({"keycode-tidied"}, "ready")],
)
def test_the_office_says_which_warnings_hold(
    tmp_path: Path, hold_on: set[str], outcome: str
) -> None:
    """One of a whole column holds every session of its sheet."""
    rows = [f"{number:05d}ABC,7,{number},{9 + number}" for number in range(6)]
    path = dropped(tmp_path, "\n".join(["Keycode,Q1,Q2,Total", *rows, ""]))
    came = prepared_paths([path], options=ValidationOptions(hold_on=frozenset(hold_on)))
    assert {end for _, end in came.becomes} == {outcome}


def test_every_tripwire_is_a_warning_of_itself() -> None:
    assert all(RULES[code].outcome is None for code in TRIPWIRES)
