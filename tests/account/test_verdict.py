"""The verdict and the to-do list: what they say of a run, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pipeline.account import (
    MAX_PLACES,
)
from pipeline.errors import SendingStopped
from schemas.words import SETTLED, Outcome, Who
from tests.account.ended import GOOD, SHEET, ended
from tests.validate.prepared import prepared


@dataclass(frozen=True)
class _Case:
    files: tuple[str, ...]
    verdict: str
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


_VERDICTS = {
    "all sent": _Case(files=(GOOD,), verdict="2 of 2 sent. Nothing is left to do."),
    "one before": _Case(
        files=(GOOD,),
        verdict="1 of 2 sent, 1 had been sent before. Nothing is left to do.",
        outcomes={"KEYCODE1": Outcome.UNCHANGED},
    ),
    "all before": _Case(
        files=(GOOD,),
        verdict="2 of 2 had been sent before. Nothing is left to do.",
        outcomes=dict.fromkeys(("KEYCODE1", "KEYCODE5"), Outcome.UNCHANGED),
    ),
    "checked only": _Case(
        files=(GOOD,),
        verdict="Checked only: 2 of 2 can be sent. Nothing is left to do.",
        outcomes=dict.fromkeys(("KEYCODE1", "KEYCODE5"), Outcome.READY),
    ),
    "cells and an absent candidate": _Case(
        files=(SHEET,),
        verdict="2 of 5 sent. 1 candidate absent, to be voided. "
        "2 need you: 2 cells to mend in 1.csv.",
    ),
    "nobody there": _Case(
        files=("Keycode,Q1\nKEYCODE1,ABS\nKEYCODE2,abs\n",),
        verdict="0 of 2 sent. 2 candidates absent, to be voided.",
    ),
    "more cells than submissions": _Case(
        files=("Keycode,Q1,Q2\nKEYCODE1,x,y\nKEYCODE5,5,6\n",),
        verdict="1 of 2 sent. 1 needs you: 1 with 2 cells to mend in 1.csv.",
    ),
    "cells in several files": _Case(
        files=("Keycode,Q1,Q2\nKEYCODE1,x,5\n", "Keycode,Q1,Q2\nKEYCODE2,x,5\n"),
        verdict="0 of 2 sent. 2 need you: 2 cells to mend in 2 files.",
    ),
    "refused, in doubt": _Case(
        files=(GOOD,),
        verdict="0 of 2 sent. 2 need you: 1 refused by Surpass, 1 in doubt.",
        outcomes={"KEYCODE1": Outcome.IN_DOUBT, "KEYCODE5": Outcome.REFUSED},
    ),
    "unreadable": _Case(
        files=("",), verdict="There was nothing to send. Nothing of 1.csv could be used."
    ),
    "unreadable beside a good one": _Case(
        files=(GOOD, ""), verdict="2 of 2 sent. Nothing of 2.csv could be used."
    ),
}


@pytest.mark.parametrize("case", _VERDICTS.values(), ids=_VERDICTS.keys())
def test_the_verdict_says_what_became_of_the_run(case: _Case, tmp_path: Path) -> None:
    account = ended(prepared(tmp_path, *case.files), case.outcomes).account()
    assert account.verdict == account.summary.headline == case.verdict
    left = "Nothing is left to do." in case.verdict
    voids = "to be voided" in case.verdict  # which is no correction
    assert account.summary.needs_a_person is not (left or (voids and "need" not in case.verdict))


def test_a_run_out_of_balance_says_nothing_else(tmp_path: Path) -> None:
    came = prepared(tmp_path, GOOD)
    reconciled = came.reconciled()
    lines = tuple(replace(line, right=line.right + 1) for line in reconciled.balance[:1])
    account = came.account(replace(reconciled, balance=lines))
    assert account.verdict.startswith("The account does not add up.")
    assert (account.to_do[0].who, account.to_do[0].code) == (Who.IT, "balance")


def test_a_run_that_was_stopped_says_so_first(tmp_path: Path) -> None:
    came = ended(prepared(tmp_path, GOOD), {"KEYCODE1": Outcome.FAILED})
    stopped = replace(came.reconciled(), stopped_by=SendingStopped("5 failed in a row"))
    account = came.account(stopped)
    assert account.verdict == ("Sending was stopped. 1 of 2 sent. 1 needs you: 1 to send again.")
    assert [(part.who, part.code) for part in account.to_do] == [
        (Who.IT, "stopped"),
        (Who.OFFICE, "failed"),
    ]


def test_every_outcome_that_is_not_settled_is_in_the_verdict(tmp_path: Path) -> None:
    came = prepared(tmp_path, GOOD)
    for outcome in Outcome:
        if outcome not in SETTLED:
            account = ended(came, {"KEYCODE1": outcome}).account()
            assert " 1 needs you: 1 " in account.verdict, outcome
            assert any(part.stops for part in account.to_do), outcome


def test_what_is_to_be_done_names_who_where_and_what(tmp_path: Path) -> None:
    account = ended(prepared(tmp_path, SHEET), {}).account()
    assert [
        (part.who, part.code, part.file, part.cells, part.findings, part.submissions)
        for part in account.to_do
        if part.stops
    ] == [
        (Who.SENDER, "mark-not-a-number", "1.csv", ("C3", "C4"), 2, 2),
        (Who.OFFICE, "candidate-absent", "1.csv", ("B5",), 1, 1),
    ]
    mend = account.to_do[0]
    assert mend.message == "'x' is not a mark."
    assert (
        mend.to_do
        == "Write a whole number in each of these cells, NA if not attempted, ABS if absent."
    )
    assert [place.to_do for place in mend.places] == [
        f"Write a whole number in {cell}, NA if not attempted, ABS if absent."
        for cell in mend.cells
    ]


def test_everything_found_is_on_the_list_once(tmp_path: Path) -> None:
    rows = "".join(f"KEYC{n:04d},x,b10\n" for n in range(MAX_PLACES + 20))
    account = prepared(tmp_path, f"Keycode,Q1,Q2\n{rows}").account()
    assert sum(part.findings for part in account.to_do) == len(account.findings)
    assert all(len(part.places) <= MAX_PLACES for part in account.to_do)
    assert any(part.findings > MAX_PLACES for part in account.to_do)
