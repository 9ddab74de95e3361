"""Verify runs: what the ledger holds of each is what the chain has the hash of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.evidence.finding import Finding, altered, note
from pipeline.evidence.verify_chain import Chain, ReadRecord
from pipeline.ledger import purge, sealing
from pipeline.ledger.chain import RecordKind
from pipeline.ledger.tables import changes, runs


@dataclass(frozen=True)
class KnownRun:
    """A run as the ledger has it."""

    id: str
    origin: str | None  # None of a run of an older version
    started: float
    host: str | None
    purged: bool


def known_runs(connection: sa.Connection) -> dict[str, KnownRun]:
    """Every run of the ledger, by its id."""
    return {
        row.id: KnownRun(row.id, row.origin, row.started, row.host, row.purged is not None)
        for row in connection.execute(runs.select().order_by(runs.c.id))
    }


def verify_runs(
    connection: sa.Connection, chain: Chain, known: dict[str, KnownRun], only: str | None
) -> Iterator[Finding]:
    """Each run that the chain or the ledger knows; or one of them."""
    recorded = {str(each.record.run) for each in chain.of(RecordKind.BEGIN)}
    purged = {run for each in chain.of(RecordKind.PURGE) for run in each.facts.get("runs", ())}
    for run in sorted(recorded | known.keys()):
        if only is not None and run != only:
            continue
        if run not in known:
            yield altered(f"run {run}", "The ledger does not have it any more.")
        elif known[run].purged != (run in purged):
            yield altered(f"run {run}", "Whether it was purged is not as recorded.")
        elif not known[run].purged:
            try:
                yield from _run(connection, chain, run, recorded=run in recorded)
            except (TypeError, ValueError, OverflowError):
                yield altered(f"run {run}", "The ledger has values of it that no version writes.")
    if only is None:
        yield from _later(connection, chain)
        yield from _purged(connection, chain)


def _run(connection: sa.Connection, chain: Chain, run: str, *, recorded: bool) -> Iterator[Finding]:
    what = f"run {run}"
    for change in chain.of(RecordKind.CHANGE, run):
        if sealing.changed(connection, run, change.place) != change.facts.get("details"):
            yield altered(what, f"What was settled later (record {change.place}) was altered.")
    if not recorded:
        yield from _unrecorded(connection, chain, run)
        return
    (begin,) = chain.of(RecordKind.BEGIN, run)
    if sealing.begun(connection, run) != begin.facts.get("details"):
        yield altered(what, "Who ran it, its files or what it was to send was altered.")
    ends = chain.of(RecordKind.END, run)
    for end in ends:
        yield from _end(connection, run, end)
    if not ends:
        yield note(
            what,
            "It has no end: it died, or is under way. Where its submissions ended is not sealed.",
        )
    elif not chain.of(RecordKind.REPORT, run):
        yield note(what, "Its report is not sealed: the run ended before that, or it failed.")


def _end(connection: sa.Connection, run: str, end: ReadRecord) -> Iterator[Finding]:
    details = sealing.ended(connection, run, after=end.place)
    if isinstance(details, sealing.NotAsChanged):
        yield altered(
            f"run {run}",
            f"Where submission {details.submission} stands is not what was settled later.",
        )
    elif details != end.facts.get("details"):
        yield altered(f"run {run}", "Where its submissions ended, or a POST of it, was altered.")


def _unrecorded(connection: sa.Connection, chain: Chain, run: str) -> Iterator[Finding]:
    row = connection.execute(sa.select(runs.c.user).where(runs.c.id == run)).one()
    if row.user is None:  # which no run of a version that keeps evidence lacks
        yield note(f"run {run}", "It is of an older papermarks, which kept no records.")
    else:
        yield altered(f"run {run}", "The chain has no record of it.")


def _later(connection: sa.Connection, chain: Chain) -> Iterator[Finding]:
    """Whatever was settled later belongs to a record."""
    sealed = {each.place: each.record.run for each in chain.of(RecordKind.CHANGE)}
    for change in connection.execute(changes.select()):
        if sealed.get(change.record) != change.run:
            sentence = f"The chain has no record of a change of submission {change.submission}."
            yield altered(f"run {change.run}", sentence)


def _purged(connection: sa.Connection, chain: Chain) -> Iterator[Finding]:
    """What remains of purged sessions is what the last purge left."""
    purges = chain.of(RecordKind.PURGE)
    if purges and purge.sealed(connection) != purges[-1].facts.get("sessions"):
        yield altered(
            "purged sessions", "What is kept of them, never to send them again, was altered."
        )
