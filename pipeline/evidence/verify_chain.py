"""Verify the chain: each record is what its hash says, and follows the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.evidence.finding import Finding, altered, note
from pipeline.ledger.chain import GENESIS, Head, Record, RecordKind, all_records, hash_of


@dataclass(frozen=True)
class ReadRecord:
    """A record that can be read, and the facts in it."""

    record: Record
    kind: str
    facts: dict[str, Any]

    @property
    def place(self) -> int:
        """Its place in the chain."""
        return self.record.sequence


@dataclass(frozen=True)
class Chain:
    """The records that can be read, and what is wrong with the chain."""

    records: Sequence[ReadRecord]
    findings: Sequence[Finding]
    length: int
    head: str

    def of(self, kind: RecordKind, run: str | None = None) -> list[ReadRecord]:
        """The records of a kind, of one run or of all."""
        return [
            each
            for each in self.records
            if each.kind == kind and (run is None or each.record.run == run)
        ]

    def has(self, run: str) -> bool:
        """Whether any record is of this run."""
        return any(each.record.run == run for each in self.records)

    @property
    def began_at(self) -> str:
        """When the first record was written; "" of an empty chain."""
        return str(self.records[0].facts.get("at", "")) if self.records else ""


def verify_chain(connection: sa.Connection, known: Head | None) -> Chain:
    """Read the whole chain. ``known`` is the last record that this machine has seen."""
    records = [*all_records(connection)]
    findings = [*_links(records)]
    readable = []
    for record in records:
        facts = _facts(record)
        if facts is None:
            findings.append(altered(_name(record), "What it tells cannot be read."))
        else:
            readable.append(ReadRecord(record, str(facts.get("kind")), facts))
    findings += _restored(readable)
    findings += _end(records, known)
    return Chain(readable, findings, len(records), records[-1].sha256 if records else GENESIS)


def _links(records: Sequence[Record]) -> Iterator[Finding]:
    place, before = 0, GENESIS
    for record, following in zip(records, [*records[1:], None], strict=True):
        place += 1
        if record.sequence != place:
            missing = (
                f"{place}" if record.sequence == place + 1 else f"{place}-{record.sequence - 1}"
            )
            yield altered(f"record {missing}", "It is missing from the chain.")
            place = record.sequence
            before = str((_facts(record) or {}).get("previous"))
        yield from _record(record, before, following)
        before = record.sha256


def _record(record: Record, before: str, following: Record | None) -> Iterator[Finding]:
    facts = _facts(record) or {}
    computed = hash_of(record.document)
    if computed != record.sha256:
        later = None if following is None else (_facts(following) or {}).get("previous")
        what = "Its hash was altered." if later == computed else "What it tells was altered."
        yield altered(_name(record), what)
    elif facts.get("previous") != before:
        sentence = "It does not follow the record before it: one of the two was replaced."
        yield altered(_name(record), sentence)
    shown = (facts.get("sequence"), facts.get("run"), facts.get("key"))
    if shown != (record.sequence, record.run, record.key):
        yield altered(
            _name(record), "It stands in another place, or for another run, than it tells."
        )


def _restored(readable: Sequence[ReadRecord]) -> Iterator[Finding]:
    for each in readable:
        if each.kind == RecordKind.RESTORED:
            known = each.facts.get("known", {}).get("sequence")
            what = f"record {known}" if known is not None and known > 0 else "a record"
            yield note(
                f"record {each.place}",
                f"On {each.facts.get('at')} the ledger did not have {what} that this machine had "
                "seen: an older copy of it was put back, or its end was removed. What was recorded "
                "after the copy is not in this chain.",
            )


def _end(records: Sequence[Record], known: Head | None) -> Iterator[Finding]:
    if known is None:
        return
    there = {record.sequence: record.sha256 for record in records}
    if known.sequence < 0:
        yield altered("evidence/head.json", "It cannot be read.")
    elif known.sequence and there.get(known.sequence) != known.sha256:
        yield altered(
            "evidence/head.json",
            f"It tells of record {known.sequence}, which the ledger does not have like that: the "
            "ledger's end was removed, an older copy was put back, or this file was altered.",
        )


def _facts(record: Record) -> dict[str, Any] | None:
    try:
        facts = json.loads(record.document)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None


def _name(record: Record) -> str:
    facts = _facts(record) or {}
    kind, run = facts.get("kind"), facts.get("run") or record.run
    about = " of run ".join(str(part) for part in (kind, run) if part)
    return f"record {record.sequence}" + (f" ({about})" if about else "")
