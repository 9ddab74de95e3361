"""The head file: the last record that this machine has seen of the ledger's chain.

``evidence/head.json`` in PAPERMARKS_HOME; of a PostgreSQL ledger ``head-….json``, for profiles may
have ledgers of their own. It tells that there was a ledger, where none is any more, and that
records are missing from the end of the chain, where an older copy was put back.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from pipeline.ledger.chain import Head, hash_of

_NAME = "head.json"
_UNREADABLE = Head(-1, "")  # what no chain holds


@dataclass(frozen=True)
class HeadFile:
    """The file of one ledger, in the home of one office's papermarks."""

    home: Path
    ledger: str  # its address, as SQLAlchemy writes it

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.home / "evidence" / self._name

    @property
    def _name(self) -> str:
        try:
            url = sa.make_url(self.ledger)
        except (SQLAlchemyError, ValueError):
            return _NAME  # a wrong address: whoever opens the ledger says so
        if url.get_backend_name() == "sqlite":
            return _NAME
        return f"head-{hash_of(f'{url.host}:{url.port}/{url.database}')[:12]}.json"

    def read(self) -> Head | None:
        """What it says; None where there is none. One that cannot be read is of no chain."""
        try:
            document = json.loads(self.path.read_bytes())
            return Head(int(document["sequence"]), str(document["sha256"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError):
            return _UNREADABLE

    def write(self, head: Head) -> None:
        """Have it say this: whole or not at all. OSError where it cannot be written."""
        if self.read() == head:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({"sequence": head.sequence, "sha256": head.sha256})
        number, name = tempfile.mkstemp(dir=self.path.parent, prefix=".")  # for its owner alone
        with os.fdopen(number, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.path)

    def signs_of_a_ledger(self) -> str | None:
        """What in this home tells that there has been this ledger; None where nothing does."""
        evidence = self.path.parent
        if self.path.exists():
            return f"{evidence.name}/{self.path.name}"
        if self._name == _NAME and any(copies(self.home)):
            return "copies of it in backup/"
        # Before evidence was kept, reports were all that told.
        reports = () if evidence.exists() else (self.home / "reports").glob("*/reconciliation.json")
        return "reports of runs in reports/" if any(reports) else None


def copies(home: Path) -> Iterator[Path]:
    """The nightly copies of the ledger, the oldest first."""
    yield from sorted((home / "backup").glob("ledger-????-??-??.sqlite"))
