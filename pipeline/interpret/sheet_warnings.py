"""Findings about a sheet as a whole and its rows: what is odd in how it was written."""

from __future__ import annotations

import re

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.match_result import Match
from pipeline.interpret.rows import ADDS_UP
from pipeline.interpret.text import has_invisible, map_distinct, tidy
from pipeline.model import SourceFile
from schemas.entries import DATE, KEYCODE, matches
from schemas.frames import at_id

# A line within a cell that has a keycode as one of several fields.
_ROW_WITHIN = re.compile(rf'[\r\n](?:[^\r\n]*[,;\t])?\s*"?({KEYCODE})"?[,;\t]')
_E_NOTATION = r"[0-9](?:[.,][0-9]+)?[eE][+]?[0-9]{1,3}"
_KEPT = 15  # digits that Excel keeps of a number
_SAID = {".": "decimal points", ",": "decimal commas"}
_SIGNED = re.compile("[0-9]+([.,])[0-9]+")


def sheet_warnings(
    source: SourceFile, match: Match, entries: pd.DataFrame, reasons: pd.Series[str]
) -> pd.DataFrame:
    """Everything odd in a sheet: its ``entries``, and the ``reasons`` of rows set aside."""
    findings = [
        *(
            make_findings("row-adds-up", _at(source, match, row, None))
            for row in _added_up(reasons)
        ),
        *_ignored(source, match),
        _hidden(source, match),
        _ids_as_numbers(source, match, entries),
        _not_references(match, entries),
        _tidied_ids(match, entries),
        _tidied_cells(entries),
        _mixed_decimals(match, entries),
    ]
    if match.sheet.table.widths is not None and match.layout.shape != "positions":
        findings += [_ragged(match, entries), _swallowed(source, match)]
    return concat_findings(findings)


def _added_up(reasons: pd.Series[str]) -> list[int]:
    return reasons.index[reasons == ADDS_UP].tolist()


def place(
    source: SourceFile, sheet: str = "", row: int | None = None, column: str | None = None
) -> pd.DataFrame:
    """One place, for a finding; ``row`` from 0."""
    at = {"file": source.name, "sheet": sheet, "column": column}
    return pd.DataFrame([at | {"row": None if row is None else row + 1}])


def _at(source: SourceFile, match: Match, row: int | None, at: int | None) -> pd.DataFrame:
    column = None if at is None else match.sheet.names[at]
    return place(source, match.sheet.table.sheet, row, column)


def _ignored(source: SourceFile, match: Match) -> list[pd.DataFrame]:
    row = match.heading.stop - 1
    return [
        make_findings(
            "column-ignored",
            _at(source, match, row, at),
            text=match.sheet.cells.iat[row, at] or match.sheet.cells.iat[match.heading.start, at],
        )
        for at in match.ignored
    ]


def _hidden(source: SourceFile, match: Match) -> pd.DataFrame:
    table = match.sheet.table
    rows = sorted(row for row in table.hidden_rows if row >= match.body)
    return concat_findings(
        [
            make_findings("sheet-hidden", _at(source, match, None, None))
            if table.hidden
            else concat_findings([]),
            make_findings("rows-hidden", _at(source, match, rows[0], None), count=len(rows))
            if rows
            else concat_findings([]),
        ]
    )


def _ids_as_numbers(source: SourceFile, match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    """Candidate references that a workbook stores as numbers: leading zeros are gone."""
    numbers, width = match.sheet.table.numbers, match.layout.id.width
    if numbers is None or match.keycode is not None or match.id is None or width is not None:
        return concat_findings([])
    rows = entries["row"].drop_duplicates().to_numpy() - 1
    stored = rows[numbers[rows, match.id]]
    if not len(stored):
        return concat_findings([])
    return make_findings(
        "id-is-number", _at(source, match, int(stored[0]), match.id), count=len(stored)
    )


def _not_references(match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    """References that Excel has damaged beyond repair."""
    if match.keycode is not None:
        return concat_findings([])
    firsts = entries.drop_duplicates("row")
    ids = firsts["candidate"]
    numbers, rows = match.sheet.table.numbers, firsts["row"].to_numpy() - 1
    long = (ids.str.len() > _KEPT).to_numpy()
    stored = numbers is not None and match.id is not None and numbers[rows, match.id]
    reasons = {
        "it is in scientific notation, its last digits are lost": matches(ids, _E_NOTATION),
        "it is a date, which Excel made of it": matches(ids, DATE),
        "it is a number of more than 15 digits, of which Excel loses the last": long & stored,
    }
    findings = [
        make_findings("reference-damaged", at_id(firsts[damaged]), why=why)
        for why, damaged in reasons.items()
    ]
    return concat_findings(findings)


def _tidied_ids(match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    firsts = entries.drop_duplicates("row")
    # What the layout leaves out of the cell, such as a file's ending, is no oddity.
    written = firsts["id_text"] if match.layout.id.part is None else firsts["id"]
    changed = (written != firsts["keycode"]) & matches(firsts["keycode"], KEYCODE)
    hidden = (firsts["keycode"] == "") & has_invisible(firsts["id_text"])
    findings = at_id(firsts[hidden])
    return concat_findings(
        [
            make_findings("keycode-tidied", at_id(firsts[changed])),
            make_findings("cell-tidied", findings, read_as=findings["candidate"].tolist()),
        ]
    )


def _tidied_cells(entries: pd.DataFrame) -> pd.DataFrame:
    findings = entries[has_invisible(entries["text"])]
    findings = findings.assign(read_as=[tidy(text) for text in findings["text"]])
    return make_findings("cell-tidied", findings[findings["read_as"] != ""])


def _mixed_decimals(match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    """Columns of marks with decimal commas and decimal points, or with the wrong sign."""
    signs, wanted = _signs(entries), match.layout.text.decimal
    if wanted is not None:
        return make_findings(
            "decimals-mixed", signs[signs["sign"] != wanted], expected=_SAID[wanted]
        )
    both = signs.groupby("column")["sign"].transform("nunique") > 1
    return make_findings("decimals-mixed", signs[both], expected="one kind of decimal sign")


def decimals(entries: pd.DataFrame) -> str:
    """Which decimal signs the columns of marks have, for the report; "" where there are none."""
    columns = _signs(entries).drop_duplicates(["column", "sign"]).groupby("sign")["column"]
    return "; ".join(f"{_SAID[str(sign)]} in {', '.join(columns)}" for sign, columns in columns)


def _signs(entries: pd.DataFrame) -> pd.DataFrame:
    """The marks with a decimal sign, and that ``sign``."""
    marks = entries[(entries["kind"] == "marks") & entries["value"].notna()]
    signs = map_distinct(
        marks["value"], lambda text: m[1] if (m := _SIGNED.fullmatch(text)) else ""
    )
    return marks.assign(sign=signs)[signs != ""]


def _ragged(match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    """Rows of a text file with more or fewer fields than the heading."""
    widths, cells = match.sheet.table.widths, match.sheet.cells
    assert widths is not None  # noqa: S101  # said by the caller
    expected = int(widths[match.heading.stop - 1])
    firsts = entries.drop_duplicates("row")
    columns = widths[firsts["row"] - 1]
    spare = (cells.iloc[:, expected:] == "").all(axis=1)[columns.index]
    ragged = ((columns < expected) | ((columns > expected) & ~spare)).to_numpy()
    return make_findings(
        "row-ragged",
        firsts[ragged].assign(column=lambda findings: findings["id_column"], question=None),
        found=columns[ragged].tolist(),
        expected=expected,
    )


def _swallowed(source: SourceFile, match: Match) -> pd.DataFrame:
    """Rows of a text file with a cell that holds lines which look like rows of their own."""
    below = match.sheet.raw.iloc[match.heading.start :]
    findings = [
        _at(source, match, row, at).assign(other=found[1])
        for at in range(below.shape[1])
        if below[at].str.contains("[\r\n]", regex=True).any()
        for row, text in enumerate(below[at], start=match.heading.start)
        if (found := _ROW_WITHIN.search(text))
    ]
    return make_findings("row-swallowed", pd.concat(findings)) if findings else concat_findings([])
