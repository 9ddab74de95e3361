"""Check a ledger: whether its database is whole, and agrees with itself. Empty: all is well."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.ledger.database import REVISION
from pipeline.ledger.model import State
from pipeline.ledger.tables import sessions, submissions
from schemas.words import Outcome

_SHOWN = 5
_LEFT_IN_SURPASS = (str(Outcome.ACCEPTED), str(Outcome.UNCONFIRMED))


def file_problems(connection: sa.Connection) -> list[str]:
    """What SQLite finds wrong in the file; PostgreSQL checks its own pages."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({_SHOWN})").scalars().all()
    return [str(problem) for problem in found if problem != "ok"]


def reference_problems(connection: sa.Connection) -> list[str]:
    """Rows that belong to a run or a submission which is not there."""
    if connection.dialect.name != "sqlite":  # which lets nobody write such rows
        return []
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return sorted({f"{row[0]} has rows that belong to no row of {row[2]}" for row in found})


def schema_problems(connection: sa.Connection) -> list[str]:
    """Whether the schema is the one that this version knows."""
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return [] if found == REVISION else [f"its schema is {found}, and not {REVISION}"]


def session_problems(connection: sa.Connection) -> list[str]:
    """Sessions that count as never sent, though their last submission says that they were."""
    last = sa.and_(
        submissions.c.run == sessions.c.run, submissions.c.number == sessions.c.submission
    )
    both = sa.select(sa.func.count()).select_from(sessions.join(submissions, last))
    free = both.where(
        sessions.c.state == str(State.OPEN), submissions.c.outcome.in_(_LEFT_IN_SURPASS)
    )
    other = both.where(
        sessions.c.keycode != submissions.c.keycode, submissions.c.keycode.is_not(None)
    )
    count = connection.execute(free).scalar_one() + connection.execute(other).scalar_one()
    return [f"{count} sessions do not agree with what was sent to them"] if count else []
