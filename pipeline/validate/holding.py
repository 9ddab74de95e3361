"""Hold the sessions of warnings that the office does not let pass."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from schemas.frames import DataFrame, Finding, typed
from schemas.words import Outcome, Severity


def holding(
    findings: pd.DataFrame, entries: pd.DataFrame, codes: Collection[str]
) -> DataFrame[Finding]:
    """The findings; those of these rules hold the session in which they are found.

    One that is said of a sheet, not of a session, holds every session of that sheet.
    """
    chosen = findings["rule"].isin([*codes]) & findings["outcome"].isna()
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
