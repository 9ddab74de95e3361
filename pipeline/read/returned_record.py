"""The record that is hidden in a workbook that we return: its sheets, and what stood in them.

    papermarks-returned/1 | 20261126-101500-ab12 | 5e8848…
    ours                  | To mend
    sheet                 | marks | Paper 1 | 4 | Rows to mend |
    row                   | 0     | 6       | B10P1AAB | 18 | six | …

It is data like any other cell: nothing in it says whose marks a row has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from pipeline.read.beside import fitting
from pipeline.source import Returned, Table

RECORD, TO_MEND, ROWS = "papermarks", "To mend", "Rows to mend"
ROW_NUMBER = "Row number"
_FORM = "papermarks-returned/1"
_SUFFIX = " - to mend"
_NAMED = re.compile(rf"(?P<stem>.*){_SUFFIX}(?: (?P<number>\d{{1,4}}))?", re.DOTALL | re.IGNORECASE)

Texts = tuple[str, ...]


@dataclass(frozen=True)
class ReturnedSheet:
    """What the record says of one of the sender's sheets. Rows count from 0."""

    name: str  # in this workbook
    original: str  # in the sender's file; "" of a text file
    columns: int  # that it had
    rows_sheet: str = ""  # the one with its rows to mend; "" where there is none
    width: int | None = None  # of an ordinary row of a text file, in fields; None of a workbook
    rows: Mapping[int, Texts] = field(default_factory=dict)  # those to mend, as they were
    ragged: Mapping[Texts, int] = field(default_factory=dict)  # the fields of other rows


@dataclass(frozen=True)
class Record:
    """Of which run and file the workbook is the return, and what its sheets are."""

    of: Returned
    sheets: tuple[ReturnedSheet, ...]
    ours: Texts = ()  # names of the sheets that hold nothing of the sender's


def returned_name(name: str) -> str:
    """What the workbook is called that goes back for a file: another one each time."""
    stem = PurePath(name).stem
    found = _NAMED.fullmatch(stem)
    if found is None:
        return fitting(stem, f"{_SUFFIX}.xlsx")
    return fitting(found["stem"], f"{_SUFFIX} {int(found['number'] or 1) + 1}.xlsx")


def is_returned_name(name: str) -> bool:
    """Whether a file is called as what goes back to senders is."""
    return _NAMED.fullmatch(PurePath(name).stem) is not None


def sent_name(name: str) -> str:
    """What the sender called the file: some programs write the candidate into its name."""
    path = PurePath(name)
    found = _NAMED.fullmatch(path.stem)
    return name if found is None else path.with_name(f"{found['stem']}{path.suffix}").name


def record_rows(record: Record) -> Iterator[Texts]:
    """The record as it is written into its sheet."""
    yield (_FORM, record.of.run, record.of.sha256)
    yield from (("ours", name) for name in record.ours)
    for at, sheet in enumerate(record.sheets):
        width = "" if sheet.width is None else str(sheet.width)
        yield ("sheet", sheet.name, sheet.original, str(sheet.columns), sheet.rows_sheet, width)
        for row, texts in sheet.rows.items():
            yield ("row", str(at), str(row), *texts)
        for texts, fields in sheet.ragged.items():
            yield ("ragged", str(at), str(fields), *texts)


def read_record(tables: Sequence[Table]) -> Record | None:
    """The record among a workbook's sheets; None where there is none that can be read."""
    for table in tables:
        rows = texts_of(table) if table.sheet == RECORD else []
        if rows and len(rows[0]) > 2 and rows[0][0] == _FORM:
            try:
                return _record(rows)
            except (ValueError, IndexError):  # somebody wrote in it
                return None
    return None


def texts_of(table: Table) -> list[list[str]]:
    """A table's cells, row by row."""
    rows: list[list[str]] = table.texts.distinct[table.texts.codes].tolist()
    return rows


def _record(rows: Sequence[Sequence[str]]) -> Record:
    sheets = [_sheet(row) for row in rows if row[0] == "sheet"]
    texts: list[dict[int, Texts]] = [{} for _ in sheets]
    ragged: list[dict[Texts, int]] = [{} for _ in sheets]
    for kind, at, number, *row in rows:
        if kind == "row":
            texts[int(at)][int(number)] = as_wide(row, sheets[int(at)].columns)
        elif kind == "ragged":
            ragged[int(at)][as_wide(row, sheets[int(at)].columns)] = int(number)
    return Record(
        Returned(rows[0][1], rows[0][2]),
        tuple(
            replace(sheet, rows=of_sheet, ragged=widths)
            for sheet, of_sheet, widths in zip(sheets, texts, ragged, strict=True)
        ),
        tuple(row[1] for row in rows if row[0] == "ours"),
    )


def _sheet(row: Sequence[str]) -> ReturnedSheet:
    _, name, original, columns, rows_sheet, width = (*row, "", "", "")[:6]
    return ReturnedSheet(name, original, int(columns), rows_sheet, int(width) if width else None)


def as_wide(texts: Sequence[str], columns: int) -> Texts:
    """The texts of so many columns; of more, where more are filled."""
    last = max((at for at, text in enumerate(texts) if text), default=-1) + 1
    kept = tuple(texts[: max(columns, last)])
    return kept + ("",) * (columns - len(kept))
