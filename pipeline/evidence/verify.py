"""Verify: that neither ledger, archive nor reports were altered since. Nothing leaves the machine.

What is found: any change of what a record, a run, an archived file or a report holds, and whatever
is gone. What is not: a ledger whose whole chain was written anew by somebody who may write it. Who
wants to see that too notes the last record's SHA-256 elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.evidence.archive import Archive
from pipeline.evidence.finding import Finding, Verification, altered
from pipeline.evidence.verify_chain import Chain, verify_chain
from pipeline.evidence.verify_files import (
    readers_of,
    report_folders,
    verify_archive,
    verify_reports,
)
from pipeline.evidence.verify_runs import KnownRun, known_runs, verify_runs
from pipeline.ledger import History
from pipeline.ledger.open import head_file
from pipeline.settings import Settings


def verify(ledger: History, settings: Settings, run: str | None = None) -> Verification:
    """Everything, or one run and the chain.

    LookupError where neither the ledger nor the chain has such a run; LedgerError where the ledger
    cannot be read.
    """
    archive, reports = Archive(settings.archive), settings.reports
    # Files are looked at afterwards: that takes long, and others wait for the ledger.
    try:
        read = ledger.transact(lambda connection: _read(connection, settings, run))
    except (TypeError, ValueError) as error:  # text that is none, a number that is none
        raise LedgerError(
            f"the ledger is damaged ({type(error).__name__}): put back a copy from "
            f"{settings.backup}; pipeline/ledger/README.md says how"
        ) from error
    looked_at = read.readers
    if run is not None:
        looked_at = {name: runs for name, runs in read.readers.items() if run in runs}
    return Verification(
        records=read.chain.length,
        runs=len(read.known) if run is None else 1,
        archived=len(looked_at),
        reports=len(report_folders(reports)) if run is None else 1,
        head=read.chain.head,
        findings=(
            *read.findings,
            *verify_archive(archive, looked_at, read.known, alone=run is not None),
            *verify_reports(reports, read.chain, read.known, run),
        ),
    )


@dataclass(frozen=True)
class _Read:
    """What the ledger says."""

    chain: Chain
    known: dict[str, KnownRun]
    readers: dict[str, set[str]]
    findings: tuple[Finding, ...]


def _read(connection: sa.Connection, settings: Settings, run: str | None) -> _Read:
    chain = verify_chain(connection, head_file(settings).read())
    known = known_runs(connection)
    if run is not None and run not in known and not chain.has(run):
        raise LookupError(run)
    findings = (
        *_database(connection),
        *chain.findings,
        *verify_runs(connection, chain, known, run),
    )
    return _Read(chain, known, readers_of(connection, chain, known), findings)


def _database(connection: sa.Connection) -> Iterator[Finding]:
    """What SQLite itself finds wrong with the file."""
    if connection.dialect.name != "sqlite":
        return
    (first, *_) = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars().all()
    if first != "ok":
        yield altered("ledger", f"Its file is damaged: {first}")
