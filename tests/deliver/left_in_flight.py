"""A run that died while it sent, and what may have become of the session since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.model import Ending, Submission
from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.surpass import Access
from schemas.states import TestState
from schemas.words import Kind, Outcome
from tests.ledger.records import begin, die, doomed, intend
from tests.ledger.running import session
from tests.serving import DONE, served

TOLD, OTHER, UNTOLD, UNKNOWN = "TELLSALL", "TELLSTOO", "TELLSNIL", "UNKNOWN1"
OURS, THEIRS = {"1": 5, "2": None}, {"1": 4, "2": 3}


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served([session(TOLD), session(OTHER), SandboxSession.paper(UNTOLD)]) as there:
        yield there


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    (tmp_path / "home").mkdir()
    return f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite'}"


def submission_to(keycode: str) -> Submission:
    return Submission(1, keycode, Kind.MARKS, marks=tuple(OURS.items()))


def left_by_a_dead_run(
    ledger_url: str, login: Access, keycode: str, ended: Outcome | None = None
) -> str:
    """The run that was about to send, or sent and wrote that down; its id."""
    with doomed(ledger_url, urlsplit(login.url).netloc) as dead:
        begun = begin(dead, [submission_to(keycode)])
        intend(dead, begun, submission_to(keycode))
        if ended is not None:
            dead.settle(begun.id, Ending(1, ended, "then", batch=1, attempts=1), keycode)
        die(dead, ledger_url)
    return begun.id


def nothing(_: Sandbox, __: str) -> None:
    """Nobody did anything."""


def taken(sandbox: Sandbox, keycode: str) -> None:
    """Our POST was carried out, and its answer lost."""
    mark(sandbox, keycode, OURS)


def keyed(sandbox: Sandbox, keycode: str) -> None:
    """Somebody keyed other marks."""
    mark(sandbox, keycode, THEIRS)


def moved(sandbox: Sandbox, keycode: str) -> None:
    """It left, without any marks."""
    sandbox.put_in_state(keycode, TestState.VOIDED)


def mark(sandbox: Sandbox, keycode: str, marks: Mapping[str, int | None]) -> None:
    body = [{"questionNumber": question, "mark": mark} for question, mark in marks.items()]
    sandbox.take_marks(keycode, body, DONE.replace(tzinfo=None))


Deed = Callable[[Sandbox, str], None]
