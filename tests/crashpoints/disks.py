"""Where a ledger lies: what a process that died leaves there, and a run that begins from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from pipeline.ledger import Ledger
from pipeline.ledger.tables import metadata

SURPASS = "surpass.invalid:443"
Content = Mapping[str, Any]  # files by name, or rows by table


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

    def put(self, content: Content) -> None:
        """Make it hold this and nothing else."""
        ...

    def copy(self) -> Content:
        """What it holds at this moment, were the plug pulled."""
        ...


class SqliteDisk:
    """A folder with SQLite's files."""

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


class PostgresDisk:
    """A database, copied by its rows: what is not committed is not there."""

    def __init__(self, url: str) -> None:
        """With an empty ledger."""
        self.url = url
        with Ledger(url, SURPASS):
            pass
        self._engine = sa.create_engine(url)

    def put(self, content: Content) -> None:
        """Write the rows."""
        names = ", ".join(metadata.tables)
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {names} CASCADE")
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

    def close(self) -> None:
        """End the connections."""
        self._engine.dispose()
