"""Where a ledger lies: what a process that died leaves there, and a run that begins from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import psycopg.errors
import sqlalchemy as sa

from pipeline.ledger import Ledger
from pipeline.ledger.tables import metadata
from tests.crashpoints.faults import FAULTS, FAULTS_WITH_A_SERVER, Faults, WriteFault

SURPASS = "surpass.invalid:443"
Content = Mapping[str, Any]  # files by name, or rows by table
_AT_MOST_MS = 10_000  # that a server takes to end a connection


def in_memory() -> Path | None:
    """Where a folder lies in memory, on systems that have such a place: nothing is kept there."""
    shared = Path("/dev/shm")  # noqa: S108  # folders of our own are made within it
    return shared if shared.is_dir() else None


class Disk(Protocol):
    """One ledger's place."""

    @property
    def url(self) -> str:
        """Its address."""
        ...

    @property
    def faults(self) -> Faults:
        """What can happen at the points of a run that has its ledger here."""
        ...

    def fail(self, connection: sa.Connection, fault: WriteFault) -> None:
        """Have the commit that comes next fail, as this database fails."""
        ...

    def put(self, content: Content) -> None:
        """Make it hold this and nothing else."""
        ...

    def copy(self) -> Content:
        """What it holds at this moment, were the plug pulled."""
        ...


class SqliteDisk:
    """A folder with SQLite's files."""

    faults = FAULTS

    def __init__(self, folder: Path) -> None:
        """With an empty ledger."""
        self._folder = folder
        self.url = f"sqlite:///{folder / 'ledger.sqlite'}"
        with Ledger(self.url, SURPASS):
            pass

    def put(self, content: Content) -> None:
        """Write the files."""
        for file in self._folder.iterdir():
            file.unlink()
        for name, held in content.items():
            (self._folder / name).write_bytes(held)

    def copy(self) -> Content:
        """The database and its write-ahead log; the index of the log is made anew."""
        files = (self._folder / name for name in ("ledger.sqlite", "ledger.sqlite-wal"))
        return {file.name: file.read_bytes() for file in files if file.exists()}

    def fail(self, _connection: sa.Connection, _fault: WriteFault) -> None:
        """The disk fails."""
        raise sa.exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))


class PostgresDisk:
    """A database, copied by its rows: what is not committed is not there."""

    faults = FAULTS_WITH_A_SERVER

    def __init__(self, url: str) -> None:
        """With an empty ledger."""
        self.url = url
        with Ledger(url, SURPASS):
            pass
        self._engine = sa.create_engine(url)
        sa.event.listen(self._engine, "connect", _is_no_run)

    def put(self, content: Content) -> None:
        """Write the rows."""
        # TRUNCATE makes new files of all tables, for a dozen rows.
        emptied = "; ".join(str(table.delete()) for table in reversed(metadata.sorted_tables))
        with self._engine.begin() as connection:
            connection.exec_driver_sql(emptied)
            for table in metadata.sorted_tables:
                if rows := content[table.name]:
                    connection.execute(table.insert(), rows)

    def copy(self) -> Content:
        """All rows."""
        with self._engine.begin() as connection:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(table.select())]
                for table in metadata.sorted_tables
            }

    def fail(self, connection: sa.Connection, fault: WriteFault) -> None:
        """The server's disk is full, or the server ends the connection, as where it restarts."""
        if fault not in (WriteFault.CUT_BEFORE, WriteFault.CUT_AFTER):
            full = psycopg.errors.DiskFull("could not extend file: No space left on device")
            raise sa.exc.OperationalError("COMMIT", {}, full)
        process = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        with self._engine.connect() as other:
            ended = sa.select(sa.func.pg_terminate_backend(process, _AT_MOST_MS))
            assert other.execute(ended).scalar_one()
        # Whoever asks for something next is told; a commit after a commit would ask for nothing.
        if fault is WriteFault.CUT_AFTER:
            connection.exec_driver_sql("SELECT 1")

    def close(self) -> None:
        """End the connections."""
        self._engine.dispose()


def _is_no_run(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
    """What is done by this connection is no point of a run."""
    record.info["harness"] = True
