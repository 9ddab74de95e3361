"""Which session each finding is about; hold those of warnings that the office does not let pass."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from pipeline.findings import MAX_LISTED, bounded, concat_findings, one_by_row
from schemas.columns import as_objects
from schemas.frames import DataFrame, Finding, typed
from schemas.words import Outcome, Severity


def holding(
    findings: pd.DataFrame, entries: pd.DataFrame, codes: Collection[str]
) -> DataFrame[Finding]:
    """The findings; those of these rules hold the session in which they are found.

    One that is said of a sheet, not of a session, holds every session of that sheet. Of what holds
    nothing, the first ones of each rule and file are listed one by one.
    """
    listed, others = one_by_row(findings, codes)
    if len(others):
        listed = concat_findings([listed, with_submissions(others, entries)])
    held = _held(listed, entries, codes)
    harmless = (held["severity"] == str(Severity.WARNING)) & held["outcome"].isna()
    return bounded(held, harmless, MAX_LISTED)


def _held(
    findings: pd.DataFrame, entries: pd.DataFrame, codes: Collection[str]
) -> DataFrame[Finding]:
    harmless = (findings["severity"] == str(Severity.WARNING)) & findings["outcome"].isna()
    chosen = findings["rule"].isin([*codes]) & harmless
    if not chosen.any():
        return typed(findings, Finding)
    held = findings[chosen]
    of_sheet = held[held["submission"].isna()]
    sessions = entries[["file", "sheet", "submission", "keycode"]].drop_duplicates(
        ["file", "sheet", "submission"]
    )
    spread = of_sheet.drop(columns=["submission", "keycode"]).merge(sessions, on=["file", "sheet"])
    parts = [findings[~chosen], held[held["submission"].notna()], spread[findings.columns]]
    held_now = pd.concat(parts[1:], ignore_index=True).assign(
        severity=str(Severity.ERROR), outcome=str(Outcome.HELD)
    )
    together = pd.concat([parts[0], held_now], ignore_index=True)
    return typed(together.astype({"submission": "Int64", "row": "Int64"}), Finding)


def with_submissions(findings: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Findings of rows (made before submissions were known) with their submission's number."""
    unknown = findings["submission"].isna() & findings["row"].notna()
    if not unknown.any():
        return findings.astype({"submission": "Int64"})
    rows = entries[entries["row"].isin(findings.loc[unknown, "row"].unique())]
    firsts = as_objects(rows.drop_duplicates(["file", "sheet", "row"]))
    of_row = findings[["file", "sheet", "row"]].merge(
        firsts[["file", "sheet", "row", "submission"]].astype({"row": "Int64"}),
        how="left",
        on=["file", "sheet", "row"],
    )["submission"]
    return findings.assign(submission=findings["submission"].fillna(of_row).astype("Int64"))
