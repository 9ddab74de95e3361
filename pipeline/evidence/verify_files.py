"""Verify files: the archive and the reports are what the chain and the ledger know of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa

from pipeline.evidence.archive import Archive
from pipeline.evidence.finding import Finding, altered, note
from pipeline.evidence.seal import hashes
from pipeline.evidence.verify_chain import Chain, ReadRecord
from pipeline.evidence.verify_runs import KnownRun
from pipeline.ledger.chain import RecordKind
from pipeline.ledger.tables import sources
from pipeline.run_id import RUN_ID, second_of
from pipeline.user import host_name
from schemas.words import Origin

_FROM_LEDGER = {str(origin) for origin in Origin if origin.from_ledger}


def verify_archive(
    archive: Archive,
    readers: Mapping[str, set[str]],
    known: Mapping[str, KnownRun],
    *,
    alone: bool,
) -> Iterator[Finding]:
    """Each file has the bytes of its name, and each that a run read is there.

    ``readers`` are the runs that read each file, by its SHA-256; ``alone``: no other is looked at.
    """
    there = {*archive.names()}
    for name, runs in sorted(readers.items()):
        what, of_runs = f"archive/{name}", ", ".join(sorted(runs))
        if name in there:
            if archive.hash_of(name) != name:
                yield altered(what, f"Its bytes are not those that run {of_runs} read.")
        elif {known[run].host for run in runs} == {host_name()}:
            yield altered(what, f"It is gone; run {of_runs} read it.")
        else:
            host = known[min(runs)].host
            yield note(what, f"It is not on this machine; run {of_runs} read it on {host}.")
    for name in () if alone else sorted(there - readers.keys()):
        if archive.hash_of(name) != name:
            yield altered(f"archive/{name}", "Its bytes are not those that were archived.")


def readers_of(
    connection: sa.Connection, chain: Chain, known: Mapping[str, KnownRun]
) -> dict[str, set[str]]:
    """The files that were read since files are archived, and the runs that read each."""
    recorded = {each.record.run for each in chain.of(RecordKind.BEGIN)}
    readers: dict[str, set[str]] = {}
    for row in connection.execute(sa.select(sources.c.run, sources.c.sha256)):
        run = known.get(row.run)
        if run is None or run.purged or run.id not in recorded:
            continue
        if run.origin in _FROM_LEDGER:
            continue  # the run that it takes up read the files
        if row.sha256:
            readers.setdefault(row.sha256, set()).add(run.id)
    return readers


def verify_reports(
    reports: Path, chain: Chain, known: Mapping[str, KnownRun], only: str | None
) -> Iterator[Finding]:
    """Each sealed report is as it was written, and each report is sealed."""
    sealed = {str(each.facts.get("folder")): each for each in chain.of(RecordKind.REPORT)}
    purged = {
        name
        for each in chain.of(RecordKind.PURGE)
        for name in (*each.facts.get("runs", ()), *each.facts.get("reports", ()))
    }
    folders = {path.name for path in report_folders(reports)}
    for name in sorted(folders | sealed.keys()):
        if only is not None and name != only:
            continue
        if name in purged:
            if name in folders:
                yield note(f"reports/{name}", "It was purged, and is still there: purge again.")
        elif name not in sealed:
            yield _unsealed(name, chain, known)
        elif name in folders:
            yield from _report(reports / name, sealed[name])
        elif sealed[name].facts.get("host") == host_name():
            yield altered(f"reports/{name}", "It is gone.")
        else:
            host = sealed[name].facts.get("host")
            yield note(f"reports/{name}", f"It is not on this machine, but on {host}.")


def report_folders(reports: Path) -> list[Path]:
    """The folders of runs' reports, by their runs' times."""
    if not reports.is_dir():
        return []
    return sorted(
        path for path in reports.iterdir() if path.is_dir() and RUN_ID.fullmatch(path.name)
    )


def _report(folder: Path, each: ReadRecord) -> Iterator[Finding]:
    recorded = each.facts.get("files", {})
    try:
        found = hashes(folder)
    except OSError as error:
        yield altered(f"reports/{folder.name}", f"It cannot be read: {error.strerror}.")
        return
    for name in sorted(recorded.keys() | found.keys()):
        what = f"reports/{folder.name}/{name}"
        if name not in found:
            yield altered(what, "It is gone.")
        elif name not in recorded:
            yield note(what, "Somebody has put it there since.")
        elif found[name] != recorded[name]:
            yield altered(what, "It is not as it was written.")


def _unsealed(folder: str, chain: Chain, known: Mapping[str, KnownRun]) -> Finding:
    what = f"reports/{folder}"
    if folder in known:  # of which more is said with the run
        return note(what, "It is not sealed, so nothing proves that it is as it was written.")
    if chain.began_at and second_of(folder) < dt.datetime.fromisoformat(chain.began_at):
        return note(what, "It is older than the chain of records, so nothing proves it.")
    return note(
        what,
        "No record tells of it, so it proves nothing: a check was ended before it was sealed, an "
        "older copy of the ledger was put back, or somebody has put it there.",
    )
