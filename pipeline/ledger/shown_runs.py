"""Runs as `papermarks runs` and `papermarks show` show them: who, when, files, outcomes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pipeline.ledger.database import chunks
from pipeline.ledger.model import UNFINISHED
from pipeline.ledger.tables import NEWEST_FIRST, attempts, runs, sources, submissions

LAST = "last"
"""What a command calls the newest run, in place of its id."""

_PACKED = {"content", "entries"}
_OF_RUN = [column for column in runs.c if column.name != "salt"]
_OF_SUBMISSION = [column for column in submissions.c if column.name not in _PACKED]


def newest_runs(connection: sa.Connection, limit: int | None) -> list[dict[str, Any]]:
    """The newest runs, the newest first, or all: who, when, files, and counts by outcome."""
    newest = sa.select(*_OF_RUN).order_by(*NEWEST_FIRST).limit(limit)
    shown = {
        row.id: {**row._mapping, "files": [], "outcomes": {}} for row in connection.execute(newest)
    }
    counted = sa.select(submissions.c.run, submissions.c.outcome, sa.func.count())
    grouped = counted.group_by(submissions.c.run, submissions.c.outcome)
    named = sa.select(sources.c.run, sources.c.name).order_by(sources.c.name)
    for of_runs in chunks(shown):
        for run, name in connection.execute(named.where(sources.c.run.in_(of_runs))):
            shown[run]["files"].append(name)
        of_chunk = grouped.where(submissions.c.run.in_(of_runs))
        for run, outcome, count in connection.execute(of_chunk):
            shown[run]["outcomes"][outcome or UNFINISHED] = count
    return list(shown.values())


def whole_run(connection: sa.Connection, run: str) -> dict[str, Any]:
    """One run: its files, its submissions, and every attempt. LookupError where none is."""
    found = connection.execute(sa.select(*_OF_RUN).where(runs.c.id == run)).first()
    if found is None:
        raise LookupError(run)
    parts = {
        "sources": sources.select().where(sources.c.run == run).order_by(sources.c.name),
        "submissions": sa.select(*_OF_SUBMISSION)
        .where(submissions.c.run == run)
        .order_by(submissions.c.number),
        "attempts": attempts.select()
        .where(attempts.c.run == run)
        .order_by(attempts.c.submission, attempts.c.post),
    }
    return {**found._mapping} | {
        name: [{**row._mapping} for row in connection.execute(part)] for name, part in parts.items()
    }


def newest_run(connection: sa.Connection, surpass: str) -> str | None:
    """The id of the newest run for this Surpass; None where there is none."""
    of_surpass = sa.select(runs.c.id).where(runs.c.surpass == surpass)
    newest: str | None = connection.execute(of_surpass.order_by(*NEWEST_FIRST).limit(1)).scalar()
    return newest


def outcomes_of(connection: sa.Connection, run: str) -> dict[str, int]:
    """How many submissions of a run ended where."""
    counted = sa.select(submissions.c.outcome, sa.func.count()).group_by(submissions.c.outcome)
    of_run = counted.where(submissions.c.run == run, submissions.c.outcome.is_not(None))
    return dict(connection.execute(of_run).tuples().all())
