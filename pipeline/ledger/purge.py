"""Purge: remove the personal data of old runs, and keep what is needed never to send them again.

Of a session that was accepted remains a keyed hash of its keycode and of what it was sent. With it
papermarks knows both again when they come again, and nobody reads them out of it: at most, who has
the ledger can try out keycodes. A run is purged whole or not at all.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.chain import RecordKind, append, canonical, hash_of
from pipeline.ledger.database import chunks
from pipeline.ledger.keyed_hash import content_hash, session_hash
from pipeline.ledger.model import UNFINISHED, Known, State
from pipeline.ledger.tables import (
    attempts,
    changes,
    keys,
    purged_sessions,
    resolutions,
    runs,
    sessions,
    sources,
    submissions,
)
from schemas.words import NEVER_PURGED, NOTHING_SENT

_KEY = "purge"


@dataclass(frozen=True)
class PurgeableRuns:
    """The runs that are old enough: those that can be purged, and those that are not settled."""

    runs: tuple[str, ...]
    kept: Mapping[str, Mapping[str, int]]  # run: what of it is not settled, by outcome


def purgeable(
    connection: sa.Connection, before: float, *, unsent_too: bool = False
) -> PurgeableRuns:
    """What began before that moment and is settled.

    A submission is settled by its outcome, or because a later one of its session was accepted. With
    ``unsent_too`` also by that nothing of it was sent.
    """
    old = sa.select(runs.c.id).where(runs.c.started < before, runs.c.purged.is_(None))
    names = connection.execute(old.order_by(runs.c.id)).scalars().all()
    unsettled = {*map(str, NEVER_PURGED)} | (set() if unsent_too else {*map(str, NOTHING_SENT)})
    kept: dict[str, Counter[str]] = {}
    for run, surpass, keycode, outcome in _submissions_of(connection, names):
        settled = outcome is not None and outcome not in unsettled
        if not settled and not _accepted_later(connection, surpass, keycode, run):
            kept.setdefault(run, Counter())[outcome or UNFINISHED] += 1
    return PurgeableRuns(tuple(name for name in names if name not in kept), kept)


def purge(
    connection: sa.Connection, before: float, reports: Sequence[str], *, unsent_too: bool = False
) -> PurgeableRuns:
    """Remove them, and record it. ``reports`` are reports of no run in the ledger that go too."""
    found = purgeable(connection, before, unsent_too=unsent_too)
    if not found.runs and not reports:
        return found
    if connection.dialect.name == "sqlite":  # what is deleted is overwritten in the file
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    key = _key(connection) or _new_key(connection)
    for of_runs in chunks(found.runs):
        _keep_hashes(connection, of_runs, key)
        for table in (attempts, changes, resolutions, submissions, sources):
            connection.execute(table.delete().where(table.c.run.in_(of_runs)))
        gone = {"purged": time.time(), "salt": None, "user": None}
        connection.execute(runs.update().where(runs.c.id.in_(of_runs)).values(gone))
    _forget_unsent(connection)
    facts = {"runs": [*found.runs], "reports": [*reports], "sessions": sealed(connection)}
    append(connection, RecordKind.PURGE, None, facts, about=hash_of(canonical(facts))[:16])
    return found


def sealed(connection: sa.Connection) -> str:
    """The hash over all that remains of purged sessions, and over the key that it hangs on."""
    rows = connection.execute(purged_sessions.select().order_by(purged_sessions.c.session))
    return hash_of(canonical([_key(connection), [[*row] for row in rows]]))


def purged_among(
    connection: sa.Connection, surpass: str, keycodes: Collection[str]
) -> dict[str, Known]:
    """The sessions among these that were accepted, and purged since."""
    key = _key(connection)
    if key is None:
        return {}
    found: dict[str, Known] = {}
    for chunk in chunks(keycodes):
        hashes = {session_hash(key, surpass, keycode): keycode for keycode in chunk}
        there = purged_sessions.select().where(purged_sessions.c.session.in_(hashes))
        for row in connection.execute(there):
            keycode = hashes[row.session]
            found[keycode] = Known(
                keycode, State.ACCEPTED, row.run, digest=row.content, purge_key=key
            )
    return found


def _key(connection: sa.Connection) -> str | None:
    found = connection.execute(sa.select(keys.c.value).where(keys.c.name == _KEY)).scalar()
    return None if found is None else str(found)


def _new_key(connection: sa.Connection) -> str:
    new = secrets.token_hex(32)
    connection.execute(keys.insert().values(name=_KEY, value=new))
    return new


def _submissions_of(
    connection: sa.Connection, names: Iterable[str]
) -> Iterable[tuple[str, str, str, str | None]]:
    wanted = sa.select(
        submissions.c.run, runs.c.surpass, submissions.c.keycode, submissions.c.outcome
    ).join(runs, runs.c.id == submissions.c.run)
    for of_runs in chunks(names):
        yield from connection.execute(wanted.where(submissions.c.run.in_(of_runs))).tuples().all()


def _accepted_later(connection: sa.Connection, surpass: str, keycode: str, run: str) -> bool:
    """Whether a later run's submission of the session was accepted.

    Runs' ids sort by the second: two of one second are told apart by when they began.
    """
    where = (sessions.c.surpass == surpass, sessions.c.keycode == keycode)
    accepted = sessions.c.state == str(State.ACCEPTED)
    by = connection.execute(sa.select(sessions.c.run).where(*where, accepted)).scalar()
    if by is None and (purged := purged_among(connection, surpass, [keycode])):
        by = purged[keycode].run
    if by is None:
        return False
    began = sa.select(runs.c.id, runs.c.started).where(runs.c.id.in_([run, str(by)]))
    times = dict(connection.execute(began).tuples().all())
    return str(by) in times and times[str(by)] > times[run]


def _keep_hashes(connection: sa.Connection, of_runs: Sequence[str], key: str) -> None:
    """Keep hashes of what these runs were accepted with, in place of the sessions themselves."""
    last_sent = (sessions.c.run.in_(of_runs), sessions.c.state == str(State.ACCEPTED))
    rows: list[dict[str, Any]] = [
        {
            "session": session_hash(key, row.surpass, row.keycode),
            "content": content_hash(key, row.keycode, row.digest),
            "run": row.run,
        }
        for row in connection.execute(sessions.select().where(*last_sent))
    ]
    if rows:
        connection.execute(purged_sessions.insert(), rows)
    connection.execute(sessions.delete().where(*last_sent))


def _forget_unsent(connection: sa.Connection) -> None:
    """Remove sessions of which nothing is known any more: not sent, in nobody's hand."""
    known = sa.select(submissions.c.number).where(submissions.c.keycode == sessions.c.keycode)
    connection.execute(
        sessions.delete().where(
            sessions.c.state == str(State.OPEN), sessions.c.owner.is_(None), ~known.exists()
        )
    )
