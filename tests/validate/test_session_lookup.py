"""Candidates named by a reference: the session that is theirs, or a finding that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.interpret import ReadingOptions, shipped
from pipeline.interpret.prepare import prepare
from pipeline.model import Interpreted
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.validate.entries import validate
from pipeline.validate.session_lookup import find
from schemas.states import TestState
from tests.ledger.running import ingested, outcomes, settings
from tests.read.source_files import dropped
from tests.serving import access, asked, plain_wire, served

_Messages = list[tuple[str, str, str]]  # rule, cell, message
_OPEN = TestState.PAPER_RESPONSE_UPLOAD


def _read(folder: Path, *contents: str) -> tuple[Interpreted, ...]:
    paths = [dropped(folder, each, f"{at}.csv") for at, each in enumerate(contents, start=1)]
    return prepare(paths, shipped(), ReadingOptions(), lambda: None)


def _found(
    sources: Sequence[Interpreted],
    login: Access | None,
    wire: httpx.AsyncBaseTransport | None = None,
) -> tuple[Interpreted, ...]:
    line = CircuitBreaker(4, stop_after=5)

    async def finding() -> tuple[Interpreted, ...]:
        if login is None:
            return await find(sources, None, line, lambda _: {})
        async with Surpass(login, wire or plain_wire()) as surpass:
            return await find(sources, surpass, line, lambda _: {})

    return asyncio.run(finding())


def _keycodes(sources: Sequence[Interpreted]) -> list[list[str]]:
    """For each file the keycode of each of its rows."""
    return [source.entries.drop_duplicates("row")["keycode"].tolist() for source in sources]


def _messages(sources: Sequence[Interpreted]) -> _Messages:
    return [
        (one["rule"], f"{one['column']}{one['row']}", one["message"])
        for source in sources
        for one in source.findings.to_dict("records")
        if one["rule"].startswith("candidate-")
    ]


def _session(
    keycode: str, candidate: str, test: str = "BIO", centre: str = "C1", state: TestState = _OPEN
) -> SandboxSession:
    return SandboxSession.paper(
        keycode, {"1": 9, "2": 9}, state, candidate_reference=candidate, test_reference=test,
        test_form_reference=f"{test}-P1", centre_reference=centre,
    )  # fmt: skip


@dataclass(frozen=True)
class _Case:
    file: str
    keycodes: list[str]
    messages: _Messages


_SESSIONS = [
    _session("AAAAAAA2", "0012041"),
    _session("BBBBBBB2", "0012042"),
    _session("CCCCCCC2", "0012042", "CHEM"),
    _session("DDDDDDD2", "0012043", "CHEM", "C1"),
    _session("EEEEEEE2", "0012043", "CHEM", "C2"),
    _session("FFFFFFF2", "0012044", state=TestState.MARKED),
    _session("GGGGGGG2", "ab-17"),
    _session("HHHHHHH2", "0012045", state=TestState.MARKED),
    _session("JJJJJJJ2", "0012045", "CHEM", state=TestState.MARKED),
]
_NONE = "Surpass lists no session in PaperResponseUpload for candidate "

_CASES = {
    "found": _Case("Candidate,Q1,Q2\n0012041,5,6\n", ["AAAAAAA2"], []),
    "found without case": _Case("Candidate,Q1,Q2\nAB-17,5,6\n", ["GGGGGGG2"], []),
    "found in a long sheet": _Case(
        "Candidate,Question,Mark\n0012041,1,5\n0012041,2,6\n", ["AAAAAAA2", "AAAAAAA2"], []
    ),
    "none": _Case(
        "Candidate,Q1,Q2\n99,5,6\n", [""], [("candidate-unknown", "A2", f"{_NONE}'99'.")]
    ),
    "none that is open": _Case(
        "Candidate,Q1,Q2\n0012044,5,6\n",
        ["FFFFFFF2"],  # the check tells that it is marked; what we sent before is unchanged
        [],
    ),
    "several, and none is open": _Case(
        "Candidate,Q1,Q2\n0012045,5,6\n",
        [""],
        [
            (
                "candidate-unknown",
                "A2",
                f"{_NONE}'0012045'. It has: HHHHHHH2 (BIO, Marked), JJJJJJJ2 (CHEM, Marked).",
            )
        ],
    ),
    "several, told apart though none is open": _Case(
        "Candidate,Test,Q1,Q2\n0012045,CHEM,5,6\n", ["JJJJJJJ2"], []
    ),
    "leading zeros are missing": _Case(
        "Candidate,Q1,Q2\n12041,5,6\n",
        [""],
        [
            (
                "candidate-unknown",
                "A2",
                f"{_NONE}'12041'. It lists '0012041': leading zeros are missing here, or too many.",
            )
        ],
    ),
    "several": _Case(
        "Candidate,Q1,Q2\n0012042,5,6\n",
        [""],
        [
            (
                "candidate-several",
                "A2",
                "Candidate '0012042' has 2 sessions in PaperResponseUpload: BBBBBBB2 (BIO, "
                "PaperResponseUpload), CCCCCCC2 (CHEM, PaperResponseUpload).",
            )
        ],
    ),
    "told apart by the test": _Case(
        "Candidate,Test,Q1,Q2\n0012042,chem,5,6\n0012042,BIO,5,6\n", ["CCCCCCC2", "BBBBBBB2"], []
    ),
    "told apart by the test form": _Case(
        "Candidate,Test,Q1,Q2\n0012042,CHEM-P1,5,6\n", ["CCCCCCC2"], []
    ),
    "told apart by the centre": _Case(
        "Candidate,Centre,Q1,Q2\n0012043,C2,5,6\n0012043,C1,7,8\n", ["EEEEEEE2", "DDDDDDD2"], []
    ),
    "another test than the candidate's": _Case(
        "Candidate,Test,Q1,Q2\n0012041,CHEM,5,6\n",
        [""],
        [
            (
                "candidate-unknown",
                "A2",
                f"{_NONE}'0012041' and test 'CHEM'. It has: AAAAAAA2 (BIO, PaperResponseUpload).",
            )
        ],
    ),
    "a column of tests that Surpass does not know": _Case(
        "Candidate,Test,Q1,Q2\n0012041,Mock,5,6\n",
        [""],
        [
            (
                "candidate-unknown",
                "A2",
                f"{_NONE}'0012041' and test 'Mock'. It has: AAAAAAA2 (BIO, PaperResponseUpload).",
            )
        ],
    ),
    "keycodes are not looked up": _Case("Keycode,Q1,Q2\nAAAAAAA2,5,6\n", ["AAAAAAA2"], []),
}


@pytest.mark.parametrize("name", _CASES)
def test_whose_session_it_is(tmp_path: Path, name: str) -> None:
    case = _CASES[name]
    with served(_SESSIONS) as (sandbox, login):
        came = _found(_read(tmp_path, case.file), login)
        assert {entry.method for entry in sandbox.journal.entries} <= {"GET"}
    assert (_keycodes(came), _messages(came)) == ([case.keycodes], case.messages)


def test_what_becomes_of_those_not_found(tmp_path: Path) -> None:
    file = "Candidate,Q1,Q2\n0012041,5,6\n0012042,5,6\n99,5,6\n"
    with served(_SESSIONS) as (_, login):
        read = validate(_found(_read(tmp_path, file), login))
    assert dict(zip(read.findings["row"], read.findings["outcome"], strict=True)) == {
        3: "held",
        4: "not_open",
    }
    assert dict(zip(read.findings["row"], read.findings["submission"], strict=True)) == {3: 2, 4: 3}


def test_one_candidate_of_two_files_is_one_submission(tmp_path: Path) -> None:
    with served(_SESSIONS) as (_, login):
        came = _found(
            _read(tmp_path, "Candidate,Q1\n0012041,5\n", "Keycode,Q2\nAAAAAAA2,6\n"), login
        )
    read = validate(came)
    assert read.submissions["keycode"].tolist() == ["AAAAAAA2"]
    assert read.submissions["entries"].tolist() == [2]


def _gets(sandbox: Sandbox) -> list[str]:
    return [entry.path.rsplit("/", 1)[-1] for entry in sandbox.journal.entries]


def test_a_list_s_references_are_believed_after_one_reading(tmp_path: Path) -> None:
    sessions = [_session(f"{n:05d}ABC", f"C{n:04d}") for n in range(50)]
    file = "Candidate,Q1,Q2\n" + "".join(f"C{n:04d},5,6\n" for n in range(50))
    with served(sessions) as (sandbox, login):
        came = _found(_read(tmp_path, file), login)
        gets = _gets(sandbox)
    assert _keycodes(came) == [[f"{n:05d}ABC" for n in range(50)]]
    assert len([one for one in gets if one != "TestSession"]) == 1


def test_where_a_list_s_reference_is_no_keycode_each_session_is_read(tmp_path: Path) -> None:
    file = "Candidate,Q1,Q2\n0012041,5,6\nab-17,7,8\n"
    with served(_SESSIONS, reference_is_keycode=False) as (sandbox, login):
        came = _found(_read(tmp_path, file), login)
        ids = [one for one in _gets(sandbox) if one != "TestSession"]
    assert _keycodes(came) == [["AAAAAAA2", "GGGGGGG2"]]
    assert all(one.isdecimal() for one in ids)


def _nothing(_: Sandbox) -> None: ...


@dataclass(frozen=True)
class Case:
    password: str | None
    spoil: Callable[[Sandbox], None]
    why: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(password="guess", spoil=_nothing, why="user name or password is wrong"),
            id="password",
        ),
        pytest.param(
            Case(
                password=None,
                spoil=lambda sandbox: sandbox.faults.set(Fault(FaultKind.UNAVAILABLE)),
                why="503",
            ),
            id="cannot serve",
        ),
        pytest.param(
            Case(
                password=None,
                spoil=lambda sandbox: sandbox.faults.set(Fault(FaultKind.MALFORMED)),
                why="not",
            ),
            id="no JSON",
        ),
    ],
)
def test_where_surpass_cannot_be_asked_nothing_is_sent_and_it_is_said_why(
    tmp_path: Path, case: Case
) -> None:
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n0012042,5,6\n")
    with served(_SESSIONS) as (sandbox, login):
        case.spoil(sandbox)
        came = _found(
            sources, login if case.password is None else access(login.url, password=case.password)
        )
    reading = _messages(came)
    assert [(rule, cell) for rule, cell, _ in reading] == [
        ("candidate-not-looked-up", "A2"),
        ("candidate-not-looked-up", "A3"),
    ]
    assert all(case.why in message for *_, message in reading)
    assert set(validate(came).findings["outcome"]) == {"held"}


def test_surpass_away_or_not_asked(tmp_path: Path) -> None:
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n")
    with served([]) as (_, login):
        gone = login.url
    ways: list[tuple[Access | None, str]] = [
        (access(gone), "no connection"),
        (None, "Surpass was not asked"),
    ]
    for where, why in ways:
        ((rule, cell, message),) = _messages(_found(sources, where))
        assert (rule, cell) == ("candidate-not-looked-up", "A2")
        assert why in message


def test_a_hint_that_cannot_be_had_is_left_out(tmp_path: Path) -> None:
    """The list of those that wait came; asking what else the candidate has fails."""
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012044,5,6\n")
    with served(_SESSIONS) as (_, login):

        async def failing(request: httpx.Request) -> httpx.Response:
            if "candidate/reference" in request.url.params.get("$filter", ""):
                raise httpx.ConnectError("away", request=request)
            async with httpx.AsyncClient() as client:
                answer = await client.send(client.build_request(
                    "GET", request.url, headers=request.headers))  # fmt: skip
            return httpx.Response(answer.status_code, content=answer.content)

        came = _found(sources, login, httpx.MockTransport(failing))
    assert _messages(came) == [("candidate-unknown", "A2", f"{_NONE}'0012044'.")]


def test_a_session_that_bears_no_keycode_is_not_sent_to(tmp_path: Path) -> None:
    """Neither the list nor the session tells it: there is nowhere to send to."""
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n")
    with served(_SESSIONS) as (_, login):

        async def nameless(request: httpx.Request) -> httpx.Response:
            async with httpx.AsyncClient() as client:
                answer = await client.request("GET", request.url, headers=request.headers)
            document = answer.json()
            for session in document["response"]:
                session["reference"] = session["keycode"] = None
            return httpx.Response(answer.status_code, json=document)

        came = _found(sources, login, httpx.MockTransport(nameless))
    ((rule, cell, message),) = _messages(came)
    assert (rule, cell) == ("candidate-not-looked-up", "A2")
    assert "does not tell the session's keycode" in message
    assert _keycodes(came) == [[""]]


def test_the_same_file_again_is_unchanged_though_the_sessions_have_moved_on(
    tmp_path: Path,
) -> None:
    file = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\nab-17,7,8\n0012099,1,1\n", "marks.csv")
    with served(_SESSIONS) as (_, login):
        ours = settings(tmp_path / "home", login.url)
        first, second = ingested(ours, [file]), ingested(ours, [file])
    assert outcomes(first) == {"AAAAAAA2": "accepted", "GGGGGGG2": "accepted", "": "not_open"}
    assert outcomes(second) == {"AAAAAAA2": "unchanged", "GGGGGGG2": "unchanged", "": "not_open"}


@dataclass(frozen=True)
class _Again:
    """What the same file, sent before, comes to where Surpass is of this shape."""

    options: dict[str, Any]
    file: str = "Candidate,Q1,Q2\n0012041,5,6\nAB-17,7,8\n0012099,1,1\n"


_AGAIN = {
    "results, 404": _Again({"becomes_result": True}),
    "results, 400": _Again({"becomes_result": True, "result_gone_status": 400}),
    "results, lists without references": _Again({"becomes_result": True, "list_references": False}),
    "results, state by number": _Again({"becomes_result": True, "state_filter": "number"}),
    "results, state not filtered": _Again({"becomes_result": True, "state_filter": "refused"}),
    "results, unknown by 400": _Again({"becomes_result": True, "unknown_status": 400}),
    "results, references that are no keycodes": _Again(
        {"becomes_result": True, "reference_is_keycode": False}
    ),
    "results, tests named": _Again(
        {"becomes_result": True},
        "Candidate,Test,Q1,Q2\n0012041,BIO,5,6\nAB-17,BIO,7,8\n0012099,BIO,1,1\n",
    ),
    "marked, lists without references": _Again({"list_references": False}),
    "marked, state by number": _Again({"state_filter": "number"}),
    "marked, state not filtered": _Again({"state_filter": "refused"}),
}


@pytest.mark.parametrize("name", _AGAIN)
def test_the_same_file_again_is_unchanged_whatever_shape_surpass_has(
    tmp_path: Path, name: str
) -> None:
    """A result is listed no more: our records and the result tell whose it was."""
    case = _AGAIN[name]
    file = dropped(tmp_path, case.file, "marks.csv")
    with served(_SESSIONS, **case.options) as (sandbox, login):
        ours = settings(tmp_path / "home", login.url)
        first, second = ingested(ours, [file]), ingested(ours, [file])
        posts = len(sandbox.journal.posts())
    assert outcomes(first) == {"AAAAAAA2": "accepted", "GGGGGGG2": "accepted", "": "not_open"}
    assert outcomes(second) == {"AAAAAAA2": "unchanged", "GGGGGGG2": "unchanged", "": "not_open"}
    assert posts == 2


def test_a_corrected_file_for_what_has_become_a_result_sends_nothing(tmp_path: Path) -> None:
    before = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n", "before.csv")
    after = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,7\n", "after.csv")
    with served(_SESSIONS, becomes_result=True) as (sandbox, login):
        ours = settings(tmp_path / "home", login.url)
        ingested(ours, [before])
        second = ingested(ours, [after])
        assert len(sandbox.journal.posts()) == 1
    assert [*outcomes(second)] == ["AAAAAAA2"], "it is known whose session it was"
    assert outcomes(second)["AAAAAAA2"] in {"held", "not_open"}


def test_what_others_have_made_a_result_is_not_known(tmp_path: Path) -> None:
    """No record of ours has it, so that nothing tells whose result it is."""
    file = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n", "marks.csv")
    with served(_SESSIONS, becomes_result=True) as (sandbox, login):
        asked(login, lambda surpass: surpass.update_state("AAAAAAA2", TestState.VOIDED))
        assert sandbox.session("AAAAAAA2").is_result
        report = ingested(settings(tmp_path / "home", login.url), [file])
        assert sandbox.journal.posts() == ()
    assert outcomes(report) == {"": "not_open"}


@pytest.mark.parametrize("candidate", ["O'Neill", "Sand and Son", "Mary Ann"])
def test_a_reference_that_no_filter_can_say_is_found_and_unchanged_again(
    tmp_path: Path, candidate: str
) -> None:
    shapes: list[dict[str, Any]] = [{}, {"list_references": False}, {"becomes_result": True}]
    for at, options in enumerate(shapes):
        file = dropped(tmp_path, f"Candidate,Q1,Q2\n{candidate},5,6\n", f"{at}.csv")
        sessions = [*_SESSIONS, _session("KKKKKKK2", candidate)]
        with served(sessions, **options) as (_, login):
            ours = settings(tmp_path / f"home{at}", login.url)
            first, second = ingested(ours, [file]), ingested(ours, [file])
        assert outcomes(first) == {"KKKKKKK2": "accepted"}, options
        assert outcomes(second) == {"KKKKKKK2": "unchanged"}, options


_LISTS: dict[str, dict[str, Any]] = {
    "references listed": {},
    "without references": {"list_references": False},
    "without references, reference is no keycode": {
        "list_references": False,
        "reference_is_keycode": False,
    },
    "state by number": {"state_filter": "number"},
    "state not filtered": {"state_filter": "refused"},
    "without references, state not filtered": {
        "list_references": False,
        "state_filter": "refused",
    },
    "unknown by 400": {"unknown_status": 400},
}


@pytest.mark.parametrize("shape", _LISTS)
def test_candidates_are_found_whatever_shape_the_lists_have(tmp_path: Path, shape: str) -> None:
    """By filter for a few, by reading for many."""
    few = "Candidate,Q1,Q2\n0012041,5,6\nab-17,1,1\n"
    many = few + "".join(f"9{number:06d},5,6\n" for number in range(20))
    with served(_SESSIONS, **_LISTS[shape]) as (_, login):
        for file, unknown in ((few, 0), (many, 20)):
            came = _found(_read(tmp_path, file), login)
            assert _keycodes(came) == [["AAAAAAA2", "GGGGGGG2", *[""] * unknown]]
            assert [rule for rule, *_ in _messages(came)] == ["candidate-unknown"] * unknown
