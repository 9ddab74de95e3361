"""Whether later runs have settled what a file was left with.

A file is settled once each session that its last run did not settle was accepted by a later run, or
once a workbook that went back for it came in and is settled itself: a keycode may have been mended,
or the row of an absent candidate taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import sqlalchemy as sa

from pipeline.ledger.tables import NEWEST_FIRST, runs, sources, submissions
from schemas.words import SETTLED, Outcome

_MAX_DEPTH = 50  # times that a file may have gone back
# What its sender can mend. The others are settled by another run, or by a person who looks.
_SENDERS = {Outcome.INVALID, Outcome.HELD, Outcome.NOT_OPEN, Outcome.REFUSED}

AllOfSessions = Callable[[str], bool]
"""Whether each error of a run is one of a session that the ledger knows."""


def settled_file(
    connection: sa.Connection, surpass: str, sha256: str, all_of_sessions: AllOfSessions
) -> str | None:
    """The last run over the file of these bytes, if all is settled since; else None."""
    of_file = sa.select(runs.c.id).join(sources, sources.c.run == runs.c.id)
    of_file = of_file.where(sources.c.sha256 == sha256, runs.c.surpass == surpass)
    last = connection.execute(of_file.order_by(*NEWEST_FIRST).limit(1)).scalar()
    if last is None or not _settled(connection, last, all_of_sessions, 0):
        return None
    return str(last)


def returned_by(connection: sa.Connection, surpass: str, run: str, sha256: str) -> bool:
    """Whether that run was one over the file of these bytes."""
    found = sa.select(sources.c.run).join(runs, runs.c.id == sources.c.run)
    of_run = found.where(runs.c.id == run, runs.c.surpass == surpass, sources.c.sha256 == sha256)
    return connection.execute(of_run).first() is not None


def _settled(
    connection: sa.Connection, run: str, all_of_sessions: AllOfSessions, depth: int
) -> bool:
    left = left_of(connection, run)
    if not left and all_of_sessions(run):
        return True
    if depth >= _MAX_DEPTH or not {Outcome(outcome) for outcome in left if outcome} <= _SENDERS:
        return False
    if None in left:
        return False
    children = connection.execute(sa.select(runs.c.id).where(runs.c.parent == run)).scalars().all()
    return any(_settled(connection, child, all_of_sessions, depth + 1) for child in children)


def left_of(connection: sa.Connection, run: str) -> Collection[str | None]:
    """The outcomes of its submissions that nothing has settled; None of one under way."""
    later = submissions.alias()
    run_of_later = runs.alias()
    started = sa.select(runs.c.started).where(runs.c.id == run).scalar_subquery()
    surpass = sa.select(runs.c.surpass).where(runs.c.id == run).scalar_subquery()
    accepted_since = (
        sa.select(later.c.run)
        .join(run_of_later, run_of_later.c.id == later.c.run)
        .where(
            later.c.keycode == submissions.c.keycode,
            later.c.kind == submissions.c.kind,
            later.c.keycode != "",
            later.c.outcome == str(Outcome.ACCEPTED),
            run_of_later.c.surpass == surpass,
            run_of_later.c.started > started,
        )
    )
    open_ = sa.or_(
        submissions.c.outcome.is_(None),
        submissions.c.outcome.not_in([str(outcome) for outcome in SETTLED]),
    )
    of_run = sa.select(submissions.c.outcome).where(submissions.c.run == run, open_)
    left = of_run.where(~accepted_since.exists()).distinct()
    return connection.execute(left).scalars().all()
