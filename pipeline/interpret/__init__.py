"""Interpret: tables into entries, by the layout that fits; every row is used or set aside."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.facts import ASIDE, ENTRIES, Interpreted, SourceFile, Table, cell_column
from pipeline.findings import found, together
from pipeline.interpret.layouts import shipped
from pipeline.interpret.meaning import Blanks, say
from pipeline.interpret.recognise import Recognised, Unrecognised, recognise
from pipeline.interpret.rows import set_aside
from pipeline.interpret.shapes import unfold
from pipeline.interpret.text import tidy
from schemas.entries import KEYCODE, matches
from schemas.layout import Layout

__all__ = ["Blanks", "interpret", "shipped", "unused"]


def interpret(
    source: SourceFile,
    tables: Sequence[Table],
    oddities: Sequence[str],
    layouts: Sequence[Layout],
    blanks: Blanks,
) -> Interpreted:
    """All of one source file: entries, rows set aside and findings, for each of its sheets."""
    seen = [(table, recognise(table, layouts)) for table in tables]
    some = any(isinstance(fit, Recognised) for _, fit in seen)
    parts = [
        _used(source, table, fit, blanks)
        if isinstance(fit, Recognised)
        else _unused(source, table, fit, alone=not some)
        for table, fit in seen
    ]
    odd = [found(code, _place(source)) for code in oddities]
    return Interpreted(
        source=source,
        layouts=tuple(
            dict.fromkeys(fit.layout.name for _, fit in seen if isinstance(fit, Recognised))
        ),
        rows_read=sum(len(table.cells) for table in tables),
        entries=pd.concat([entries for entries, _, _ in parts], ignore_index=True),
        set_aside=pd.concat([aside for _, aside, _ in parts], ignore_index=True),
        findings=together([*odd, *(findings for _, _, findings in parts)]),
        readable=some,
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


_Parts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def _used(source: SourceFile, table: Table, fit: Recognised, blanks: Blanks) -> _Parts:
    cells = table.cells.map(tidy)
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
    findings += [_ragged(table, fit, entries), _tidied(entries)]
    return entries, _aside(source, table, reasons[~used]), together(findings)


def _unused(source: SourceFile, table: Table, why: Unrecognised, *, alone: bool) -> _Parts:
    """A sheet without a layout. Beside a sheet that has one it may well be a cover or a note."""
    place = _place(source, table).assign(row=why.row, column=why.column, text=why.text)
    harmless = (
        not alone
        and why.rule == "layout-unknown"
        and not table.cells.map(lambda text: bool(matches(pd.Series([text]), KEYCODE)[0])).any(
            axis=None
        )
    )
    reasons = pd.Series("sheet not recognised" if harmless else why.rule, table.cells.index)
    reasons[(table.cells == "").all(axis=1)] = "blank"
    findings = (
        together([])
        if table.cells.empty
        else found("sheet-not-recognised" if harmless else why.rule, place, why=why.why)
    )
    return _no_entries(), _aside(source, table, reasons), findings


def _ragged(table: Table, fit: Recognised, entries: pd.DataFrame) -> pd.DataFrame:
    """Rows of a text file with more or fewer fields than the heading."""
    if table.widths is None:
        return together([])
    expected = int(table.widths[fit.heading])
    firsts = entries.drop_duplicates("row")
    widths = table.widths[firsts["row"] - 1]
    spare = (table.cells.iloc[:, expected:] == "").all(axis=1)[widths.index]
    ragged = ((widths < expected) | ((widths > expected) & ~spare)).to_numpy()
    return found(
        "row-ragged",
        firsts[ragged].assign(column=lambda told: told["id_column"]),
        found=widths[ragged].tolist(),
        expected=expected,
    )


def _tidied(entries: pd.DataFrame) -> pd.DataFrame:
    firsts = entries.drop_duplicates("row")
    changed = (firsts["id_text"] != firsts["keycode"]) & matches(firsts["keycode"], KEYCODE)
    told = firsts[changed]
    return found("keycode-tidied", told.assign(column=told["id_column"], text=told["id_text"]))


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
    return pd.DataFrame({name: pd.Series(dtype=object) for name in ENTRIES})
