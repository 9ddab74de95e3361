"""Findings about a sheet as a whole and its rows: what is odd in how it was written."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.first_few import first_few
from pipeline.interpret.cell_warnings import (
    mixed_decimals,
    no_question_numbers,
    numbers_among_letters,
    stray_letters,
    tidied_cells,
)
from pipeline.interpret.id_warnings import (
    ids_as_numbers,
    ids_not_in_each_row,
    not_references,
    tidied_ids,
)
from pipeline.interpret.match_result import Match
from pipeline.interpret.places import in_sheet
from pipeline.interpret.recognise import SheetReading
from pipeline.interpret.roles import Column, Role
from pipeline.interpret.rows import ADDS_UP, ARE_MAXIMA, NOT_MARKED
from pipeline.interpret.stated_maxima import over_stated_maxima
from pipeline.model import SourceFile
from schemas.entries import KEYCODE
from schemas.frames import DataFrame, Entry, Finding

# A line within a cell that has a keycode as one of several fields.
_ROW_WITHIN = re.compile(rf'[\r\n](?:[^\r\n]*[,;\t])?\s*"?({KEYCODE})"?[,;\t]')
_MOST_LISTED = 8  # rows that a message names


def sheet_warnings(
    source: SourceFile, reading: SheetReading, entries: DataFrame[Entry]
) -> DataFrame[Finding]:
    """Everything odd in a sheet, of which these are the ``entries``."""
    match = reading.match
    begins = np.diff(entries["row"].to_numpy(np.int64), prepend=0) != 0
    firsts = entries if begins.all() else entries[begins]  # of each row
    findings = [
        *_rows_taken_for(source, reading),
        *_ignored(source, reading),
        *_hidden(source, reading),
        *ids_not_in_each_row(source, reading, firsts),
        ids_as_numbers(source, match, firsts),
        not_references(match, firsts),
        tidied_ids(match, firsts),
        tidied_cells(entries),
        mixed_decimals(match, entries),
        numbers_among_letters(match, entries),
        stray_letters(match, entries),
        no_question_numbers(match, entries),
        over_stated_maxima(match, reading.reasons, reading.columns, entries),
    ]
    if match.sheet.table.widths is not None and match.layout.shape != "positions":
        findings += [_ragged(reading, firsts), _swallowed(source, match)]
    return concat_findings(findings)


_PROVED = {ADDS_UP: "row-adds-up", ARE_MAXIMA: "row-is-maxima"}


def _rows_taken_for(source: SourceFile, reading: SheetReading) -> list[DataFrame[Finding]]:
    """Rows that do not say what they are, and those of candidates without any mark."""
    match, reasons = reading.match, reading.reasons
    of_proved = reasons[reasons.isin([*_PROVED])]
    proved: list[DataFrame[Finding]] = [
        make_findings(_PROVED[reason], in_sheet(source, match, row, None))
        for row, reason in zip(of_proved.index.tolist(), of_proved, strict=True)
    ]
    rows = reasons.index[reasons == NOT_MARKED].tolist()
    if not rows:
        return proved
    listed = first_few([str(row + 1) for row in rows], _MOST_LISTED)
    at = in_sheet(source, match, rows[0], match.id)
    return [*proved, make_findings("row-not-marked", at, count=len(rows), other=listed)]


_TOLD_AS_IGNORED = {Role.DESCRIPTIVE, Role.OTHER_ID, Role.RECKONED}


def _ignored(source: SourceFile, reading: SheetReading) -> list[DataFrame[Finding]]:
    match = reading.match
    row = match.heading.stop - 1
    ignored: list[DataFrame[Finding]] = [
        make_findings(
            "column-ignored", in_sheet(source, match, row, column.at), text=column.heading
        )
        for column in reading.columns
        if column.role in _TOLD_AS_IGNORED and column.heading and column.at != match.total
    ]
    return ignored + [
        make_findings("column-left-out", in_sheet(source, match, row, at), text=heading)
        for at, heading in reading.left_out
    ]


def _hidden(source: SourceFile, reading: SheetReading) -> list[DataFrame[Finding]]:
    """What Excel does not show of the sheet, and whether it was used."""
    match = reading.match
    table = match.sheet.table
    rows = sorted(row for row in table.hidden_rows if row >= match.body)
    columns = [one for one in reading.columns if one.at in table.hidden_columns and one.says]
    found: list[DataFrame[Finding]] = []
    if table.hidden:
        at = in_sheet(source, match, None, None)
        found.append(make_findings("sheet-hidden", at, why="it was read all the same"))
    if rows:
        at = in_sheet(source, match, rows[0], None)
        found.append(make_findings("rows-hidden", at, count=len(rows)))
    if columns:
        names = match.sheet.names
        hidden = [f"{names[one.at]} ({_used_as(match, one)})" for one in columns]
        other = first_few(hidden, _MOST_LISTED)
        at = in_sheet(source, match, None, columns[0].at)
        found.append(make_findings("columns-hidden", at, count=len(columns), other=other))
    return found


def _used_as(match: Match, column: Column) -> str:
    """What a column was read as, in a word or two."""
    if column.role is Role.QUESTION:
        number = match.questions.get(column.at)
        return "read all the same" if number is None else f"read as question {number}"
    if column.role in (Role.ID, Role.SAYS):
        return "read all the same"
    return "not used"


def _ragged(reading: SheetReading, firsts: DataFrame[Entry]) -> DataFrame[Finding]:
    """Rows of a text file with more or fewer fields than the heading.

    Empty fields at the end do not count, nor does a row that lacks only columns that are not used.
    """
    match = reading.match
    widths, blank = match.sheet.table.widths, match.sheet.blank
    assert widths is not None  # noqa: S101  # said by the caller
    used = {Role.ID, Role.SAYS, Role.QUESTION, Role.UNKNOWN}
    needed = max((column.at + 1 for column in reading.columns if column.role in used), default=0)
    full = int(widths[match.heading.stop - 1])
    headed = max((column.at + 1 for column in reading.columns if column.heading), default=full)
    needed = min(max(needed, 1 if match.total is None else match.total + 1), full)
    rows = firsts["row"].to_numpy(np.int64) - 1
    found = widths[rows]
    spare = blank[rows, full:].all(axis=1)
    # A row that lacks fields amid its own columns ends early and has something wrong in them.
    ragged = (found < needed) | ((found > full) & ~spare)
    return make_findings(
        "row-ragged",
        firsts[ragged].assign(column=lambda first: first["id_column"], question=None),
        found=found[ragged].tolist(),
        expected=headed,
    )


def _swallowed(source: SourceFile, match: Match) -> DataFrame[Finding]:
    """Rows of a text file with a cell that holds lines which look like rows of their own."""
    written, found = match.sheet.written, _ROW_WITHIN.search
    within = {text: m[1] for text in written.distinct if (m := found(text))}
    holds = np.array([text in within for text in written.distinct], bool)[written.codes]
    holds[: match.heading.start] = False
    findings = [
        in_sheet(source, match, row, at).assign(
            other=within[written.distinct[written.codes[row, at]]]
        )
        for at, row in np.argwhere(holds.T).tolist()
    ]
    return make_findings("row-swallowed", pd.concat(findings)) if findings else concat_findings([])
