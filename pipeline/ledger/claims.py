"""Sessions as the ledger knows them, and who may act on each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.database import chunks, insert_into
from pipeline.ledger.lease import Lease
from pipeline.ledger.model import Known, State
from pipeline.ledger.purge import purged_among
from pipeline.ledger.tables import sessions


def known_among(
    connection: sa.Connection, surpass: str, keycodes: Collection[str]
) -> dict[str, Known]:
    """The sessions among these that were ever claimed."""
    claimed = {
        row.keycode: _known(row)
        for chunk in chunks(keycodes)
        for row in connection.execute(sessions.select().where(*are(surpass, chunk)))
    }
    return claimed | purged_among(connection, surpass, keycodes)


def in_flight(connection: sa.Connection, surpass: str, lease: Lease) -> list[Known]:
    """What was sent and is not known to have been taken, by processes that are gone."""
    open_ = sessions.select().where(
        sessions.c.surpass == surpass,
        sessions.c.state.in_([State.IN_DOUBT, State.UNCONFIRMED]),
    )
    rows = connection.execute(open_.order_by(sessions.c.keycode)).all()
    living = lease.others_alive(connection)
    return [_known(row) for row in rows if row.owner not in living]


def claim(
    connection: sa.Connection, surpass: str, lease: Lease, keycodes: Collection[str]
) -> dict[str, Known]:
    """Claim sessions for this process; those that it got, as they were before.

    A session that was purged was accepted: it is told so, and never claimed.
    """
    purged = purged_among(connection, surpass, keycodes)
    wanted = sorted(set(keycodes) - purged.keys())
    for chunk in chunks(wanted):
        free = {"surpass": surpass, "state": str(State.OPEN)}
        new = [{"keycode": code, **free} for code in chunk]
        connection.execute(insert_into(sessions, connection.dialect).on_conflict_do_nothing(), new)
    got: dict[str, Known] = {}
    for chunk in chunks(wanted):
        of_chunk = sessions.select().where(*are(surpass, chunk)).order_by(sessions.c.keycode)
        rows = connection.execute(of_chunk.with_for_update()).all()
        # Behind the lock: an owner that came while we waited for it must be seen alive.
        living = lease.others_alive(connection)
        mine = {row.keycode: _known(row) for row in rows if row.owner not in living}
        claimed = sessions.update().where(*are(surpass, mine)).values(owner=lease.token)
        connection.execute(claimed)
        got |= mine
    return got | purged


def let_go(
    connection: sa.Connection, surpass: str, lease: Lease, keycodes: Collection[str]
) -> None:
    """Give up claims without a change of state."""
    for chunk in chunks(keycodes):
        mine = (*are(surpass, chunk), sessions.c.owner == lease.token)
        connection.execute(sessions.update().where(*mine).values(owner=None))


def are(surpass: str, keycodes: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of these sessions."""
    return sessions.c.surpass == surpass, sessions.c.keycode.in_(list(keycodes))


def _known(row: sa.Row[Any]) -> Known:
    return Known(row.keycode, State(row.state), row.run, row.submission, row.digest)
