"""The control totals and statistics: what they count, and that they add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.account import (
    STAGES,
    Account,
    Control,
    SurpassFacts,
    build_account,
)
from schemas.frames import DataFrame, SessionReferences, WaitingSession
from schemas.rules import RULES, TRIPWIRES
from schemas.words import Outcome, Severity
from tests.account.ended import SHEET, ended
from tests.validate.prepared import prepared

_WITH_CENTRES = "Keycode,Q1,Q2\nKEYCODE1,5,6\nKEYCODE2,6,7\n"
_OMR = (
    "file_id,input_path,output_path,score,Roll,q1,q2\n1,a,b,0,KEYCODE6,A,\n2,a,b,0,KEYCODE7,B,C\n"
)


def _controls(account: Account) -> list[Control]:
    of = account.controls
    return [of.run, *of.sources, *of.batches, *of.papers, *of.centres]


@pytest.fixture
def mixed(tmp_path: Path) -> Account:
    came = prepared(tmp_path, SHEET, _OMR, "Keycode,Q1,Q2,Total\nKEYCODE8,7,2,9\n")
    return ended(came, {"KEYCODE1": Outcome.UNCHANGED, "KEYCODE7": Outcome.REFUSED}).account()


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
    came = ended(prepared(tmp_path, _WITH_CENTRES), {})
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


def test_an_absent_candidate_is_no_candidate_with_nothing(tmp_path: Path) -> None:
    rows = "".join(f"KEYCODE{n},{n},8\n" for n in range(1, 6))
    account = prepared(tmp_path, f"Keycode,Q1,Q2\n{rows}KEYCODE9,ABS,\n").account()
    (paper,) = account.statistics
    assert (paper.submissions, paper.mean) == (5, 11.0)
    assert [(each.count, each.none) for each in paper.questions] == [(5, 0), (5, 0)]
