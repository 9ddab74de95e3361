"""Writes of the ledger: each group whole, and on the disk before a POST leaves."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from pipeline.errors import ClaimLost, LedgerError
from pipeline.ledger import Ledger, State
from pipeline.ledger.sending import Intent, Settlement
from pipeline.model import Ending
from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.stages import Job, start
from pipeline.submissions import digest
from pipeline.surpass import Surpass, access_of
from schemas.words import Outcome
from tests.ledger.records import attempt, begin, behind, keycode, opened, paper, papers
from tests.ledger.running import outcomes, session, settings, sheet
from tests.serving import plain_wire, served

# --- the ledger's own groups, on either database


def _intent(run: str, number: int) -> Intent:
    submission = paper(number)
    return Intent(run, number, submission.keycode, digest(submission), attempt())


def test_in_a_group_a_lost_claim_stops_its_own_post_alone(url: str) -> None:
    with opened(url) as ledger, opened(url) as other:
        begun = begin(ledger, papers(4))
        ledger.claim([keycode(number) for number in (1, 2, 4)])
        other.claim([keycode(3)])
        ledger.intend(begun, paper(4), attempt())
        accepted = Settlement(
            begun.id, Ending(4, Outcome.ACCEPTED, "taken", 1, 1), keycode(4), (attempt(),)
        )
        group: list[Intent | Settlement] = [
            _intent(begun.id, 1),
            _intent(begun.id, 3),
            accepted,
            _intent(begun.id, 2),
        ]
        refusals = ledger._commit(group)
        assert [type(refusal) for refusal in refusals] == [
            type(None),
            ClaimLost,
            type(None),
            type(None),
        ]
        known = ledger.known([keycode(number) for number in range(1, 5)])
        assert {code: session.state for code, session in known.items()} == {
            keycode(1): State.IN_DOUBT,
            keycode(2): State.IN_DOUBT,
            keycode(3): State.OPEN,
            keycode(4): State.ACCEPTED,
        }
        assert [row["submission"] for row in ledger.show(begun.id)["attempts"]] == [1, 2, 4]


def test_a_group_that_the_database_refuses_is_written_not_at_all(url: str) -> None:
    with opened(url) as ledger:
        begun = begin(ledger, papers(1))
        ledger.claim([keycode(1), keycode(2)])
        with pytest.raises(LedgerError):
            ledger._commit([_intent(begun.id, 1), _intent("no such run", 2)])
        assert ledger.show(begun.id)["attempts"] == []
        assert ledger.known([keycode(1)])[keycode(1)].state is State.OPEN


def test_many_at_once_are_all_written(url: str) -> None:
    with opened(url) as ledger:
        many = papers(200)
        begun = begin(ledger, many)
        ledger.claim([submission.keycode for submission in many])
        endings = [Ending(number, Outcome.ACCEPTED, "taken", 1, 1) for number in range(1, 201)]

        async def write() -> None:
            await asyncio.gather(
                *(ledger.intent(begun, submission, attempt()) for submission in many)
            )
            await asyncio.gather(
                *(
                    ledger.settlement(begun.id, ending, keycode(ending.submission), [attempt()])
                    for ending in endings
                )
            )

        asyncio.run(write())
        assert {row["outcome"] for row in ledger.show(begun.id)["submissions"]} == {"accepted"}
        assert len(ledger.show(begun.id)["attempts"]) == 200


# --- what is promised of a kill and of a power cut


class _Watching(httpx.AsyncBaseTransport):
    """Looks into the ledger's file, as another process would, whenever a POST is to leave."""

    def __init__(self, file: Path) -> None:
        self._wire = plain_wire()
        self._file = file
        self.posts = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            code = request.url.path.split("/")[4]
            with closing(sqlite3.connect(self._file)) as connection:
                (state,) = connection.execute(
                    "SELECT state FROM sessions WHERE keycode = ?", [code]
                ).fetchone()
                (attempts,) = connection.execute(
                    "SELECT count(*) FROM attempts JOIN submissions ON attempts.run ="
                    " submissions.run AND number = submission WHERE keycode = ?",
                    [code],
                ).fetchone()
            assert (state, attempts) == (State.IN_DOUBT, 1), "it would leave before its intent"
            self.posts += 1
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        await self._wire.aclose()


def test_no_post_leaves_before_its_intent_is_committed(tmp_path: Path) -> None:
    codes = [f"COMMIT{number:02d}" for number in range(60)]
    with served([session(code) for code in codes]) as (_, login):
        office = settings(tmp_path / "home", login.url, concurrency=20, batch_size=30)
        work = start(
            Job(office), [sheet(tmp_path / "marks.csv", dict.fromkeys(codes, (1, 2)))], QUIET
        )
        wire = _Watching(office.home / "ledger.sqlite")

        async def carry_out() -> dict[str, str]:
            async with Surpass(access_of(office), wire) as surpass:
                return outcomes(await ingest(work, surpass))

        assert set(asyncio.run(carry_out()).values()) == {"accepted"}
    assert wire.posts == len(codes)


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """In a write-ahead log, only FULL (2) or EXTRA (3) flushes it at each commit."""
    seen: list[tuple[object, object]] = []

    def committing(connection: sa.Connection) -> None:
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        seen.append((journal, synchronous))

    sa.event.listen(sa.Engine, "commit", committing)
    try:
        with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
            _one_submission(ledger)
    finally:
        sa.event.remove(sa.Engine, "commit", committing)
    assert set(seen) == {("wal", 2)}


def test_postgresql_waits_for_the_disk_whatever_its_database_is_set_to(url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite's own promise is the test above")
    name = sa.make_url(url).database
    with behind(url) as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit TO off')
    with opened(url) as ledger:
        shown = ledger.transact(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar())
        _one_submission(ledger)
    assert shown == "on"


def _one_submission(ledger: Ledger) -> None:
    begun = begin(ledger, [paper(1)])
    ledger.claim([keycode(1)])
    ledger.intend(begun, paper(1), attempt())
    ledger.settle(begun.id, Ending(1, Outcome.ACCEPTED, "taken", 1, 1), keycode(1), [attempt()])
