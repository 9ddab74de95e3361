"""Whose the marks are: what a row says of itself must agree with what Surpass says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.sandbox import SandboxSession
from tests.ledger.running import ingested, outcomes, settings
from tests.read.source_files import dropped
from tests.serving import served


def _session(keycode: str, candidate: str, centre: str = "22222") -> SandboxSession:
    return SandboxSession.paper(
        keycode, candidate_reference=candidate, centre_reference=centre, test_form_reference="BIO-1"
    )


_SESSIONS = [
    _session("AAAAAAA2", "S0001"),
    _session("BBBBBBB2", "S0002"),
    _session("CCCCCCC2", "S0003", "33333"),
    _session("DDDDDDD2", "S0004"),
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, and where its sessions end; the rules that say so."""

    file: str
    ends: dict[str, str]
    rules: list[str]


_CASES = {
    "all keycodes are another row's": Case(
        file="Keycode,Candidate,Q1\nAAAAAAA2,S0002,1\nBBBBBBB2,S0001,2\n",
        ends={"AAAAAAA2": "held", "BBBBBBB2": "held"},
        rules=["candidate-differs", "candidate-differs"],
    ),
    "one row with the reference of a session that is not in the file": Case(
        file="Keycode,Candidate,Q1\nAAAAAAA2,S0004,1\n",
        ends={"AAAAAAA2": "held"},
        rules=["candidate-differs"],
    ),
    "one of two agrees": Case(
        file="Keycode,Candidate,Q1\nAAAAAAA2,S0001,1\nBBBBBBB2,X99,2\n",
        ends={"AAAAAAA2": "accepted", "BBBBBBB2": "held"},
        rules=["candidate-differs"],
    ),
    "marks of one candidate beside two keycodes": Case(
        file="Keycode,Candidate,Question,Mark\nAAAAAAA2,S0001,1,1\nBBBBBBB2,S0001,2,2\n"
        "BBBBBBB2,S0002,1,3\n",
        ends={"AAAAAAA2": "held", "BBBBBBB2": "held"},
        rules=["candidate-elsewhere", "candidate-differs"],
    ),
    "names, and references that are another's": Case(
        file="Keycode,Candidate,Student ID,Q1\nAAAAAAA2,Ann Lee,S0002,1\nBBBBBBB2,Bo Ray,S0001,2\n",
        ends={"AAAAAAA2": "held", "BBBBBBB2": "held"},
        rules=["column-ignored", "candidate-differs", "candidate-differs"],
    ),
    "a centre of another form, where another row's is right": Case(
        file="Keycode,Centre,Q1\nAAAAAAA2,Midshire,1\nCCCCCCC2,33333,2\n",
        ends={"AAAAAAA2": "held", "CCCCCCC2": "accepted"},
        rules=["place-differs"],
    ),
    "names are no references": Case(
        file="Keycode,Candidate,Q1\nAAAAAAA2,Ann Lee,1\nBBBBBBB2,Bo Ray,2\n",
        ends={"AAAAAAA2": "accepted", "BBBBBBB2": "accepted"},
        rules=["candidate-unconfirmed"],
    ),
    "the centre of another session": Case(
        file="Keycode,Centre,Q1\nAAAAAAA2,33333,1\nCCCCCCC2,33333,2\n",
        ends={"AAAAAAA2": "held", "CCCCCCC2": "accepted"},
        rules=["place-differs"],
    ),
    "a centre of which nobody knows": Case(
        file="Keycode,Centre,Q1\nAAAAAAA2,44444,1\n",
        ends={"AAAAAAA2": "held"},
        rules=["place-differs"],
    ),
    "a centre by the name that the office gives it": Case(
        file="Keycode,Centre,Q1\nAAAAAAA2,Midshire,1\n",
        ends={"AAAAAAA2": "accepted"},
        rules=["place-unconfirmed"],
    ),
    "two references, of two candidates": Case(
        file="Candidate Reference,Student ID,Q1\nS0001,S0002,1\n",
        ends={"AAAAAAA2": "held"},
        rules=["column-ignored", "ids-differ"],
    ),
    "two references by one pattern, of two candidates": Case(
        file="Roll No,Registration No,Q1\nS0001,S0002,1\n",
        ends={"AAAAAAA2": "held"},
        rules=["column-ignored", "ids-differ"],
    ),
    "two references, of which Surpass knows one": Case(
        file="Candidate Reference,Student ID,Q1\nS0001,77,1\n",
        ends={"AAAAAAA2": "accepted"},
        rules=["column-ignored"],
    ),
    "a keycode under a heading for candidates": Case(
        file="Student ID,Q1\nAAAAAAA2,1\nBBBBBBB2,2\n",
        ends={"AAAAAAA2": "accepted", "BBBBBBB2": "accepted"},
        rules=[],
    ),
    "an ID that counts the rows beside the reference": Case(
        file="ID,Matriculation No,Q1\n1,S0001,A\n2,S0002,B\n",
        ends={"AAAAAAA2": "accepted", "BBBBBBB2": "accepted"},
        rules=["column-ignored"],
    ),
}


@pytest.mark.parametrize("name", _CASES)
def test_who_it_is_must_be_proved(tmp_path: Path, name: str) -> None:
    case = _CASES[name]
    with served(_SESSIONS) as (_, way):
        report = ingested(
            settings(tmp_path / "home", way.url), [dropped(tmp_path, case.file, "marks.csv")]
        )
    assert outcomes(report) == case.ends
    assert report.reconciliation.findings["rule"].tolist() == case.rules


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("Candidate,Q2\nS0001,1\nS0009,2\nS0010,2\n", "file-too-many-sessions"),
        ("Candidate,Q2,Essay\nS0001,1,15\nS0009,2,NA\nS0010,2,12\n", "heading-not-understood"),
    ],
    ids=["too many sessions", "not understood"],
)
def test_a_part_that_stands_under_a_reference_where_nothing_was_used_holds_the_session(
    tmp_path: Path, content: str, rule: str
) -> None:
    """Here it is named by its keycode: that both are one session, Surpass alone knows."""
    unused = dropped(tmp_path, content, "unused.csv")
    file = dropped(tmp_path, "Keycode,Q1\nAAAAAAA2,1\nBBBBBBB2,2\n", "marks.csv")
    with served(_SESSIONS) as (_, way):
        office = settings(tmp_path / "home", way.url, read_sessions=2)
        report = ingested(office, [unused, file])
    assert outcomes(report) == {"AAAAAAA2": "held", "BBBBBBB2": "accepted"}
    found = report.reconciliation.findings
    messages = dict(zip(found["rule"], found["message"], strict=True))
    assert messages.keys() == {rule, "session-elsewhere"}
    assert messages["session-elsewhere"].startswith("S0001 also stands in unused.csv, A2")


def test_references_of_eight_characters_are_looked_up_before_they_are_taken_for_keycodes(
    tmp_path: Path,
) -> None:
    """``KLMN2345`` is a candidate here, and the keycode of somebody else's session."""
    sessions = [_session("AAAAAAA2", "KLMN2345"), _session("KLMN2345", "S0009")]
    with served(sessions) as (_, way):
        file = dropped(tmp_path, "Student ID,Q1\nKLMN2345,1\n", "marks.csv")
        report = ingested(settings(tmp_path / "home", way.url), [file])
    assert outcomes(report) == {"AAAAAAA2": "held"}
    assert report.reconciliation.findings["rule"].tolist() == ["ids-differ"]


def test_leading_zeros_that_tell_two_candidates_apart(tmp_path: Path) -> None:
    sessions = [_session("AAAAAAA2", "4711"), _session("BBBBBBB2", "0004711")]
    with served(sessions) as (_, way):
        lost = dropped(tmp_path, "Candidate,Q1\n4711,1\n", "lost.csv")
        kept = dropped(tmp_path, "Candidate,Q1\n0004711,2\n", "kept.csv")
        ours = settings(tmp_path / "home", way.url)
        assert outcomes(ingested(ours, [lost])) == {"AAAAAAA2": "held"}
        assert outcomes(ingested(ours, [kept])) == {"BBBBBBB2": "accepted"}
