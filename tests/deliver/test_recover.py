"""Settling: what becomes of what a run sent that did not live to see it answered.

Only the record of our own intent lets us claim a changed session as ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.deliver.recover import settle
from pipeline.ledger import Ledger, State
from pipeline.model import Ending, Submission
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.states import TestState
from schemas.words import Kind, Outcome
from tests.ledger.records import begin, die, doomed, intend, opened
from tests.ledger.running import ingested, outcomes, reason, session, settings, sheet
from tests.serving import DONE, plain_wire, served

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


def ours(keycode: str) -> Submission:
    return Submission(1, keycode, Kind.MARKS, marks=tuple(OURS.items()))


def left_by_a_dead_run(
    ledger_url: str, way: Access, keycode: str, ended: Outcome | None = None
) -> str:
    """The run that was about to send, or sent and wrote that down; its id."""
    with doomed(ledger_url, urlsplit(way.url).netloc) as dead:
        begun = begin(dead, [ours(keycode)])
        intend(dead, begun, ours(keycode))
        if ended is not None:
            dead.settle(begun.id, Ending(1, ended, "then", batch=1, attempts=1), keycode)
        die(dead, ledger_url)
    return begun.id


def settled(ledger_url: str, way: Access) -> tuple[int, str | None, str, State]:
    """How many were left; the submission's outcome and reason, and the session's state."""

    async def settling(ledger: Ledger) -> int:
        async with Surpass(way, plain_wire()) as client:
            return await settle(client, ledger, CircuitBreaker(4, 100))

    with opened(ledger_url, urlsplit(way.url).netloc) as ledger:
        count = asyncio.run(settling(ledger))
        (run,) = ledger.runs()
        (told,) = ledger.show(run["id"])["submissions"]
        state = ledger.known([told["keycode"]])[told["keycode"]].state
    return count, told["outcome"], told["reason"] or "", state


def nothing(_: Sandbox, __: str) -> None:
    """Nobody did anything."""


def taken(sandbox: Sandbox, keycode: str) -> None:
    """Our POST was carried out, and its answer lost."""
    _mark(sandbox, keycode, OURS)


def keyed(sandbox: Sandbox, keycode: str) -> None:
    """Somebody keyed other marks."""
    _mark(sandbox, keycode, THEIRS)


def moved(sandbox: Sandbox, keycode: str) -> None:
    """It left, without any marks."""
    sandbox.put_in_state(keycode, TestState.VOIDED)


def _mark(sandbox: Sandbox, keycode: str, marks: Mapping[str, int | None]) -> None:
    body = [{"questionNumber": question, "mark": mark} for question, mark in marks.items()]
    sandbox.take_marks(keycode, body, DONE.replace(tzinfo=None))


Deed = Callable[[Sandbox, str], None]

TABLE: list[tuple[Outcome | None, Deed, str, Outcome, State, str]] = [
    # it wrote, what happened, to which, how that ends, what stays, why
    (None, nothing, TOLD, Outcome.FAILED, State.FREE, "not taken"),
    (None, taken, TOLD, Outcome.ACCEPTED, State.TAKEN, "with these marks"),
    (None, keyed, TOLD, Outcome.UNCONFIRMED, State.UNSURE, "the marks for 1, 2 differ"),
    (None, moved, TOLD, Outcome.UNCONFIRMED, State.UNSURE, "does not tell its marks"),
    (None, nothing, UNTOLD, Outcome.FAILED, State.FREE, "not taken"),
    (None, taken, UNTOLD, Outcome.UNCONFIRMED, State.UNSURE, "does not tell its marks"),
    (None, keyed, UNTOLD, Outcome.UNCONFIRMED, State.UNSURE, "does not tell its marks"),
    (Outcome.IN_DOUBT, nothing, TOLD, Outcome.FAILED, State.FREE, "not taken"),
    (Outcome.IN_DOUBT, taken, TOLD, Outcome.ACCEPTED, State.TAKEN, "with these marks"),
    (Outcome.IN_DOUBT, keyed, TOLD, Outcome.UNCONFIRMED, State.UNSURE, "1, 2 differ"),
    (Outcome.FAILED, nothing, TOLD, Outcome.FAILED, State.FREE, "not taken"),
    (Outcome.FAILED, taken, TOLD, Outcome.ACCEPTED, State.TAKEN, "with these marks"),
    (Outcome.UNCONFIRMED, nothing, TOLD, Outcome.UNCONFIRMED, State.UNSURE, "still in"),
    (Outcome.UNCONFIRMED, taken, TOLD, Outcome.ACCEPTED, State.TAKEN, "with these marks"),
    (Outcome.UNCONFIRMED, keyed, TOLD, Outcome.UNCONFIRMED, State.UNSURE, "differ"),
]


@pytest.mark.parametrize(("ended", "deed", "keycode", "outcome", "state", "why"), TABLE)
def test_what_reading_the_session_shows(
    sandbox: Sandbox,
    way: Access,
    ledger_url: str,
    ended: Outcome | None,
    deed: Deed,
    keycode: str,
    outcome: Outcome,
    state: State,
    why: str,
) -> None:
    left_by_a_dead_run(ledger_url, way, keycode, ended)
    deed(sandbox, keycode)
    count, told, said, after = settled(ledger_url, way)
    assert (count, told, after) == (1, str(outcome), state)
    assert why in said
    assert sandbox.journal.posts() == (), "settling only reads"


@pytest.mark.parametrize("ended", [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.HELD])
def test_what_ended_for_good_is_not_looked_at_again(
    sandbox: Sandbox, way: Access, ledger_url: str, ended: Outcome
) -> None:
    left_by_a_dead_run(ledger_url, way, TOLD, ended)
    assert settled(ledger_url, way)[:2] == (0, str(ended))
    assert sandbox.journal.entries == ()


def test_what_cannot_be_read_stays_for_the_next_run(
    sandbox: Sandbox, way: Access, ledger_url: str
) -> None:
    left_by_a_dead_run(ledger_url, way, TOLD)
    sandbox.faults.set(Fault(FaultKind.UNAVAILABLE))
    assert settled(ledger_url, way) == (1, None, "", State.SENDING)
    sandbox.faults.clear()
    assert settled(ledger_url, way)[1] == "failed"


def test_a_session_that_surpass_has_no_more(sandbox: Sandbox, way: Access, ledger_url: str) -> None:
    left_by_a_dead_run(ledger_url, way, UNKNOWN)
    assert settled(ledger_url, way) == (1, None, "", State.SENDING)


def test_what_a_living_run_is_sending_is_left_to_it(
    sandbox: Sandbox, way: Access, ledger_url: str
) -> None:
    with opened(ledger_url, urlsplit(way.url).netloc) as living:
        intend(living, begin(living, [ours(TOLD)]), ours(TOLD))
        assert settled(ledger_url, way) == (0, None, "", State.SENDING)
    assert sandbox.journal.entries == ()


# --- in a run


RUNS: list[tuple[Deed, str, str, int]] = [
    # what happened, how the next run of the same file ends, why, how many POSTs it makes
    (nothing, "accepted", "taken", 1),
    (taken, "unchanged", "the same content was accepted in run {run}", 0),
    (keyed, "unconfirmed", "run {run} sent it and could not confirm it", 0),
    (moved, "unconfirmed", "run {run} sent it and could not confirm it", 0),
]


@pytest.mark.parametrize(("deed", "outcome", "why", "posts"), RUNS)
def test_the_next_run_settles_first(
    sandbox: Sandbox,
    way: Access,
    ledger_url: str,
    tmp_path: Path,
    deed: Deed,
    outcome: str,
    why: str,
    posts: int,
) -> None:
    run = left_by_a_dead_run(ledger_url, way, TOLD)
    deed(sandbox, TOLD)
    report = ingested(
        settings(tmp_path / "home", way.url), [sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})]
    )
    assert outcomes(report) == {TOLD: outcome}
    assert why.format(run=run) in reason(report, TOLD)
    assert len(sandbox.journal.posts()) == posts


def test_marks_that_a_person_keyed_are_never_taken_for_ours(
    sandbox: Sandbox, way: Access, tmp_path: Path
) -> None:
    """Without an intent of ours even the very same marks are somebody else's."""
    ours = settings(tmp_path / "home", way.url)
    file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA"), OTHER: (1, 1)})
    keyed(sandbox, TOLD)
    _mark(sandbox, OTHER, {"1": 1, "2": 1})
    report = ingested(ours, [file])
    assert outcomes(report) == {TOLD: "not_open", OTHER: "not_open"}
    assert "There, the marks for 1, 2 differ." in reason(report, TOLD)
    assert "It has this very content already." in reason(report, OTHER)
    assert sandbox.journal.posts() == ()


def test_a_slow_post_is_looked_for_before_anything_is_sent_again(tmp_path: Path) -> None:
    """Read back while still open, and taken only then."""
    with served([session(TOLD)]) as (sandbox, way):
        ours = settings(tmp_path / "home", way.url, max_attempts=1)
        file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})
        sandbox.faults.set(Fault(FaultKind.CUT_BEFORE, method="POST"))
        assert outcomes(ingested(ours, [file])) == {TOLD: "failed"}
        sandbox.faults.clear()
        taken(sandbox, TOLD)
        assert outcomes(ingested(ours, [file])) == {TOLD: "unchanged"}
        assert len(sandbox.journal.posts()) == 1
