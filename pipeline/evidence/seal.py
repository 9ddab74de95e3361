"""Seal a report: the SHA-256 of each of its files becomes a record of the chain."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.ledger import History
from pipeline.ledger.chain import RecordKind, append, canonical, hash_of
from pipeline.user import host_name


def seal(ledger: History, run: str, folder: Path) -> None:
    """Record the report as it is now; written again, it must be sealed again.

    LedgerError where that cannot be recorded.
    """
    files = hashes(folder)
    facts = {"folder": folder.name, "files": files, "host": host_name()}
    about = hash_of(canonical(files))[:16]
    ledger.transact(
        lambda connection: append(connection, RecordKind.REPORT, run, facts, about=about)
    )


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of a report, by its path in the folder. OSError."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
