"""The ledger's history: runs, their files, their submissions, and every attempt."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa

from pipeline.ledger import earlier_runs, recording, settled, shown_runs, stored_submissions
from pipeline.ledger.database import connect, transaction
from pipeline.ledger.model import Seen
from pipeline.ledger.settled import AllOfSessions
from pipeline.ledger.shown_runs import LAST
from pipeline.ledger.tables import submissions
from pipeline.model import Ending, Run, SourceFile, Submission, Validated
from schemas.frames import DataFrame, Entry

_T = TypeVar("_T")


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

    # --- what a run writes down

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
        rows = recording.submission_rows(run, read, ready)
        beginning = recording.Beginning(run, self._surpass, read, rows, settings or {})
        self.transact(lambda connection: recording.begin(connection, beginning))

    def finish(self, run: Run, ended: Sequence[Ending]) -> None:
        """Write down where every submission ended, and that the run did."""
        self.transact(lambda connection: recording.finish(connection, run, ended))

    def note(self, run: str, number: int, reason: str) -> None:
        """Write down what a person did about a submission; its outcome stays."""
        of_run = (submissions.c.run == run, submissions.c.number == number)
        noted = submissions.update().where(*of_run).values(reason=reason)
        self.transact(lambda connection: connection.execute(noted))

    # --- what a run can be gone on with from

    def unfinished(
        self, run: str, batches: Collection[int] = ()
    ) -> tuple[DataFrame[Entry], dict[str, SourceFile]]:
        """The entries of what a run left to do, and its files by name; of these batches only.

        LookupError where there is no such run.
        """
        return self.transact(
            lambda connection: stored_submissions.unfinished(connection, run, batches)
        )

    def standing(
        self, run: str, numbers: Collection[int]
    ) -> list[tuple[Submission, Ending | None]]:
        """What these submissions of a run carry, and where each ended, if it did; by number.

        LookupError where the run was not for this Surpass, or has not all of them.
        """
        return self.transact(
            lambda connection: stored_submissions.standing(connection, self._surpass, run, numbers)
        )

    # --- what is shown of runs

    def runs(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The newest runs, the newest first, or all: who, when, files, and counts by outcome."""
        return self.transact(lambda connection: shown_runs.newest_runs(connection, limit))

    def show(self, run: str) -> dict[str, Any]:
        """One run: its files, its submissions, and every attempt. LookupError where none is."""
        return self.transact(lambda connection: shown_runs.whole_run(connection, run))

    def run_named(self, name: str) -> str:
        """A run's id: ``name`` itself, or the newest run's for "last". LookupError: none is."""
        if name != LAST:
            return name
        newest = self.transact(lambda connection: shown_runs.newest_run(connection, self._surpass))
        if newest is None:
            raise LookupError(name)
        return newest

    def outcomes_of(self, run: str) -> dict[str, int]:
        """How many submissions of a run ended where."""
        return self.transact(lambda connection: shown_runs.outcomes_of(connection, run))

    # --- what earlier runs tell of what a file names

    def last_seen(self, keycodes: Collection[str]) -> dict[str, Seen]:
        """The last submission of each of these sessions, where a run over files had one."""
        return self.transact(
            lambda connection: earlier_runs.last_seen(connection, self._surpass, keycodes)
        )

    def sent_for(self, candidates: Collection[str]) -> dict[str, set[str]]:
        """The keycodes to which anything was sent for these candidate references.

        A session that has become a result is listed no more, and only this tells whose it was.
        """
        return self.transact(
            lambda connection: earlier_runs.sent_for(connection, self._surpass, candidates)
        )

    def last_keyings(
        self, keycodes: Collection[str], is_one: Callable[[str], bool]
    ) -> DataFrame[Entry]:
        """The entries of these sessions in the last run that had them from such a file, by name."""
        return self.transact(
            lambda connection: earlier_runs.last_keyings(
                connection, self._surpass, keycodes, is_one
            )
        )

    def settled_file(self, sha256: str, all_of_sessions: AllOfSessions) -> str | None:
        """The last run over the file of these bytes, if later ones settled all of it; else None.

        ``all_of_sessions`` says of a run whether each of its errors is one of a session.
        """
        return self.transact(
            lambda connection: settled.settled_file(
                connection, self._surpass, sha256, all_of_sessions
            )
        )

    def left_of(self, run: str) -> Collection[str | None]:
        """The outcomes in a run that nothing has settled since; None of a submission under way."""
        return self.transact(lambda connection: settled.left_of(connection, run))

    def returned_by(self, run: str, sha256: str) -> bool:
        """Whether that run was one over the file of these bytes."""
        return self.transact(
            lambda connection: settled.returned_by(connection, self._surpass, run, sha256)
        )

    # --- the database

    def transact(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Do the work in one transaction, which may be done twice."""
        with self._turn:
            return transaction(self._engine, work)

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
