"""The slip of a source file: how many candidates, and what sum of marks, its sender counted.

It is a file beside it, ``marks.xlsx.slip.toml``, or a sheet of the workbook that is named Slip:

    candidates = 24            Candidates | 24
    total = 912                Total      | 912
"""

from __future__ import annotations

import errno
import re
import tomllib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.model import Slip
from pipeline.source import CellTexts, Table

ENDING = ".slip.toml"
_MAX_BYTES = 10_000
_SHEET = "Slip"
_NAMES = {
    "candidates": "candidates",
    "number of candidates": "candidates",
    "total": "total",
    "total of marks": "total",
    "total marks": "total",
}
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,2})?")


def slip_beside(source: Path) -> list[Slip]:
    """The slip that lies beside a source file, if there is one."""
    path = source.with_name(source.name + ENDING)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return []  # no file can have that name
        return [Slip(problem=error.strerror or type(error).__name__)]
    if len(content) > _MAX_BYTES:
        return [Slip(problem="it is too long")]
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return [Slip(problem="it is not written as name = number, a line for each")]
    return [_slip((name, _as_text(value)) for name, value in values.items())]


def slips_in(tables: Sequence[Table]) -> tuple[list[Slip], list[Table], list[Table]]:
    """The slips among a workbook's sheets, these sheets, and the others."""
    sheets = [table for table in tables if table.sheet.strip().casefold() == _SHEET.casefold()]
    others = [table for table in tables if table not in sheets]
    return [_slip(_rows(table)) for table in sheets], sheets, others


def as_sheet(slip: Slip) -> Table:
    """A slip as a sheet, for a workbook that goes back to the sender."""
    declared = (("Candidates", slip.candidates), ("Total", slip.total))
    rows = [[name, str(value)] for name, value in declared if value is not None]
    if slip.problem:
        rows = [["Candidates", ""], ["Total", ""]]
    return Table(_SHEET, CellTexts.of(rows, 2))


def _rows(table: Table) -> Iterable[tuple[str, str]]:
    """What stands in each row first, and what behind it: titles and dates are no counts."""
    for row in table.texts.distinct[table.texts.codes].tolist():
        filled = [text.strip() for text in row if text.strip()]
        if len(filled) > 1 and (_NUMBER.fullmatch(filled[1]) or _folded(filled[0]) in _NAMES):
            yield filled[0], filled[1]


def _slip(rows: Iterable[tuple[str, str]]) -> Slip:
    counts: dict[str, Decimal] = {}
    for written, value in rows:
        name = _NAMES.get(_folded(written))
        if name is None:
            return Slip(problem=f"'{written[:40]}' is not a count that is known")
        if not _NUMBER.fullmatch(value):
            return Slip(problem=f"'{value[:40]}' is not a number, for {name}")
        if name in counts:
            return Slip(problem=f"it says {name} twice")
        counts[name] = Decimal(value.replace(",", "."))
    if not counts:
        return Slip(problem="it says neither candidates nor total")
    candidates = counts.get("candidates")
    if candidates is not None and candidates != int(candidates):
        return Slip(problem="its number of candidates is not whole")
    return Slip(None if candidates is None else int(candidates), counts.get("total"))


def _folded(name: str) -> str:
    return " ".join(name.casefold().rstrip(":").split())


def _as_text(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number or isinstance(value, str) else "?"
