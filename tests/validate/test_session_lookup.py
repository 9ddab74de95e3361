"""Candidates named by a reference: the session that is theirs, or a finding that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
from tests.serving import access, plain_wire, served

_Told = list[tuple[str, str, str]]  # rule, cell, message
_OPEN = TestState.PAPER_RESPONSE_UPLOAD


def _read(folder: Path, *contents: str) -> tuple[Interpreted, ...]:
    paths = [dropped(folder, each, f"{at}.csv") for at, each in enumerate(contents, start=1)]
    return prepare(paths, shipped(), ReadingOptions(), lambda: None)


def _found(
    sources: Sequence[Interpreted], way: Access | None, wire: httpx.AsyncBaseTransport | None = None
) -> tuple[Interpreted, ...]:
    line = CircuitBreaker(4, stop_after=5)

    async def finding() -> tuple[Interpreted, ...]:
        if way is None:
            return await find(sources, None, line)
        async with Surpass(way, wire or plain_wire()) as surpass:
            return await find(sources, surpass, line)

    return asyncio.run(finding())


def _keycodes(sources: Sequence[Interpreted]) -> list[list[str]]:
    """For each file the keycode of each of its rows."""
    return [source.entries.drop_duplicates("row")["keycode"].tolist() for source in sources]


def _told(sources: Sequence[Interpreted]) -> _Told:
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
    told: _Told


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
    with served(_SESSIONS) as (sandbox, way):
        came = _found(_read(tmp_path, case.file), way)
        assert {entry.method for entry in sandbox.journal.entries} <= {"GET"}
    assert (_keycodes(came), _told(came)) == ([case.keycodes], case.told)


def test_what_becomes_of_those_not_found(tmp_path: Path) -> None:
    file = "Candidate,Q1,Q2\n0012041,5,6\n0012042,5,6\n99,5,6\n"
    with served(_SESSIONS) as (_, way):
        read = validate(_found(_read(tmp_path, file), way))
    assert dict(zip(read.findings["row"], read.findings["outcome"], strict=True)) == {
        3: "held",
        4: "not_open",
    }
    assert dict(zip(read.findings["row"], read.findings["submission"], strict=True)) == {3: 2, 4: 3}


def test_one_candidate_of_two_files_is_one_submission(tmp_path: Path) -> None:
    with served(_SESSIONS) as (_, way):
        came = _found(_read(tmp_path, "Candidate,Q1\n0012041,5\n", "Keycode,Q2\nAAAAAAA2,6\n"), way)
    read = validate(came)
    assert read.submissions["keycode"].tolist() == ["AAAAAAA2"]
    assert read.submissions["entries"].tolist() == [2]


def _gets(sandbox: Sandbox) -> list[str]:
    return [entry.path.rsplit("/", 1)[-1] for entry in sandbox.journal.entries]


def test_a_list_s_references_are_believed_after_one_reading(tmp_path: Path) -> None:
    sessions = [_session(f"{n:05d}ABC", f"C{n:04d}") for n in range(50)]
    file = "Candidate,Q1,Q2\n" + "".join(f"C{n:04d},5,6\n" for n in range(50))
    with served(sessions) as (sandbox, way):
        came = _found(_read(tmp_path, file), way)
        asked = _gets(sandbox)
    assert _keycodes(came) == [[f"{n:05d}ABC" for n in range(50)]]
    assert len([one for one in asked if one != "TestSession"]) == 1


def test_where_a_list_s_reference_is_no_keycode_each_session_is_read(tmp_path: Path) -> None:
    file = "Candidate,Q1,Q2\n0012041,5,6\nab-17,7,8\n"
    with served(_SESSIONS, reference_is_keycode=False) as (sandbox, way):
        came = _found(_read(tmp_path, file), way)
        ids = [one for one in _gets(sandbox) if one != "TestSession"]
    assert _keycodes(came) == [["AAAAAAA2", "GGGGGGG2"]]
    assert all(one.isdecimal() for one in ids)


def _nothing(_: Sandbox) -> None: ...


@pytest.mark.parametrize(
    ("password", "spoil", "why"),
    [
        ("guess", _nothing, "user name or the password"),
        (
            None,
            lambda sandbox: sandbox.faults.set(Fault(FaultKind.UNAVAILABLE)),
            "503",
        ),
        (None, lambda sandbox: sandbox.faults.set(Fault(FaultKind.MALFORMED)), "not"),
    ],
)
def test_where_surpass_cannot_be_asked_nothing_is_sent_and_it_is_said_why(
    tmp_path: Path, password: str | None, spoil: Callable[[Sandbox], None], why: str
) -> None:
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n0012042,5,6\n")
    with served(_SESSIONS) as (sandbox, way):
        spoil(sandbox)
        came = _found(sources, way if password is None else access(way.url, password=password))
    told = _told(came)
    assert [(rule, cell) for rule, cell, _ in told] == [
        ("candidate-not-looked-up", "A2"),
        ("candidate-not-looked-up", "A3"),
    ]
    assert all(why in message for *_, message in told)
    assert set(validate(came).findings["outcome"]) == {"held"}


def test_surpass_away_or_not_asked(tmp_path: Path) -> None:
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n")
    with served([]) as (_, way):
        gone = way.url
    ways: list[tuple[Access | None, str]] = [
        (access(gone), "no connection"),
        (None, "Surpass was not asked"),
    ]
    for where, why in ways:
        ((rule, cell, message),) = _told(_found(sources, where))
        assert (rule, cell) == ("candidate-not-looked-up", "A2")
        assert why in message


def test_a_hint_that_cannot_be_had_is_left_out(tmp_path: Path) -> None:
    """The list of those that wait came; asking what else the candidate has fails."""
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012044,5,6\n")
    with served(_SESSIONS) as (_, way):

        async def failing(request: httpx.Request) -> httpx.Response:
            if "candidate/reference" in request.url.params.get("$filter", ""):
                raise httpx.ConnectError("away", request=request)
            async with httpx.AsyncClient() as client:
                answer = await client.send(client.build_request(
                    "GET", request.url, headers=request.headers))  # fmt: skip
            return httpx.Response(answer.status_code, content=answer.content)

        came = _found(sources, way, httpx.MockTransport(failing))
    assert _told(came) == [("candidate-unknown", "A2", f"{_NONE}'0012044'.")]


def test_a_session_that_bears_no_keycode_is_not_sent_to(tmp_path: Path) -> None:
    """Neither the list nor the session tells it: there is nowhere to send to."""
    sources = _read(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n")
    with served(_SESSIONS) as (_, way):

        async def nameless(request: httpx.Request) -> httpx.Response:
            async with httpx.AsyncClient() as client:
                answer = await client.request("GET", request.url, headers=request.headers)
            document = answer.json()
            for session in document["response"]:
                session["reference"] = session["keycode"] = None
            return httpx.Response(answer.status_code, json=document)

        came = _found(sources, way, httpx.MockTransport(nameless))
    ((rule, cell, message),) = _told(came)
    assert (rule, cell) == ("candidate-not-looked-up", "A2")
    assert "does not tell the session's keycode" in message
    assert _keycodes(came) == [[""]]


def test_the_same_file_again_is_unchanged_though_the_sessions_have_moved_on(
    tmp_path: Path,
) -> None:
    file = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\nab-17,7,8\n0012099,1,1\n", "marks.csv")
    with served(_SESSIONS) as (_, way):
        ours = settings(tmp_path / "home", way.url)
        first, second = ingested(ours, [file]), ingested(ours, [file])
    assert outcomes(first) == {"AAAAAAA2": "accepted", "GGGGGGG2": "accepted", "": "not_open"}
    assert outcomes(second) == {"AAAAAAA2": "unchanged", "GGGGGGG2": "unchanged", "": "not_open"}
