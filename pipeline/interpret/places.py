"""Places in a source file, for findings."""

from __future__ import annotations

import pandas as pd

from pipeline.interpret.match_result import Match
from pipeline.model import SourceFile


def place(
    source: SourceFile, sheet: str = "", row: int | None = None, column: str | None = None
) -> pd.DataFrame:
    """One place, for a finding; ``row`` from 0."""
    at = {"file": source.name, "sheet": sheet, "column": column}
    return pd.DataFrame([at | {"row": None if row is None else row + 1}])


def in_sheet(source: SourceFile, match: Match, row: int | None, at: int | None) -> pd.DataFrame:
    """One cell of a recognised sheet, or its row, or its column; both from 0."""
    column = None if at is None else match.sheet.names[at]
    return place(source, match.sheet.table.sheet, row, column)
