"""The chain of records: what happened, each record bound to the one before by its SHA-256.

    1  begin   {"previous": "0000…", "run": …, "sources": […], "settings": {…}, "details": "a3…"}
    2  end     {"previous": SHA-256 of document 1, "run": …, "outcomes": {…}, "details": "77…"}
    3  report  {"previous": SHA-256 of document 2, "run": …, "files": {"….json": "c1…"}}

A record is written in the transaction that does what it tells of, and writers stand in line: the
chain has no fork and no gap. Nothing personal is in it: ``details`` is a salted hash over what the
other tables hold (see sealing.py), so that these can be purged and the chain still be verified.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.tables import records

GENESIS = "0" * 64  # what the first record has for the hash of the one before
_LOCK = 0x70617065726D  # the PostgreSQL advisory lock of those who append


class RecordKind(StrEnum):
    """What a record tells of."""

    BEGIN = "begin"  # a run began: its sources, settings and submissions
    END = "end"  # it ended: its outcomes
    REPORT = "report"  # the files of its report, as they were written
    CHANGE = "change"  # outcomes that were settled after the run's end
    PURGE = "purge"  # runs whose personal data was removed
    RESTORED = "restored"  # records were known that the ledger no longer has: a copy was put back


@dataclass(frozen=True)
class Head:
    """The last record of a chain."""

    sequence: int
    sha256: str


NOTHING_YET = Head(0, GENESIS)


@dataclass(frozen=True)
class Record:
    """One record, as it stands in the ledger."""

    sequence: int
    key: str
    run: str | None
    document: str
    sha256: str


def canonical(value: object) -> str:
    """JSON with one spelling: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def hash_of(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def append(
    connection: sa.Connection,
    kind: RecordKind,
    run: str | None,
    facts: Mapping[str, Any],
    *,
    about: str = "",
) -> int:
    """Append a record, as the last thing that a transaction does; its place in the chain.

    ``about`` tells it from others of its kind and run: what is recorded already is not again.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    key = f"{kind} {run or ''} {about}".rstrip()
    there = connection.execute(sa.select(records.c.sequence).where(records.c.key == key)).scalar()
    if there is not None:
        return int(there)
    last = head(connection)
    document = canonical(
        {
            **facts,
            "kind": str(kind),
            "run": run,
            "key": key,
            "sequence": last.sequence + 1,
            "previous": last.sha256,
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
    )
    connection.execute(
        records.insert().values(
            sequence=last.sequence + 1,
            key=key,
            run=run,
            document=document,
            sha256=hash_of(document),
        )
    )
    return last.sequence + 1


def head(connection: sa.Connection) -> Head:
    """The last record."""
    newest = sa.select(records.c.sequence, records.c.sha256).order_by(records.c.sequence.desc())
    row = connection.execute(newest.limit(1)).first()
    return NOTHING_YET if row is None else Head(row.sequence, row.sha256)


def holds(connection: sa.Connection, known: Head) -> bool:
    """Whether the chain has this record."""
    if known == NOTHING_YET:
        return True
    same = (records.c.sequence == known.sequence, records.c.sha256 == known.sha256)
    return connection.execute(sa.select(records.c.sequence).where(*same)).first() is not None


def all_records(connection: sa.Connection) -> Iterator[Record]:
    """The chain, from its beginning."""
    for row in connection.execute(records.select().order_by(records.c.sequence)):
        yield Record(row.sequence, row.key, row.run, row.document, row.sha256)
