"""What makes a recognised sheet doubtful: then nothing of it is used.

To leave out a column or a row that may hold marks would send every session in part.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Recognised, Unrecognised
from pipeline.interpret.text import each, tidy_keycode
from schemas.entries import FRACTION, KEYCODE, WHOLE, matches
from schemas.layout import Layout, fold

_LOOKS_LIKE_A_QUESTION = re.compile(r"q(uestion)?[ ._-]*[0-9]", re.IGNORECASE)


def doubt(fit: Recognised) -> Unrecognised | None:
    """The first reason not to use the sheet, if there is one."""
    if not len(fit.heading):
        return None
    return _second_heading(fit) or _second_column(fit) or _doubtful_heading(fit)


def _second_heading(fit: Recognised) -> Unrecognised | None:
    """A row that reads as another heading, or a candidate above the heading.

    Read by the heading that was found, its marks would go to the wrong questions, or nowhere.
    """
    if fit.id is None:
        return None
    cells, named = fit.sheet.cells, fit.layout.id
    ids, rows = cells[fit.id], cells.index
    names = [*named.keycode, *named.candidate]
    heads = each(ids, fold).isin(names) & ~fit.like_heading()
    marked = np.any([matches(cells[at], WHOLE) for at in fit.values], axis=0)
    stray = marked & matches(each(ids, tidy_keycode), KEYCODE)
    for suspect, why in (
        (heads & (rows >= fit.body), "reads as a heading too"),
        (
            stray & (rows < fit.heading.start),
            "reads as a candidate's, but stands above the heading",
        ),
    ):
        if suspect.any():
            row = int(np.argmax(suspect)) + 1
            return Unrecognised(
                "layout-ambiguous",
                f"row {fit.heading.stop} is the heading, and row {row} {why}",
                row=row,
                column=fit.sheet.names[fit.id],
            )
    return None


def _second_column(fit: Recognised) -> Unrecognised | None:
    """A second column of keycodes, question numbers or marks: which of them counts?"""
    row, names = _heading(fit), fit.layout.questions
    below = (fit.sheet.cells.iloc[fit.body :] != "").any()
    folded = [fold(text) for text in row]
    values = {folded[at] for at in fit.value} if names.overriding else set(names.value)
    for taken, alike in (
        (fit.id, set() if fit.id is None or fit.id >= len(row) else {folded[fit.id]}),
        (fit.question, set() if fit.question is None else {folded[fit.question]}),
        (next(iter(fit.value), None), values),
    ):
        for at, text in enumerate(folded):
            if taken is None or at == taken or (names.overriding and at in fit.value):
                continue
            if text in alike and below[at]:
                cell, other = (f"{fit.sheet.names[c]}{fit.heading.stop}" for c in (taken, at))
                return Unrecognised(
                    "layout-ambiguous",
                    f"'{row[taken]}' stands in {cell}, '{row[at]}' in {other}",
                    row=fit.heading.stop,
                    column=fit.sheet.names[at],
                )
    return None


def _doubtful_heading(fit: Recognised) -> Unrecognised | None:
    """A column that may hold marks but whose heading cannot be read."""
    layout = fit.layout
    if layout.questions.others_ignored:
        return None
    row = _heading(fit)
    readable = _readable(layout, row)
    below = fit.sheet.cells.iloc[fit.body :]
    filled = (below != "").any()
    ids = each(fit.ids().iloc[fit.body :], tidy_keycode)
    keyed = below[matches(ids, KEYCODE if fit.keycode is not None else ".+")]
    known = {fit.keycode, fit.candidate, fit.question, *fit.value, *fit.questions, *fit.absent_in}
    known |= {*fit.digits}
    said = {fit.test, fit.centre, fit.version, fit.total}
    for at, text in enumerate(row):
        if at in known or not filled[at]:
            continue
        amid = bool(fit.questions) and min(fit.questions) < at < max(fit.questions)
        behind = bool(fit.questions) and at > max(fit.questions) and at not in said
        if (
            (amid and at not in said)
            or at in readable
            or (behind and _may_be_marks(text, keyed[at], layout))
            or _LOOKS_LIKE_A_QUESTION.match(text)
        ):
            return Unrecognised(
                "heading-not-understood",
                text=text,
                row=fit.heading.stop,
                column=fit.sheet.names[at],
            )
    return None


def _heading(fit: Recognised) -> list[str]:
    """What stands over each column, the lowest row first. Beyond the heading's own fields of a
    text file no column lacks a heading: rows there are ragged."""
    widths = fit.sheet.table.widths
    wide = None if widths is None else int(widths[fit.heading.stop - 1])
    rows = fit.sheet.cells.iloc[[*fit.heading]].iloc[::-1].to_numpy()
    over = [next((text for text in column if text), "") for column in rows.T]
    return over[:wide]


def _readable(layout: Layout, row: list[str]) -> set[int]:
    if layout.questions.heading is None:
        return set()
    read = re.compile(layout.questions.heading, re.IGNORECASE).fullmatch
    return {at for at, text in enumerate(row) if read(text)}


def _may_be_marks(heading: str, cells: pd.Series[str], layout: Layout) -> bool:
    """Whether a column behind the questions holds numbers, and no word says what else they are."""
    words = layout.questions.no_marks
    numbers = matches(cells, f"{WHOLE}|{FRACTION}")
    if not heading or not words:
        return not heading and bool(numbers.any())
    blank = (cells == "").to_numpy()
    only_numbers = bool(numbers.any()) and bool((numbers | blank).all())
    return only_numbers and not set(re.findall(r"%|\w+", fold(heading))) & set(words)
