"""``papermarks confirm-layout``: a person says how an uncertain sheet is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.interpret.confirmed import confirmed_shapes
from tests.layouts.commands import home as home  # a fixture, by its name
from tests.layouts.commands import run
from tests.read.source_files import dropped

_UNCERTAIN = "Student ID,Q1,Q2,Q3,Q4,Q5\n0012041,1,3,2,4,1\n0012042,2,3,2,4,1\n"


def test_an_uncertain_reading_is_confirmed_once_for_all_sheets_of_its_form(
    home: Path, tmp_path: Path
) -> None:
    file = dropped(tmp_path, _UNCERTAIN, "june.csv")
    asked = run("confirm-layout", file, given="0\n")
    assert "1: marks" in asked.stdout
    assert "2: answers" in asked.stdout
    assert json.loads(run("inspect", file, "--json").stdout)["layouts"] == []
    run("confirm-layout", file, "--yes")
    assert json.loads(run("inspect", file, "--json").stdout)["layouts"] == ["marksheet-wide"]
    # Another sheet with this heading is read so too; one with another heading is not.
    later = dropped(tmp_path, _UNCERTAIN.replace("0012041,1", "0012049,2"), "july.csv")
    other = dropped(tmp_path, _UNCERTAIN.replace("Q5", "Q6"), "other.csv")
    assert json.loads(run("inspect", later, "--json").stdout)["entries"] == 10
    assert json.loads(run("inspect", other, "--json").stdout)["entries"] == 0
    assert "no sheet whose reading is uncertain" in run("confirm-layout", later).stdout


@dataclass(frozen=True)
class _Doubt:
    """A sheet that can be read in two ways, and what the first entries are when one is chosen."""

    sheet: str
    options: tuple[str, ...]
    entries: list[tuple[str, str, str]]  # whose, question, value


_DOUBTS = {
    "numbers that are answers": _Doubt(
        sheet=_UNCERTAIN,
        options=("--choose", "2"),
        entries=[("0012041", "1", "A"), ("0012041", "2", "C")],
    ),
    "a column that is left out": _Doubt(
        sheet="Keycode,Q1,Essay,Q2\nH76RBD8P,1,12,3\n",
        options=("--choose", "1"),
        entries=[("H76RBD8P", "1", "1"), ("H76RBD8P", "2", "3")],
    ),
    "answers beside marks": _Doubt(
        sheet="Keycode,Question,Answer,Mark\nH76RBD8P,1,A,1\nH76RBD8P,2,B,0\n",
        options=("--choose", "1"),
        entries=[("H76RBD8P", "1", "A"), ("H76RBD8P", "2", "B")],
    ),
    "marks beside answers": _Doubt(
        sheet="Keycode,Question,Answer,Mark\nH76RBD8P,1,A,1\nH76RBD8P,2,B,0\n",
        options=("--choose", "2"),
        entries=[("H76RBD8P", "1", "1"), ("H76RBD8P", "2", "0")],
    ),
    "scores beside each answer": _Doubt(
        sheet="Keycode,Q1,Q1 score,Q2,Q2 score\nH76RBD8P,A,1,B,0\n",
        options=("--choose", "2"),
        entries=[("H76RBD8P", "1", "A"), ("H76RBD8P", "2", "B")],
    ),
    "the second of two columns of keycodes": _Doubt(
        sheet="Keycode,Q1,Keycode\nH76RBD8P,1,K42VVQ8R\n",
        options=("--choose", "2"),
        entries=[("K42VVQ8R", "1", "1")],
    ),
    "questions of sections, counted over the paper": _Doubt(
        sheet="Keycode,B1,A1,A2\nH76RBD8P,9,1,2\n",
        options=("--choose", "1"),
        entries=[("H76RBD8P", "3", "9"), ("H76RBD8P", "1", "1"), ("H76RBD8P", "2", "2")],
    ),
    "questions of sections, named so": _Doubt(
        sheet="Keycode,B1,A1,A2\nH76RBD8P,9,1,2\n",
        options=("--choose", "2"),
        entries=[("H76RBD8P", "B1", "9"), ("H76RBD8P", "A1", "1"), ("H76RBD8P", "A2", "2")],
    ),
    "a teaching set that is no version of the paper": _Doubt(
        sheet="Keycode,Set,Q1\nH76RBD8P,1,7\nK42VVQ8R,2,8\n",
        options=("--choose", "1"),
        entries=[("H76RBD8P", "1", "7"), ("K42VVQ8R", "1", "8")],
    ),
    "a column that a person names": _Doubt(
        sheet="Keycode,Form,Q1\nH76RBD8P,11A,1\n",
        options=("--leave-out", "b"),
        entries=[("H76RBD8P", "1", "1")],
    ),
}


@pytest.mark.parametrize("name", _DOUBTS)
def test_a_person_chooses_between_readings(tmp_path: Path, name: str) -> None:
    doubt = _DOUBTS[name]
    file = dropped(tmp_path, doubt.sheet, "june.csv")
    run("confirm-layout", file, *doubt.options)
    document = json.loads(run("inspect", file, "--json").stdout)
    found = [
        (entry["keycode"] or entry["candidate"], entry["question"], entry["value"])
        for entry in document["first_entries"]
    ]
    assert found[: len(doubt.entries)] == doubt.entries
    assert {entry["version"] for entry in document["first_entries"]} == {""}
    rules = [finding["rule"] for finding in document["findings"]]
    assert rules == ["column-left-out"] * len(rules)
    assert "no sheet whose reading is uncertain" in run("confirm-layout", file).stdout


def test_a_number_that_stands_for_no_answer_is_none(tmp_path: Path) -> None:
    run("confirm-layout", dropped(tmp_path, _UNCERTAIN, "june.csv"), "--choose", "2")
    later = dropped(tmp_path, _UNCERTAIN.replace("0012041,1", "0012041,0"), "july.csv")
    document = json.loads(run("inspect", later, "--json").stdout)
    assert [finding["rule"] for finding in document["findings"]] == ["answer-not-understood"]


def test_a_confirmed_reading_is_listed_and_revoked(home: Path, tmp_path: Path) -> None:
    file = dropped(tmp_path, _UNCERTAIN, "june.csv")
    run("confirm-layout", file, "--yes")
    ((shape, facts),) = confirmed_shapes(home / "layouts").items()
    assert facts["file"] == "june.csv"
    assert shape in run("layouts").stdout
    run("layouts", "--revoke", shape)
    assert confirmed_shapes(home / "layouts") == {}
    assert json.loads(run("inspect", file, "--json").stdout)["entries"] == 0
