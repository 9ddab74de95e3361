"""Small files that are checked against Surpass before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from pipeline.deliver.context import RunContext
from pipeline.deliver.preflight import Checked, check
from pipeline.findings import concat_findings
from pipeline.ledger import Ledger
from pipeline.model import AlreadySent, Submission, Validated
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.sandbox import SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from tests.serving import fresh_ledger, plain_wire, single
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


def paper(keycode: str, questions: Mapping[str, int] = PAPER, **options: Any) -> SandboxSession:
    return SandboxSession.paper(keycode, questions, **options)


def told_by(bodies: Mapping[str, dict[str, object]]) -> httpx.MockTransport:
    """A wire on which each session is what the table says: for what the sandbox never tells."""

    def answer(request: httpx.Request) -> httpx.Response:
        keycode = request.url.path.rsplit("/", 1)[1]
        fields = {"keycode": keycode, "testState": "PaperResponseUpload"} | bodies[keycode]
        return httpx.Response(200, json=single(**fields))

    return httpx.MockTransport(answer)
