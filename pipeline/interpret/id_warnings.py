"""Findings about whose a row is: ids that stand once for several rows, are damaged or tidied."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.match_result import Match
from pipeline.interpret.places import in_sheet
from pipeline.interpret.recognise import SheetReading
from pipeline.interpret.roles import Role
from pipeline.interpret.text import has_invisible
from pipeline.model import SourceFile
from schemas.columns import alike, matches
from schemas.entries import DATE, KEYCODE
from schemas.frames import DataFrame, Entry, Finding, at_id
from schemas.headings import words
from schemas.words import Kind

_E_NOTATION = r"[0-9](?:[.,][0-9]+)?[eE][+]?[0-9]{1,3}"
_KEPT = 15  # digits that Excel keeps of a number


def ids_not_in_each_row(
    source: SourceFile, reading: SheetReading, firsts: DataFrame[Entry]
) -> list[DataFrame[Finding]]:
    """Candidates below whom stand rows that name nobody, and ids that were filled down."""
    match = reading.match
    if match.id is None:
        return []
    findings: list[DataFrame[Finding]] = []
    if reading.filled_down:
        first = in_sheet(source, match, reading.filled_down[0], match.id)
        findings.append(make_findings("id-filled-down", first, count=len(reading.filled_down)))
    if not _may_leave_ids_out(match):
        return findings
    ids, candidates = match.ids(), reading.candidates.to_numpy()
    columns = {match.keycode, match.candidate, *match.other_ids} - {match.id}
    others = [at for at in columns if at is not None]
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


def ids_as_numbers(
    source: SourceFile, match: Match, firsts: DataFrame[Entry]
) -> DataFrame[Finding]:
    """Candidate references that a workbook stores as numbers: leading zeros are gone."""
    numbers, width = match.sheet.table.numbers, match.layout.id.width
    if numbers is None or match.keycode is not None or match.id is None or width is not None:
        return concat_findings([])
    rows = firsts["row"].to_numpy() - 1
    stored = rows[numbers[rows, match.id]]
    if not len(stored):
        return concat_findings([])
    return make_findings(
        "id-is-number", in_sheet(source, match, int(stored[0]), match.id), count=len(stored)
    )


def not_references(match: Match, firsts: DataFrame[Entry]) -> DataFrame[Finding]:
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


def tidied_ids(match: Match, firsts: DataFrame[Entry]) -> DataFrame[Finding]:
    """Ids that were written in another way than they were read."""
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
