"""Purge: remove personal data by age from the ledger, its copies, the archive and the reports.

The ledger first, in one transaction, which records what goes. The files follow, by what the ledger
then says: a kill between the two leaves files that the next purge removes.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from pipeline.evidence.archive import Archive
from pipeline.evidence.verify_chain import verify_chain
from pipeline.evidence.verify_files import report_folders
from pipeline.ledger import History
from pipeline.ledger import purge as ledger_purge
from pipeline.ledger.backup import back_up
from pipeline.ledger.chain import RecordKind
from pipeline.ledger.head import copies
from pipeline.ledger.tables import runs, sources
from pipeline.report import write_index
from pipeline.run_id import second_of
from pipeline.settings import Settings

_OUTSTANDING = re.compile(r"outstanding-(\d{4}-\d{2}-\d{2})\.xlsx")


@dataclass(frozen=True)
class Purge:
    """What goes, or went."""

    before: str  # the moment, in UTC
    runs: tuple[str, ...]
    kept: Mapping[str, Mapping[str, int]]  # runs that are old enough and not settled, by outcome
    reports: int  # folders and lists in reports/
    archived: int  # files
    copies: int  # of the ledger

    @property
    def empty(self) -> bool:
        """Whether there is nothing to remove."""
        return not (self.runs or self.reports or self.archived or self.copies)


@dataclass(frozen=True)
class _Files:
    """The files that go once these runs are purged."""

    reports: tuple[Path, ...]
    archived: tuple[str, ...]
    copies: tuple[Path, ...]  # of the ledger


def plan(
    ledger: History, settings: Settings, before: dt.datetime, *, unsent_too: bool = False
) -> Purge:
    """What a purge would remove now. Nothing is removed."""

    def look(connection: sa.Connection) -> Purge:
        found = ledger_purge.purgeable(connection, before.timestamp(), unsent_too=unsent_too)
        files = _files(connection, settings, before, {*found.runs})
        return _purge(before, found, files, settings)

    return ledger.transact(look)


def purge(
    ledger: History, settings: Settings, before: dt.datetime, *, unsent_too: bool = False
) -> Purge:
    """Remove what the plan says.

    LedgerError where the ledger cannot be written; OSError where a file cannot be removed: the next
    purge does that.
    """

    def remove(connection: sa.Connection) -> tuple[Purge, _Files]:
        of_no_run = [path.name for path in _checks(connection, settings, before)]
        found = ledger_purge.purge(connection, before.timestamp(), of_no_run, unsent_too=unsent_too)
        files = _files(connection, settings, before, set())
        return _purge(before, found, files, settings), files

    done, files = ledger.transact(remove)
    for path in files.reports:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if files.reports:
        write_index(settings.reports)
    archive = Archive(settings.archive)
    for name in files.archived:
        archive.remove(name)
    archive.remove_parts(before.timestamp())
    if files.copies:
        _renew_copies(ledger, settings, files.copies)
    return done


def _purge(
    before: dt.datetime, found: ledger_purge.PurgeableRuns, files: _Files, settings: Settings
) -> Purge:
    return Purge(
        before=before.isoformat(timespec="seconds"),
        runs=found.runs,
        kept=found.kept,
        reports=len(files.reports),
        archived=len(files.archived),
        copies=len(files.copies),
    )


def _renew_copies(ledger: History, settings: Settings, earlier: Sequence[Path]) -> None:
    """A copy of now in place of earlier ones, which hold what was removed."""
    ledger.compact()
    made = back_up(settings)
    for copy in earlier:
        if copy != made:
            copy.unlink(missing_ok=True)


def _files(
    connection: sa.Connection, settings: Settings, before: dt.datetime, also: set[str]
) -> _Files:
    """What no run needs that is not purged; ``also`` are runs that are to be."""
    purged = set(
        connection.execute(sa.select(runs.c.id).where(runs.c.purged.is_not(None))).scalars()
    )
    chain = verify_chain(connection, None)
    named = {name for each in chain.of(RecordKind.PURGE) for name in each.facts.get("reports", ())}
    gone = purged | also | named | {path.name for path in _checks(connection, settings, before)}
    folders = [path for path in report_folders(settings.reports) if path.name in gone]
    needed = sa.select(sources.c.sha256).where(sources.c.run.not_in(also))
    wanted = set(connection.execute(needed).scalars())
    archive = Archive(settings.archive)
    archived = tuple(
        name
        for name in archive.names()
        if name not in wanted and archive.age_time(name) < before.timestamp()
    )
    stale = _stale_copies(connection, settings, all_of_them=bool(also))
    return _Files((*folders, *_lists(settings, before)), archived, stale)


def _stale_copies(
    connection: sa.Connection, settings: Settings, *, all_of_them: bool
) -> tuple[Path, ...]:
    """The copies of the ledger that were made before its last purge."""
    last = connection.execute(sa.select(sa.func.max(runs.c.purged))).scalar()
    made = [(copy, copy.stat().st_mtime) for copy in copies(settings.home)]
    return tuple(copy for copy, at in made if all_of_them or (last is not None and at <= last))


def _checks(connection: sa.Connection, settings: Settings, before: dt.datetime) -> Iterator[Path]:
    """Reports of checks, which are no runs of the ledger, that are old enough."""
    known = set(connection.execute(sa.select(runs.c.id)).scalars())
    for path in report_folders(settings.reports):
        if path.name not in known and second_of(path.name) < before:
            yield path


def _lists(settings: Settings, before: dt.datetime) -> Iterator[Path]:
    """The nightly lists of what was outstanding."""
    for path in sorted(settings.reports.glob("outstanding-*.xlsx")):
        found = _OUTSTANDING.fullmatch(path.name)
        if found is not None and dt.date.fromisoformat(found[1]) < before.date():
            yield path
