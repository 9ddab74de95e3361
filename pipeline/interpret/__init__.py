"""Interpret: tables into entries, by the layout that fits; every row is used or set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import SourceUnreadable
from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.layouts import in_force, shipped
from pipeline.interpret.match_result import Recognised, Sheet, Unrecognised
from pipeline.interpret.meaning import Blanks, say
from pipeline.interpret.propose import Choices, guessed, proposed
from pipeline.interpret.recognise import recognise
from pipeline.interpret.rows import set_aside
from pipeline.interpret.shapes import unfold
from pipeline.interpret.sheet_warnings import decimals, oddities, place
from pipeline.model import ASIDE, ENTRIES, UNUSED, Interpreted, SourceFile, Table
from schemas.entries import KEYCODE, matches
from schemas.layout import Layout, Text

__all__ = [
    "Blanks",
    "Choices",
    "Reading",
    "guessed",
    "in_force",
    "interpret",
    "proposed",
    "shipped",
    "unused",
]

Reading = tuple[Sequence[Table], Sequence[str]]
"""A source file's tables, and the codes of what was odd in reading it."""


def interpret(
    source: SourceFile,
    read: Callable[[Text], Reading],
    layouts: Sequence[Layout],
    blanks: Blanks,
) -> Interpreted:
    """All of one source file: entries, rows set aside and findings, for each of its sheets.

    ``read`` reads the file, as a layout wants it where it must. SourceUnreadable where no way of
    reading it leads anywhere.
    """
    tables, odd = _recognised(read, layouts)
    fits = [seen.fit for seen in tables if isinstance(seen.fit, Recognised)]
    parts = [
        _used(source, seen, seen.fit, blanks)
        if isinstance(seen.fit, Recognised)
        else _unused(source, seen, seen.fit, alone=not fits)
        for seen in tables
    ]
    entries = pd.concat([part.entries for part in parts], ignore_index=True)
    return Interpreted(
        source=source,
        layouts=tuple(dict.fromkeys(fit.layout.name for fit in fits)),
        rows_read=sum(len(seen.rows) for seen in tables),
        entries=entries,
        set_aside=pd.concat([part.set_aside for part in parts], ignore_index=True),
        findings=concat_findings(
            [
                *(make_findings(code, place(source)) for code in odd),
                *(part.findings for part in parts),
                *(_empty(source, fits) if entries.empty else []),
            ]
        ),
        readable=bool(fits),
        said="; ".join(
            filter(None, [*(seen.sheet.table.said for seen in tables[:1]), decimals(entries)])
        ),
        unused=pd.concat([part.unused for part in parts], ignore_index=True),
    )


def _empty(source: SourceFile, fits: Sequence[Recognised]) -> list[pd.DataFrame]:
    """That none of the sheets which were recognised has a candidate."""
    return [
        make_findings("no-candidates", place(source, fit.sheet.table.sheet, fit.heading.stop - 1))
        for fit in fits[:1]
        if fit.heading
    ]


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
            [
                _aside(source, table, pd.Series(reason, table.cells.index, dtype=object))
                for table in tables
            ]
            or [pd.DataFrame(columns=ASIDE)],
            ignore_index=True,
        ),
        findings=make_findings(rule, place(source), **facts),
        readable=rule == "file-repeated",
    )


@dataclass(frozen=True)
class _Seen:
    """A sheet, and the layout found for it."""

    sheet: Sheet
    fit: Recognised | Unrecognised

    @property
    def rows(self) -> pd.DataFrame:
        """Its rows, as the layout counts them."""
        return self.fit.sheet.cells if isinstance(self.fit, Recognised) else self.sheet.cells


@dataclass(frozen=True)
class _Part:
    entries: pd.DataFrame
    set_aside: pd.DataFrame
    findings: pd.DataFrame
    unused: pd.DataFrame


def _recognised(
    read: Callable[[Text], Reading], layouts: Sequence[Layout]
) -> tuple[list[_Seen], Sequence[str]]:
    """Each sheet with its layout; read once more where the layout that fits wants it read so.

    A file that cannot be read as files mostly are may still be one that some layout knows.
    """
    unreadable: SourceUnreadable | None = None
    plain: tuple[list[_Seen], Sequence[str]] = ([], ())
    try:
        plain = _seen(read, Text(), layouts)
    except SourceUnreadable as error:
        unreadable = error
    fits = [seen.fit for seen in plain[0] if isinstance(seen.fit, Recognised)]
    wanted = [fit.layout.text for fit in fits if fit.layout.text != Text()]
    if fits and not wanted:
        return plain
    ways = wanted or [layout.text for layout in layouts if layout.text != Text()]
    for text in dict.fromkeys(ways):
        try:
            again = _seen(read, text, [layout for layout in layouts if layout.text == text])
        except SourceUnreadable:
            continue
        if any(isinstance(seen.fit, Recognised) for seen in again[0]):
            return again
    if unreadable is not None:
        raise unreadable
    return plain


def _seen(
    read: Callable[[Text], Reading], text: Text, layouts: Sequence[Layout]
) -> tuple[list[_Seen], Sequence[str]]:
    tables, odd = read(text)
    sheets = [Sheet.of(table) for table in tables]
    return [_Seen(sheet, recognise(sheet, layouts)) for sheet in sheets], odd


def _used(source: SourceFile, seen: _Seen, fit: Recognised, blanks: Blanks) -> _Part:
    reasons = set_aside(fit)
    entries = say(unfold(fit, reasons == ""), fit, source.path.name, blanks)
    entries = entries.assign(file=source.name, sheet=seen.sheet.table.sheet)
    told = oddities(source, fit, entries, reasons)
    return _Part(
        entries[ENTRIES],
        _aside(source, seen.sheet.table, reasons[reasons != ""]),
        concat_findings([told, *_standing(source, fit)]),
        pd.DataFrame(columns=UNUSED),
    )


def _standing(source: SourceFile, fit: Recognised) -> list[pd.DataFrame]:
    if fit.layout.standing != "unverified":
        return []
    at = place(source, fit.sheet.table.sheet)
    return [make_findings("layout-unverified", at, layout=fit.layout.title)]


def _unused(source: SourceFile, seen: _Seen, why: Unrecognised, *, alone: bool) -> _Part:
    """A sheet without a layout. Beside a sheet that has one it may well be a cover or a note."""
    table, cells = seen.sheet.table, seen.sheet.cells
    keycodes = _keycodes(source, seen.sheet)
    harmless = not alone and why.rule == "layout-unknown" and keycodes.empty
    reasons = pd.Series("sheet not recognised" if harmless else why.rule, cells.index, dtype=object)
    reasons[(cells == "").all(axis=1)] = "blank"
    at = place(source, table.sheet).assign(row=why.row, column=why.column, text=why.text)
    rule = "sheet-not-recognised" if harmless else why.rule
    findings = (
        concat_findings([])
        if cells.empty
        else make_findings(rule, at, why=why.why, layout=why.layout)
    )
    return _Part(_no_entries(), _aside(source, table, reasons), findings, keycodes)


def _keycodes(source: SourceFile, sheet: Sheet) -> pd.DataFrame:
    """Where keycodes, as Surpass writes them, stand in a sheet."""
    return pd.DataFrame(
        [
            (source.name, sheet.table.sheet, row + 1, sheet.names[at], sheet.cells.iat[row, at])
            for at in range(sheet.cells.shape[1])
            for row in np.flatnonzero(matches(sheet.cells[at], KEYCODE)).tolist()
        ],
        columns=UNUSED,
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


def _no_entries() -> pd.DataFrame:
    return pd.DataFrame(columns=ENTRIES, dtype=object)
