"""What is written of POSTs: that one is about to leave, and what came of it. In groups of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.claims import are
from pipeline.ledger.database import insert_into
from pipeline.ledger.later import settle_with_others
from pipeline.ledger.lease import Lease
from pipeline.ledger.model import STATE_AFTER, Attempt, State
from pipeline.ledger.tables import attempts, sessions, submissions
from pipeline.model import Ending


@dataclass(frozen=True)
class Intent:
    """A POST that is about to leave."""

    run: str
    submission: int
    keycode: str
    digest: str  # of what it carries
    attempt: Attempt


@dataclass(frozen=True)
class Settlement:
    """What came of a claimed submission."""

    run: str
    ending: Ending
    keycode: str
    tried: Sequence[Attempt]
    by: str = ""  # who found it out, where that was after the run


class Sending:
    """Its statements are made once: to make one takes longer than to execute it."""

    def __init__(self, surpass: str, lease: Lease, dialect: sa.Dialect) -> None:
        """``dialect`` is the database's."""
        self._surpass = surpass
        self._lease = lease
        self._dialect = dialect

    def write(self, connection: sa.Connection, group: Sequence[Intent | Settlement]) -> set[str]:
        """Write a group; the sessions of its intents that this process holds.

        An intent of another session is not written.
        """
        settlements = [write for write in group if isinstance(write, Settlement)]
        self._write_settlements(connection, settlements)
        held = self._write_intents(
            connection, [write for write in group if isinstance(write, Intent)]
        )
        self._write_later(connection, settlements)
        return held

    def _write_intents(self, connection: sa.Connection, intents: Sequence[Intent]) -> set[str]:
        """Write those whose sessions this process holds; these sessions."""
        if not intents:
            return set()
        self._lease.announce_if_over(connection)
        mine = sa.select(sessions.c.keycode).where(
            *are(self._surpass, [intent.keycode for intent in intents]),
            sessions.c.owner == self._lease.token,
        )
        held = set(connection.execute(mine.with_for_update()).scalars())
        written = [intent for intent in intents if intent.keycode in held]
        if not written:
            return held
        sending = [
            {
                "_keycode": intent.keycode,
                "_run": intent.run,
                "_submission": intent.submission,
                "_digest": intent.digest,
            }
            for intent in written
        ]
        connection.execute(self._sending, sending)
        rows = [_attempt_row(intent.run, intent.submission, intent.attempt) for intent in written]
        self._write_attempts(connection, rows)
        return held

    def _write_settlements(
        self, connection: sa.Connection, settlements: Sequence[Settlement]
    ) -> None:
        if not settlements:
            return
        self._write_attempts(
            connection,
            [
                _attempt_row(settlement.run, settlement.ending.submission, attempt)
                for settlement in settlements
                for attempt in settlement.tried
            ],
        )
        # One read again after its run has ended keeps its batch and POSTs: see _write_later.
        in_run = [settled for settled in settlements if settled.ending.batch is not None]
        if in_run:
            connection.execute(_ENDED_IN_RUN, [_ending_row(settled) for settled in in_run])
        states = [
            {
                "_keycode": settlement.keycode,
                "_state": STATE_AFTER.get(settlement.ending.outcome, State.OPEN),
            }
            for settlement in settlements
        ]
        connection.execute(self._settled, states)

    def _write_later(self, connection: sa.Connection, settlements: Sequence[Settlement]) -> None:
        """Those that were found out after their run: the last to be written, as the chain wants."""
        later = [settled for settled in settlements if settled.ending.batch is None]
        for by in sorted({settled.by for settled in later}):
            ended = [(settled.run, settled.ending) for settled in later if settled.by == by]
            settle_with_others(connection, self._surpass, ended, by)

    def _write_attempts(
        self, connection: sa.Connection, rows: Sequence[Mapping[str, object]]
    ) -> None:
        """Write the attempts over what was written of them before they left."""
        if rows:
            connection.execute(self._upsert_attempts, list(rows))

    @cached_property
    def _sending(self) -> sa.Update:
        return self._held_session.values(
            state=State.IN_DOUBT,
            run=sa.bindparam("_run"),
            submission=sa.bindparam("_submission"),
            digest=sa.bindparam("_digest"),
        )

    @cached_property
    def _settled(self) -> sa.Update:
        return self._held_session.values(state=sa.bindparam("_state"), owner=None)

    @cached_property
    def _held_session(self) -> sa.Update:
        """An update of the session ``_keycode``, if this process holds it."""
        return sessions.update().where(
            sessions.c.surpass == self._surpass,
            sessions.c.keycode == sa.bindparam("_keycode"),
            sessions.c.owner == self._lease.token,
        )

    @cached_property
    def _upsert_attempts(self) -> Any:  # of either dialect, which have no common type
        insert = insert_into(attempts, self._dialect)
        return insert.on_conflict_do_update(
            index_elements=[attempts.c.run, attempts.c.submission, attempts.c.post],
            set_={"ended": insert.excluded.ended, "came_back": insert.excluded.came_back},
        )


_ENDED_IN_RUN = (
    submissions.update()
    .where(
        submissions.c.run == sa.bindparam("_run"),
        submissions.c.number == sa.bindparam("_number"),
    )
    .values(
        {
            name: sa.bindparam(f"_{name}")
            for name in ("outcome", "reason", "proof", "batch", "posts")
        }
    )
)


def _ending_row(settlement: Settlement) -> dict[str, object]:
    ending = settlement.ending
    return {
        "_run": settlement.run,
        "_number": ending.submission,
        "_outcome": str(ending.outcome),
        "_reason": ending.reason,
        "_proof": ending.proof and str(ending.proof),
        "_batch": ending.batch,
        "_posts": ending.attempts,
    }


def _attempt_row(run: str, number: int, attempt: Attempt) -> dict[str, object]:
    return {
        "run": run,
        "submission": number,
        "post": attempt.post,
        "completion_date": attempt.completion_date,
        "began": attempt.began,
        "ended": attempt.ended,
        "came_back": attempt.came_back,
    }
