"""Interpret: tables into entries, by the layout that fits; every row is used or set aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.facts import ASIDE, ENTRIES, UNUSED, Interpreted, SourceFile, Table, cell_column
from pipeline.findings import found, together
from pipeline.interpret.layouts import shipped
from pipeline.interpret.meaning import Blanks, say
from pipeline.interpret.recognise import Recognised, Unrecognised, recognise
from pipeline.interpret.rows import set_aside
from pipeline.interpret.shapes import unfold
from pipeline.interpret.text import tidied
from schemas.entries import KEYCODE, matches
from schemas.layout import Layout

__all__ = ["Blanks", "interpret", "shipped", "unused"]

# A line within a cell that has a keycode as one of several fields.
_ROW_WITHIN = re.compile(rf'[\r\n](?:[^\r\n]*[,;\t])?\s*"?({KEYCODE})"?[,;\t]')


def interpret(
    source: SourceFile,
    tables: Sequence[Table],
    oddities: Sequence[str],
    layouts: Sequence[Layout],
    blanks: Blanks,
) -> Interpreted:
    """All of one source file: entries, rows set aside and findings, for each of its sheets."""
    seen = [_sheet(table, layouts) for table in tables]
    fits = [sheet.fit for sheet in seen if isinstance(sheet.fit, Recognised)]
    parts = [
        _used(source, sheet, sheet.fit, blanks)
        if isinstance(sheet.fit, Recognised)
        else _unused(source, sheet, sheet.fit, alone=not fits)
        for sheet in seen
    ]
    odd = [found(code, _place(source)) for code in oddities]
    return Interpreted(
        source=source,
        layouts=tuple(dict.fromkeys(fit.layout.name for fit in fits)),
        rows_read=sum(len(table.cells) for table in tables),
        entries=pd.concat([part.entries for part in parts], ignore_index=True),
        set_aside=pd.concat([part.set_aside for part in parts], ignore_index=True),
        findings=together([*odd, *(part.findings for part in parts)]),
        readable=bool(fits),
        unused=pd.concat([part.unused for part in parts], ignore_index=True),
    )


def unused(
    source: SourceFile, tables: Sequence[Table], rule: str, reason: str, **facts: str | int
) -> Interpreted:
    """A source file of which nothing is used: its rows are set aside, the finding says why."""
    return Interpreted(
        source=source,
        layouts=(),
        rows_read=sum(len(table.cells) for table in tables),
        entries=_no_entries(),
        set_aside=pd.concat(
            [_aside(source, table, pd.Series(reason, table.cells.index)) for table in tables]
            or [pd.DataFrame(columns=ASIDE)],
            ignore_index=True,
        ),
        findings=found(rule, _place(source), **facts),
        readable=rule == "file-repeated",
    )


@dataclass(frozen=True)
class _Sheet:
    table: Table
    cells: pd.DataFrame  # the table's, tidied
    fit: Recognised | Unrecognised


@dataclass(frozen=True)
class _Part:
    entries: pd.DataFrame
    set_aside: pd.DataFrame
    findings: pd.DataFrame
    unused: pd.DataFrame


def _sheet(table: Table, layouts: Sequence[Layout]) -> _Sheet:
    cells = tidied(table.cells)
    return _Sheet(table, cells, recognise(cells, table.widths, layouts))


def _used(source: SourceFile, sheet: _Sheet, fit: Recognised, blanks: Blanks) -> _Part:
    table, cells = sheet.table, sheet.cells
    reasons = set_aside(cells, fit)
    used = reasons == ""
    entries = say(unfold(table.cells[used], fit), fit.layout, blanks)
    entries = entries.assign(file=source.name, sheet=table.sheet)[ENTRIES]
    findings = [
        found(
            "column-ignored",
            _place(source, table, fit.heading, at),
            text=str(cells.iat[fit.heading, at]),
        )
        for at in fit.ignored
    ]
    if table.widths is not None:
        findings += [
            _ragged(cells, table.widths, fit, entries),
            _swallowed(source, table, fit.heading),
        ]
    return _Part(
        entries,
        _aside(source, table, reasons[~used]),
        together([*findings, _tidied(entries)]),
        pd.DataFrame(columns=UNUSED),
    )


def _unused(source: SourceFile, sheet: _Sheet, why: Unrecognised, *, alone: bool) -> _Part:
    """A sheet without a layout. Beside a sheet that has one it may well be a cover or a note."""
    table, cells = sheet.table, sheet.cells
    keycodes = _keycodes(source, sheet)
    harmless = not alone and why.rule == "layout-unknown" and keycodes.empty
    reasons = pd.Series("sheet not recognised" if harmless else why.rule, cells.index, dtype=object)
    reasons[(cells == "").all(axis=1)] = "blank"
    place = _place(source, table).assign(row=why.row, column=why.column, text=why.text)
    findings = (
        together([])
        if cells.empty
        else found("sheet-not-recognised" if harmless else why.rule, place, why=why.why)
    )
    return _Part(_no_entries(), _aside(source, table, reasons), findings, keycodes)


def _keycodes(source: SourceFile, sheet: _Sheet) -> pd.DataFrame:
    """Where keycodes, as Surpass writes them, stand in a sheet."""
    return pd.DataFrame(
        [
            (source.name, sheet.table.sheet, row + 1, cell_column(at), sheet.cells.iat[row, at])
            for at in range(sheet.cells.shape[1])
            for row in np.flatnonzero(matches(sheet.cells[at], KEYCODE)).tolist()
        ],
        columns=UNUSED,
    )


def _ragged(
    cells: pd.DataFrame, widths: pd.Series[int], fit: Recognised, entries: pd.DataFrame
) -> pd.DataFrame:
    """Rows of a text file with more or fewer fields than the heading."""
    expected = int(widths[fit.heading])
    firsts = entries.drop_duplicates("row")
    own = widths[firsts["row"] - 1]
    spare = (cells.iloc[:, expected:] == "").all(axis=1)[own.index]
    ragged = ((own < expected) | ((own > expected) & ~spare)).to_numpy()
    return found(
        "row-ragged",
        firsts[ragged].assign(column=lambda told: told["id_column"], question=None),
        found=own[ragged].tolist(),
        expected=expected,
    )


def _swallowed(source: SourceFile, table: Table, heading: int) -> pd.DataFrame:
    """Rows of a text file with a cell that holds lines which look like rows of their own."""
    below = table.cells.iloc[heading:]
    told = [
        _place(source, table, row, at).assign(other=match[1])
        for at in range(below.shape[1])
        if below[at].str.contains("[\r\n]", regex=True).any()
        for row, text in enumerate(below[at], start=heading)
        if (match := _ROW_WITHIN.search(text))
    ]
    return found("row-swallowed", pd.concat(told)) if told else together([])


def _tidied(entries: pd.DataFrame) -> pd.DataFrame:
    firsts = entries.drop_duplicates("row")
    changed = (firsts["id_text"] != firsts["keycode"]) & matches(firsts["keycode"], KEYCODE)
    told = firsts[changed]
    return found(
        "keycode-tidied",
        told.assign(column=told["id_column"], text=told["id_text"], question=None),
    )


def _aside(source: SourceFile, table: Table, reasons: pd.Series[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file": source.name,
            "sheet": table.sheet,
            "row": reasons.index.to_numpy() + 1,
            "reason": reasons.to_numpy(),
        }
    )


def _place(
    source: SourceFile, table: Table | None = None, row: int | None = None, at: int | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "file": source.name,
                "sheet": "" if table is None else table.sheet,
                "row": None if row is None else row + 1,
                "column": None if at is None else cell_column(at),
            }
        ]
    )


def _no_entries() -> pd.DataFrame:
    return pd.DataFrame(columns=ENTRIES, dtype=object)
