"""What becomes of what a run sent that did not live to see it answered.

Only the record of our own intent lets us claim a changed session as ours.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from pipeline.deliver.context import RunContext
from pipeline.deliver.recover import recover
from pipeline.ledger import Ledger, State
from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.words import Outcome
from tests.deliver.left_in_flight import (
    TOLD,
    UNKNOWN,
    UNTOLD,
    Deed,
    keyed,
    left_by_a_dead_run,
    moved,
    nothing,
    submission_to,
    taken,
)
from tests.deliver.left_in_flight import ledger_url as ledger_url  # a fixture, by its name
from tests.deliver.left_in_flight import surpass as surpass  # a fixture, by its name
from tests.ledger.records import begin, intend, opened
from tests.serving import plain_wire


def settled(ledger_url: str, login: Access) -> tuple[int, str | None, str, State]:
    """How many were left; the submission's outcome and reason, and the session's state."""

    async def settling(ledger: Ledger) -> int:
        async with Surpass(login, plain_wire()) as client:
            context = RunContext(client, ledger, CircuitBreaker(4, 100), quiet_period=0)
            return len(await recover(context))

    with opened(ledger_url, urlsplit(login.url).netloc) as ledger:
        count = asyncio.run(settling(ledger))
        (run,) = ledger.runs()
        (row,) = ledger.show(run["id"])["submissions"]
        state = ledger.known([row["keycode"]])[row["keycode"]].state
    return count, row["outcome"], row["reason"] or "", state


@dataclass(frozen=True, kw_only=True)
class ReadingCase:
    """How our run had ended the session, what befell it since, and what reading it shows."""

    ended: Outcome | None = None  # None: killed before it was written down
    deed: Deed
    keycode: str = TOLD
    outcome: Outcome
    why: str


STATE_AFTER = {
    Outcome.FAILED: State.OPEN,
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.UNCONFIRMED: State.UNCONFIRMED,
}
READING = {
    "killed, not taken": ReadingCase(deed=nothing, outcome=Outcome.FAILED, why="not taken"),
    "killed, taken": ReadingCase(
        deed=taken, outcome=Outcome.ACCEPTED, why="what was sent is there"
    ),
    "killed, others keyed": ReadingCase(
        deed=keyed, outcome=Outcome.UNCONFIRMED, why="the marks for 1, 2 differ"
    ),
    "killed, moved on": ReadingCase(
        deed=moved, outcome=Outcome.UNCONFIRMED, why="look at it in Surpass"
    ),
    "killed, untold, not taken": ReadingCase(
        deed=nothing, keycode=UNTOLD, outcome=Outcome.FAILED, why="not taken"
    ),
    "killed, untold, taken": ReadingCase(
        deed=taken, keycode=UNTOLD, outcome=Outcome.UNCONFIRMED, why="does not tell its marks"
    ),
    "killed, untold, others keyed": ReadingCase(
        deed=keyed, keycode=UNTOLD, outcome=Outcome.UNCONFIRMED, why="does not tell its marks"
    ),
    "in doubt, not taken": ReadingCase(
        ended=Outcome.IN_DOUBT, deed=nothing, outcome=Outcome.FAILED, why="not taken"
    ),
    "in doubt, taken": ReadingCase(
        ended=Outcome.IN_DOUBT, deed=taken, outcome=Outcome.ACCEPTED, why="what was sent is there"
    ),
    "in doubt, others keyed": ReadingCase(
        ended=Outcome.IN_DOUBT, deed=keyed, outcome=Outcome.UNCONFIRMED, why="1, 2 differ"
    ),
    "unconfirmed, taken": ReadingCase(
        ended=Outcome.UNCONFIRMED,
        deed=taken,
        outcome=Outcome.ACCEPTED,
        why="what was sent is there",
    ),
    "unconfirmed, others keyed": ReadingCase(
        ended=Outcome.UNCONFIRMED, deed=keyed, outcome=Outcome.UNCONFIRMED, why="differ"
    ),
}


@pytest.mark.parametrize("name", READING)
def test_what_reading_the_session_shows(
    sandbox: Sandbox, login: Access, ledger_url: str, name: str
) -> None:
    case = READING[name]
    left_by_a_dead_run(ledger_url, login, case.keycode, case.ended)
    case.deed(sandbox, case.keycode)
    count, recorded, said, after = settled(ledger_url, login)
    assert (count, recorded, after) == (1, str(case.outcome), STATE_AFTER[case.outcome])
    assert case.why in said
    assert sandbox.journal.posts() == (), "settling only reads"


def test_what_was_answered_with_yes_is_never_sent_again_by_itself(
    sandbox: Sandbox, login: Access, ledger_url: str
) -> None:
    left_by_a_dead_run(ledger_url, login, TOLD, Outcome.UNCONFIRMED)
    assert settled(ledger_url, login) == (0, "unconfirmed", "then", State.UNCONFIRMED)
    assert [entry.method for entry in sandbox.journal.entries] == ["GET"]


ENDED = [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.HELD, Outcome.FAILED]


@pytest.mark.parametrize("ended", ENDED)
def test_what_ended_for_good_is_not_looked_at_again(
    sandbox: Sandbox, login: Access, ledger_url: str, ended: Outcome
) -> None:
    left_by_a_dead_run(ledger_url, login, TOLD, ended)
    assert settled(ledger_url, login)[:2] == (0, str(ended))
    assert sandbox.journal.entries == ()


def test_what_cannot_be_read_stays_for_the_next_run(
    sandbox: Sandbox, login: Access, ledger_url: str
) -> None:
    left_by_a_dead_run(ledger_url, login, TOLD)
    sandbox.faults.set(Fault(FaultKind.UNAVAILABLE))
    assert settled(ledger_url, login) == (0, None, "", State.IN_DOUBT)
    sandbox.faults.clear()
    assert settled(ledger_url, login)[1] == "failed"


def test_a_session_that_surpass_has_no_more(
    sandbox: Sandbox, login: Access, ledger_url: str
) -> None:
    left_by_a_dead_run(ledger_url, login, UNKNOWN)
    assert settled(ledger_url, login) == (0, None, "", State.IN_DOUBT)


def test_what_a_living_run_is_sending_is_left_to_it(
    sandbox: Sandbox, login: Access, ledger_url: str
) -> None:
    with opened(ledger_url, urlsplit(login.url).netloc) as living:
        intend(living, begin(living, [submission_to(TOLD)]), submission_to(TOLD))
        assert settled(ledger_url, login) == (0, None, "", State.IN_DOUBT)
    assert sandbox.journal.entries == ()
