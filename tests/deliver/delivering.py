"""Submissions that are delivered to a sandbox, and what is seen there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import pairwise

import httpx
import pytest

from pipeline.model import Ending, Submission
from pipeline.sandbox import Application, Entry, Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState
from schemas.words import Kind
from tests.serving import DONE, access, marks, plain_wire, responses, send, served

MARKS = {"1": 5, "2": 0, "3": None}
ANSWERS = {"1": "A", "2": "", "3": "C"}
PAPER = {"1": 5, "2": 5, "3": 5}
TOLD, UNTOLD, SHUT, SMALL = "TELLSALL", "TELLSNIL", "ISSHUT01", "TOOSMALL"


def submission(kind: Kind, keycode: str = TOLD) -> Submission:
    return marks(keycode, MARKS) if kind is Kind.MARKS else responses(keycode, ANSWERS)


def delivered(
    login: Access,
    submissions: Sequence[Submission],
    wire: httpx.AsyncBaseTransport | None = None,
    stop_after: int = 1000,
    concurrency: int = 8,
) -> list[Ending]:
    advanced: list[None] = []

    async def sending() -> list[Ending]:
        line = CircuitBreaker(concurrency, stop_after)
        async with line.slot():
            pass  # somebody was answered before: this run has gone through its check
        async with Surpass(login, wire or plain_wire()) as surpass:
            return await send(
                submissions,
                surpass,
                line,
                advance=lambda: advanced.append(None),
                max_posts=login.max_attempts,
            )

    endings = asyncio.run(sending())
    assert len(advanced) == len(submissions)
    assert [ending.submission for ending in endings] == [planned.number for planned in submissions]
    assert {ending.batch for ending in endings} == {1}
    return endings


def read_before_each_repeat(entries: Sequence[Entry]) -> bool:
    """Whether a POST follows another of its session only after an answered GET.

    But for an answer that proves that nothing was taken: 429 says so before anything is done.
    """
    for keycode in {entry.keycode for entry in entries}:
        spans = [
            entry
            for entry in entries
            if entry.keycode == keycode and (entry.method == "POST" or entry.status == 200)
        ]
        for before, after in pairwise(spans):
            if before.method == after.method == "POST" and before.status != 429:
                return False
    return True


def meant(planned: Submission) -> Application:
    """What the sandbox keeps when it takes this submission."""
    done = DONE.replace(tzinfo=None)
    if planned.kind is Kind.MARKS:
        return Application("marks", dict(planned.marks), done)
    return Application("responses", dict(planned.answers), done)


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    papers = [
        SandboxSession.paper(TOLD, PAPER),
        SandboxSession.paper(UNTOLD),
        SandboxSession.paper(SHUT, PAPER, TestState.MARKED),
        SandboxSession.paper(SMALL, {"1": 1}),
    ]
    with served(papers) as there:
        yield there


# Those that spoil an answer, and nothing of what a POST leaves behind.
LOST = [
    kind
    for kind in FaultKind
    if kind not in {FaultKind.LATENCY, FaultKind.ERROR_IN_200} and not kind.of_posts
]
# After these it is known at once that nothing was taken.
PROVEN_NOT_TAKEN = {FaultKind.TOO_MANY_REQUESTS}


def patience(kind: FaultKind, login: Access) -> Access:
    hangs = kind in {FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER}
    return access(login.url, timeout=0.4, max_attempts=2) if hangs else login


POST_CUT_BEFORE = Fault(FaultKind.CUT_BEFORE, method="POST")
