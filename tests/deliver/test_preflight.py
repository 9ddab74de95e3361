"""What Surpass's answers and paper definitions say against the entries: each rule as a table.

The entries come from a small file, as they do in a run; the cells are those of that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.papers.load import load_papers
from pipeline.papers.paper import Papers
from schemas.rules import RULES
from tests.deliver.checking import (
    OMR,
    PAPER,
    WIDE,
    Finding,
    checked,
    findings,
    outcomes,
    paper,
    read,
    told_by,
)
from tests.deliver.preflight_cases import CASES, Case
from tests.serving import access, served


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_where_and_what_becomes_of_the_session(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    submitted, validated = read(tmp_path, case.file)
    with served(case.sessions) as (sandbox, login):
        result = checked(submitted, validated, login)
        assert {entry.method for entry in sandbox.journal.entries} == {"GET"}
    assert findings(result) == sorted(case.found)
    assert outcomes(result, submitted) == case.outcome


@dataclass(frozen=True, kw_only=True)
class Odd:
    """An odd answer of Surpass: fields of its session, and what is found."""

    listed: dict[str, object]
    found: list[Finding] = field(default_factory=list)


ODD = {
    "the total is told, and kept": Odd(listed={"availableMarks": 9}),
    "total-over-maximum": Odd(
        listed={"availableMarks": 8},
        found=[("total-over-maximum", "A2", "AAAAAAA2", "")],
    ),
    "a total of none is none": Odd(listed={"availableMarks": 0}),
    "a total that is no number is none": Odd(listed={"availableMarks": "8"}),
    "questions without maxima": Odd(
        listed={"sections": [{"items": [{"displayNumber": str(n)} for n in (1, 2, 3)]}]},
    ),
    "questions without numbers": Odd(
        listed={"sections": [{"items": [{"availableMarks": 1}] * 3}]},
        found=[("question-numbers-unclear", "A2", "AAAAAAA2", "")],
    ),
    "question numbers that restart": Odd(
        listed={
            "sections": [
                {"items": [{"displayNumber": n, "availableMarks": 9} for n in ("1", "2")]},
                {"items": [{"displayNumber": "1", "availableMarks": 0}]},
            ]
        },
        found=[
            ("mark-over-maximum", "D2", "AAAAAAA2", "3"),
            ("question-numbers-restart", "A2", "AAAAAAA2", ""),
        ],
    ),
    "a maximum that is no whole number": Odd(
        listed={
            "sections": [{"items": [{"displayNumber": n, "availableMarks": 4.5} for n in "123"]}]
        },
        found=[("mark-over-maximum", "B2", "AAAAAAA2", "1")],
    ),
    "no test form": Odd(listed={"testForm": None}),
    "a state that nobody knows": Odd(
        listed={"testState": "Moderating"},
        found=[("session-not-open", "A2", "AAAAAAA2", "")],
    ),
    "no state": Odd(listed={"testState": None}, found=[("session-not-open", "A2", "AAAAAAA2", "")]),
    "a state as a number": Odd(listed={"testState": 19}),
}


@pytest.mark.parametrize("name", ODD)
def test_what_an_odd_reply_says(tmp_path: Path, name: str) -> None:
    case = ODD[name]
    submitted, validated = read(tmp_path, WIDE + "AAAAAAA2,5,3,1\n")
    wire = told_by({"AAAAAAA2": case.listed})
    result = checked(submitted, validated, access("http://surpass"), wire)
    assert findings(result) == case.found
    stopping = [rule for rule, *_ in case.found if RULES[rule].outcome is not None]
    assert bool(result.open) is (not stopping)


@dataclass(frozen=True, kw_only=True)
class Defined:
    """What the paper definition FORM-1 says, and what Surpass tells of the questions."""

    definition: str
    questions: Mapping[str, int] = field(default_factory=dict)
    file: str = WIDE + "AAAAAAA2,5,3,1\n"
    found: list[Finding] = field(default_factory=list)
    outcome: str = "open"  # of session AAAAAAA2


DEFINED = {
    "it has the maxima that Surpass does not tell": Defined(
        definition="Question,Maximum\n1,4\n2,3\n3,1\n",
        found=[("mark-over-maximum", "B2", "AAAAAAA2", "1")],
        outcome="invalid",
    ),
    "and the questions": Defined(
        definition="Question,Maximum\n1,5\n2,3\n4,1\n",
        found=[
            ("question-unknown", "D2", "AAAAAAA2", "3"),
            ("questions-missing", "A2", "AAAAAAA2", ""),
        ],
        outcome="invalid",
    ),
    "it agrees with Surpass": Defined(
        definition="Question,Maximum\n1,5\n2,3\n3,1\n",
        questions=PAPER,
    ),
    "it may say nothing of maxima": Defined(
        definition="Question,Kind\n1,marks\n2,\n3,\n",
        file=WIDE + "AAAAAAA2,9,9,9\n",
    ),
    "it differs, and Surpass is believed": Defined(
        definition="Question,Maximum\n1,4\n2,3\n7,1\n",
        questions=PAPER,
    ),
    "kind-differs": Defined(
        definition="Question,Kind\n1,responses\n2,responses\n3,\n",
        found=[("kind-differs", "B2", "AAAAAAA2", "1")],
        outcome="held",
    ),
    "answer-not-an-option": Defined(
        definition="Question,Options\n1,A-D\n2,\n3,A-C\n",
        file=OMR + '"a","b","c","0","AAAAAAA2","D","E","D"\n',
        found=[("answer-not-an-option", "H2", "AAAAAAA2", "3")],
        outcome="held",
    ),
    "an unanswered question has no option": Defined(
        definition="Question,Options\n1,A-D\n2,A-D\n3,A-D\n",
        questions=PAPER,
        file=OMR + '"a","b","c","0","AAAAAAA2","D","","D"\n',
    ),
}


def defined(folder: Path, content: str) -> Papers:
    (folder / "papers").mkdir()
    (folder / "papers" / "FORM-1.csv").write_text(content, "utf-8")
    return load_papers(folder / "papers")


@pytest.mark.parametrize("name", DEFINED)
def test_what_a_paper_definition_says(tmp_path: Path, name: str) -> None:
    case = DEFINED[name]
    submitted, validated = read(tmp_path, case.file)
    papers = defined(tmp_path, case.definition)
    with served([paper("AAAAAAA2", case.questions)]) as (_, login):
        result = checked(submitted, validated, login, papers=papers)
    assert findings(result) == case.found
    assert outcomes(result, submitted) == {"AAAAAAA2": case.outcome}


def test_where_a_definition_differs_from_surpass_its_cell_is_named_once(tmp_path: Path) -> None:
    submitted, validated = read(tmp_path, WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n")
    papers = defined(tmp_path, "Question,Maximum\n1,4\n2,3\n7,1\n")
    with served([paper("AAAAAAA2"), paper("BBBBBBB2")]) as (_, login):
        findings = checked(submitted, validated, login, papers=papers).findings
    cells = findings["column"] + findings["row"].astype(str)
    assert [*zip(findings["rule"], findings["file"], cells, findings["message"], strict=True)] == [
        ("paper-differs", "papers/FORM-1.csv", cell, f"The paper definition says {why}: "
         "Surpass is believed.")
        for cell, why in {
            "B2": "that question 1 has 4 marks, Surpass says 5",
            "A4": "that there is a question 7, Surpass has none",
            "A2": "that there is no question 3, Surpass has one",
        }.items()
    ]  # fmt: skip


# These hang on what several stages do: they are tabled in tests/papers/test_versions.py.
_OF_VERSIONS = {"versions-mixed", "version-unknown"}
# These in tests/inbox/test_double_keyed.py.
_OF_TWO_KEYINGS = {"second-keying-missing", "second-keying-differs"}


def test_every_rule_of_the_check_is_in_a_table() -> None:
    cases: list[Case | Odd | Defined] = [*CASES.values(), *ODD.values(), *DEFINED.values()]
    rules = {rule for case in cases for rule, *_ in case.found}
    codes = [*RULES]
    of_the_check = {*codes[codes.index("session-unknown") :], "candidate-differs"}
    of_the_check -= {"sent-before-differently", *_OF_VERSIONS, *_OF_TWO_KEYINGS}
    assert rules | {"session-not-shown", "paper-differs"} == of_the_check
