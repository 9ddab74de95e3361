"""Hold a source file whose slip says other counts than are in it: nothing of it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.model import Interpreted, Slip
from schemas.frames import DataFrame, Finding, NumberedEntry
from schemas.words import Kind


def slip_findings(
    sources: Sequence[Interpreted], entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """A finding for each session of a file whose slip does not agree; ``entries`` are numbered."""
    parts = [
        _findings(source, slip, entries[entries["file"] == source.source.name])
        for source in sources
        for slip in source.slips
    ]
    return concat_findings(parts)


def _findings(
    source: Interpreted, slip: Slip, entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    if slip.problem:
        return make_findings("slip-unreadable", _sessions(source, entries), why=slip.problem)
    differences = _differences(slip, entries)
    if not differences:
        return concat_findings([])
    why = "; and ".join(differences)
    return make_findings("slip-differs", _sessions(source, entries), why=why)


def _differences(slip: Slip, entries: DataFrame[NumberedEntry]) -> list[str]:
    candidates, total = int(entries["submission"].nunique()), _total(entries)
    found = []
    if slip.candidates is not None and slip.candidates != candidates:
        found.append(f"{slip.candidates} candidates, the file has {candidates}")
    if slip.total is not None and slip.total != total:
        found.append(f"a total of {slip.total:f} marks, those in the file add up to {total:f}")
    return found


def _total(entries: DataFrame[NumberedEntry]) -> Decimal:
    """The sum of what was given, half marks as they are written; what is no number counts for 0."""
    marks = entries.loc[entries["kind"] == str(Kind.MARKS), "value"]
    written = marks.astype(str).str.replace(",", ".", regex=False)
    total = pd.to_numeric(written, errors="coerce").sum()
    return Decimal(f"{total:.2f}").normalize()


def _sessions(source: Interpreted, entries: DataFrame[NumberedEntry]) -> pd.DataFrame:
    """The sessions of the file, as places that are in no cell; the file alone where it has none."""
    place = {"file": source.source.name, "sheet": "", "row": None, "column": None}
    of_file = entries.drop_duplicates("submission")[["submission", "keycode"]]
    if of_file.empty:
        return pd.DataFrame([place])
    return of_file.assign(**place)
