"""Recognise a layout by its headings, and find the columns that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.facts import Table, cell_column
from pipeline.interpret.text import tidy
from schemas.layout import Layout, fold

_HEADING_WITHIN = 30  # rows from the top in which a heading is looked for


@dataclass(frozen=True)
class Recognised:
    """A layout that fits a table, with its columns by number (0 is A)."""

    layout: Layout
    heading: int  # row, from 0
    keycode: int
    questions: dict[int, str]  # shape wide: column to question number
    question: int | None  # shape long: the column of question numbers,
    value: int | None  # and the column of marks or answers
    ignored: tuple[int, ...]  # columns with a heading that are not used
    score: int  # how much spoke for it

    @property
    def values(self) -> list[int]:
        """The columns that hold marks or answers (and, in shape long, their questions)."""
        return [self.question, self.value] if self.question is not None else [*self.questions]  # type: ignore[list-item]  # long has both


@dataclass(frozen=True)
class Unrecognised:
    """Why no layout could be used, as a finding in the making."""

    rule: str
    why: str = ""
    text: str = ""
    row: int | None = None  # as in Excel
    column: str | None = None


def recognise(table: Table, layouts: Sequence[Layout]) -> Recognised | Unrecognised:
    """The one layout that fits; where several do, the one for which most headings speak."""
    headings = [
        [tidy(text) for text in row]
        for row in table.cells.iloc[:_HEADING_WITHIN].itertuples(index=False, name=None)
    ]
    fits = [fit for layout in layouts if (fit := _first_fit(layout, headings)) is not None]
    if not fits:
        return _nearest(layouts, headings)
    best = max(fit.score for fit in fits)
    fits = [fit for fit in fits if fit.score == best]
    if len(fits) > 1:
        return Unrecognised("layout-ambiguous", " and ".join(fit.layout.name for fit in fits))
    return _doubtful_heading(fits[0], headings[fits[0].heading], table) or fits[0]


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


def _doubtful_heading(fit: Recognised, row: list[str], table: Table) -> Unrecognised | None:
    """A column that may hold marks but whose heading cannot be read: then nothing is used.

    To leave such a column out would send every session in part.
    """
    readable = question_columns(fit.layout, row)
    filled = (table.cells.iloc[fit.heading + 1 :] != "").any()
    for at, text in enumerate(row):
        if at in {fit.keycode, fit.question, fit.value} or at in fit.questions or not filled[at]:
            continue
        amid = bool(fit.questions) and min(fit.questions) < at < max(fit.questions)
        if amid or at in readable or re.match(r"q(uestion)?[ ._-]*[0-9]", text, re.IGNORECASE):
            return Unrecognised(
                "heading-not-understood",
                text=text,
                row=fit.heading + 1,
                column=cell_column(at),
            )
    return None


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
