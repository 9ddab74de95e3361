"""Submissions read back from the ledger: for a re-run, and for workers that share a run's batches.

What is kept of a submission is enough to send it: its file is not needed.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.ledger import packing
from pipeline.ledger.database import chunks
from pipeline.ledger.tables import runs, sources, submissions
from pipeline.model import Ending, SourceFile, Submission
from schemas.frames import DataFrame, Entry
from schemas.words import Outcome, Proof

LEFT_TO_DO = (Outcome.FAILED, Outcome.IN_DOUBT, Outcome.NOT_OPEN)
"""What a re-run takes up, beside what a run that died never came to."""


def unfinished(
    connection: sa.Connection, run: str, batches: Collection[int]
) -> tuple[DataFrame[Entry], dict[str, SourceFile]]:
    """The entries of what a run left to do, and its files by name; of these batches, or of all.

    LookupError where there is no such run.
    """
    if connection.execute(sa.select(runs.c.id).where(runs.c.id == run)).first() is None:
        raise LookupError(run)
    to_do = sa.or_(
        submissions.c.outcome.is_(None), submissions.c.outcome.in_([*map(str, LEFT_TO_DO)])
    )
    wanted = submissions.select().where(submissions.c.run == run, to_do)
    if batches:
        wanted = wanted.where(submissions.c.batch.in_(list(batches)))
    files = connection.execute(sources.select().where(sources.c.run == run))
    packed = connection.execute(wanted.order_by(submissions.c.number)).all()
    entries = packing.unpack_entries(row.entries for row in packed)
    return entries, {
        row.name: SourceFile(Path(row.name), row.name, row.sha256, row.owner or "") for row in files
    }


def standing(
    connection: sa.Connection, surpass: str, run: str, numbers: Collection[int]
) -> list[tuple[Submission, Ending | None]]:
    """What these submissions of a run carry, and where each ended, if it did; by number.

    LookupError where the run was not for this Surpass, or has not all of them.
    """
    all_runs = submissions.select().join(runs, runs.c.id == submissions.c.run)
    of_run = all_runs.where(runs.c.id == run, runs.c.surpass == surpass)
    rows = [
        row
        for chunk in chunks(sorted(numbers))
        for row in connection.execute(
            of_run.where(submissions.c.number.in_(chunk)).order_by(submissions.c.number)
        )
    ]
    if len(rows) < len(numbers):
        raise LookupError(f"the ledger has not all of these submissions of run {run}")
    return [(content(row), _ending(row)) for row in rows]


def content(row: sa.Row[Any]) -> Submission:
    """What a row of a submission carries."""
    return packing.unpack_content(row.number, row.keycode, row.kind, row.content)


def _ending(row: sa.Row[Any]) -> Ending | None:
    if row.outcome is None:
        return None
    proof = None if row.proof is None else Proof(row.proof)
    return Ending(row.number, Outcome(row.outcome), row.reason, row.batch, row.posts, proof)
