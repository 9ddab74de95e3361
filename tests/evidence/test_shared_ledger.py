"""On PostgreSQL, with two machines: the same is recorded, verified and purged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.evidence.finding import Verdict
from pipeline.evidence.purge import purge
from pipeline.evidence.session_record import session_records
from pipeline.evidence.verify_files import report_folders
from pipeline.ledger import open_ledger
from pipeline.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.surpass import Access
from tests.evidence.offices import CODES, altered, verified
from tests.ledger.records import behind
from tests.ledger.running import ingested, outcomes, settings, sheet
from tests.postgres import Postgres

TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


@pytest.fixture
def machines(
    surpass: tuple[Sandbox, Access], postgres_server: Postgres, tmp_path: Path
) -> tuple[Settings, Settings]:
    """Two homes on one ledger."""
    surpass[0].reset()
    url = postgres_server.database()
    one, other = (
        settings(tmp_path / name, surpass[1].url, ledger_url=url) for name in ("one", "other")
    )
    return one, other


def as_on(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setattr("platform.node", lambda: host)


def test_each_machine_has_its_own_files_and_one_chain(
    machines: tuple[Settings, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machines
    as_on(monkeypatch, "desk-1")
    ingested(one, [sheet(tmp_path / "one.csv", {CODES[0]: (1, 2)})])
    assert verified(one).findings == ()
    as_on(monkeypatch, "desk-2")
    second = ingested(other, [sheet(tmp_path / "other.csv", {CODES[1]: (3, 4)})])
    found = verified(other)
    assert (found.records, found.altered) == (6, False)
    assert {each.verdict for each in found.findings} == {Verdict.NOTE}  # they are on desk-1
    assert all("on desk-1" in each.sentence for each in found.findings)
    with behind(str(one.ledger_url)) as connection:
        connection.execute(sa.text("UPDATE submissions SET reason = 'x'"))
    assert {each.what for each in altered(one)} > {f"run {second.folder.name}"}


def test_a_purge_on_each_machine_removes_its_files(
    surpass: tuple[Sandbox, Access],
    machines: tuple[Settings, Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = machines
    file = sheet(tmp_path / "one.csv", {CODES[0]: (1, 2)})
    as_on(monkeypatch, "desk-1")
    ingested(one, [file])
    as_on(monkeypatch, "desk-2")
    ingested(other, [sheet(tmp_path / "other.csv", {CODES[1]: (3, 4)})])
    with open_ledger(other) as ledger:
        assert len(purge(ledger, other, TOMORROW).runs) == 2
    assert report_folders(other.reports) == []
    assert len(report_folders(one.reports)) == 1
    as_on(monkeypatch, "desk-1")
    with open_ledger(one) as ledger:
        assert purge(ledger, one, TOMORROW).reports == 1
        assert session_records(ledger, CODES[0])[0]["submissions"] == []
    assert report_folders(one.reports) == [*one.archive.iterdir()] == []
    assert outcomes(ingested(one, [file])) == {CODES[0]: "unchanged"}
    assert len(surpass[0].journal.posts()) == 2
    assert altered(one) == []
    as_on(monkeypatch, "desk-2")
    assert altered(other) == []
