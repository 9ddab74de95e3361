"""What makes a recognised sheet ambiguous: then nothing of it is used.

To leave out a column or a row that may hold marks would send every session in part; to read rows
by the heading of another block would send marks to the wrong questions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Choice, Match, Unrecognised, listed
from pipeline.interpret.roles import WITHOUT_HEADING, Column, Role
from pipeline.interpret.second_tables import (
    other_whose,
    second_column,
    second_heading,
    second_table,
)
from schemas.columns import matches
from schemas.entries import WHOLE
from schemas.words import Kind

_A_FEW = 2


def find_ambiguity(
    match: Match, columns: Sequence[Column], reasons: pd.Series[str]
) -> Unrecognised | None:
    """The first reason not to use the sheet, if there is one."""
    if not len(match.heading):
        return None
    rows = reasons == ""
    return (
        _other_encoding(match, columns, rows)
        or second_heading(match, reasons)
        or second_column(match)
        or second_table(match, columns, rows)
        or other_whose(match, columns, rows)
        or _unknown_columns(match, columns)
        or _mixed_columns(match)
        or _shares_of_the_maximum(match, rows)
        or _damaged_bits(match, rows)
    )


_USED = {Role.ID, Role.SAYS, Role.QUESTION, Role.UNKNOWN, Role.OTHER_ID}


def _other_encoding(
    match: Match, columns: Sequence[Column], rows: pd.Series[bool]
) -> Unrecognised | None:
    """A heading, an id, a mark or an answer that may be another text, in another encoding."""
    if not match.sheet.table.looks_like:
        return None
    at = [column.at for column in columns if column.role in _USED]
    looked_at = rows.to_numpy().copy()
    looked_at[match.heading.start : match.heading.stop] = True
    found = np.argwhere(match.sheet.matching(r"(?s:.*[^\x00-\x7f].*)")[:, at] & looked_at[:, None])
    if not len(found):
        return None
    row, column = int(found[0][0]), at[int(found[0][1])]
    return Unrecognised(
        "encoding-unclear",
        match.sheet.table.looks_like,
        text=str(match.sheet.texts.distinct[match.sheet.texts.codes[row, column]]),
        row=row + 1,
        column=match.sheet.names[column],
    )


def _unknown_columns(match: Match, columns: Sequence[Column]) -> Unrecognised | None:
    """Columns that may hold marks or answers, and of which nothing says what they are."""
    unknown = [column for column in columns if column.role is Role.UNKNOWN]
    if not unknown:
        return None
    first, names = unknown[0], [match.sheet.names[column.at] for column in unknown[1:]]
    more = f" (so do {listed(names)})" if names else ""
    left_out = (match.sheet.names[first.at], *names)
    return Unrecognised(
        "heading-not-understood",
        f"{first.why}{more}",
        text=first.heading or WITHOUT_HEADING,
        row=match.heading.stop,
        column=match.sheet.names[first.at],
        choices=(
            Choice(f"{listed([match.sheet.names[first.at], *names])} left out", left_out=left_out),
            Choice("marks or answers", None),
        ),
    )


def _mixed_columns(match: Match) -> Unrecognised | None:
    """Columns of marks in a sheet of answers that nobody but its cells says to be one."""
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.signs.headings or layout.answers != "letters":
        return None
    below = match.sheet.cells.iloc[match.body :]
    marks = []
    for at in match.questions:
        filled = below[at][below[at] != ""]
        letters = matches(filled, r"[A-Za-z].*").any()
        if len(filled) and not letters and matches(filled, rf"{WHOLE}|[0-9.,½]+").any():
            marks.append(match.sheet.names[at])
    if not marks:
        return None
    return Unrecognised(
        "layout-ambiguous",
        f"{listed(marks)} hold numbers, the other questions letters: marks and answers cannot be "
        "read from one sheet",
        row=match.heading.stop,
        column=marks[0],
    )


_FRACTION_SHARE = 0.25  # of the marks of a column, from which on fractions are no half marks


def _shares_of_the_maximum(match: Match, rows: pd.Series[bool]) -> Unrecognised | None:
    """Marks that are all from 0 to 1, some of them between: parts of the maximum.

    In the whole sheet one such fraction tells; in one column of it many do. Halves are half marks
    where they are few.
    """
    if match.layout.kind is not Kind.MARKS or match.layout.signs.headings:
        return None
    columns = [*match.questions, *match.value]
    decimal = match.sheet.matching("[0-9]*[.,][0-9]+")[np.flatnonzero(rows)]
    if not decimal[:, columns].any():
        return None
    cells = match.sheet.cells.loc[rows, columns]
    marks = cells.apply(_as_numbers)
    between = (marks > 0) & (marks < 1)
    odd, small = between & (marks != _HALF), (marks <= 1) | marks.isna()
    many = between.sum() >= (marks.notna().sum() * _FRACTION_SHARE).clip(lower=_A_FEW)
    shares = [at for at in columns if small[at].all() and odd[at].any() and many[at]]
    if small.all(axis=None) and (odd.any(axis=None) or many.any()):
        shares = shares or [at for at in columns if between[at].any()]
    if not shares:
        return None
    names = [match.sheet.names[at] for at in shares]
    return Unrecognised(
        "marks-are-shares",
        f"nothing in {listed(names)} is over 1, and some is between 0 and 1",
        row=match.heading.stop,
        column=names[0],
    )


def _as_numbers(cells: pd.Series[str]) -> pd.Series[float]:
    return pd.to_numeric(cells.str.replace(",", "."), errors="coerce").astype(float)


def _damaged_bits(match: Match, rows: pd.Series[bool]) -> Unrecognised | None:
    """Answers as strings of 0 and 1 of unlike length: leading zeros are gone."""
    if match.layout.answers != "bits":
        return None
    over = match.sheet.cells.iloc[match.heading.stop - 1]
    solutions = [at for at, text in over.items() if str(text).casefold().startswith("solution")]
    cells = match.sheet.cells.loc[rows, [*match.questions, *solutions]]
    texts = pd.Series(cells.to_numpy().ravel(), dtype=object)
    texts = texts[texts != ""]
    bits = matches(texts, "[01]+")
    lengths = sorted({len(text) for text in texts[bits]})
    if len(lengths) < 2 or not bits.all():
        return None
    return Unrecognised(
        "answers-damaged",
        f"they are strings of 0 and 1 with {lengths[0]} to {lengths[-1]} characters, and should "
        "all be as long",
        row=match.heading.stop,
        column=match.sheet.names[min(match.questions)],
    )


_HALF = 0.5
