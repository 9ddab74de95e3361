"""A run written down: what it begins with, before anything is sent, and where all of it ended."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.findings import endings
from pipeline.ledger import packing, sealing
from pipeline.ledger.chain import RecordKind, append
from pipeline.ledger.endings import end_submission, ending_row
from pipeline.ledger.model import UNFINISHED
from pipeline.ledger.tables import runs, sources, submissions
from pipeline.model import Ending, Interpreted, Run, Submission, Validated
from pipeline.submissions import digest


@dataclass(frozen=True)
class Beginning:
    """What a run begins with: who, which files, which submissions, under which settings."""

    run: Run
    surpass: str
    read: Validated
    submissions: Sequence[Mapping[str, Any]]  # rows of the table
    settings: Mapping[str, object]  # without secrets


def begin(connection: sa.Connection, beginning: Beginning) -> None:
    """Write down a run, its files and all its submissions; nothing where they are there already."""
    run = beginning.run
    if connection.execute(sa.select(runs.c.id).where(runs.c.id == run.id)).first() is not None:
        return
    connection.execute(
        runs.insert().values(
            id=run.id,
            parent=run.parent,
            started=run.started.timestamp(),
            surpass=beginning.surpass,
            version=run.version,
            user=run.user,
            host=run.host,
            origin=None if run.origin is None else str(run.origin),
            salt=secrets.token_hex(16),
        )
    )
    _insert(connection, sources, [_source_row(run, read) for read in beginning.read.sources])
    _insert(connection, submissions, beginning.submissions)
    append(connection, RecordKind.BEGIN, run.id, _begun(connection, beginning))


def submission_rows(
    run: Run, read: Validated, ready: Iterable[Submission]
) -> list[dict[str, object]]:
    """A row for each submission: those that are ready with what would be sent."""
    sendable = {submission.number: submission for submission in ready}
    stopped = {ending.submission: ending for ending in endings(read.findings)}
    packed = dict(packing.pack_entries(read.entries))
    first_entries = read.entries.drop_duplicates("submission")
    candidates = dict(zip(first_entries["submission"], first_entries["candidate"], strict=True))
    return [
        {
            "run": run.id,
            "number": number,
            "keycode": keycode,
            "kind": kind,
            "content": packing.pack_content(sendable[number]) if number in sendable else None,
            "digest": digest(sendable[number]) if number in sendable else None,
            "entries": packed[number],
            # Now, or a re-run after a kill would take up what some findings had stopped: those of
            # rows and sheets are not found again in the entries alone.
            "outcome": str(stopped[number].outcome) if number in stopped else None,
            "reason": stopped[number].reason if number in stopped else None,
            "posts": 0,
            "candidate": candidates.get(number) or None,
        }
        for number, keycode, kind in zip(
            read.submissions.index.tolist(),
            read.submissions["keycode"].tolist(),
            read.submissions["kind"].tolist(),
            strict=True,
        )
    ]


def finish(connection: sa.Connection, run: Run, ended: Sequence[Ending]) -> None:
    """Write down where every submission ended, and that the run did."""
    if ended:
        # What was written in the meantime stands: delivery wrote it, or a later run that settled
        # what this one left in doubt.
        update = end_submission().where(submissions.c.outcome.is_(None))
        connection.execute(update, [ending_row(run.id, ending) for ending in ended])
    finished = run.finished.timestamp() if run.finished else time.time()
    connection.execute(runs.update().where(runs.c.id == run.id).values(finished=finished))
    append(connection, RecordKind.END, run.id, _ended(connection, run.id))


def _begun(connection: sa.Connection, beginning: Beginning) -> dict[str, object]:
    """What the chain tells of a run's beginning: nothing personal."""
    run, read = beginning.run, beginning.read
    return {
        "parent": run.parent,
        "version": run.version,
        "surpass": beginning.surpass,
        "settings": dict(beginning.settings),
        "sources": [
            {
                "sha256": source.source.sha256,
                "layouts": list(source.layouts),
                "rows_read": source.rows_read,
            }
            for source in read.sources
        ],
        "submissions": len(read.submissions),
        "details": sealing.begun(connection, run.id),
    }


def _ended(connection: sa.Connection, run: str) -> dict[str, object]:
    """What the chain tells of a run's end."""
    counted = sa.select(submissions.c.outcome, sa.func.count()).where(submissions.c.run == run)
    outcomes = connection.execute(counted.group_by(submissions.c.outcome)).tuples()
    return {
        "outcomes": {outcome or UNFINISHED: count for outcome, count in outcomes},
        "details": sealing.ended(connection, run),
    }


def _source_row(run: Run, source: Interpreted) -> dict[str, object]:
    return {
        "run": run.id,
        "name": source.source.name,
        "sha256": source.source.sha256,
        "layouts": ", ".join(source.layouts),
        "rows_read": source.rows_read,
        "owner": source.source.owner,
    }


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), list(rows))
