"""What makes a recognised sheet doubtful: then nothing of it is used.

To leave out a column or a row that may hold marks would send every session in part.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Match, Unrecognised
from pipeline.interpret.text import map_distinct, tidy_keycode
from schemas.entries import FRACTION, KEYCODE, WHOLE, matches
from schemas.layout import Layout, fold

_LOOKS_LIKE_A_QUESTION = re.compile(r"q(uestion)?[ ._-]*[0-9]", re.IGNORECASE)


def find_ambiguity(match: Match) -> Unrecognised | None:
    """The first reason not to use the sheet, if there is one."""
    if not len(match.heading):
        return None
    return _second_heading(match) or _second_column(match) or _doubtful_heading(match)


def _second_heading(match: Match) -> Unrecognised | None:
    """A row that reads as another heading, or a candidate above the heading.

    Read by the heading that was found, its marks would go to the wrong questions, or nowhere.
    """
    if match.id is None:
        return None
    cells, named = match.sheet.cells, match.layout.id
    ids, rows = cells[match.id], cells.index
    names = [*named.keycode, *named.candidate]
    heads = map_distinct(ids, fold).isin(names) & ~match.like_heading()
    marked = np.any([matches(cells[at], WHOLE) for at in match.values], axis=0)
    stray = marked & matches(map_distinct(ids, tidy_keycode), KEYCODE)
    for suspect, why in (
        (heads & (rows >= match.body), "reads as a heading too"),
        (
            stray & (rows < match.heading.start),
            "reads as a candidate's, but stands above the heading",
        ),
    ):
        if suspect.any():
            row = int(np.argmax(suspect)) + 1
            return Unrecognised(
                "layout-ambiguous",
                f"row {match.heading.stop} is the heading, and row {row} {why}",
                row=row,
                column=match.sheet.names[match.id],
            )
    return None


def _second_column(match: Match) -> Unrecognised | None:
    """A second column of keycodes, question numbers or marks: which of them counts?"""
    row, names = _heading(match), match.layout.questions
    below = (match.sheet.cells.iloc[match.body :] != "").any()
    folded = [fold(text) for text in row]
    values = {folded[at] for at in match.value} if names.overriding else set(names.value)
    for taken, alike in (
        (match.id, set() if match.id is None or match.id >= len(row) else {folded[match.id]}),
        (match.question, set() if match.question is None else {folded[match.question]}),
        (next(iter(match.value), None), values),
    ):
        for at, text in enumerate(folded):
            if taken is None or at == taken or (names.overriding and at in match.value):
                continue
            if text in alike and below[at]:
                cell, other = (f"{match.sheet.names[c]}{match.heading.stop}" for c in (taken, at))
                return Unrecognised(
                    "layout-ambiguous",
                    f"'{row[taken]}' stands in {cell}, '{row[at]}' in {other}",
                    row=match.heading.stop,
                    column=match.sheet.names[at],
                )
    return None


def _doubtful_heading(match: Match) -> Unrecognised | None:
    """A column that may hold marks but whose heading cannot be read."""
    layout = match.layout
    if layout.questions.others_ignored:
        return None
    row = _heading(match)
    readable = _readable(layout, row)
    below = match.sheet.cells.iloc[match.body :]
    filled = (below != "").any()
    ids = map_distinct(match.ids().iloc[match.body :], tidy_keycode)
    keyed = below[matches(ids, KEYCODE if match.keycode is not None else ".+")]
    known = {
        match.keycode,
        match.candidate,
        match.question,
        *match.value,
        *match.questions,
        *match.absent_in,
    }
    known |= {*match.digits}
    named = {match.test, match.centre, match.version, match.total}
    for at, text in enumerate(row):
        if at in known or not filled[at]:
            continue
        amid = bool(match.questions) and min(match.questions) < at < max(match.questions)
        behind = bool(match.questions) and at > max(match.questions) and at not in named
        if (
            (amid and at not in named)
            or at in readable
            or (behind and _may_be_marks(text, keyed[at], layout))
            or _LOOKS_LIKE_A_QUESTION.match(text)
        ):
            return Unrecognised(
                "heading-not-understood",
                text=text,
                row=match.heading.stop,
                column=match.sheet.names[at],
            )
    return None


def _heading(match: Match) -> list[str]:
    """What stands over each column, the lowest row first. Beyond the heading's own fields of a
    text file no column lacks a heading: rows there are ragged."""
    widths = match.sheet.table.widths
    wide = None if widths is None else int(widths[match.heading.stop - 1])
    rows = match.sheet.cells.iloc[[*match.heading]].iloc[::-1].to_numpy()
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
