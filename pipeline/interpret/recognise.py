"""Recognise a layout by its headings, and find the columns that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.facts import cell_column
from pipeline.interpret.text import each, tidy_keycode
from schemas.entries import FRACTION, KEYCODE, WHOLE, matches
from schemas.layout import Layout, fold

_HEADING_WITHIN = 30  # rows from the top in which a heading is looked for


@dataclass(frozen=True)
class Recognised:
    """A layout that fits a table, with its columns by number (0 is A)."""

    layout: Layout
    heading: int  # row, from 0
    keycode: int
    candidate: int | None  # the column of candidate references, where there is one
    questions: dict[int, str]  # shape wide: column to question number
    question: int | None  # shape long: the column of question numbers,
    value: int | None  # and the column of marks or answers
    ignored: tuple[int, ...]  # columns with a heading that are not used
    score: int  # how much spoke for it

    @property
    def values(self) -> list[int]:
        """The columns that hold marks or answers (and, in shape long, their questions)."""
        return [self.question, self.value] if self.question is not None else [*self.questions]  # type: ignore[list-item]  # long has both

    def like_heading(self, cells: pd.DataFrame) -> pd.Series[bool]:
        """Which rows say the same as the heading in all columns that are used."""
        used = [self.keycode, *self.values]
        return (cells[used] == cells.loc[self.heading, used]).all(axis=1)


@dataclass(frozen=True)
class Unrecognised:
    """Why no layout could be used, as a finding in the making."""

    rule: str
    why: str = ""
    text: str = ""
    row: int | None = None  # as in Excel
    column: str | None = None


def recognise(
    cells: pd.DataFrame, widths: pd.Series[int] | None, layouts: Sequence[Layout]
) -> Recognised | Unrecognised:
    """The one layout that fits; where several do, the one for which most headings speak.

    ``cells`` is tidied; ``widths`` is the number of fields of each row of a text file.
    """
    headings = [[*row] for row in cells.iloc[:_HEADING_WITHIN].itertuples(index=False, name=None)]
    fits = [fit for layout in layouts if (fit := _first_fit(layout, headings)) is not None]
    if not fits:
        return _nearest(layouts, headings)
    best = max(fit.score for fit in fits)
    fits = [fit for fit in fits if fit.score == best]
    if len(fits) > 1:
        return Unrecognised("layout-ambiguous", " and ".join(fit.layout.name for fit in fits))
    fit = fits[0]
    # Beyond the heading's own fields no column lacks a heading: rows there are ragged.
    row = headings[fit.heading][: None if widths is None else widths[fit.heading]]
    return (
        _second_heading(fit, cells)
        or _second_column(fit, row, cells)
        or _doubtful_heading(fit, row, cells)
        or fit
    )


def _first_fit(layout: Layout, headings: list[list[str]]) -> Recognised | None:
    fits = (_fit(layout, number, row) for number, row in enumerate(headings))
    return next((fit for fit in fits if fit is not None), None)


def _fit(layout: Layout, number: int, row: list[str]) -> Recognised | None:
    columns = layout.columns
    folded = [fold(text) for text in row]
    if not set(columns.required) <= set(folded):
        return None
    questions = question_columns(layout, row)
    question = _one_of(columns.question, folded)
    value = _one_of(columns.value, folded)
    wide = layout.shape == "wide"
    keycode = _one_of(columns.keycode, folded)
    if keycode is None and questions:
        keycode = _between(layout, folded, min(questions))
    if keycode is None or (not questions if wide else question is None or value is None):
        return None
    used = {keycode, *(questions if wide else (question, value))}
    return Recognised(
        layout=layout,
        heading=number,
        keycode=keycode,
        candidate=_one_of(columns.candidate, folded),
        questions=questions if wide else {},
        question=None if wide else question,
        value=None if wide else value,
        ignored=tuple(at for at, text in enumerate(row) if text and at not in used),
        score=len(columns.required) + (2 if wide else 3),
    )


def question_columns(layout: Layout, row: list[str]) -> dict[int, str]:
    """The columns whose heading is a question, with its number."""
    read = re.compile(layout.columns.question_heading, re.IGNORECASE).fullmatch
    return {at: match[1] for at, text in enumerate(row) if (match := read(text))}


def _one_of(names: Sequence[str], folded: list[str]) -> int | None:
    return next((folded.index(name) for name in names if name in folded), None)


def _between(layout: Layout, folded: list[str], first_question: int) -> int | None:
    """The one column between a heading and the first question, where the layout allows it."""
    after = layout.columns.keycode_after
    if after is None or after not in folded:
        return None
    between = range(folded.index(after) + 1, first_question)
    return between[0] if len(between) == 1 else None


def _second_heading(fit: Recognised, cells: pd.DataFrame) -> Unrecognised | None:
    """A row that reads as another heading, or a candidate above the heading.

    Read by the heading that was found, its marks would go to the wrong questions, or nowhere.
    """
    ids, rows = cells[fit.keycode], cells.index
    heads = each(ids, fold).isin(fit.layout.columns.keycode) & ~fit.like_heading(cells)
    marked = np.any([matches(cells[at], WHOLE) for at in fit.values], axis=0)
    stray = marked & matches(each(ids, tidy_keycode), KEYCODE)
    for suspect, why in (
        (heads & (rows > fit.heading), "reads as a heading too"),
        (stray & (rows < fit.heading), "reads as a candidate's, but stands above the heading"),
    ):
        if suspect.any():
            row = int(np.argmax(suspect)) + 1
            return Unrecognised(
                "layout-ambiguous",
                f"row {fit.heading + 1} is the heading, and row {row} {why}",
                row=row,
                column=cell_column(fit.keycode),
            )
    return None


def _second_column(fit: Recognised, row: list[str], cells: pd.DataFrame) -> Unrecognised | None:
    """A second column of keycodes, question numbers or marks: which of them counts?"""
    below = (cells.iloc[fit.heading + 1 :] != "").any()
    folded, names = [fold(text) for text in row], fit.layout.columns
    for taken, alike in (
        (fit.keycode, {folded[fit.keycode]}),
        (fit.question, {folded[fit.question]} if fit.question is not None else set()),
        (fit.value, set(names.value)),
    ):
        for at, text in enumerate(folded):
            if taken is not None and at != taken and text in alike and below[at]:
                cell, other = (f"{cell_column(c)}{fit.heading + 1}" for c in (taken, at))
                return Unrecognised(
                    "layout-ambiguous",
                    f"'{row[taken]}' stands in {cell}, '{row[at]}' in {other}",
                    row=fit.heading + 1,
                    column=cell_column(at),
                )
    return None


def _doubtful_heading(fit: Recognised, row: list[str], cells: pd.DataFrame) -> Unrecognised | None:
    """A column that may hold marks but whose heading cannot be read: then nothing is used.

    To leave such a column out would send every session in part.
    """
    readable = question_columns(fit.layout, row)
    below = cells.iloc[fit.heading + 1 :]
    filled = (below != "").any()
    keyed = below[matches(each(below[fit.keycode], tidy_keycode), KEYCODE)]
    for at, text in enumerate(row):
        if at in {fit.keycode, fit.question, fit.value} or at in fit.questions or not filled[at]:
            continue
        amid = bool(fit.questions) and min(fit.questions) < at < max(fit.questions)
        behind = bool(fit.questions) and at > max(fit.questions)
        if (
            amid
            or at in readable
            or (behind and _may_be_marks(text, keyed[at], fit.layout))
            or re.match(r"q(uestion)?[ ._-]*[0-9]", text, re.IGNORECASE)
        ):
            return Unrecognised(
                "heading-not-understood",
                text=text,
                row=fit.heading + 1,
                column=cell_column(at),
            )
    return None


def _may_be_marks(heading: str, cells: pd.Series[str], layout: Layout) -> bool:
    """Whether a column behind the questions holds numbers, and no word says what else they are."""
    words = layout.columns.no_marks
    numbers = matches(cells, f"{WHOLE}|{FRACTION}")
    if not heading or not words:
        return not heading and bool(numbers.any())
    blank = (cells == "").to_numpy()
    only_numbers = bool(numbers.any()) and bool((numbers | blank).all())
    return only_numbers and not set(re.findall(r"%|\w+", fold(heading))) & set(words)


def _nearest(layouts: Sequence[Layout], headings: list[list[str]]) -> Unrecognised:
    """What to tell the person: most often the keycode's column is missing or misnamed."""
    for number, row in enumerate(headings):
        folded = [fold(text) for text in row]
        for layout in layouts:
            candidate = _one_of(layout.columns.candidate, folded)
            question = _one_of(layout.columns.question, folded)
            if candidate is not None and (question is not None or question_columns(layout, row)):
                return Unrecognised(
                    "candidate-not-keycode", row=number + 1, column=cell_column(candidate)
                )
    for number, row in enumerate(headings):
        named = next((layout for layout in layouts if question_columns(layout, row)), None)
        if named is not None and any(re.match("q", text, re.IGNORECASE) for text in row):
            return Unrecognised(
                "layout-unknown",
                f"Row {number + 1} has question columns, but no column headed Keycode.",
                row=number + 1,
            )
    return Unrecognised(
        "layout-unknown", f"No heading row was found in the first {_HEADING_WITHIN} rows."
    )
