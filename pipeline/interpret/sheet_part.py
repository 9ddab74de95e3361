"""What came of one sheet: entries, rows set aside, findings, and ids that were not used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.interpret.roles import CellAccount
from pipeline.model import ENTRIES, UNUSED, SourceFile, Table
from schemas.columns import as_categories
from schemas.frames import (
    ENTRY_TEXTS,
    DataFrame,
    Entry,
    Finding,
    SetAside,
    UnusedKeycode,
    typed,
)


@dataclass(frozen=True)
class SheetPart:
    """What came of one sheet of a source file."""

    entries: DataFrame[Entry]
    set_aside: DataFrame[SetAside]
    findings: DataFrame[Finding]
    unused: DataFrame[UnusedKeycode]
    cells: CellAccount = field(default_factory=lambda: CellAccount(0, {}))


def no_entries() -> DataFrame[Entry]:
    """None, with their columns."""
    none = as_categories(pd.DataFrame(columns=ENTRIES, dtype=object), ENTRY_TEXTS)
    return typed(none.astype({"row": "int64", "renumbered": bool}), Entry)


def nothing_unused() -> DataFrame[UnusedKeycode]:
    """No id that was not used."""
    return typed(pd.DataFrame(columns=UNUSED), UnusedKeycode)


def rows_aside(source: SourceFile, table: Table, reason: str) -> DataFrame[SetAside]:
    """All rows of a sheet, set aside for one reason."""
    return aside(source, table, pd.Series(reason, range(table.texts.shape[0]), dtype=object))


def aside(source: SourceFile, table: Table, reasons: pd.Series[str]) -> DataFrame[SetAside]:
    """These rows, by number from 0, set aside with their reasons."""
    rows = pd.DataFrame(
        {
            "file": source.name,
            "sheet": table.sheet,
            "row": reasons.index.to_numpy() + 1,
            "reason": reasons.to_numpy(),
        }
    )
    return typed(rows, SetAside)


def joined(parts: Sequence[DataFrame[SetAside]]) -> DataFrame[SetAside]:
    """The rows set aside of several sheets."""
    return typed(pd.concat(parts, ignore_index=True), SetAside)
