"""Sessions of a sandbox, and source files whose candidates are looked up there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx

from pipeline.interpret import ReadingOptions, shipped
from pipeline.interpret.prepare import prepare
from pipeline.model import Interpreted
from pipeline.sandbox import SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.validate.session_lookup import find
from schemas.states import TestState
from tests.read.source_files import dropped
from tests.serving import plain_wire

Messages = list[tuple[str, str, str]]  # rule, cell, message
_OPEN = TestState.PAPER_RESPONSE_UPLOAD


def read_files(folder: Path, *contents: str) -> tuple[Interpreted, ...]:
    paths = [dropped(folder, each, f"{at}.csv") for at, each in enumerate(contents, start=1)]
    return prepare(paths, shipped(), ReadingOptions(), lambda: None)


def look_up(
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


def keycodes(sources: Sequence[Interpreted]) -> list[list[str]]:
    """For each file the keycode of each of its rows."""
    return [source.entries.drop_duplicates("row")["keycode"].tolist() for source in sources]


def messages(sources: Sequence[Interpreted]) -> Messages:
    return [
        (one["rule"], f"{one['column']}{one['row']}", one["message"])
        for source in sources
        for one in source.findings.to_dict("records")
        if one["rule"].startswith("candidate-")
    ]


def session(
    keycode: str, candidate: str, test: str = "BIO", centre: str = "C1", state: TestState = _OPEN
) -> SandboxSession:
    return SandboxSession.paper(
        keycode, {"1": 9, "2": 9}, state, candidate_reference=candidate, test_reference=test,
        test_form_reference=f"{test}-P1", centre_reference=centre,
    )  # fmt: skip


SESSIONS = [
    session("AAAAAAA2", "0012041"),
    session("BBBBBBB2", "0012042"),
    session("CCCCCCC2", "0012042", "CHEM"),
    session("DDDDDDD2", "0012043", "CHEM", "C1"),
    session("EEEEEEE2", "0012043", "CHEM", "C2"),
    session("FFFFFFF2", "0012044", state=TestState.MARKED),
    session("GGGGGGG2", "ab-17"),
    session("HHHHHHH2", "0012045", state=TestState.MARKED),
    session("JJJJJJJ2", "0012045", "CHEM", state=TestState.MARKED),
]
NONE_WAITS = "Surpass lists no session in PaperResponseUpload for candidate "
