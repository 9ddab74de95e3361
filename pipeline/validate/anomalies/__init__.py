"""Tripwires: what is odd about many entries together. They only tell, and never alter anything.

A file can be right cell by cell and wrong as a whole: a column filled down, a row that slipped by
one question, a sheet scanned for two candidates. Each threshold says why it stands where it does:
a warning that comes every day is read by nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pipeline.findings import concat_findings
from pipeline.model import Validated
from pipeline.validate.anomalies.answers import alike, outside, slipped_answers
from pipeline.validate.anomalies.grid import grids
from pipeline.validate.anomalies.marks import constant, far_means, slipped_marks
from pipeline.validate.anomalies.totals import unequal_totals
from pipeline.validate.holding import holding
from schemas.frames import DataFrame, Finding, NumberedEntry
from schemas.validation_options import HOLDING
from schemas.words import Kind

_OF = {
    Kind.MARKS: (constant, far_means, slipped_marks),
    Kind.RESPONSES: (constant, outside, alike, slipped_answers),
}


def with_tripwires(read: Validated, hold_on: Collection[str] = frozenset(HOLDING)) -> Validated:
    """The same, with what the tripwires found among its findings; those of these rules hold."""
    found = holding(tripwires(read.entries), read.entries, hold_on)
    return replace(read, findings=concat_findings([read.findings, found]))


def tripwires(entries: DataFrame[NumberedEntry]) -> DataFrame[Finding]:
    """FINDINGS, all of them warnings, of entries as validation hands them on."""
    findings = [
        finding for grid in grids(entries) for check in _OF[grid.kind] for finding in check(grid)
    ]
    return concat_findings([*findings, unequal_totals(entries)])
