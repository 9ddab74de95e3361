"""Sealing: salted hashes over what the ledger holds of a run, for the records of the chain.

They are computed from what is read back, by the same code when they are written and when they are
verified. The salt stands beside the run, and goes when the run is purged: a keycode has too few
possibilities for a hash without it to hide anything.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.chain import canonical, hash_of
from pipeline.ledger.tables import attempts, changes, resolutions, runs, sources, submissions


@dataclass(frozen=True)
class NotAsChanged:
    """A submission whose row is not what the last change of it made of it."""

    submission: int


def salt(connection: sa.Connection, run: str) -> str:
    """The run's salt; a new one where it has none, as runs of older versions."""
    found = connection.execute(sa.select(runs.c.salt).where(runs.c.id == run)).scalar()
    if found is not None:
        return str(found)
    new = secrets.token_hex(16)
    connection.execute(runs.update().where(runs.c.id == run).values(salt=new))
    return new


def begun(connection: sa.Connection, run: str) -> str:
    """The hash over what a run began with: who, which files, which submissions."""
    (row,) = connection.execute(runs.select().where(runs.c.id == run)).all()
    files = sources.select().where(sources.c.run == run).order_by(sources.c.name)
    rows = submissions.select().where(submissions.c.run == run).order_by(submissions.c.number)
    return _sealed(
        row.salt,
        [row.id, row.parent, row.started, row.surpass, row.version, row.user, row.host, row.origin],
        sorted([*each] for each in connection.execute(files)),
        [
            [
                each.number,
                each.keycode,
                each.kind,
                each.digest,
                each.candidate,
                _hash(each.content),
                _hash(each.entries),
            ]
            for each in connection.execute(rows)
        ],
    )


def ended(connection: sa.Connection, run: str, after: int | None = None) -> str | NotAsChanged:
    """The hash over where a run's submissions ended, and over its POSTs.

    ``after`` is the place of the record that sealed it: what was settled later is undone first, and
    must be what stands there now.
    """
    row = connection.execute(sa.select(runs.c.salt, runs.c.finished).where(runs.c.id == run)).one()
    columns = (
        submissions.c.number,
        submissions.c.outcome,
        submissions.c.reason,
        submissions.c.proof,
        submissions.c.batch,
        submissions.c.posts,
    )
    stands = sa.select(*columns).where(submissions.c.run == run).order_by(submissions.c.number)
    ends = {each.number: [*each[1:]] for each in connection.execute(stands)}
    later = [] if after is None else _changes_after(connection, run, after)
    for change in reversed(later):
        end = ends.get(change.submission)
        if end is None or end[:3] != [change.outcome, change.reason, change.proof]:
            return NotAsChanged(change.submission)
        end[:3] = [change.outcome_before, change.reason_before, change.proof_before]
    posts = attempts.select().where(attempts.c.run == run)
    ordered = posts.order_by(attempts.c.submission, attempts.c.post)
    return _sealed(
        row.salt,
        row.finished,
        [[number, *end] for number, end in ends.items()],
        [[*each] for each in connection.execute(ordered)],
    )


def changed(connection: sa.Connection, run: str, record: int) -> str:
    """The hash over the changes of a run that one record seals, and over persons' resolutions."""
    row = connection.execute(sa.select(runs.c.salt).where(runs.c.id == run)).one()
    wanted = changes.select().where(changes.c.run == run, changes.c.record == record)
    ordered = wanted.order_by(changes.c.submission, changes.c.at)
    resolved: dict[tuple[int, float], list[Any]] = {}
    for each in connection.execute(resolutions.select().where(resolutions.c.run == run)):
        resolved[each.submission, each.at] = [*each]
    return _sealed(
        row.salt,
        [
            [*change[:-1], resolved.get((change.submission, change.at))]
            for change in connection.execute(ordered)
        ],
    )


def _changes_after(connection: sa.Connection, run: str, record: int) -> Sequence[sa.Row[Any]]:
    later = changes.select().where(changes.c.run == run, changes.c.record > record)
    return connection.execute(later.order_by(changes.c.record, changes.c.at)).all()


def _sealed(salt: str | None, *details: object) -> str:
    return hash_of(canonical([salt, *details]))


def _hash(content: bytes | None) -> str | None:
    if content is None or isinstance(content, bytes):
        return None if content is None else hashlib.sha256(content).hexdigest()
    raise TypeError("no bytes")  # which only somebody else can have written
