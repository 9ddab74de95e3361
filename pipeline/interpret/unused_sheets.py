"""Files and sheets of which nothing is used: why, and which ids stand there."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret import roles
from pipeline.interpret.match_result import Sheet, Unrecognised
from pipeline.interpret.places import place
from pipeline.interpret.sheet_part import SheetPart, aside, joined, no_entries, rows_aside
from pipeline.model import ASIDE, UNUSED, Interpreted, SourceFile, Table
from schemas.entries import KEYCODE
from schemas.frames import DataFrame, SetAside, UnusedKeycode, typed
from schemas.words import INSTRUCTIONS_SHEET, INSTRUCTIONS_TITLE

_READ = ("file-repeated", "returned-unclear")  # rules for files that are well in themselves


def unused(
    source: SourceFile, tables: Sequence[Table], rule: str, reason: str, **facts: str | int
) -> Interpreted:
    """A source file of which nothing is used: its rows are set aside, the finding says why."""
    return Interpreted(
        source=source,
        layouts=(),
        rows_read=sum(table.texts.shape[0] for table in tables),
        entries=no_entries(),
        set_aside=joined(
            [rows_aside(source, table, reason) for table in tables]
            or [typed(pd.DataFrame(columns=ASIDE), SetAside)]
        ),
        findings=make_findings(rule, place(source), **facts),
        readable=rule in _READ,
    )


def unused_sheet(
    source: SourceFile, sheet: Sheet, why: Unrecognised, used: Collection[str] | None
) -> SheetPart:
    """What comes of a sheet without a layout.

    Beside a sheet that has one it may well be a cover or a note.

    ``used`` are the ids of the sheets that have one; None where none has.
    """
    table, cells = sheet.table, sheet.cells
    known = {text for text in used or () if re.fullmatch(_LIKE_A_REFERENCE, text)}
    theirs = _ids(source, sheet, KEYCODE, known)
    others = _ids(source, sheet, _LIKE_A_REFERENCE)
    ids = typed(pd.concat([theirs, others], ignore_index=True), UnusedKeycode)
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
    if table.hidden and not (cells.empty or ours):
        hidden = make_findings("sheet-hidden", place(source, table.sheet), why=_NOT_USED)
        findings = concat_findings([findings, hidden])
    return SheetPart(no_entries(), aside(source, table, reasons), findings, ids)


_NOT_USED = "nothing of it was used"


def _is_our_instructions(sheet: str, cells: pd.DataFrame) -> bool:
    return (
        not cells.empty
        and sheet == INSTRUCTIONS_SHEET
        and bool(cells.iat[0, 0] == INSTRUCTIONS_TITLE)
    )


# What may be a candidate's reference: three digits or more, and not a mark.
_LIKE_A_REFERENCE = r"(?![1-9][0-9]{0,3}$)(?=(?:[^0-9]*[0-9]){3})[^\s]{3,24}"


def _ids(
    source: SourceFile, sheet: Sheet, like: str, known: Collection[str] = ()
) -> DataFrame[UnusedKeycode]:
    """Where ids that look like this, or are known, stand with marks or answers beside them.

    A list of names and keycodes holds none of a session's marks.
    """
    cells = sheet.cells
    is_known = np.array([text in known for text in sheet.texts.distinct], bool)
    is_id = sheet.matching(like) | is_known[sheet.texts.codes]
    found = {at: np.flatnonzero(of_column).tolist() for at, of_column in enumerate(is_id.T)}
    rows = sorted({row for of_column in found.values() for row in of_column})
    beside = roles.may_hold_marks(cells, rows, {at for at, of in found.items() if of})
    ids = pd.DataFrame(
        [
            (source.name, sheet.table.sheet, row + 1, sheet.names[at], cells.iat[row, at])
            for at, of_column in found.items()
            for row in of_column
            if beside
        ],
        columns=UNUSED,
    )
    return typed(ids, UnusedKeycode)
