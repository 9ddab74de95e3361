"""What Surpass's answers say against the entries: each rule of the check as a table.

The entries come from a small file, as they do in a run; the cells are those of that file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.deliver.context import RunContext
from pipeline.deliver.preflight import Checked, check, unchecked
from pipeline.errors import Unauthorised
from pipeline.findings import concat_findings
from pipeline.ledger import Ledger
from pipeline.model import AlreadySent, Submission, Validated
from pipeline.papers.load import load_papers
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.rules import RULES
from schemas.states import TestState
from schemas.words import Outcome
from tests.serving import access, fresh_ledger, plain_wire, served, single
from tests.validate.prepared import prepared_paths

WIDE = "Keycode,Q1,Q2,Q3\n"
CANDIDATES = "Keycode,Candidate,Q1,Q2,Q3\n"
OMR = '"file_id","input_path","output_path","score","Keycode","q1","q2","q3"\n'
PAPER = {"1": 5, "2": 3, "3": 1}

NOTHING_RECALLED = AlreadySent((), concat_findings([]), frozenset())

Finding = tuple[str, str, str, str]  # rule, cell, keycode, question ("" for the whole session)


def read(folder: Path, *contents: str) -> tuple[list[Submission], Validated]:
    """The files as a run takes them up, and the submissions that nothing stops so far."""
    files = []
    for number, content in enumerate(contents, start=1):
        files.append(folder / f"{number}.csv")
        files[-1].write_text(content, "utf-8")
    came = prepared_paths(files)
    return [*came.ready], came.validated


def checked(
    submitted: Sequence[Submission],
    validated: Validated,
    login: Access,
    wire: httpx.AsyncBaseTransport | None = None,
    line: CircuitBreaker | None = None,
    papers: Papers = NO_PAPERS,
) -> Checked:
    advanced: list[None] = []

    async def checking(ledger: Ledger) -> Checked:
        async with Surpass(login, wire or plain_wire()) as surpass:
            breaker = line or CircuitBreaker(8, stop_after=5)
            context = RunContext(surpass, ledger, breaker, papers)
            return await check(
                submitted, validated, NOTHING_RECALLED, context, lambda: advanced.append(None)
            )

    with fresh_ledger() as ledger:
        result = asyncio.run(checking(ledger))
    assert len(advanced) == len(submitted)
    ended_or_open = [*result.open, *result.endings]
    assert len(ended_or_open) >= len(submitted)
    return result


def findings(result: Checked) -> list[Finding]:
    """What was found in sessions, in a form that a table can hold."""
    of_sessions = result.findings[result.findings["submission"].notna()]
    rows = of_sessions.astype(object).where(of_sessions.notna(), "")
    return sorted(
        (row["rule"], f"{row['column']}{row['row']}", row["keycode"], row["question"])
        for row in rows.to_dict("records")
    )


def outcomes(result: Checked, submitted: Sequence[Submission]) -> dict[str, str]:
    """Where each session stands after the check; `open` goes on to be sent."""
    ended = {ending.submission: str(ending.outcome) for ending in result.endings}
    standing = {
        submission.keycode: ended.get(submission.number, "open") for submission in submitted
    }
    assert [code for code, at in standing.items() if at == "open"] == [
        submission.keycode for submission in result.open
    ]
    return standing


@dataclass(frozen=True)
class Case:
    file: str
    sessions: Sequence[SandboxSession]
    found: Sequence[Finding] = ()
    outcome: Mapping[str, str] = field(default_factory=dict)


def paper(keycode: str, questions: Mapping[str, int] = PAPER, **options: Any) -> SandboxSession:
    return SandboxSession.paper(keycode, questions, **options)


CASES = {
    "all is right": Case(
        WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,0,NA,0\n",
        [paper("AAAAAAA2"), paper("BBBBBBB2")],
        [],
        {"AAAAAAA2": "open", "BBBBBBB2": "open"},
    ),
    "all is right, with answers": Case(
        OMR + '"a","b","c","0","AAAAAAA2","A","","C"\n',
        [paper("AAAAAAA2")],
        [],
        {"AAAAAAA2": "open"},
    ),
    "a session that tells no questions": Case(
        WIDE + "AAAAAAA2,99,3,1\n",
        [paper("AAAAAAA2", {})],
        [],
        {"AAAAAAA2": "open"},
    ),
    "session-unknown": Case(
        WIDE + "AAAAAAA2,5,3,1\nB0BBBBB2,5,3,1\n",
        [paper("AAAAAAA2")],
        [("session-unknown", "A3", "B0BBBBB2", "")],
        {"AAAAAAA2": "open", "B0BBBBB2": "not_open"},
    ),
    "session-not-open": Case(
        WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n",
        [paper("AAAAAAA2"), paper("BBBBBBB2", state=TestState.MARKED)],
        [("session-not-open", "A3", "BBBBBBB2", "")],
        {"AAAAAAA2": "open", "BBBBBBB2": "not_open"},
    ),
    "not open, so its marks are not looked at": Case(
        WIDE + "BBBBBBB2,9,9,9\n",
        [paper("BBBBBBB2", {"7": 1}, state=TestState.READY)],
        [("session-not-open", "A2", "BBBBBBB2", "")],
        {"BBBBBBB2": "not_open"},
    ),
    "question-unknown": Case(
        WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n",
        [paper("AAAAAAA2"), paper("BBBBBBB2", {"1": 5, "2": 3})],
        [("question-unknown", "D3", "BBBBBBB2", "3")],
        {"AAAAAAA2": "open", "BBBBBBB2": "invalid"},
    ),
    "question-unknown, with answers": Case(
        OMR + '"a","b","c","0","AAAAAAA2","A","B","C"\n',
        [paper("AAAAAAA2", {"1": 1, "3": 1})],
        [("question-unknown", "G2", "AAAAAAA2", "2")],
        {"AAAAAAA2": "invalid"},
    ),
    "questions-missing": Case(
        WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n",
        [paper("AAAAAAA2"), paper("BBBBBBB2", PAPER | {"4": 2, "5": 2})],
        [("questions-missing", "A3", "BBBBBBB2", "")],
        {"AAAAAAA2": "open", "BBBBBBB2": "invalid"},
    ),
    "mark-over-maximum": Case(
        WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,6,3,2\n",
        [paper("AAAAAAA2"), paper("BBBBBBB2")],
        [
            ("mark-over-maximum", "B3", "BBBBBBB2", "1"),
            ("mark-over-maximum", "D3", "BBBBBBB2", "3"),
        ],
        {"AAAAAAA2": "open", "BBBBBBB2": "invalid"},
    ),
    "not attempted is over no maximum": Case(
        WIDE + "AAAAAAA2,NA,NA,NA\n", [paper("AAAAAAA2")], [], {"AAAAAAA2": "open"}
    ),
    "candidate-differs": Case(
        CANDIDATES + "AAAAAAA2,0012,5,3,1\nBBBBBBB2,0014,5,3,1\nCCCCCCC2,0013,5,3,1\n"
        "DDDDDDD2,15,5,3,1\nEEEEEEE2,,5,3,1\n",
        [
            paper(f"{sign * 7}2", candidate_reference=f"00{number}")
            for number, sign in enumerate("ABCDE", start=12)
        ],
        [
            ("candidate-differs", "A3", "BBBBBBB2", ""),
            ("candidate-differs", "A4", "CCCCCCC2", ""),
        ],
        {
            "AAAAAAA2": "open",
            "BBBBBBB2": "held",
            "CCCCCCC2": "held",
            "DDDDDDD2": "open",
            "EEEEEEE2": "open",
        },
    ),
    "candidates by name are no references": Case(
        CANDIDATES + "AAAAAAA2,Ann Lee,5,3,1\nBBBBBBB2,Bo Ray,5,3,1\nCCCCCCC2,Cy Orr,5,3,1\n",
        [
            paper(f"{sign * 7}2", candidate_reference=f"00{number}")
            for number, sign in enumerate("ABC", start=12)
        ],
        [],
        {"AAAAAAA2": "open", "BBBBBBB2": "open", "CCCCCCC2": "open"},
    ),
    "everything at once": Case(
        WIDE + "AAAAAAA2,6,3,1\n",
        [paper("AAAAAAA2", {"1": 5, "2": 3, "9": 1})],
        [
            ("mark-over-maximum", "B2", "AAAAAAA2", "1"),
            ("question-unknown", "D2", "AAAAAAA2", "3"),
            ("questions-missing", "A2", "AAAAAAA2", ""),
        ],
        {"AAAAAAA2": "invalid"},
    ),
    "questions-fewer-than-others": Case(
        "Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(5) for q in (1, 2, 3) if (n, q) != (4, 2)),
        [paper(f"AAAAAA{n}2", {}) for n in range(5)],
        [("questions-fewer-than-others", "A14", "AAAAAA42", "")],
        {**{f"AAAAAA{n}2": "open" for n in range(4)}, "AAAAAA42": "held"},
    ),
    "fewer than others, but of another paper": Case(
        "Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(5) for q in (1, 2, 3) if (n, q) != (4, 2)),
        [paper(f"AAAAAA{n}2", {}, test_form_reference=f"FORM-{n == 4}") for n in range(5)],
        [],
        {f"AAAAAA{n}2": "open" for n in range(5)},
    ),
    "too few to say what nearly all have": Case(
        "Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(4) for q in (1, 2, 3) if (n, q) != (3, 2)),
        [paper(f"AAAAAA{n}2", {}) for n in range(4)],
        [],
        {f"AAAAAA{n}2": "open" for n in range(4)},
    ),
    "a question that only some have is no rule": Case(
        "Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(6) for q in (1, 2, 3) if q < 3 or n < 4),
        [paper(f"AAAAAA{n}2", {}) for n in range(6)],
        [],
        {f"AAAAAA{n}2": "open" for n in range(6)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_where_and_what_becomes_of_the_session(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    submitted, validated = read(tmp_path, case.file)
    with served(case.sessions) as (sandbox, login):
        result = checked(submitted, validated, login)
        assert {entry.method for entry in sandbox.journal.entries} == {"GET"}
    assert findings(result) == sorted(case.found)
    assert outcomes(result, submitted) == case.outcome


def told_by(bodies: Mapping[str, dict[str, object]]) -> httpx.MockTransport:
    """A wire on which each session is what the table says: for what the sandbox never tells."""

    def answer(request: httpx.Request) -> httpx.Response:
        keycode = request.url.path.rsplit("/", 1)[1]
        fields = {"keycode": keycode, "testState": "PaperResponseUpload"} | bodies[keycode]
        return httpx.Response(200, json=single(**fields))

    return httpx.MockTransport(answer)


ODD: dict[str, tuple[dict[str, object], list[Finding]]] = {
    "the total is told, and kept": ({"availableMarks": 9}, []),
    "total-over-maximum": (
        {"availableMarks": 8},
        [("total-over-maximum", "A2", "AAAAAAA2", "")],
    ),
    "a total of none is none": ({"availableMarks": 0}, []),
    "a total that is no number is none": ({"availableMarks": "8"}, []),
    "questions without maxima": (
        {"sections": [{"items": [{"displayNumber": str(n)} for n in (1, 2, 3)]}]},
        [],
    ),
    "questions without numbers": (
        {"sections": [{"items": [{"availableMarks": 1}] * 3}]},
        [("question-numbers-unclear", "A2", "AAAAAAA2", "")],
    ),
    "question numbers that restart": (
        {
            "sections": [
                {"items": [{"displayNumber": n, "availableMarks": 9} for n in ("1", "2")]},
                {"items": [{"displayNumber": "1", "availableMarks": 0}]},
            ]
        },
        [
            ("mark-over-maximum", "D2", "AAAAAAA2", "3"),
            ("question-numbers-restart", "A2", "AAAAAAA2", ""),
        ],
    ),
    "a maximum that is no whole number": (
        {"sections": [{"items": [{"displayNumber": n, "availableMarks": 4.5} for n in "123"]}]},
        [("mark-over-maximum", "B2", "AAAAAAA2", "1")],
    ),
    "no test form": ({"testForm": None}, []),
    "a state that nobody knows": (
        {"testState": "Moderating"},
        [("session-not-open", "A2", "AAAAAAA2", "")],
    ),
    "no state": ({"testState": None}, [("session-not-open", "A2", "AAAAAAA2", "")]),
    "a state as a number": ({"testState": 19}, []),
}


@pytest.mark.parametrize("name", ODD)
def test_what_an_odd_reply_says(tmp_path: Path, name: str) -> None:
    listed, found = ODD[name]
    submitted, validated = read(tmp_path, WIDE + "AAAAAAA2,5,3,1\n")
    result = checked(submitted, validated, access("http://surpass"), told_by({"AAAAAAA2": listed}))
    assert findings(result) == found
    stopping = [rule for rule, *_ in found if RULES[rule].outcome is not None]
    assert bool(result.open) is (not stopping)


# What the definition FORM-1 says, what Surpass tells, the file, what is found, what becomes of A.
_DEFINED: dict[str, tuple[str, Mapping[str, int], str, list[Finding], str]] = {
    "it has the maxima that Surpass does not tell": (
        "Question,Maximum\n1,4\n2,3\n3,1\n", {}, WIDE + "AAAAAAA2,5,3,1\n",
        [("mark-over-maximum", "B2", "AAAAAAA2", "1")], "invalid",
    ),
    "and the questions": (
        "Question,Maximum\n1,5\n2,3\n4,1\n", {}, WIDE + "AAAAAAA2,5,3,1\n",
        [
            ("question-unknown", "D2", "AAAAAAA2", "3"),
            ("questions-missing", "A2", "AAAAAAA2", ""),
        ],
        "invalid",
    ),
    "it agrees with Surpass": (
        "Question,Maximum\n1,5\n2,3\n3,1\n", PAPER, WIDE + "AAAAAAA2,5,3,1\n", [], "open",
    ),
    "it may say nothing of maxima": (
        "Question,Kind\n1,marks\n2,\n3,\n", {}, WIDE + "AAAAAAA2,9,9,9\n", [], "open",
    ),
    "it differs, and Surpass is believed": (
        "Question,Maximum\n1,4\n2,3\n7,1\n", PAPER, WIDE + "AAAAAAA2,5,3,1\n", [], "open",
    ),
    "kind-differs": (
        "Question,Kind\n1,responses\n2,responses\n3,\n", {}, WIDE + "AAAAAAA2,5,3,1\n",
        [("kind-differs", "B2", "AAAAAAA2", "1")], "held",
    ),
    "answer-not-an-option": (
        "Question,Options\n1,A-D\n2,\n3,A-C\n", {},
        OMR + '"a","b","c","0","AAAAAAA2","D","E","D"\n',
        [("answer-not-an-option", "H2", "AAAAAAA2", "3")], "held",
    ),
    "an unanswered question has no option": (
        "Question,Options\n1,A-D\n2,A-D\n3,A-D\n", PAPER,
        OMR + '"a","b","c","0","AAAAAAA2","D","","D"\n', [], "open",
    ),
}  # fmt: skip


def defined(folder: Path, content: str) -> Papers:
    (folder / "papers").mkdir()
    (folder / "papers" / "FORM-1.csv").write_text(content, "utf-8")
    return load_papers(folder / "papers")


@pytest.mark.parametrize("name", _DEFINED)
def test_what_a_paper_definition_says(tmp_path: Path, name: str) -> None:
    definition, questions, file, found, outcome = _DEFINED[name]
    submitted, validated = read(tmp_path, file)
    with served([paper("AAAAAAA2", questions)]) as (_, login):
        result = checked(submitted, validated, login, papers=defined(tmp_path, definition))
    assert findings(result) == found
    assert outcomes(result, submitted) == {"AAAAAAA2": outcome}


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
    rules = {rule for case in CASES.values() for rule, *_ in case.found}
    rules |= {rule for _, found in ODD.values() for rule, *_ in found}
    rules |= {rule for *_, found, _ in _DEFINED.values() for rule, *_ in found}
    codes = [*RULES]
    of_the_check = {*codes[codes.index("session-unknown") :], "candidate-differs"}
    of_the_check -= {"sent-before-differently", *_OF_VERSIONS, *_OF_TWO_KEYINGS}
    assert rules | {"session-not-shown", "paper-differs"} == of_the_check


def test_messages_name_what_a_person_must_know(tmp_path: Path) -> None:
    file = WIDE + "AAAAAAA2,6,3,1\nB0BBBBB2,5,3,1\nCCCCCCC2,5,3,1\nDDDDDDD2,5,3,1\n"
    submitted, validated = read(tmp_path, file)
    sessions = [
        paper("AAAAAAA2"),
        paper("CCCCCCC2", state=TestState.MARKED),
        paper("DDDDDDD2", PAPER | {"4": 1, "5": 1}),
    ]
    with served(sessions) as (_, login):
        result = checked(submitted, validated, login)
    assert dict(zip(result.findings["rule"], result.findings["message"], strict=True)) == {
        "mark-over-maximum": "Mark 6 for question 1 is over its maximum of 5.",
        "session-unknown": "Surpass does not know B0BBBBB2, or does not show it to this user."
        " Mind the look-alikes 0 and O, 1 and I: it has 0.",
        "session-not-open": "CCCCCCC2 is in state Marked, not in PaperResponseUpload:"
        " it takes no paper marks.",
        "questions-missing": "DDDDDDD2 has 2 question(s) in Surpass that the file does not: 4, 5.",
    }


def test_session_not_shown_tells_why_surpass_does_not_show_it(tmp_path: Path) -> None:
    submitted, validated = read(tmp_path, WIDE + "AAAAAAA2,5,3,1\n")
    strangers = {"forbidden_username": "stranger", "forbidden_password": "open sesame"}
    with served([paper("AAAAAAA2")], **strangers) as (_, login):
        stranger = access(login.url, username="stranger", password="open sesame")
        result = checked(submitted, validated, stranger)
    assert findings(result) == [("session-not-shown", "A2", "AAAAAAA2", "")]
    assert outcomes(result, submitted) == {"AAAAAAA2": "not_open"}
    assert "This user lacks the permission" in result.findings["message"][0]


@pytest.fixture
def three(tmp_path: Path) -> tuple[list[Submission], Validated]:
    rows = "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\nCCCCCCC2,5,3,1\n"
    return read(tmp_path, WIDE + rows)


def faulty(sandbox: Sandbox, kind: FaultKind, keycode: str) -> None:
    sandbox.faults.set(Fault(kind, keycode=keycode))


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.CUT_AFTER, FaultKind.MALFORMED])
def test_a_session_that_cannot_be_read_is_failed_and_the_others_go_on(
    three: tuple[list[Submission], Validated], kind: FaultKind
) -> None:
    with served([paper(submission.keycode) for submission in three[0]]) as (sandbox, login):
        faulty(sandbox, kind, "BBBBBBB2")
        result = checked(*three, login)
    assert outcomes(result, three[0]) == {
        "AAAAAAA2": "open",
        "BBBBBBB2": "failed",
        "CCCCCCC2": "open",
    }
    (ending,) = result.endings
    assert ending.reason.startswith("not sent: ")
    assert ending.attempts == 0


def test_a_session_that_surpass_refuses_to_show_is_not_open(
    three: tuple[list[Submission], Validated],
) -> None:
    with served([paper(submission.keycode) for submission in three[0]]) as (sandbox, login):
        faulty(sandbox, FaultKind.ERROR_IN_200, "BBBBBBB2")
        result = checked(*three, login)
    assert findings(result) == [("session-unknown", "A3", "BBBBBBB2", "")]
    assert "or does not show it to this user" in result.findings["message"][0]


def test_a_wrong_password_ends_everything_after_one_request(
    three: tuple[list[Submission], Validated],
) -> None:
    line = CircuitBreaker(8, stop_after=5)
    with served([paper(submission.keycode) for submission in three[0]]) as (sandbox, login):
        result = checked(*three, access(login.url, password="guess"), line=line)
        assert len(sandbox.journal.entries) == 1
    assert isinstance(line.stopped_by, Unauthorised)
    assert set(outcomes(result, three[0]).values()) == {"failed"}
    assert all("password has expired" in ending.reason for ending in result.endings)


def test_findings_made_before_are_kept_and_the_weightiest_decides(tmp_path: Path) -> None:
    file = WIDE + " aaaaaaa2 ,5,3,1\nBBBBBBB2,5,3,\n"
    submitted, validated = read(tmp_path, file)
    assert [submission.keycode for submission in submitted] == ["AAAAAAA2"]
    with served([paper("AAAAAAA2", {"1": 1}, state=TestState.MARKED)]) as (_, login):
        result = checked(submitted, validated, login)
    assert [(rule, cell) for rule, cell, *_ in findings(result)] == [
        ("keycode-tidied", "A2"),
        ("mark-blank", "D3"),
        ("session-not-open", "A2"),
    ]
    assert [(ended.submission, ended.outcome) for ended in result.endings] == [
        (1, Outcome.NOT_OPEN),
        (2, Outcome.INVALID),
    ]


def test_without_surpass_everything_that_the_file_allows_is_open(
    three: tuple[list[Submission], Validated],
) -> None:
    submitted, validated = three
    result = unchecked(submitted, validated, NOTHING_RECALLED)
    assert result.open == tuple(submitted)
    assert (result.endings, len(result.findings)) == ((), 0)


def test_a_thousand_sessions_are_checked_in_columns(tmp_path: Path) -> None:
    """Not one by one: a run of many sessions must not be slow for the findings' sake."""
    codes = [f"{number:05d}ABC" for number in range(1000)]
    file = WIDE + "".join(f"{code},5,3,{1 + (code == codes[500])}\n" for code in codes)
    submitted, validated = read(tmp_path, file)
    items = [{"displayNumber": name, "availableMarks": most} for name, most in PAPER.items()]
    bodies: dict[str, dict[str, object]] = {
        code: {"sections": [{"items": items}]} for code in codes
    }
    result = checked(submitted, validated, access("http://surpass"), told_by(bodies))
    assert findings(result) == [("mark-over-maximum", "D502", codes[500], "3")]
