"""Findings about a sheet as a whole and its rows: what is odd in how it was written."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.match_result import Match
from pipeline.interpret.recognise import SheetReading
from pipeline.interpret.roles import Role
from pipeline.interpret.rows import ADDS_UP, ARE_MAXIMA, NOT_MARKED
from pipeline.interpret.text import has_invisible, tidy
from pipeline.model import SourceFile
from schemas.columns import alike, matches
from schemas.entries import DATE, KEYCODE
from schemas.frames import at_id
from schemas.headings import words
from schemas.words import Kind

# A line within a cell that has a keycode as one of several fields.
_ROW_WITHIN = re.compile(rf'[\r\n](?:[^\r\n]*[,;\t])?\s*"?({KEYCODE})"?[,;\t]')
_E_NOTATION = r"[0-9](?:[.,][0-9]+)?[eE][+]?[0-9]{1,3}"
_KEPT = 15  # digits that Excel keeps of a number
_SAID = {".": "decimal points", ",": "decimal commas"}
_MOST_LISTED = 8  # rows that a message names
_SIGNED = "[0-9]+([.,])[0-9]+"


def sheet_warnings(
    source: SourceFile, reading: SheetReading, entries: pd.DataFrame
) -> pd.DataFrame:
    """Everything odd in a sheet, of which these are the ``entries``."""
    match = reading.match
    begins = np.diff(entries["row"].to_numpy(np.int64), prepend=0) != 0
    firsts = entries if begins.all() else entries[begins]  # of each row
    findings = [
        *_rows_taken_for(source, reading),
        *_ignored(source, reading),
        _hidden(source, match),
        *_ids_not_in_each_row(source, reading, firsts),
        _ids_as_numbers(source, match, firsts),
        _not_references(match, firsts),
        _tidied_ids(match, firsts),
        _tidied_cells(entries),
        _mixed_decimals(match, entries),
        _numbers_among_letters(match, entries),
        _no_question_numbers(match, entries),
    ]
    if match.sheet.table.widths is not None and match.layout.shape != "positions":
        findings += [_ragged(reading, firsts), _swallowed(source, match)]
    return concat_findings(findings)


_PROVED = {ADDS_UP: "row-adds-up", ARE_MAXIMA: "row-is-maxima"}


def _rows_taken_for(source: SourceFile, reading: SheetReading) -> list[pd.DataFrame]:
    """Rows that do not say what they are, and those of candidates without any mark."""
    match, reasons = reading.match, reading.reasons
    of_proved = reasons[reasons.isin([*_PROVED])]
    proved: list[pd.DataFrame] = [
        make_findings(_PROVED[reason], _at(source, match, row, None))
        for row, reason in zip(of_proved.index.tolist(), of_proved, strict=True)
    ]
    rows = reasons.index[reasons == NOT_MARKED].tolist()
    if not rows:
        return proved
    listed = ", ".join(str(row + 1) for row in rows[:_MOST_LISTED])
    more = f" and {len(rows) - _MOST_LISTED} more" if len(rows) > _MOST_LISTED else ""
    at = _at(source, match, rows[0], match.id)
    return [*proved, make_findings("row-not-marked", at, count=len(rows), other=listed + more)]


def place(
    source: SourceFile, sheet: str = "", row: int | None = None, column: str | None = None
) -> pd.DataFrame:
    """One place, for a finding; ``row`` from 0."""
    at = {"file": source.name, "sheet": sheet, "column": column}
    return pd.DataFrame([at | {"row": None if row is None else row + 1}])


def _at(source: SourceFile, match: Match, row: int | None, at: int | None) -> pd.DataFrame:
    column = None if at is None else match.sheet.names[at]
    return place(source, match.sheet.table.sheet, row, column)


_TOLD_AS_IGNORED = {Role.DESCRIPTIVE, Role.OTHER_ID, Role.RECKONED}


def _ignored(source: SourceFile, reading: SheetReading) -> list[pd.DataFrame]:
    match = reading.match
    row = match.heading.stop - 1
    ignored: list[pd.DataFrame] = [
        make_findings("column-ignored", _at(source, match, row, column.at), text=column.heading)
        for column in reading.columns
        if column.role in _TOLD_AS_IGNORED and column.heading and column.at != match.total
    ]
    return ignored + [
        make_findings("column-left-out", _at(source, match, row, at), text=heading)
        for at, heading in reading.left_out
    ]


def _ids_not_in_each_row(
    source: SourceFile, reading: SheetReading, firsts: pd.DataFrame
) -> list[pd.DataFrame]:
    """Candidates below whom stand rows that name nobody, and ids that were filled down."""
    match = reading.match
    if match.id is None:
        return []
    findings: list[pd.DataFrame] = []
    if reading.filled_down:
        first = _at(source, match, reading.filled_down[0], match.id)
        findings.append(make_findings("id-filled-down", first, count=len(reading.filled_down)))
    if not _may_leave_ids_out(match):
        return findings
    ids, candidates = match.ids(), reading.candidates.to_numpy()
    others = [at for at in (match.keycode, match.candidate, *match.other_ids) if at is not None]
    named = (ids != "").to_numpy() | ~match.sheet.blank[:, others].all(axis=1)
    if named[candidates].all():
        return findings
    # The last row that names somebody, until a blank row or one that is set aside.
    at = np.arange(len(candidates))
    last = pd.Series(np.where(candidates & named, at, -1)).groupby(np.cumsum(~candidates))
    nameless = candidates & ~named
    heads = _beside_nameless(reading, nameless, last.cummax().to_numpy().astype(int))
    if match.question is not None:  # and the row right below
        below = np.append((candidates & named)[1:], False) & nameless & _goes_on(match)
        heads = np.union1d(heads, _beside_nameless(reading, below, at + 1))
    if not len(heads):
        return findings
    return [
        *findings,
        make_findings("id-first-row-only", at_id(firsts[firsts["row"].isin(heads + 1)])),
    ]


def _goes_on(match: Match) -> NDArray[np.bool_]:
    """Rows of a question each that come before the next row's: 1 where that has 2, but not 3 and 1.

    So do those of a candidate whose id stands in another row than the first.
    """
    questions = match.sheet.cells[match.question].tolist()
    order = [
        [int(part) if part.isdecimal() else 0 for part in _NUMBERS.findall(q)] for q in questions
    ]
    return np.array([*(one < other for one, other in pairwise(order)), False], dtype=bool)


_NUMBERS = re.compile("[0-9]+")


def _beside_nameless(
    reading: SheetReading, nameless: NDArray[np.bool_], whose: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    """The rows, by number, whose candidate the nameless rows beside them may be of.

    ``whose`` is for each row the nearest one that names somebody; none is out of the sheet.
    """
    there = nameless & (whose >= 0) & (whose < len(whose))
    there &= _may_be_of(reading, np.where(there, whose, 0))
    return np.unique(whose[there])


def _may_leave_ids_out(match: Match) -> bool:
    """Whether people wrote the sheet: of a scanned page without an id nothing is known."""
    layout = match.layout
    if layout.signs.headings or layout.shape == "positions":
        return False
    return layout.shape == "long" or layout.kind is Kind.MARKS


def _may_be_of(reading: SheetReading, whose: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Which rows name nobody else than the row that is given for each, in columns of names."""
    cells = reading.match.sheet.cells
    same = np.ones(len(cells), bool)
    for column in reading.columns:
        if column.role is Role.DESCRIPTIVE and not _NAMES.isdisjoint(words(column.heading)):
            names = cells[column.at].to_numpy()
            same &= (names == "") | (names[whose] == "") | (names == names[whose])
    return same


_NAMES = {"name", "names", "surname", "forename", "student", "candidate", "pupil", "learner"}


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


def _ids_as_numbers(source: SourceFile, match: Match, firsts: pd.DataFrame) -> pd.DataFrame:
    """Candidate references that a workbook stores as numbers: leading zeros are gone."""
    numbers, width = match.sheet.table.numbers, match.layout.id.width
    if numbers is None or match.keycode is not None or match.id is None or width is not None:
        return concat_findings([])
    rows = firsts["row"].to_numpy() - 1
    stored = rows[numbers[rows, match.id]]
    if not len(stored):
        return concat_findings([])
    return make_findings(
        "id-is-number", _at(source, match, int(stored[0]), match.id), count=len(stored)
    )


def _not_references(match: Match, firsts: pd.DataFrame) -> pd.DataFrame:
    """References that Excel has damaged beyond repair."""
    if match.keycode is not None:
        return concat_findings([])
    ids = firsts["candidate"]
    numbers, rows = match.sheet.table.numbers, firsts["row"].to_numpy() - 1
    long = matches(ids, f"(?s:.{{{_KEPT + 1},}})")
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


def _tidied_ids(match: Match, firsts: pd.DataFrame) -> pd.DataFrame:
    # What the layout leaves out of the cell, such as a file's ending, is no oddity.
    written = firsts["id_text"] if match.layout.id.part is None else firsts["id"]
    changed = ~alike(written, firsts["keycode"]) & matches(firsts["keycode"], KEYCODE)
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
    marks = entries[matches(entries["value"], _SIGNED) & (entries["kind"] == "marks")]
    found = re.compile(_SIGNED).fullmatch
    signs = [m[1] for text in marks["value"] if (m := found(text))]
    return marks.assign(sign=pd.Series(signs, marks.index, dtype=object))


def _ragged(reading: SheetReading, firsts: pd.DataFrame) -> pd.DataFrame:
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


def _swallowed(source: SourceFile, match: Match) -> pd.DataFrame:
    """Rows of a text file with a cell that holds lines which look like rows of their own."""
    written, found = match.sheet.written, _ROW_WITHIN.search
    within = {text: m[1] for text in written.distinct if (m := found(text))}
    holds = np.array([text in within for text in written.distinct], bool)[written.codes]
    holds[: match.heading.start] = False
    findings = [
        _at(source, match, row, at).assign(other=within[written.distinct[written.codes[row, at]]])
        for at, row in np.argwhere(holds.T).tolist()
    ]
    return make_findings("row-swallowed", pd.concat(findings)) if findings else concat_findings([])


def _numbers_among_letters(match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    """Numbers in columns of letters: codes of a program, which may stand for none or several."""
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.answers != "letters":
        return concat_findings([])
    numbers = matches(entries["value"], "[0-9]+")
    if not numbers.any():
        return concat_findings([])
    lettered = entries["column"][matches(entries["value"], "[A-Z]")].unique()
    return make_findings(
        "answer-not-understood", entries[numbers & entries["column"].isin(lettered)]
    )


def _no_question_numbers(match: Match, entries: pd.DataFrame) -> pd.DataFrame:
    """In a sheet of a row a question: what stands in place of a question's number."""
    pattern = match.layout.questions.heading
    if match.question is None or pattern is None or match.layout.signs.headings:
        return concat_findings([])
    written = entries["question"]
    known = matches(written, f"(?i:{pattern})|{_NAMED_QUESTION}|")
    rows = entries[~known]
    at = rows.assign(column=match.sheet.names[match.question], text=rows["question"])
    return make_findings("question-not-understood", at)


# A letter or two before a number, as a section has it: B3. Neither an ordinal nor a year.
_NAMED_QUESTION = r"[A-Za-z]{1,3}[ ._-]?[0-9].*"
