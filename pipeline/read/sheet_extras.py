"""What a sheet holds besides the values that the workbook reader gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, the last ones in it."""

ERRORS = ("#", "Err:")
"""How texts begin that stand in place of a value because it could not be worked out."""


@dataclass(frozen=True)
class SheetExtras:
    """How far a sheet reaches, and what the workbook reader does not tell of it."""

    rows: int = 0
    columns: int = 0
    instead_of_value: Mapping[Range, str] = field(default_factory=dict)
    """The formula or error of cells that hold it in place of a value."""
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[Range, ...] = ()
    formats: Mapping[Range, str] = field(default_factory=dict)
    """The number format of cells that it lets show something else than their number."""
    hidden_columns: frozenset[int] = frozenset()
