"""One office's evidence, made once; each test alters a copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.surpass import Access
from tests.evidence.offices import CODES, copied, make_evidence, whole_file
from tests.ledger.conftest import blank_database as blank_database  # fixtures, by their names
from tests.ledger.conftest import blank_file as blank_file
from tests.ledger.conftest import url as url
from tests.ledger.running import session, settings
from tests.postgres import postgres_server as postgres_server
from tests.serving import served


@pytest.fixture(scope="session")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served([session(code) for code in CODES]) as there:
        yield there


@pytest.fixture(scope="session")
def original(surpass: tuple[Sandbox, Access], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("evidence")
    office = settings(folder / "home", surpass[1].url)
    surpass[0].reset()
    make_evidence(folder, surpass[1].url, office)
    whole_file(office)
    return office


@pytest.fixture
def office(original: Settings, tmp_path: Path) -> Settings:
    return copied(original, tmp_path / "home")


@pytest.fixture
def fresh(surpass: tuple[Sandbox, Access], tmp_path: Path) -> Settings:
    """An office that has not sent anything yet."""
    surpass[0].reset()
    return settings(tmp_path / "home", surpass[1].url)
