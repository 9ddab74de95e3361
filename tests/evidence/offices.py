"""An office whose runs left every kind of evidence, and how the tests look at it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.evidence.finding import Finding, Verdict, Verification
from pipeline.evidence.verify import verify
from pipeline.ledger import open_history, open_ledger
from pipeline.model import Ending
from pipeline.progress import QUIET
from pipeline.run import check_only
from pipeline.settings import Settings
from pipeline.stages import Job, start_check
from schemas.words import Outcome
from tests.ledger.running import ingested, sheet

CODES = ("EVDNCE22", "EVDNCE33", "EVDNCE44")
SHEET = {CODES[0]: (1, 2), CODES[1]: (3, 4)}


def make_evidence(home: Path, url: str, office: Settings) -> None:
    """Two runs, a check, an outcome that was settled later, and what a person resolved."""
    first = sheet(home / "first.csv", SHEET)
    report = ingested(office, [first])
    _leave_unconfirmed(office, report.reconciliation.run.id)
    with open_ledger(office) as ledger:
        ledger.resolve(CODES[0], taken=True, reason="I looked", who="Kim on desk-1")
    second = sheet(home / "second.csv", {CODES[2]: (5, 6), CODES[0]: (1, 2), "BAD": (1, 1)})
    ingested(office, [second])
    asyncio.run(check_only(start_check(Job(office), [first], QUIET), None))


def _leave_unconfirmed(office: Settings, run: str) -> None:
    """As if reading the first session again had shown something else."""
    with open_ledger(office) as ledger:
        assert ledger.claim([CODES[0]])
        ending = Ending(1, Outcome.UNCONFIRMED, "other marks are there")
        ledger.settle(run, ending, CODES[0])


def verified(office: Settings, run: str | None = None) -> Verification:
    """As ``papermarks verify`` looks at it."""
    with closing(open_history(office)) as ledger:
        return verify(ledger, office, run)


def altered(office: Settings) -> list[Finding]:
    """What was found to be altered."""
    return [each for each in verified(office).findings if each.verdict is Verdict.ALTERED]


def whole_file(office: Settings) -> None:
    """Have all of the ledger in one file, so that it can be copied and damaged."""
    with closing(sqlite3.connect(office.home / "ledger.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")


def copied(office: Settings, home: Path) -> Settings:
    """The same office elsewhere."""
    shutil.copytree(office.home, home)
    return office.model_copy(update={"home": home})
