"""What is written of POSTs: that one is about to leave, and what came of it. In groups of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.sql import ClauseElement

from pipeline.ledger.claims import are
from pipeline.ledger.database import insert_into
from pipeline.ledger.endings import end_submission, ending_row
from pipeline.ledger.later import settle_with_others
from pipeline.ledger.lease import Lease
from pipeline.ledger.model import STATE_AFTER, Attempt, State
from pipeline.ledger.prepared import Prepared
from pipeline.ledger.tables import attempts, sessions
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
    """Writes groups of intents and settlements."""

    def __init__(self, surpass: str, lease: Lease, dialect: sa.Dialect) -> None:
        """``dialect`` is the database's."""
        self._surpass = surpass
        self._lease = lease
        self._in_doubt = Prepared(_put_in_doubt(surpass, lease.token), dialect)
        self._settled = Prepared(_settle(surpass, lease.token), dialect)
        self._attempts = Prepared(_write_attempts(dialect), dialect)
        self._ended = Prepared(end_submission(), dialect)

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
        held = self._put_in_doubt(connection, intents)
        self._attempts.execute(
            connection,
            [
                _attempt_row(intent.run, intent.submission, intent.attempt)
                for intent in intents
                if intent.keycode in held
            ],
        )
        return held

    def _put_in_doubt(self, connection: sa.Connection, intents: Sequence[Intent]) -> set[str]:
        """Put the sessions that this process holds into the state in which a POST may leave."""
        rows = [
            {
                "_keycode": intent.keycode,
                "_run": intent.run,
                "_submission": intent.submission,
                "_digest": intent.digest,
            }
            for intent in intents
        ]
        if self._in_doubt.execute(connection, rows) == len(rows):  # nearly always
            return {intent.keycode for intent in intents}
        mine = sa.select(sessions.c.keycode).where(
            *are(self._surpass, [intent.keycode for intent in intents]),
            sessions.c.owner == self._lease.token,
        )
        held = set(connection.execute(mine.with_for_update()).scalars())
        # Again, for those that are locked now: what it has written already stands.
        self._in_doubt.execute(connection, [row for row in rows if row["_keycode"] in held])
        return held

    def _write_settlements(
        self, connection: sa.Connection, settlements: Sequence[Settlement]
    ) -> None:
        self._attempts.execute(
            connection,
            [
                _attempt_row(settlement.run, settlement.ending.submission, attempt)
                for settlement in settlements
                for attempt in settlement.tried
            ],
        )
        # One read again after its run has ended keeps its batch and POSTs: see _write_later.
        in_run = [settled for settled in settlements if settled.ending.batch is not None]
        self._ended.execute(
            connection, [ending_row(settled.run, settled.ending) for settled in in_run]
        )
        states = [
            {
                "_keycode": settlement.keycode,
                "_state": str(STATE_AFTER.get(settlement.ending.outcome, State.OPEN)),
            }
            for settlement in settlements
        ]
        self._settled.execute(connection, states)

    def _write_later(self, connection: sa.Connection, settlements: Sequence[Settlement]) -> None:
        """Those that were found out after their run: the last to be written, as the chain wants."""
        later = [settled for settled in settlements if settled.ending.batch is None]
        for by in sorted({settled.by for settled in later}):
            ended = [(settled.run, settled.ending) for settled in later if settled.by == by]
            settle_with_others(connection, self._surpass, ended, by)


def _held_session(surpass: str, token: str) -> sa.Update:
    """An update of the session ``_keycode``, if this process holds it."""
    return sessions.update().where(
        sessions.c.surpass == surpass,
        sessions.c.keycode == sa.bindparam("_keycode"),
        sessions.c.owner == token,
    )


def _put_in_doubt(surpass: str, token: str) -> sa.Update:
    return _held_session(surpass, token).values(
        state=str(State.IN_DOUBT),
        run=sa.bindparam("_run"),
        submission=sa.bindparam("_submission"),
        digest=sa.bindparam("_digest"),
    )


def _settle(surpass: str, token: str) -> sa.Update:
    return _held_session(surpass, token).values(state=sa.bindparam("_state"), owner=sa.null())


def _write_attempts(dialect: sa.Dialect) -> ClauseElement:
    """Write attempts over what was written of them before they left."""
    insert = insert_into(attempts, dialect)
    written: ClauseElement = insert.on_conflict_do_update(
        index_elements=[attempts.c.run, attempts.c.submission, attempts.c.post],
        set_={"ended": insert.excluded.ended, "came_back": insert.excluded.came_back},
    )
    return written


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
