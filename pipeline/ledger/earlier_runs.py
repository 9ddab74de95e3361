"""What earlier runs tell of sessions and candidates that a file names now.

A keycode says nothing in another Surpass: what was sent there does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from pipeline.ledger import packing
from pipeline.ledger.database import chunks
from pipeline.ledger.model import Seen
from pipeline.ledger.tables import runs, sources, submissions
from schemas.frames import DataFrame, Entry
from schemas.words import Outcome

_SENT = (Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.UNCONFIRMED, Outcome.IN_DOUBT)


def last_seen(
    connection: sa.Connection, surpass: str, keycodes: Collection[str]
) -> dict[str, Seen]:
    """The last submission of each of these sessions, where a run over files had one."""
    latest = sa.func.row_number().over(
        partition_by=submissions.c.keycode,
        order_by=(runs.c.started.desc(), runs.c.id.desc(), submissions.c.number.desc()),
    )
    columns = (submissions.c.keycode, submissions.c.run, submissions.c.outcome)
    ranked = (
        sa.select(*columns, submissions.c.reason, runs.c.started, latest.label("place"))
        .join(runs, runs.c.id == submissions.c.run)
        .where(runs.c.surpass == surpass)
    )
    seen: dict[str, Seen] = {}
    for chunk in chunks(keycodes):
        among = ranked.where(submissions.c.keycode.in_(chunk)).subquery()
        last = sa.select(among).where(among.c.place == 1)
        seen |= {row.keycode: _seen(row) for row in connection.execute(last)}
    return seen


def sent_for(
    connection: sa.Connection, surpass: str, candidates: Collection[str]
) -> dict[str, set[str]]:
    """The keycodes to which anything was sent for these candidate references."""
    sent = (
        sa.select(submissions.c.candidate, submissions.c.keycode)
        .join(runs, runs.c.id == submissions.c.run)
        .where(runs.c.surpass == surpass, submissions.c.outcome.in_([*map(str, _SENT)]))
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for chunk in chunks(candidates):
        for row in connection.execute(sent.where(submissions.c.candidate.in_(chunk))):
            found.setdefault(row.candidate, set()).add(row.keycode)
    return found


def last_keyings(
    connection: sa.Connection,
    surpass: str,
    keycodes: Collection[str],
    is_one: Callable[[str], bool],
) -> DataFrame[Entry]:
    """The entries of these sessions in the last run that had them from a file named so."""
    latest_first = (runs.c.started.desc(), runs.c.id.desc(), submissions.c.number)
    chosen = sa.select(submissions.c.keycode, submissions.c.entries, sources.c.name)
    chosen = chosen.join(runs, runs.c.id == submissions.c.run)
    chosen = chosen.join(sources, sources.c.run == runs.c.id)
    chosen = chosen.where(runs.c.surpass == surpass).order_by(*latest_first)
    found: dict[str, bytes] = {}
    for chunk in chunks(keycodes):
        for row in connection.execute(chosen.where(submissions.c.keycode.in_(chunk))):
            if row.keycode not in found and is_one(row.name):
                found[row.keycode] = row.entries
    entries = packing.unpack_entries(found.values())
    return entries[entries["file"].map(is_one).astype(bool)]


def _seen(row: sa.Row[Any]) -> Seen:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    return Seen(row.keycode, row.run, row.started, outcome, row.reason)
