"""A ledger's address, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.ledger.records import opened
from tests.postgres import Postgres
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name

_KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=_KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where no ledger is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.database()


@pytest.fixture(params=_KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A ledger that knows nothing, its schema made: that takes longer than most tests."""
    if request.param == "sqlite":
        file = tmp_path / "ledger.sqlite"
        file.write_bytes(request.getfixturevalue("blank_file"))
        return f"sqlite:///{file}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.database(like=request.getfixturevalue("blank_database"))


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("blank") / "ledger.sqlite"
    with opened(f"sqlite:///{file}"):
        pass
    return file.read_bytes()


@pytest.fixture(scope="session")
def blank_database(postgres_server: Postgres) -> str:
    url = postgres_server.database()
    with opened(url):
        pass
    return str(sa.make_url(url).database)
