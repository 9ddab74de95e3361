"""Interpret: tables into entries, by the layout that fits; every row is used or set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import pandas as pd

from pipeline.errors import SourceUnreadable
from pipeline.findings import bounded_warnings, concat_findings, make_findings
from pipeline.interpret import roles
from pipeline.interpret.cell_warnings import decimals
from pipeline.interpret.layouts import in_force, shipped
from pipeline.interpret.match_result import Match, Sheet, Unrecognised
from pipeline.interpret.meaning import ReadingOptions, read_cells, with_whose
from pipeline.interpret.places import place
from pipeline.interpret.propose import Choices, guessed, proposed
from pipeline.interpret.recognise import SheetReading, recognise
from pipeline.interpret.rows import NOT_MARKED
from pipeline.interpret.shapes import candidate_rows, unfold, with_totals
from pipeline.interpret.sheet_part import (
    SheetPart,
    aside,
    joined,
    no_entries,
    nothing_unused,
    rows_aside,
)
from pipeline.interpret.sheet_warnings import sheet_warnings
from pipeline.interpret.too_many_sessions import TOO_MANY, too_many_sessions
from pipeline.interpret.unused_sheets import unused, unused_sheet
from pipeline.model import ENTRIES, Interpreted, SourceFile, Table
from pipeline.named_sessions import ids_of
from pipeline.read.returned_record import sent_name
from schemas.columns import concat_columns, constant
from schemas.frames import DataFrame, Entry, Finding, UnusedKeycode, typed
from schemas.layout import Layout, Text

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
    matched, odd = _recognised(read, layouts, options)
    tables = [_with_rows(source, sheet) for sheet in matched]
    readings = [sheet.reading for sheet in tables if isinstance(sheet.reading, SheetReading)]
    recognised = [reading.match for reading in readings]
    refusal = too_many_sessions(source, [sheet.rows for sheet in tables], options.max_sessions)
    parts, findings = _without_findings(
        _parts(source, tables, options, _used if refusal.empty else _refused)
    )
    entries = typed(concat_columns([part.entries for part in parts]), Entry)
    return Interpreted(
        source=source,
        layouts=tuple(dict.fromkeys(match.layout.name for match in recognised)),
        rows_read=sum(sheet.rows_read for sheet in tables),
        entries=entries,
        set_aside=joined([part.set_aside for part in parts]),
        findings=concat_findings(
            [
                *(make_findings(code, place(source)) for code in odd),
                *_encoding(source, tables),
                findings,
                *(_empty(source, readings) if entries.empty and refusal.empty else []),
                refusal,
            ]
        ),
        readable=bool(recognised) and refusal.empty,
        read_as="; ".join(
            filter(None, [*(sheet.sheet.table.read_as for sheet in tables[:1]), decimals(entries)])
        ),
        unused=typed(pd.concat([part.unused for part in parts], ignore_index=True), UnusedKeycode),
        cells_read=sum(part.cells.read for part in parts),
        cells_by_role=roles.added([part.cells for part in parts]),
        text=recognised[0].layout.text if recognised else Text(),
    )


def _encoding(source: SourceFile, sheets: Sequence[_MatchedSheet]) -> list[DataFrame[Finding]]:
    """That a text file looks like another encoding than the one in which it was read."""
    others = [sheet.sheet.table.looks_like for sheet in sheets[:1]]
    return [
        make_findings("encoding-other", place(source), other=other) for other in others if other
    ]


def _empty(source: SourceFile, readings: Sequence[SheetReading]) -> list[DataFrame[Finding]]:
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


@dataclass(frozen=True)
class _MatchedSheet:
    """A sheet, and the layout found for it."""

    sheet: Sheet
    reading: SheetReading | Unrecognised
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)  # of candidates, and who they are

    @property
    def rows_read(self) -> int:
        """How many rows it has, as the layout counts them."""
        if isinstance(self.reading, SheetReading):
            return self.reading.match.sheet.texts.shape[0]
        return self.sheet.texts.shape[0]


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


def _with_rows(source: SourceFile, sheet: _MatchedSheet) -> _MatchedSheet:
    if isinstance(sheet.reading, Unrecognised):
        return sheet
    match, name = sheet.reading.match, sent_name(source.path.name)
    rows = with_whose(candidate_rows(match, sheet.reading.candidates), match, name)
    return replace(
        sheet,
        rows=rows.assign(
            file=constant(source.name, rows.index),
            sheet=constant(sheet.sheet.table.sheet, rows.index),
        ),
    )


def _parts(
    source: SourceFile,
    tables: Sequence[_MatchedSheet],
    options: ReadingOptions,
    made_of: Callable[[SourceFile, _MatchedSheet, SheetReading, ReadingOptions], SheetPart],
) -> Iterator[SheetPart]:
    """What comes of each sheet; ``made_of`` makes it of one that has a layout."""
    ids = _ids(tables)
    for sheet in tables:
        if isinstance(sheet.reading, SheetReading):
            yield made_of(source, sheet, sheet.reading, options)
        else:
            yield unused_sheet(source, sheet.sheet, sheet.reading, ids)


def _ids(tables: Sequence[_MatchedSheet]) -> set[str] | None:
    """The ids that stand beside sheets without a layout; None where no sheet has one."""
    used = [sheet.rows["id"] for sheet in tables if isinstance(sheet.reading, SheetReading)]
    if len(used) == len(tables):
        return set()
    return {*chain.from_iterable(used)} if used else None


def _without_findings(parts: Iterable[SheetPart]) -> tuple[list[SheetPart], DataFrame[Finding]]:
    """The parts of a file, and their findings: of many thousand warnings the first ones.

    Those of each sheet are cut before the next one makes more.
    """
    done, findings = list[SheetPart](), concat_findings([])
    for part in parts:
        findings = bounded_warnings(concat_findings([findings, part.findings]))
        done.append(replace(part, findings=concat_findings([])))
    return done, findings


def _used(
    source: SourceFile, sheet: _MatchedSheet, reading: SheetReading, options: ReadingOptions
) -> SheetPart:
    match, reasons = reading.match, reading.reasons
    entries = read_cells(unfold(match, sheet.rows), match, options)
    entries = with_totals(entries, match, reasons)
    warnings = sheet_warnings(source, reading, typed(entries, Entry))
    return SheetPart(
        typed(entries[ENTRIES], Entry),
        aside(source, sheet.sheet.table, reasons[reasons != ""]),
        concat_findings([warnings, *_standing(source, match)]),
        nothing_unused(),
        roles.account(match, reading.candidates, list(reading.columns)),
    )


def _refused(
    source: SourceFile, sheet: _MatchedSheet, reading: SheetReading, options: ReadingOptions
) -> SheetPart:
    """Of a file that is refused as a whole: all rows are set aside, and it is known whose."""
    reasons = reading.reasons.copy()
    reasons[reading.candidates] = TOO_MANY
    set_aside = aside(source, sheet.sheet.table, reasons)
    ids = nothing_unused() if options.alone else ids_of(sheet.rows)
    return SheetPart(no_entries(), set_aside, concat_findings([]), ids)


def _standing(source: SourceFile, match: Match) -> list[DataFrame[Finding]]:
    if match.layout.standing != "unverified":
        return []
    at = place(source, match.sheet.table.sheet)
    return [make_findings("layout-unverified", at, layout=match.layout.title)]
