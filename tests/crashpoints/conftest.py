"""Where the ledgers of these runs lie."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.crashpoints.disks import Disk, PostgresDisk, SqliteDisk, in_memory
from tests.postgres import Postgres, postgres


@pytest.fixture(scope="module", autouse=True)
def what_stays_is_not_looked_through() -> Iterator[None]:
    """Each run makes much that goes at once; what all of them share is not looked through again."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder, in memory where the system has one: tens of thousands of ledgers are written."""
    folder = Path(mkdtemp(prefix="papermarks-", dir=in_memory()))
    yield folder
    shutil.rmtree(folder)


ON_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.long)


@pytest.fixture(scope="module", params=["sqlite", ON_POSTGRESQL])
def disk(request: pytest.FixtureRequest, memory: Path) -> Iterator[Disk]:
    """Where a ledger lies, on each kind of database; it knows nothing."""
    if request.param == "sqlite":
        yield SqliteDisk(Path(mkdtemp(dir=memory)))
        return
    server: Postgres = request.getfixturevalue("postgres_in_memory")
    with closing(PostgresDisk(server.database())) as database:
        yield database


@pytest.fixture(scope="session")
def of_all_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes share among which the tests are divided."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "crashpoints"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session")
def postgres_in_memory() -> Iterator[Postgres]:
    """A server whose data are there, too: what dies here is never the machine."""
    with postgres(in_memory()) as server:
        yield server
