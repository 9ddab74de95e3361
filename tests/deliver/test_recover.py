"""Settling: what becomes of what a run sent that did not live to see it answered.

Only the record of our own intent lets us claim a changed session as ours.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.deliver.context import RunContext
from pipeline.deliver.recover import recover
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


@dataclass(frozen=True)
class ReadingCase:
    ended: Outcome | None
    deed: Deed
    keycode: str
    outcome: Outcome
    state: State
    why: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            ReadingCase(
                ended=None,
                deed=nothing,
                keycode=TOLD,
                outcome=Outcome.FAILED,
                state=State.OPEN,
                why="not taken",
            ),
            id="killed, not taken",
        ),
        pytest.param(
            ReadingCase(
                ended=None,
                deed=taken,
                keycode=TOLD,
                outcome=Outcome.ACCEPTED,
                state=State.ACCEPTED,
                why="what was sent is there",
            ),
            id="killed, taken",
        ),
        pytest.param(
            ReadingCase(
                ended=None,
                deed=keyed,
                keycode=TOLD,
                outcome=Outcome.UNCONFIRMED,
                state=State.UNCONFIRMED,
                why="the marks for 1, 2 differ",
            ),
            id="killed, others keyed",
        ),
        pytest.param(
            ReadingCase(
                ended=None,
                deed=moved,
                keycode=TOLD,
                outcome=Outcome.UNCONFIRMED,
                state=State.UNCONFIRMED,
                why="look at it in Surpass",
            ),
            id="killed, moved on",
        ),
        pytest.param(
            ReadingCase(
                ended=None,
                deed=nothing,
                keycode=UNTOLD,
                outcome=Outcome.FAILED,
                state=State.OPEN,
                why="not taken",
            ),
            id="killed, untold, not taken",
        ),
        pytest.param(
            ReadingCase(
                ended=None,
                deed=taken,
                keycode=UNTOLD,
                outcome=Outcome.UNCONFIRMED,
                state=State.UNCONFIRMED,
                why="does not tell its marks",
            ),
            id="killed, untold, taken",
        ),
        pytest.param(
            ReadingCase(
                ended=None,
                deed=keyed,
                keycode=UNTOLD,
                outcome=Outcome.UNCONFIRMED,
                state=State.UNCONFIRMED,
                why="does not tell its marks",
            ),
            id="killed, untold, others keyed",
        ),
        pytest.param(
            ReadingCase(
                ended=Outcome.IN_DOUBT,
                deed=nothing,
                keycode=TOLD,
                outcome=Outcome.FAILED,
                state=State.OPEN,
                why="not taken",
            ),
            id="in doubt, not taken",
        ),
        pytest.param(
            ReadingCase(
                ended=Outcome.IN_DOUBT,
                deed=taken,
                keycode=TOLD,
                outcome=Outcome.ACCEPTED,
                state=State.ACCEPTED,
                why="what was sent is there",
            ),
            id="in doubt, taken",
        ),
        pytest.param(
            ReadingCase(
                ended=Outcome.IN_DOUBT,
                deed=keyed,
                keycode=TOLD,
                outcome=Outcome.UNCONFIRMED,
                state=State.UNCONFIRMED,
                why="1, 2 differ",
            ),
            id="in doubt, others keyed",
        ),
        pytest.param(
            ReadingCase(
                ended=Outcome.UNCONFIRMED,
                deed=taken,
                keycode=TOLD,
                outcome=Outcome.ACCEPTED,
                state=State.ACCEPTED,
                why="what was sent is there",
            ),
            id="unconfirmed, taken",
        ),
        pytest.param(
            ReadingCase(
                ended=Outcome.UNCONFIRMED,
                deed=keyed,
                keycode=TOLD,
                outcome=Outcome.UNCONFIRMED,
                state=State.UNCONFIRMED,
                why="differ",
            ),
            id="unconfirmed, others keyed",
        ),
    ],
)
def test_what_reading_the_session_shows(
    sandbox: Sandbox, login: Access, ledger_url: str, case: ReadingCase
) -> None:
    left_by_a_dead_run(ledger_url, login, case.keycode, case.ended)
    case.deed(sandbox, case.keycode)
    count, recorded, said, after = settled(ledger_url, login)
    assert (count, recorded, after) == (1, str(case.outcome), case.state)
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


# --- in a run


@dataclass(frozen=True)
class RunCase:
    deed: Deed
    outcome: str
    why: str
    posts: int


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            RunCase(deed=nothing, outcome="accepted", why="taken", posts=1), id="not taken"
        ),
        pytest.param(
            RunCase(
                deed=taken,
                outcome="unchanged",
                why="the same content was accepted in run {run}",
                posts=0,
            ),
            id="taken",
        ),
        pytest.param(
            RunCase(
                deed=keyed,
                outcome="unconfirmed",
                why="run {run} sent it and could not confirm it",
                posts=0,
            ),
            id="others keyed",
        ),
        pytest.param(
            RunCase(
                deed=moved,
                outcome="unconfirmed",
                why="run {run} sent it and could not confirm it",
                posts=0,
            ),
            id="moved on",
        ),
    ],
)
def test_the_next_run_settles_first(
    sandbox: Sandbox, login: Access, ledger_url: str, tmp_path: Path, case: RunCase
) -> None:
    run = left_by_a_dead_run(ledger_url, login, TOLD)
    case.deed(sandbox, TOLD)
    report = ingested(
        settings(tmp_path / "home", login.url), [sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})]
    )
    assert outcomes(report) == {TOLD: case.outcome}
    assert case.why.format(run=run) in reason(report, TOLD)
    assert len(sandbox.journal.posts()) == case.posts


def test_marks_that_a_person_keyed_are_never_taken_for_ours(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    """Without an intent of ours even the very same marks are somebody else's."""
    office = settings(tmp_path / "home", login.url)
    file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA"), OTHER: (1, 1)})
    keyed(sandbox, TOLD)
    _mark(sandbox, OTHER, {"1": 1, "2": 1})
    report = ingested(office, [file])
    assert outcomes(report) == {TOLD: "not_open", OTHER: "not_open"}
    assert "There, the marks for 1, 2 differ." in reason(report, TOLD)
    assert "It has this very content already." in reason(report, OTHER)
    assert sandbox.journal.posts() == ()


# --- the quiet period: a gateway gave up, and Surpass may still be storing


@dataclass(frozen=True, kw_only=True)
class Late:
    """What the gateway said, and whether Surpass stored the marks after all."""

    fault: FaultKind
    stored: bool
    outcome: str  # of the last of three runs
    posts: int  # in all three


LATE = {
    "504, stored later": Late(
        fault=FaultKind.STORED_LATE, stored=True, outcome="unchanged", posts=1
    ),
    "cut, stored later": Late(
        fault=FaultKind.STORED_LATE_CUT, stored=True, outcome="unchanged", posts=1
    ),
    "cut, never stored": Late(
        fault=FaultKind.CUT_BEFORE, stored=False, outcome="accepted", posts=2
    ),
    "502, never stored": Late(
        fault=FaultKind.GATEWAY_PAGE, stored=False, outcome="accepted", posts=2
    ),
}


@pytest.mark.parametrize("name", LATE)
def test_a_lost_answer_is_waited_out_over_runs(name: str, tmp_path: Path) -> None:
    case = LATE[name]
    with served([session(TOLD)]) as (sandbox, login):
        office = settings(tmp_path / "home", login.url, quiet_period=3600)
        file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})
        sandbox.faults.set(Fault(case.fault, method="POST", seconds=3600))
        first = ingested(office, [file])
        assert outcomes(first) == {TOLD: "in_doubt"}
        assert "it is sent again only if nothing is there after" in reason(first, TOLD)
        sandbox.faults.clear()
        # Within the quiet period the next run reads, and sends nothing.
        assert outcomes(ingested(office, [file])) == {TOLD: "in_doubt"}
        assert len(sandbox.journal.posts()) == 1
        if case.stored:
            sandbox.settle_late()
        else:
            _an_hour_passes(tmp_path / "home" / "ledger.sqlite")
        assert outcomes(ingested(office, [file])) == {TOLD: case.outcome}
        assert len(sandbox.journal.posts()) == case.posts
        assert len(sandbox.session(TOLD).applied) == 1


def _an_hour_passes(ledger: Path) -> None:
    """The last POST was an hour earlier than it was."""
    with closing(sqlite3.connect(ledger)) as database, database:
        database.execute("UPDATE attempts SET began = began - 3600, ended = ended - 3600")


def test_others_go_on_while_a_lost_answer_is_followed(tmp_path: Path) -> None:
    """What is stored while the others are sent is seen in the same run."""
    others = [f"OTHERS{number:02d}" for number in range(6)]
    with served([session(TOLD), *map(session, others)]) as (sandbox, login):
        office = settings(tmp_path / "home", login.url, quiet_period=3, concurrency=2)
        rows = {TOLD: (5, "NA")} | dict.fromkeys(others, (1, 2))
        sandbox.faults.set(
            Fault(FaultKind.STORED_LATE, method="POST", keycode=TOLD, seconds=0.05),
            Fault(FaultKind.LATENCY, method="POST", keycode=others[-1], seconds=1.5),
        )
        report = ingested(office, [sheet(tmp_path / "marks.csv", rows)])
        assert outcomes(report) == dict.fromkeys(rows, "accepted")
        assert len(sandbox.journal.posts(TOLD)) == 1
        table = report.reconciliation.submissions.set_index("keycode")
        assert table.loc[TOLD, "proof"] == "marks"


def test_a_killed_run_counts_from_when_its_post_left_at_the_latest(
    sandbox: Sandbox, login: Access, ledger_url: str, tmp_path: Path
) -> None:
    """Nobody saw its POST end: it left at the latest when it would have been given up."""
    left_by_a_dead_run(ledger_url, login, TOLD)
    office = settings(tmp_path / "home", login.url, quiet_period=3600)
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite")) as database, database:
        database.execute("UPDATE attempts SET began = ?", (time.time(),))
    file = sheet(tmp_path / "marks.csv", {TOLD: (5, "NA")})
    assert outcomes(ingested(office, [file])) == {TOLD: "in_doubt"}
    for seconds, outcome in ((3600, "in_doubt"), (2 * office.timeout, "accepted")):
        with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite")) as database, database:
            database.execute("UPDATE attempts SET began = began - ?", (seconds,))
        assert outcomes(ingested(office, [file])) == {TOLD: outcome}
    assert len(sandbox.journal.posts()) == 1
