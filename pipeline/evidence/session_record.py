"""A session's record: all that ever happened to it, of whichever run, from the ledger.

Asked for by its keycode, or by its candidate's reference as a file named it. The keys of the JSON
are a promise: ``schema`` changes when they do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.ledger import History, State, packing
from pipeline.ledger.purge import purged_among
from pipeline.ledger.tables import (
    attempts,
    changes,
    records,
    resolutions,
    runs,
    sessions,
    sources,
    submissions,
)

SCHEMA = "papermarks.session/1"
_CELL = ["file", "sheet", "row", "column", "question", "text", "value"]
_RUN = ("id", "started", "finished", "user", "host", "origin", "parent", "version", "surpass")

Record = dict[str, Any]  # as JSON has it


def session_records(ledger: History, name: str) -> list[Record]:
    """The records of the sessions that ``name`` is the keycode or the candidate of, by keycode.

    LookupError where the ledger has none.
    """
    names = {name.strip(), name.strip().upper()}

    def read(connection: sa.Connection) -> list[Record]:
        found = [_session(connection, *key) for key in _keys(connection, names)]
        return found or [*_purged(connection, names)]

    found = ledger.transact(read)
    if not found:
        raise LookupError(name)
    return found


def _keys(connection: sa.Connection, names: set[str]) -> Sequence[tuple[str, str]]:
    """The Surpass and the keycode of each; a keycode says nothing in another Surpass."""
    named = sa.or_(submissions.c.keycode.in_(names), submissions.c.candidate.in_(names))
    columns = sa.select(runs.c.surpass, submissions.c.keycode)
    found = columns.join(runs, runs.c.id == submissions.c.run).where(
        named, submissions.c.keycode != ""
    )
    keys = {(row.surpass, row.keycode) for row in connection.execute(found.distinct())}
    return sorted(keys, key=lambda key: (key[1], key[0]))


def _session(connection: sa.Connection, surpass: str, keycode: str) -> Record:
    where = (sessions.c.surpass == surpass, sessions.c.keycode == keycode)
    state = connection.execute(sa.select(sessions.c.state).where(*where)).scalar()
    purged = purged_among(connection, surpass, [keycode])
    sent = (
        sa.select(submissions, *(runs.c[name].label(f"run_{name}") for name in _RUN))
        .join(runs, runs.c.id == submissions.c.run)
        .where(runs.c.surpass == surpass, submissions.c.keycode == keycode)
        .order_by(runs.c.started, runs.c.id, submissions.c.number)
    )
    return {
        "schema": SCHEMA,
        "keycode": keycode,
        "surpass": surpass,
        "state": None if state is None else State(state).name.lower(),
        "purged": purged[keycode].run if keycode in purged else None,
        "submissions": [_submission(connection, row) for row in connection.execute(sent)],
    }


def _purged(connection: sa.Connection, names: set[str]) -> Iterator[Record]:
    """Of sessions whose submissions were all purged: that they were accepted, and no more."""
    for surpass in connection.execute(sa.select(runs.c.surpass).distinct()).scalars().all():
        for keycode, known in purged_among(connection, surpass, names).items():
            yield {
                "schema": SCHEMA,
                "keycode": keycode,
                "surpass": surpass,
                "state": known.state.name.lower(),
                "purged": known.run,
                "submissions": [],
            }


def _submission(connection: sa.Connection, row: sa.Row[Any]) -> Record:
    entries = packing.unpack_entries([row.entries])
    cells = entries[_CELL].astype(object).where(entries[_CELL].notna(), None)
    sent = row.content is not None
    content = (
        packing.unpack_content(row.number, row.keycode, row.kind, row.content) if sent else None
    )
    run = {name: row._mapping[f"run_{name}"] for name in _RUN}
    return {
        "run": run | {"started": _time(run["started"]), "finished": _time(run["finished"])},
        "files": [*_files(connection, row.run, set(cells["file"]))],
        "number": row.number,
        "candidate": row.candidate,
        "kind": row.kind,
        "cells": cells.to_dict("records"),
        "content": [[*pair] for pair in content.marks or content.answers] if content else None,
        "outcome": row.outcome,
        "reason": row.reason,
        "proof": row.proof,
        "batch": row.batch,
        "posts": [*_rows(connection, attempts, row, _POST)],
        "changes": [*_rows(connection, changes, row, _CHANGE)],
        "resolutions": [*_rows(connection, resolutions, row, _RESOLUTION)],
        "records": [*_records(connection, row.run)],
    }


_POST = ("post", "completion_date", "began", "ended", "came_back")
_CHANGE = ("at", "by", "outcome_before", "reason_before", "outcome", "reason", "proof")
_RESOLUTION = ("at", "who", "taken", "reason")
_TIMES = {"at", "began", "ended"}


def _rows(
    connection: sa.Connection, table: sa.Table, of: sa.Row[Any], names: Sequence[str]
) -> Iterator[Record]:
    """The rows of a table that belong to a submission, in order."""
    where = (table.c.run == of.run, table.c.submission == of.number)
    for row in connection.execute(table.select().where(*where).order_by(table.c[names[0]])):
        shown = {name: row._mapping[name] for name in names}
        yield {name: _time(value) if name in _TIMES else value for name, value in shown.items()}


def _files(connection: sa.Connection, run: str, names: set[object]) -> Iterator[Record]:
    for row in connection.execute(sources.select().where(sources.c.run == run)):
        if row.name in names:
            yield {"file": row.name, "sha256": row.sha256, "owner": row.owner}


def _records(connection: sa.Connection, run: str) -> Iterator[Record]:
    """The records of the chain that prove the run's part of this."""
    columns = (records.c.sequence, records.c.sha256)
    of_run = sa.select(*columns).where(records.c.run == run).order_by(records.c.sequence)
    for row in connection.execute(of_run):
        yield {"sequence": row.sequence, "sha256": row.sha256}


def _time(seconds: float | None) -> str | None:
    """In UTC, as ISO 8601 has it."""
    if seconds is None:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
