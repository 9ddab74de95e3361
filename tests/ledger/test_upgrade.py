"""A ledger of an older papermarks: brought up to date, with all that it knew, and no alarm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from pipeline.evidence.finding import Verdict
from pipeline.evidence.verify import verify
from pipeline.ledger import State, database
from pipeline.ledger.packing import pack_content
from pipeline.model import Ending
from pipeline.settings import Settings
from pipeline.submissions import digest
from schemas.words import Outcome
from tests.ledger.records import SURPASS, behind, keycode, opened, paper

OLD = "20250101-120000-abcd"
_ROWS = {
    "runs": {
        "id": OLD,
        "started": 1735732800.0,
        "finished": 1735732900.0,
        "surpass": SURPASS,
        "version": "0.9",
    },
    "sources": {
        "run": OLD,
        "name": "old.csv",
        "sha256": "a" * 64,
        "layouts": "wide",
        "rows_read": 2,
    },
    "submissions": {
        "run": OLD,
        "number": 1,
        "keycode": keycode(1),
        "kind": "marks",
        "content": pack_content(paper(1)),
        "digest": digest(paper(1)),
        "entries": b"",
        "outcome": "accepted",
        "posts": 1,
    },
    "attempts": {
        "run": OLD,
        "submission": 1,
        "post": 1,
        "completion_date": "2025-01-01T12:00:00",
        "began": 1735732850.0,
    },
    "sessions": {
        "surpass": SURPASS,
        "keycode": keycode(1),
        "state": "taken",
        "run": OLD,
        "submission": 1,
        "digest": digest(paper(1)),
    },
}


def made(url: str, revision: str) -> None:
    """A ledger as that version made it, with one run in which one session was accepted."""
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with behind(url) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        tables = sa.MetaData()
        tables.reflect(connection)
        for table, row in _ROWS.items():
            connection.execute(tables.tables[table].insert().values(row))


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_it_knows_all_that_it_knew(empty: str, revision: str) -> None:
    made(empty, revision)
    with opened(empty) as ledger:
        known = ledger.known([keycode(1)])[keycode(1)]
        (run,) = ledger.runs()
        shown = ledger.show(OLD)
    assert (known.state, known.run) == (State.ACCEPTED, OLD)
    assert known.was_sent(paper(1))
    assert (run["files"], run["user"], run["origin"]) == (["old.csv"], None, None)
    assert [post["post"] for post in shown["attempts"]] == [1]


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_its_runs_are_noted_as_older_than_the_records(
    empty: str, revision: str, tmp_path: Path
) -> None:
    made(empty, revision)
    report = tmp_path / "reports" / OLD
    report.mkdir(parents=True)
    (report / "reconciliation.json").write_text(json.dumps({}))
    with opened(empty) as ledger:
        ledger.claim([keycode(1)])  # as confirm and resolve do
        ledger.settle(OLD, Ending(1, Outcome.UNCONFIRMED, "other marks are there"), keycode(1))
        found = verify(ledger, Settings(home=tmp_path, ledger_url=empty))  # type: ignore[call-arg]
    assert {each.verdict for each in found.findings} == {Verdict.NOTE}
    assert {each.what for each in found.findings} == {f"run {OLD}", f"reports/{OLD}"}
    with behind(empty) as connection:
        connection.exec_driver_sql("UPDATE changes SET reason = 'no, they are not'")
    with opened(empty) as ledger:
        assert verify(ledger, Settings(home=tmp_path, ledger_url=empty)).altered  # type: ignore[call-arg]
