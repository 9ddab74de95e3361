"""The verdict, the to-do list and the control totals: what they say, and that they add up."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
import pytest

from pipeline.account import (
    MAX_PLACES,
    STAGES,
    Account,
    Control,
    SurpassFacts,
    build_account,
    pseudonym_key,
)
from pipeline.account.pseudonyms import in_general
from pipeline.errors import SendingStopped
from pipeline.model import Ending
from pipeline.report import as_json, as_page, as_workbook
from schemas.frames import DataFrame, SessionReferences, WaitingSession
from schemas.rules import RULES, TRIPWIRES
from schemas.words import SETTLED, Outcome, Severity, Who
from tests.validate.prepared import Prepared, prepared

_SHEET = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,x\nKEYCODE3,4,y\nKEYCODE4,ABS,\nKEYCODE5,5,6\n"
_GOOD = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE5,5,6\n"
_WITH_CENTRES = "Keycode,Q1,Q2\nKEYCODE1,5,6\nKEYCODE2,6,7\n"
_OMR = (
    "file_id,input_path,output_path,score,Roll,q1,q2\n1,a,b,0,KEYCODE6,A,\n2,a,b,0,KEYCODE7,B,C\n"
)


def _ended(came: Prepared, outcomes: Mapping[str, Outcome]) -> Prepared:
    """As if these sessions had ended so; all others that are ready, as accepted."""
    keycodes = came.validated.submissions["keycode"]

    def end(ending: Ending) -> Ending:
        if ending.outcome is not Outcome.READY:
            return ending
        outcome = outcomes.get(keycodes[ending.submission], Outcome.ACCEPTED)
        posted = int(outcome not in {Outcome.UNCHANGED, Outcome.READY, Outcome.NOT_OPEN})
        return replace(ending, outcome=outcome, batch=1, attempts=posted)

    return replace(came, endings=tuple(map(end, came.endings)))


@dataclass(frozen=True)
class _Case:
    files: tuple[str, ...]
    verdict: str
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


_VERDICTS = {
    "all sent": _Case((_GOOD,), "2 of 2 sent. Nothing is left to do."),
    "one before": _Case(
        (_GOOD,),
        "1 of 2 sent, 1 had been sent before. Nothing is left to do.",
        {"KEYCODE1": Outcome.UNCHANGED},
    ),
    "all before": _Case(
        (_GOOD,),
        "2 of 2 had been sent before. Nothing is left to do.",
        dict.fromkeys(("KEYCODE1", "KEYCODE5"), Outcome.UNCHANGED),
    ),
    "checked only": _Case(
        (_GOOD,),
        "Checked only: 2 of 2 can be sent. Nothing is left to do.",
        dict.fromkeys(("KEYCODE1", "KEYCODE5"), Outcome.READY),
    ),
    "cells and an absent candidate": _Case(
        (_SHEET,),
        "2 of 5 sent. 1 candidate absent, to be voided. 2 need you: 2 cells to mend in 1.csv.",
    ),
    "nobody there": _Case(
        ("Keycode,Q1\nKEYCODE1,ABS\nKEYCODE2,abs\n",),
        "0 of 2 sent. 2 candidates absent, to be voided.",
    ),
    "more cells than submissions": _Case(
        ("Keycode,Q1,Q2\nKEYCODE1,x,y\nKEYCODE5,5,6\n",),
        "1 of 2 sent. 1 needs you: 1 with 2 cells to mend in 1.csv.",
    ),
    "cells in several files": _Case(
        ("Keycode,Q1,Q2\nKEYCODE1,x,5\n", "Keycode,Q1,Q2\nKEYCODE2,x,5\n"),
        "0 of 2 sent. 2 need you: 2 cells to mend in 2 files.",
    ),
    "refused, in doubt": _Case(
        (_GOOD,),
        "0 of 2 sent. 2 need you: 1 refused by Surpass, 1 in doubt.",
        {"KEYCODE1": Outcome.IN_DOUBT, "KEYCODE5": Outcome.REFUSED},
    ),
    "unreadable": _Case(("",), "There was nothing to send. Nothing of 1.csv could be used."),
    "unreadable beside a good one": _Case(
        (_GOOD, ""), "2 of 2 sent. Nothing of 2.csv could be used."
    ),
}


@pytest.mark.parametrize("case", _VERDICTS.values(), ids=_VERDICTS.keys())
def test_the_verdict_says_what_became_of_the_run(case: _Case, tmp_path: Path) -> None:
    account = _ended(prepared(tmp_path, *case.files), case.outcomes).account()
    assert account.verdict == account.summary.headline == case.verdict
    left = "Nothing is left to do." in case.verdict
    voids = "to be voided" in case.verdict  # which is no correction
    assert account.summary.needs_a_person is not (left or (voids and "need" not in case.verdict))


def test_a_run_out_of_balance_says_nothing_else(tmp_path: Path) -> None:
    came = prepared(tmp_path, _GOOD)
    reconciled = came.reconciled()
    lines = tuple(replace(line, right=line.right + 1) for line in reconciled.balance[:1])
    account = came.account(replace(reconciled, balance=lines))
    assert account.verdict.startswith("The account does not add up.")
    assert (account.to_do[0].who, account.to_do[0].code) == (Who.IT, "balance")


def test_a_run_that_was_stopped_says_so_first(tmp_path: Path) -> None:
    came = _ended(prepared(tmp_path, _GOOD), {"KEYCODE1": Outcome.FAILED})
    stopped = replace(came.reconciled(), stopped_by=SendingStopped("5 failed in a row"))
    account = came.account(stopped)
    assert account.verdict == ("Sending was stopped. 1 of 2 sent. 1 needs you: 1 to send again.")
    assert [(part.who, part.code) for part in account.to_do] == [
        (Who.IT, "stopped"),
        (Who.OFFICE, "failed"),
    ]


def test_every_outcome_that_is_not_settled_is_in_the_verdict(tmp_path: Path) -> None:
    came = prepared(tmp_path, _GOOD)
    for outcome in Outcome:
        if outcome not in SETTLED:
            account = _ended(came, {"KEYCODE1": outcome}).account()
            assert " 1 needs you: 1 " in account.verdict, outcome
            assert any(part.stops for part in account.to_do), outcome


def test_what_is_to_be_done_names_who_where_and_what(tmp_path: Path) -> None:
    account = _ended(prepared(tmp_path, _SHEET), {}).account()
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


def _controls(account: Account) -> list[Control]:
    of = account.controls
    return [of.run, *of.sources, *of.batches, *of.papers, *of.centres]


@pytest.fixture
def mixed(tmp_path: Path) -> Account:
    came = prepared(tmp_path, _SHEET, _OMR, "Keycode,Q1,Q2,Total\nKEYCODE8,7,2,9\n")
    return _ended(came, {"KEYCODE1": Outcome.UNCHANGED, "KEYCODE7": Outcome.REFUSED}).account()


def test_control_totals_add_up(mixed: Account) -> None:
    for control in _controls(mixed):
        for name in ("submissions", "entries", "marks", "answers"):
            parts = [getattr(getattr(control, stage), name) for stage in ("settled", "open")]
            assert getattr(control.read, name) == sum(parts)
        hashes = [int(getattr(control, stage).hash_total) for stage in ("settled", "open")]
        assert int(control.read.hash_total) == sum(hashes) % 10**10
    run, totals = mixed.controls.run, mixed.reconciliation.totals
    assert (run.read.submissions, run.read.entries) == (totals.submissions, totals.entries)
    assert run.read.marks == totals.marks_total
    for scope in (mixed.controls.papers, mixed.controls.centres, mixed.controls.sources):
        for stage in STAGES:
            for name in ("submissions", "entries", "marks", "answers"):
                whole = getattr(getattr(run, stage), name)
                assert sum(getattr(getattr(part, stage), name) for part in scope) == whole


def test_the_stages_of_the_control_totals(mixed: Account) -> None:
    counts = {stage: getattr(mixed.controls.run, stage).submissions for stage in STAGES}
    assert counts == {"read": 8, "sent": 4, "confirmed": 3, "settled": 5, "open": 3}
    declared = {
        part.name: (part.declared_marks, part.declared_totals) for part in mixed.controls.sources
    }
    assert declared == {"1.csv": (None, 0), "2.csv": (None, 0), "3.csv": (9.0, 1)}


@pytest.mark.parametrize(
    ("keycodes", "total"),
    [
        (("AAAAAAAA", "AAAAAAAB"), "2062804261"),
        (("AAAAAAAB", "AAAAAAAA"), "2062804261"),
        (("ZZZZZZZZ",), f"{int('ZZZZZZZZ', 36) % 10**10:010d}"),
        (("00000000", "00000001"), "0000000001"),
        (("ABCDEFG", "KEYCODE1"), f"{int('KEYCODE1', 36) % 10**10:010d}"),
    ],
    ids=["as in the README", "in any order", "ten digits are kept", "leading zeros", "no keycode"],
)
def test_the_hash_total_is_the_arithmetic_of_the_readme(
    keycodes: tuple[str, ...], total: str, tmp_path: Path
) -> None:
    rows = "".join(f"{keycode},1\n" for keycode in keycodes)
    assert prepared(tmp_path, f"Keycode,Q1\n{rows}").account().controls.run.read.hash_total == total


def test_outcomes_add_up_to_the_totals(mixed: Account) -> None:
    totals = mixed.reconciliation.totals
    assert {str(line.outcome): line.submissions for line in mixed.outcomes} == {
        name: count for name, count in totals.by_outcome.items() if count
    }
    assert {str(line.outcome): line.marks for line in mixed.outcomes} == {
        name: totals.marks_by_outcome[name] for name, count in totals.by_outcome.items() if count
    }
    assert sum(line.entries for line in mixed.outcomes) == totals.entries


def test_answers_are_counted_and_are_no_marks(mixed: Account) -> None:
    shown = mixed.submissions.set_index("keycode")
    assert shown.loc["KEYCODE6", "answers"] == 1
    assert shown.loc["KEYCODE7", "answers"] == 2
    assert shown["marks_total"].isna().to_dict()["KEYCODE6"]
    assert shown["answers"].isna().to_dict()["KEYCODE1"]
    assert shown.loc["KEYCODE1", "marks_total"] == 3


def test_what_surpass_tells_of_a_session_goes_over_the_file(tmp_path: Path) -> None:
    came = prepared(
        tmp_path,
        "Keycode,Candidate Reference,Centre,Q1\nKEYCODE1,S1,C1,5\nKEYCODE2,S2,C1,6\n,S3,C1,x\n",
    )
    facts = DataFrame[SessionReferences](
        [("S-ONE", "TEST-1", "FORM-1", "CENTRE-1")],
        index=[1],
        columns=["candidate", "test", "test_form", "centre"],
    )
    account = build_account(
        came.reconciled(), came.validated.entries, SurpassFacts(facts, {"FORM-1": {"1": 10.0}})
    )
    columns = ["candidate", "test", "test_form", "centre", "file", "row", "paper", "site"]
    assert account.submissions[columns].to_numpy().tolist() == [
        ["S-ONE", "TEST-1", "FORM-1", "CENTRE-1", "1.csv", 2, "FORM-1", "CENTRE-1"],
        ["S2", "", "", "C1", "1.csv", 3, "FORM-1", "C1"],
        ["", "", "", "C1", "1.csv", 4, "FORM-1", "C1"],
    ]
    (paper,) = account.statistics
    assert (paper.paper, paper.submissions, paper.mean, paper.maximum) == ("FORM-1", 2, 5.5, 10.0)
    (question,) = paper.questions
    assert (question.count, question.highest, question.share) == (2, 6, 0.55)


def test_the_spread_of_totals_counts_each_submission_once(tmp_path: Path) -> None:
    rows = "".join(f"KEYC{n:04d},{n % 7},{n % 11}\n" for n in range(60))
    (paper,) = prepared(tmp_path, f"Keycode,Q2,Q10\n{rows}").account().statistics
    assert sum(each.submissions for each in paper.bins) == paper.submissions == 60
    assert [each.question for each in paper.questions] == ["2", "10"]
    for before, after in zip(paper.bins, paper.bins[1:], strict=False):
        assert after.first == before.last + 1
    assert paper.bins[-1].last == max(n % 7 + n % 11 for n in range(60))


def test_tripwires_are_warnings_of_the_rule_book() -> None:
    assert all(RULES[code].severity is Severity.WARNING for code in TRIPWIRES)


def test_what_waits_and_is_in_no_file_is_missing(tmp_path: Path) -> None:
    came = _ended(prepared(tmp_path, _WITH_CENTRES), {})
    facts = DataFrame[SessionReferences](
        [("", "BIO", "BIO-1", "C1"), ("", "BIO", "BIO-1", "C2")],
        index=[1, 2],
        columns=["candidate", "test", "test_form", "centre"],
    )
    waiting = DataFrame[WaitingSession](
        [
            ("KEYCODE2", "BIO-1", "C2"),  # is in the file
            ("WAITING1", "BIO-1", "C2"),
            ("WAITING2", "BIO-1", "C3"),  # of a centre of which nothing came
            ("WAITING3", "CHEM-1", "C2"),  # of a paper that this run has nothing of
        ],
        columns=["keycode", "paper", "centre"],
    )
    entries = came.validated.entries
    controls = build_account(came.reconciled(), entries, SurpassFacts(facts, {}, waiting)).controls
    figures = [
        (part.name, part.expected, part.read.submissions, part.missing)
        for part in (controls.run, *controls.papers, *controls.centres)
    ]
    assert figures == [
        ("run", 4, 2, 2),
        ("BIO-1", 4, 2, 2),
        ("C1", 1, 1, 0),
        ("C2", 2, 1, 1),
        ("C3", 1, 0, 1),
    ]
    unasked = build_account(came.reconciled(), entries, SurpassFacts(facts)).controls
    assert (unasked.run.expected, unasked.run.missing) == (None, None)


def test_with_a_key_nothing_tells_whose_it_is(tmp_path: Path) -> None:
    came = prepared(
        tmp_path,
        "Keycode,Candidate Reference,Q1,Q2\nKEYCODE1,S0000001,1,secret7\nkeycode2,S0000002,3,4\n"
        + "KEYCOD,S0000003,3,4\n"
        + "".join(f"KEYCODE{n},S000001{n},3,4\n" for n in range(3, 9)),
    )
    plain = came.account()
    hidden = build_account(came.reconciled(), came.validated.entries, key=b"k" * 32)
    for view in (as_json.dumps(hidden), as_page.build_page(hidden).decode(), _cells(hidden)):
        assert not re.search("KEYCOD|keycode2|S000000|secret7", view)
        assert "D2" in view or '"row": 2' in view  # the cell is told all the same
    assert hidden.controls == plain.controls
    assert hidden.verdict == plain.verdict
    assert [part.cells for part in hidden.to_do] == [part.cells for part in plain.to_do]
    again = build_account(came.reconciled(), came.validated.entries, key=b"k" * 32)
    assert again.submissions.equals(hidden.submissions)
    other = build_account(came.reconciled(), came.validated.entries, key=b"x" * 32)
    assert not set(other.submissions["keycode"]) & set(hidden.submissions["keycode"])


def _cells(account: Account) -> str:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook.build_workbook(account)))
    return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)


def test_the_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    key = pseudonym_key(path)
    assert (len(key), pseudonym_key(path)) == (32, key)
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    nowhere = tmp_path / "not" / "there"
    assert pseudonym_key(nowhere) != pseudonym_key(nowhere)


def test_every_rule_can_be_told_without_quoting_a_cell(tmp_path: Path) -> None:
    for code in RULES:
        sentence = in_general(RULES[code].message, {"row": 7, "column": "C", "question": "2"})
        assert not re.search(r"[{}]", sentence)


def test_an_absent_candidate_is_no_candidate_with_nothing(tmp_path: Path) -> None:
    rows = "".join(f"KEYCODE{n},{n},8\n" for n in range(1, 6))
    account = prepared(tmp_path, f"Keycode,Q1,Q2\n{rows}KEYCODE9,ABS,\n").account()
    (paper,) = account.statistics
    assert (paper.submissions, paper.mean) == (5, 11.0)
    assert [(each.count, each.none) for each in paper.questions] == [(5, 0), (5, 0)]
