"""The ledger: there, damaged, in PostgreSQL, not reached."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.doctor import Verdict, settings_in_force
from pipeline.ledger import open_ledger
from tests.doctor.offices import assert_says, closed_port, diagnosed, office
from tests.postgres import Postgres
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
from tests.serving import PASSWORD


def test_a_ledger_that_is_there(tmp_path: Path) -> None:
    with office(tmp_path) as variables:
        run_settings = settings_in_force(variables)
        assert run_settings is not None
        with open_ledger(run_settings):
            pass
        diagnosis = diagnosed(variables)["ledger"]
    assert_says(diagnosis, Verdict.OK, "can be written")


def test_a_ledger_that_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database, for sure" * 100)
    with office(tmp_path) as variables:
        diagnosis = diagnosed(variables)["ledger"]
    assert_says(diagnosis, Verdict.FAILED, "is damaged")


def test_a_ledger_in_postgresql(tmp_path: Path, postgres_server: Postgres) -> None:
    with office(tmp_path) as variables:
        diagnoses = diagnosed(variables | {"PAPERMARKS_LEDGER_URL": postgres_server.database()})
    assert diagnoses["ledger"].verdict is Verdict.OK


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:PORT/ledger",
        f"postgresql+psycopg://me:half@{PASSWORD}@127.0.0.1:PORT/ledger",
        f"postgresql+nosuch://me:{PASSWORD}@127.0.0.1:PORT/ledger",
        f"me:{PASSWORD}",
    ],
)
def test_a_postgresql_that_is_not_reached(tmp_path: Path, address: str) -> None:
    address = address.replace("PORT", str(closed_port()))
    with office(tmp_path) as variables:
        began = time.monotonic()
        diagnosis = diagnosed(variables | {"PAPERMARKS_LEDGER_URL": address})["ledger"]
    assert diagnosis.verdict is Verdict.FAILED
    assert time.monotonic() - began < 50, "not as long as a run waits for a database"
