"""Interpret: tables into entries, by the layout that fits; every row is used or set aside."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pandas as pd

from pipeline.errors import SourceUnreadable
from pipeline.findings import concat_findings, make_findings
from pipeline.interpret import roles
from pipeline.interpret.layouts import in_force, shipped
from pipeline.interpret.match_result import Match, Sheet, Unrecognised
from pipeline.interpret.meaning import ReadingOptions, read_cells
from pipeline.interpret.propose import Choices, guessed, proposed
from pipeline.interpret.recognise import SheetReading, recognise
from pipeline.interpret.rows import NOT_MARKED
from pipeline.interpret.shapes import unfold, with_totals
from pipeline.interpret.sheet_warnings import decimals, place, sheet_warnings
from pipeline.model import ASIDE, ENTRIES, UNUSED, Interpreted, SourceFile, Table
from pipeline.read.returned_record import sent_name
from schemas.columns import as_categories, concat_columns, constant
from schemas.entries import KEYCODE
from schemas.frames import (
    ENTRY_TEXTS,
    DataFrame,
    Entry,
    SetAside,
    UnusedKeycode,
    typed,
)
from schemas.layout import Layout, Text
from schemas.words import INSTRUCTIONS_SHEET, INSTRUCTIONS_TITLE

__all__ = [
    "Choices",
    "Reading",
    "ReadingOptions",
    "guessed",
    "in_force",
    "interpret",
    "proposed",
    "rows_aside",
    "shipped",
    "unused",
]

_READ = ("file-repeated", "returned-unclear")  # rules for files that are well in themselves

Reading = tuple[Sequence[Table], Sequence[str]]
"""A source file's tables, and the codes of what was odd in reading it."""


def interpret(
    source: SourceFile,
    read: Callable[[Text], Reading],
    layouts: Sequence[Layout],
    options: ReadingOptions,
) -> Interpreted:
    """All of one source file: entries, rows set aside and findings, for each of its sheets.

    ``read`` reads the file, as a layout wants it where it must. SourceUnreadable where no way of
    reading it leads anywhere.
    """
    tables, odd = _recognised(read, layouts, options)
    readings = [sheet.reading for sheet in tables if isinstance(sheet.reading, SheetReading)]
    recognised = [reading.match for reading in readings]
    ids = (reading.match.ids()[reading.candidates] for reading in readings)
    used = {*chain.from_iterable(ids)} if recognised else None
    parts = [
        _used(source, sheet, sheet.reading, options)
        if isinstance(sheet.reading, SheetReading)
        else _unused(source, sheet, sheet.reading, used)
        for sheet in tables
    ]
    entries = concat_columns([part.entries for part in parts])
    return Interpreted(
        source=source,
        layouts=tuple(dict.fromkeys(match.layout.name for match in recognised)),
        rows_read=sum(sheet.rows_read for sheet in tables),
        entries=typed(entries, Entry),
        set_aside=_joined([part.set_aside for part in parts]),
        findings=concat_findings(
            [
                *(make_findings(code, place(source)) for code in odd),
                *(part.findings for part in parts),
                *(_empty(source, readings) if entries.empty else []),
            ]
        ),
        readable=bool(recognised),
        read_as="; ".join(
            filter(None, [*(sheet.sheet.table.read_as for sheet in tables[:1]), decimals(entries)])
        ),
        unused=typed(pd.concat([part.unused for part in parts], ignore_index=True), UnusedKeycode),
        cells_read=sum(part.cells.read for part in parts),
        cells_by_role=roles.added([part.cells for part in parts]),
        text=recognised[0].layout.text if recognised else Text(),
    )


def _empty(source: SourceFile, readings: Sequence[SheetReading]) -> list[pd.DataFrame]:
    """That none of the sheets which were recognised has a candidate, marked or not."""
    if any((reading.reasons == NOT_MARKED).any() for reading in readings):
        return []
    return [
        make_findings(
            "no-candidates", place(source, match.sheet.table.sheet, match.heading.stop - 1)
        )
        for match in (reading.match for reading in readings[:1])
        if match.heading
    ]


def unused(
    source: SourceFile, tables: Sequence[Table], rule: str, reason: str, **facts: str | int
) -> Interpreted:
    """A source file of which nothing is used: its rows are set aside, the finding says why."""
    return Interpreted(
        source=source,
        layouts=(),
        rows_read=sum(table.texts.shape[0] for table in tables),
        entries=typed(_no_entries(), Entry),
        set_aside=_joined(
            [
                _aside(source, table, pd.Series([reason] * table.texts.shape[0], dtype=object))
                for table in tables
            ]
            or [pd.DataFrame(columns=ASIDE)]
        ),
        findings=make_findings(rule, place(source), **facts),
        readable=rule in _READ,
    )


@dataclass(frozen=True)
class _MatchedSheet:
    """A sheet, and the layout found for it."""

    sheet: Sheet
    reading: SheetReading | Unrecognised

    @property
    def rows_read(self) -> int:
        """How many rows it has, as the layout counts them."""
        if isinstance(self.reading, SheetReading):
            return self.reading.match.sheet.texts.shape[0]
        return self.sheet.texts.shape[0]


@dataclass(frozen=True)
class _Part:
    entries: pd.DataFrame
    set_aside: pd.DataFrame
    findings: pd.DataFrame
    unused: pd.DataFrame
    cells: roles.CellAccount = field(default_factory=lambda: roles.CellAccount(0, {}))


def _recognised(
    read: Callable[[Text], Reading], layouts: Sequence[Layout], options: ReadingOptions
) -> tuple[list[_MatchedSheet], Sequence[str]]:
    """Each sheet with its layout; read once more where the layout that fits wants it read so.

    A file that cannot be read as files mostly are may still be one that some layout knows.
    """
    unreadable: SourceUnreadable | None = None
    plain: tuple[list[_MatchedSheet], Sequence[str]] = ([], ())
    try:
        plain = _match_sheets(read, Text(), layouts, options)
    except SourceUnreadable as error:
        unreadable = error
    readings = [sheet.reading for sheet in plain[0]]
    recognised = [reading.match for reading in readings if isinstance(reading, SheetReading)]
    wanted = [match.layout.text for match in recognised if match.layout.text != Text()]
    if recognised and not wanted:
        return plain
    texts = wanted or [layout.text for layout in layouts if layout.text != Text()]
    for text in dict.fromkeys(texts):
        try:
            of_text = [layout for layout in layouts if layout.text == text]
            again = _match_sheets(read, text, of_text, options)
        except SourceUnreadable:
            continue
        if any(isinstance(sheet.reading, SheetReading) for sheet in again[0]):
            return again
    if unreadable is not None:
        raise unreadable
    return plain


def _match_sheets(
    read: Callable[[Text], Reading],
    text: Text,
    layouts: Sequence[Layout],
    options: ReadingOptions,
) -> tuple[list[_MatchedSheet], Sequence[str]]:
    tables, odd = read(text)
    sheets = [Sheet.of(table) for table in tables]
    confirmed = options.confirmed
    return [_MatchedSheet(sheet, recognise(sheet, layouts, confirmed)) for sheet in sheets], odd


def _used(
    source: SourceFile, sheet: _MatchedSheet, reading: SheetReading, options: ReadingOptions
) -> _Part:
    match, reasons = reading.match, reading.reasons
    entries = read_cells(
        unfold(match, reading.candidates), match, sent_name(source.path.name), options
    )
    entries = with_totals(entries, match, reasons)
    entries = entries.assign(
        file=constant(source.name, entries.index),
        sheet=constant(sheet.sheet.table.sheet, entries.index),
    )
    warnings = sheet_warnings(source, reading, entries)
    return _Part(
        entries[ENTRIES],
        _aside(source, sheet.sheet.table, reasons[reasons != ""]),
        concat_findings([warnings, *_standing(source, match)]),
        pd.DataFrame(columns=UNUSED),
        roles.account(match, reading.candidates, list(reading.columns)),
    )


def _standing(source: SourceFile, match: Match) -> list[pd.DataFrame]:
    if match.layout.standing != "unverified":
        return []
    at = place(source, match.sheet.table.sheet)
    return [make_findings("layout-unverified", at, layout=match.layout.title)]


def _unused(
    source: SourceFile, sheet: _MatchedSheet, why: Unrecognised, used: Collection[str] | None
) -> _Part:
    """A sheet without a layout. Beside a sheet that has one it may well be a cover or a note.

    ``used`` are the ids of the sheets that have one; None where none has.
    """
    table, cells = sheet.sheet.table, sheet.sheet.cells
    known = {text for text in used or () if re.fullmatch(_LIKE_A_REFERENCE, text)}
    theirs = _ids(source, sheet.sheet, KEYCODE, known)
    ids = pd.concat([theirs, _ids(source, sheet.sheet, _LIKE_A_REFERENCE)], ignore_index=True)
    harmless = used is not None and why.rule == "layout-unknown" and theirs.empty
    reasons = pd.Series("sheet not recognised" if harmless else why.rule, cells.index, dtype=object)
    reasons[(cells == "").all(axis=1)] = "blank"
    at = place(source, table.sheet).assign(row=why.row, column=why.column, text=why.text)
    rule = "sheet-not-recognised" if harmless else why.rule
    ours = harmless and _is_our_instructions(table.sheet, cells)
    if ours:
        reasons[reasons != "blank"] = "instructions"
    findings = (
        concat_findings([])
        if cells.empty or ours
        else make_findings(rule, at, why=why.why, layout=why.layout)
    )
    return _Part(_no_entries(), _aside(source, table, reasons), findings, ids)


def _is_our_instructions(sheet: str, cells: pd.DataFrame) -> bool:
    return (
        not cells.empty
        and sheet == INSTRUCTIONS_SHEET
        and bool(cells.iat[0, 0] == INSTRUCTIONS_TITLE)
    )


# What may be a candidate's reference: three digits or more, and not a mark.
_LIKE_A_REFERENCE = r"(?![1-9][0-9]{0,3}$)(?=(?:[^0-9]*[0-9]){3})[^\s]{3,24}"


def _ids(source: SourceFile, sheet: Sheet, like: str, known: Collection[str] = ()) -> pd.DataFrame:
    """Where ids that look like this, or are known, stand with marks or answers beside them.

    A list of names and keycodes holds none of a session's marks.
    """
    cells = sheet.cells
    is_known = np.array([text in known for text in sheet.texts.distinct], bool)
    is_id = sheet.matching(like) | is_known[sheet.texts.codes]
    found = {at: np.flatnonzero(of_column).tolist() for at, of_column in enumerate(is_id.T)}
    rows = sorted({row for of_column in found.values() for row in of_column})
    beside = roles.may_hold_marks(cells, rows, {at for at, of in found.items() if of})
    return pd.DataFrame(
        [
            (source.name, sheet.table.sheet, row + 1, sheet.names[at], cells.iat[row, at])
            for at, of_column in found.items()
            for row in of_column
            if beside
        ],
        columns=UNUSED,
    )


def rows_aside(source: SourceFile, table: Table, reason: str) -> pd.DataFrame:
    """All rows of a sheet, set aside for one reason."""
    return _aside(source, table, pd.Series(reason, table.cells.index, dtype=object))


def _aside(source: SourceFile, table: Table, reasons: pd.Series[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file": source.name,
            "sheet": table.sheet,
            "row": reasons.index.to_numpy() + 1,
            "reason": reasons.to_numpy(),
        }
    )


def _joined(parts: list[pd.DataFrame]) -> DataFrame[SetAside]:
    return typed(pd.concat(parts, ignore_index=True), SetAside)


def _no_entries() -> pd.DataFrame:
    """None, with their columns."""
    none = pd.DataFrame(columns=ENTRIES, dtype=object)
    return as_categories(none, ENTRY_TEXTS).astype({"row": "int64", "renumbered": bool})
