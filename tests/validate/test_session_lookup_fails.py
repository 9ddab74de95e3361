"""Candidates named by a reference where Surpass cannot be asked, or does not say what is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.surpass import Access
from pipeline.validate.entries import validate
from tests.serving import access, served
from tests.validate.looked_up import NONE_WAITS, SESSIONS, keycodes, look_up, messages, read_files


def _nothing(_: Sandbox) -> None: ...


@dataclass(frozen=True)
class Case:
    password: str | None
    spoil: Callable[[Sandbox], None]
    why: str


UNASKED = {
    "password": Case(password="guess", spoil=_nothing, why="user name or password is wrong"),
    "cannot serve": Case(
        password=None,
        spoil=lambda sandbox: sandbox.faults.set(Fault(FaultKind.UNAVAILABLE)),
        why="503",
    ),
    "no JSON": Case(
        password=None,
        spoil=lambda sandbox: sandbox.faults.set(Fault(FaultKind.MALFORMED)),
        why="not",
    ),
}


@pytest.mark.parametrize("name", UNASKED)
def test_where_surpass_cannot_be_asked_nothing_is_sent_and_it_is_said_why(
    tmp_path: Path, name: str
) -> None:
    case = UNASKED[name]
    sources = read_files(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n0012042,5,6\n")
    with served(SESSIONS) as (sandbox, login):
        case.spoil(sandbox)
        came = look_up(
            sources, login if case.password is None else access(login.url, password=case.password)
        )
    reading = messages(came)
    assert [(rule, cell) for rule, cell, _ in reading] == [
        ("candidate-not-looked-up", "A2"),
        ("candidate-not-looked-up", "A3"),
    ]
    assert all(case.why in message for *_, message in reading)
    assert set(validate(came).findings["outcome"]) == {"held"}


def test_surpass_away_or_not_asked(tmp_path: Path) -> None:
    sources = read_files(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n")
    with served([]) as (_, login):
        gone = login.url
    ways: list[tuple[Access | None, str]] = [
        (access(gone), "no connection"),
        (None, "Surpass was not asked"),
    ]
    for where, why in ways:
        ((rule, cell, message),) = messages(look_up(sources, where))
        assert (rule, cell) == ("candidate-not-looked-up", "A2")
        assert why in message


def test_a_hint_that_cannot_be_had_is_left_out(tmp_path: Path) -> None:
    """The list of those that wait came; asking what else the candidate has fails."""
    sources = read_files(tmp_path, "Candidate,Q1,Q2\n0012044,5,6\n")
    with served(SESSIONS) as (_, login):

        async def failing(request: httpx.Request) -> httpx.Response:
            if "candidate/reference" in request.url.params.get("$filter", ""):
                raise httpx.ConnectError("away", request=request)
            async with httpx.AsyncClient() as client:
                answer = await client.send(client.build_request(
                    "GET", request.url, headers=request.headers))  # fmt: skip
            return httpx.Response(answer.status_code, content=answer.content)

        came = look_up(sources, login, httpx.MockTransport(failing))
    assert messages(came) == [("candidate-unknown", "A2", f"{NONE_WAITS}'0012044'.")]


def test_a_session_that_bears_no_keycode_is_not_sent_to(tmp_path: Path) -> None:
    """Neither the list nor the session tells it: there is nowhere to send to."""
    sources = read_files(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n")
    with served(SESSIONS) as (_, login):

        async def nameless(request: httpx.Request) -> httpx.Response:
            async with httpx.AsyncClient() as client:
                answer = await client.request("GET", request.url, headers=request.headers)
            document = answer.json()
            for session in document["response"]:
                session["reference"] = session["keycode"] = None
            return httpx.Response(answer.status_code, json=document)

        came = look_up(sources, login, httpx.MockTransport(nameless))
    ((rule, cell, message),) = messages(came)
    assert (rule, cell) == ("candidate-not-looked-up", "A2")
    assert "does not tell the session's keycode" in message
    assert keycodes(came) == [[""]]
