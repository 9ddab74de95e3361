"""Back up: copies of a SQLite ledger, one a day, a bounded number of them.

``backup/ledger-2026-11-23.sqlite`` in PAPERMARKS_HOME, for its owner alone. A copy is whole and
checked before it bears that name. (Of PostgreSQL the office keeps backups itself.)
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from pipeline.errors import LedgerError
from pipeline.ledger.head import copies
from pipeline.settings import Settings


def back_up_once_a_day(settings: Settings) -> Path | None:
    """The same, where today has no copy yet."""
    if settings.ledger_url is not None or _of_today(settings).exists():
        return None
    return back_up(settings)


def back_up(settings: Settings) -> Path | None:
    """Copy the ledger as it is now, in place of today's copy; None of one that is not SQLite.

    LedgerError where it is damaged or cannot be read; OSError where the copy cannot be written.
    """
    if settings.ledger_url is not None:
        return None
    copy = _of_today(settings)
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=copy.parent, prefix=".", suffix=".part")  # for us alone
    os.close(number)
    try:
        _copy(settings.home / "ledger.sqlite", Path(name))
        Path(name).replace(copy)
    finally:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
    for old in [*copies(settings.home)][: -settings.ledger_copies]:
        old.unlink(missing_ok=True)
    return copy


def _of_today(settings: Settings) -> Path:
    return settings.backup / f"ledger-{dt.date.today():%Y-%m-%d}.sqlite"


def _copy(ledger: Path, copy: Path) -> None:
    try:
        # By its address, so that a ledger that is gone is not made anew.
        with (
            closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)  # in one step: no other's write can come between
            target.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
            found = target.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise LedgerError(f"it cannot be copied: {error}") from error
    if found != "ok":
        raise LedgerError(f"it is damaged, and was not copied: {found}")
    descriptor = os.open(copy, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
