"""The ledger's history: runs, their files, their submissions, and every attempt."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import pandas as pd
import sqlalchemy as sa

from pipeline.findings import endings
from pipeline.ledger import packing, sealing
from pipeline.ledger.chain import RecordKind, append
from pipeline.ledger.database import connect, transaction
from pipeline.ledger.model import Seen
from pipeline.ledger.settled import AllOfSessions, left_of, returned_by, settled_file
from pipeline.ledger.tables import NEWEST_FIRST, attempts, runs, sources, submissions
from pipeline.model import Ending, Interpreted, Run, SourceFile, Submission, Validated
from pipeline.submissions import digest
from schemas.words import Outcome, Proof

_T = TypeVar("_T")
_PACKED = {"content", "entries"}
_SHOWN_OF_RUN = [column for column in runs.c if column.name != "salt"]
_CHUNK = 500  # values in one statement

_SENT = (Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.UNCONFIRMED, Outcome.IN_DOUBT)

LAST = "last"
"""What a command calls the newest run, in place of its id."""

UNFINISHED_WORD = "unfinished"
"""What is shown where a submission has no outcome: its run is under way, or died."""

UNFINISHED = (Outcome.FAILED, Outcome.IN_DOUBT, Outcome.NOT_OPEN)
"""What a re-run takes up, beside what a run that died never came to."""


class History:
    """What happened. Every method is one transaction that may be done twice, and blocks."""

    def __init__(self, url: str, surpass: str, lost: str | None = None) -> None:
        """Connect, and bring the schema up to date. LedgerError where that cannot be done.

        ``lost`` is what to say where no ledger is there yet, though one must be; None: it is made.
        """
        self._engine = connect(url, lost)
        self._surpass = surpass
        # SQLite has one writer at a time, and lets the others sleep for longer and longer: in this
        # process they stand in line instead.
        one_at_a_time = self._engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[object] = Lock() if one_at_a_time else nullcontext()

    def begin(
        self,
        run: Run,
        read: Validated,
        ready: Iterable[Submission],
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """Write down a run, its files and all its submissions, before anything is sent.

        ``settings`` are those that it runs under, without secrets.
        """
        sendable = {submission.number: submission for submission in ready}
        stopped = {ending.submission: ending for ending in endings(read.findings)}
        packed = dict(packing.pack_entries(read.entries))
        first_entries = read.entries.drop_duplicates("submission")
        candidates = dict(zip(first_entries["submission"], first_entries["candidate"], strict=True))
        rows = [
            {
                "run": run.id,
                "number": number,
                "keycode": keycode,
                "kind": kind,
                "content": packing.pack_content(sendable[number]) if number in sendable else None,
                "digest": digest(sendable[number]) if number in sendable else None,
                "entries": packed[number],
                # Now, or a re-run after a kill would take up what some findings had stopped: those
                # of rows and sheets are not found again in the entries alone.
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

        def write(connection: sa.Connection) -> None:
            if self._has_run(connection, run.id):
                return
            connection.execute(
                runs.insert().values(
                    id=run.id,
                    parent=run.parent,
                    started=run.started.timestamp(),
                    surpass=self._surpass,
                    version=run.version,
                    user=run.user,
                    host=run.host,
                    origin=None if run.origin is None else str(run.origin),
                    salt=secrets.token_hex(16),
                )
            )
            _insert(connection, sources, [_source_row(run, source) for source in read.sources])
            _insert(connection, submissions, rows)
            append(connection, RecordKind.BEGIN, run.id, _begun(connection, run, read, settings))

        self._do(write)

    def finish(self, run: Run, ended: Sequence[Ending]) -> None:
        """Write down where every submission ended, and that the run did."""
        rows = [
            {
                "_number": ending.submission,
                "outcome": str(ending.outcome),
                "reason": ending.reason,
                "batch": ending.batch,
                "posts": ending.attempts,
                "proof": ending.proof and str(ending.proof),
            }
            for ending in ended
        ]

        def write(connection: sa.Connection) -> None:
            if rows:
                of_run = submissions.c.run == run.id
                number = submissions.c.number == sa.bindparam("_number")
                names = [name for name in rows[0] if name != "_number"]
                values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
                # What was written in the meantime stands: delivery wrote it, or a later run that
                # settled what this one left in doubt.
                unwritten = submissions.c.outcome.is_(None)
                update = submissions.update().where(of_run, number, unwritten).values(values)
                connection.execute(update, rows)
            finished = run.finished.timestamp() if run.finished else time.time()
            connection.execute(runs.update().where(runs.c.id == run.id).values(finished=finished))
            append(connection, RecordKind.END, run.id, _ended(connection, run.id))

        self._do(write)

    def note(self, run: str, number: int, reason: str) -> None:
        """Write down what a person did about a submission; its outcome stays."""
        of_run = (submissions.c.run == run, submissions.c.number == number)
        self._do(
            lambda connection: connection.execute(
                submissions.update().where(*of_run).values(reason=reason)
            )
        )

    def unfinished(
        self, run: str, batches: Collection[int] = ()
    ) -> tuple[pd.DataFrame, dict[str, SourceFile]]:
        """The entries of what a run left to do, and its files by name; of these batches only.

        LookupError where there is no such run.
        """
        to_do = sa.or_(
            submissions.c.outcome.is_(None), submissions.c.outcome.in_([*map(str, UNFINISHED)])
        )
        wanted = submissions.select().where(submissions.c.run == run, to_do)
        if batches:
            wanted = wanted.where(submissions.c.batch.in_(list(batches)))

        def read(connection: sa.Connection) -> tuple[pd.DataFrame, dict[str, SourceFile]]:
            if not self._has_run(connection, run):
                raise LookupError(run)
            files = connection.execute(sources.select().where(sources.c.run == run))
            packed = connection.execute(wanted.order_by(submissions.c.number)).all()
            entries = packing.unpack_entries(row.entries for row in packed)
            return entries, {
                row.name: SourceFile(Path(row.name), row.name, row.sha256, row.owner or "")
                for row in files
            }

        return self._do(read)

    def standing(
        self, run: str, numbers: Collection[int]
    ) -> list[tuple[Submission, Ending | None]]:
        """What these submissions of a run carry, and where each ended, if it did; by number.

        LookupError where the run was not for this Surpass, or has not all of them.
        """
        all_runs = submissions.select().join(runs, runs.c.id == submissions.c.run)
        of_run = all_runs.where(runs.c.id == run, runs.c.surpass == self._surpass)

        def read(connection: sa.Connection) -> list[tuple[Submission, Ending | None]]:
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

        return self._do(read)

    def runs(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The newest runs, the newest first, or all: who, when, files, and counts by outcome."""
        newest = sa.select(*_SHOWN_OF_RUN).order_by(*NEWEST_FIRST).limit(limit)

        def read(connection: sa.Connection) -> list[dict[str, Any]]:
            shown = {
                row.id: {**row._mapping, "files": [], "outcomes": {}}
                for row in connection.execute(newest)
            }
            counted = sa.select(submissions.c.run, submissions.c.outcome, sa.func.count())
            grouped = counted.group_by(submissions.c.run, submissions.c.outcome)
            named = sa.select(sources.c.run, sources.c.name).order_by(sources.c.name)
            for of_runs in chunks(shown):
                for run, name in connection.execute(named.where(sources.c.run.in_(of_runs))):
                    shown[run]["files"].append(name)
                of_chunk = grouped.where(submissions.c.run.in_(of_runs))
                for run, outcome, count in connection.execute(of_chunk):
                    shown[run]["outcomes"][outcome or UNFINISHED_WORD] = count
            return list(shown.values())

        return self._do(read)

    def run_named(self, name: str) -> str:
        """A run's id: ``name`` itself, or the newest run's for "last". LookupError: none is."""
        if name != LAST:
            return name
        newest = sa.select(runs.c.id).where(runs.c.surpass == self._surpass)
        ordered = newest.order_by(*NEWEST_FIRST).limit(1)
        found = self._do(lambda connection: connection.execute(ordered).scalar())
        if found is None:
            raise LookupError(name)
        return str(found)

    def show(self, run: str) -> dict[str, Any]:
        """One run: its files, its submissions, and every attempt. LookupError where none is."""

        def read(connection: sa.Connection) -> dict[str, Any]:
            wanted = sa.select(*_SHOWN_OF_RUN).where(runs.c.id == run)
            found = connection.execute(wanted).first()
            if found is None:
                raise LookupError(run)
            shown = [column for column in submissions.c if column.name not in _PACKED]
            parts = {
                "sources": sources.select().where(sources.c.run == run).order_by(sources.c.name),
                "submissions": sa.select(*shown)
                .where(submissions.c.run == run)
                .order_by(submissions.c.number),
                "attempts": attempts.select()
                .where(attempts.c.run == run)
                .order_by(attempts.c.submission, attempts.c.post),
            }
            return {**found._mapping} | {
                name: [{**row._mapping} for row in connection.execute(part)]
                for name, part in parts.items()
            }

        return self._do(read)

    def last_seen(self, keycodes: Collection[str]) -> dict[str, Seen]:
        """The last submission of each of these sessions, where a run over files had one.

        A keycode says nothing in another Surpass: what was sent there does not count.
        """
        latest = sa.func.row_number().over(
            partition_by=submissions.c.keycode,
            order_by=(runs.c.started.desc(), runs.c.id.desc(), submissions.c.number.desc()),
        )
        columns = (submissions.c.keycode, submissions.c.run, submissions.c.outcome)
        ranked = (
            sa.select(*columns, submissions.c.reason, runs.c.started, latest.label("place"))
            .join(runs, runs.c.id == submissions.c.run)
            .where(runs.c.surpass == self._surpass)
        )

        def read(connection: sa.Connection) -> dict[str, Seen]:
            seen: dict[str, Seen] = {}
            for chunk in chunks(keycodes):
                among = ranked.where(submissions.c.keycode.in_(chunk)).subquery()
                last = sa.select(among).where(among.c.place == 1)
                seen |= {row.keycode: _seen(row) for row in connection.execute(last)}
            return seen

        return self._do(read)

    def sent_for(self, candidates: Collection[str]) -> dict[str, set[str]]:
        """The keycodes to which anything was sent for these candidate references.

        A session that has become a result is listed no more, and only this tells whose it was.
        """
        sent = (
            sa.select(submissions.c.candidate, submissions.c.keycode)
            .join(runs, runs.c.id == submissions.c.run)
            .where(
                runs.c.surpass == self._surpass,
                submissions.c.outcome.in_([*map(str, _SENT)]),
            )
            .distinct()
        )

        def read(connection: sa.Connection) -> dict[str, set[str]]:
            found: dict[str, set[str]] = {}
            for chunk in chunks(candidates):
                of_chunk = sent.where(submissions.c.candidate.in_(chunk))
                for row in connection.execute(of_chunk):
                    found.setdefault(row.candidate, set()).add(row.keycode)
            return found

        return self._do(read)

    def last_keyings(
        self, keycodes: Collection[str], is_one: Callable[[str], bool]
    ) -> pd.DataFrame:
        """The entries of these sessions in the last run that had them from such a file, by name."""
        latest_first = (runs.c.started.desc(), runs.c.id.desc(), submissions.c.number)
        chosen = sa.select(submissions.c.keycode, submissions.c.entries, sources.c.name)
        chosen = chosen.join(runs, runs.c.id == submissions.c.run)
        chosen = chosen.join(sources, sources.c.run == runs.c.id)
        chosen = chosen.where(runs.c.surpass == self._surpass).order_by(*latest_first)

        def read(connection: sa.Connection) -> pd.DataFrame:
            found: dict[str, bytes] = {}
            for chunk in chunks(keycodes):
                for row in connection.execute(chosen.where(submissions.c.keycode.in_(chunk))):
                    if row.keycode not in found and is_one(row.name):
                        found[row.keycode] = row.entries
            entries = packing.unpack_entries(found.values())
            return entries[entries["file"].map(is_one).astype(bool)]

        return self._do(read)

    def settled_file(self, sha256: str, all_of_sessions: AllOfSessions) -> str | None:
        """The last run over the file of these bytes, if later ones settled all of it; else None.

        ``all_of_sessions`` says of a run whether each of its errors is one of a session.
        """
        return self._do(lambda to: settled_file(to, self._surpass, sha256, all_of_sessions))

    def left_of(self, run: str) -> Collection[str | None]:
        """The outcomes in a run that nothing has settled since; None of a submission under way."""
        return self._do(lambda to: left_of(to, run))

    def returned_by(self, run: str, sha256: str) -> bool:
        """Whether that run was one over the file of these bytes."""
        return self._do(lambda to: returned_by(to, self._surpass, run, sha256))

    def outcomes_of(self, run: str) -> dict[str, int]:
        """How many submissions of a run ended where."""
        counted = sa.select(submissions.c.outcome, sa.func.count()).group_by(submissions.c.outcome)
        of_run = counted.where(submissions.c.run == run, submissions.c.outcome.is_not(None))
        return self._do(lambda to: {row[0]: row[1] for row in to.execute(of_run)})

    def transact(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Do the work in one transaction, which may be done twice."""
        return self._do(work)

    def compact(self) -> None:
        """Have nothing of what was deleted left in SQLite's files, as far as others let it."""
        if self._engine.dialect.name != "sqlite":
            return
        connection = self._engine.raw_connection()
        try:
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                with suppress(sqlite3.OperationalError):  # somebody reads: it was overwritten
                    connection.cursor().execute(statement)
        finally:
            connection.close()

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def _do(self, work: Callable[[sa.Connection], _T]) -> _T:
        with self._turn:
            return transaction(self._engine, work)

    def _has_run(self, connection: sa.Connection, run: str) -> bool:
        return connection.execute(sa.select(runs.c.id).where(runs.c.id == run)).first() is not None


def _begun(
    connection: sa.Connection,
    run: Run,
    read: Validated,
    settings: Mapping[str, object] | None,
) -> dict[str, object]:
    """What the chain tells of a run's beginning: nothing personal."""
    return {
        "parent": run.parent,
        "version": run.version,
        "surpass": connection.execute(
            sa.select(runs.c.surpass).where(runs.c.id == run.id)
        ).scalar_one(),
        "settings": dict(settings or {}),
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
        "outcomes": {outcome or UNFINISHED_WORD: count for outcome, count in outcomes},
        "details": sealing.ended(connection, run),
    }


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """The items in lists that one statement can hold."""
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def content(row: sa.Row[Any]) -> Submission:
    """What a row of a submission carries."""
    return packing.unpack_content(row.number, row.keycode, row.kind, row.content)


def _ending(row: sa.Row[Any]) -> Ending | None:
    if row.outcome is None:
        return None
    proof = None if row.proof is None else Proof(row.proof)
    return Ending(row.number, Outcome(row.outcome), row.reason, row.batch, row.posts, proof)


def _seen(row: sa.Row[Any]) -> Seen:
    outcome = None if row.outcome is None else Outcome(row.outcome)
    return Seen(row.keycode, row.run, row.started, outcome, row.reason)


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
