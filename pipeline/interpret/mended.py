"""A workbook that went back to its sender and came in again, read as the file that it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret import Reading, ReadingOptions, interpret, rows_aside, unused
from pipeline.interpret.places import place
from pipeline.model import Interpreted, SourceFile, Table
from pipeline.read import returned
from pipeline.read.returned_record import read_record
from pipeline.read.slip import slips_in
from schemas.frames import SetAside, typed
from schemas.layout import Layout, Text

_MAX_LISTED = 20  # rows that a message names


def interpret_any(
    source: SourceFile,
    read: Callable[[Text], Reading],
    layouts: Sequence[Layout],
    options: ReadingOptions,
) -> Interpreted:
    """A source file, with what was mended in it where it is one of those that we returned.

    ``read`` is asked for a workbook's tables, which have but one way to be read.
    """
    tables, odd = read(Text())
    record = read_record(tables)
    if record is None:
        return _with_slip(source, tables, odd, layouts, options)
    try:
        mended = returned.mended(tables, record)
    except returned.Unclear as unclear:
        rule = "returned-unclear"
        at = unused(source, tables, rule, rule, why=unclear.why)
        findings = at.findings.assign(sheet=unclear.sheet, row=pd.array([unclear.row], "Int64"))
        return replace(at, findings=findings, returned=record.of)
    interpreted = _with_slip(source, mended.tables, odd, layouts, options)
    return replace(
        interpreted,
        findings=concat_findings([interpreted.findings, *_removed(source, mended)]),
        returned=record.of,
    )


def _with_slip(
    source: SourceFile,
    tables: Sequence[Table],
    odd: Sequence[str],
    layouts: Sequence[Layout],
    options: ReadingOptions,
) -> Interpreted:
    """Without a sheet that is a slip, which is no sheet of marks: its rows are set aside."""
    slips, sheets, others = slips_in(tables)
    interpreted = interpret(source, lambda _: (others, odd), layouts, options)
    if not slips:
        return interpreted
    rows = [rows_aside(source, sheet, "slip") for sheet in sheets]
    return replace(
        interpreted,
        rows_read=interpreted.rows_read + sum(map(len, rows)),
        set_aside=typed(pd.concat([interpreted.set_aside, *rows], ignore_index=True), SetAside),
        slips=tuple(slips),
    )


def _removed(source: SourceFile, mended: returned.Mended) -> list[pd.DataFrame]:
    return [
        make_findings(
            "returned-row-removed",
            place(source, sheet),
            count=len(rows),
            other=", ".join(str(row + 1) for row in rows[:_MAX_LISTED])
            + (", …" if len(rows) > _MAX_LISTED else ""),
        )
        for sheet, rows in mended.removed.items()
    ]
