"""A sandbox behind a real socket. One server for all tests; each test starts from its first day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
import pytest

from pipeline.sandbox import Sandbox, SandboxOptions, SandboxSession, serve_in_thread
from schemas.states import TestState

OPEN = "OPEN0001"
BARE = "BARE0001"
CENTRES = {"NONE-BUT-ONE": 1, "A-PAGE": 40, "A-PAGE-AND-ONE": 41, "TWO-PAGES": 80}


def first_day() -> list[SandboxSession]:
    """One session to mark, one without items, one in each state, and some full centres."""
    questions = {"1": 5, "2": 3, "10": 1}
    crowd = [
        SandboxSession.paper(
            f"CR{place:02d}{number:04d}",
            centre_reference=centre,
            candidate_reference=f"{centre} no {number}",
            test_form_reference=f"FORM-{number % 3}",
            scheduled=date(2025, 6, 1) + timedelta(days=number % 5),
        )
        for place, (centre, size) in enumerate(CENTRES.items())
        for number in range(size)
    ]
    return [
        SandboxSession.paper(OPEN, questions),
        SandboxSession.paper(BARE, candidate_reference="O'Brien"),
        *(SandboxSession.paper(f"STATE{int(item):03d}", questions, item) for item in TestState),
        *crowd,
    ]


@dataclass(frozen=True)
class Running:
    """A sandbox, where it is, and a client that is signed in."""

    sandbox: Sandbox
    url: str
    client: httpx.Client


def listing(client: httpx.Client) -> str:
    """Where the list is; httpx would put a slash at the end of a bare base URL."""
    return str(client.base_url).rstrip("/")


@contextmanager
def _running(sandbox: Sandbox) -> Iterator[Running]:
    signed_in = (sandbox.options.username, sandbox.options.password)
    with (
        serve_in_thread(sandbox) as url,
        httpx.Client(base_url=f"{url}/api/v2/TestSession", auth=signed_in) as client,
    ):
        yield Running(sandbox, url, client)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    with _running(Sandbox(first_day())) as server:
        yield server


@pytest.fixture
def sandbox(running: Running) -> Sandbox:
    running.sandbox.reset()
    return running.sandbox


@pytest.fixture
def surpass(running: Running, sandbox: Sandbox) -> httpx.Client:
    return running.client


@pytest.fixture
def other_sandbox() -> Callable[[SandboxOptions], AbstractContextManager[Running]]:
    return lambda options: _running(Sandbox(first_day(), options))
