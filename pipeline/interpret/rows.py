"""Classify rows before they are used: which carry a candidate, and why the others do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Recognised
from pipeline.interpret.text import each, tidy, tidy_keycode
from schemas.entries import KEYCODE, matches
from schemas.layout import fold

_NOTE = r".*\s.*|.{13,}"  # a text no one would take for a damaged keycode
_LABELS = ("maxima", "totals", "averages", "key", "test", "notes")
_ENOUGH, _MANY = 2, 3  # questions and candidates whose sums are no coincidence
ADDS_UP = "adds up the rows above"


def set_aside(fit: Recognised) -> pd.Series[str]:
    """For each row why it is set aside, or "" where it carries a candidate.

    A row with an id is never set aside, whatever else stands in it: a candidate may well be called
    Max. A row without one, but with marks, is set aside only when it says what it is, or adds up
    the others; else it stays, and validation asks whose it is.
    """
    cells = fit.sheet.cells
    reasons = pd.Series("", index=cells.index, dtype=object)
    ids = fit.ids()
    empty = (cells[fit.values] == "").all(axis=1)
    if fit.id is None:
        reasons[empty] = "note"
    else:
        _without_id(fit, ids, empty, reasons)
    reasons[_points(fit)] = "points"
    reasons[(cells == "").all(axis=1)] = "blank"
    reasons[fit.like_heading() | _heading_without_questions(fit, empty)] = "heading"
    reasons[cells.index < (fit.heading.start if fit.heading else fit.body)] = "title"
    if len(fit.heading) and fit.layout.shape == "positions":
        reasons[cells.index < fit.body] = "title"
    for row in _sums(fit, ids, reasons):
        reasons[row] = ADDS_UP
    return reasons


def _without_id(
    fit: Recognised, ids: pd.Series[str], empty: pd.Series[bool], reasons: pd.Series[str]
) -> None:
    """Rows that say in words what they are, and notes."""
    cells, rows = fit.sheet.cells, fit.layout.rows
    blank = pd.Series("", index=cells.index, dtype=object)
    by_keycode = fit.keycode is not None
    references = cells[fit.candidate] if by_keycode and fit.candidate is not None else blank
    known = [word for name in _LABELS for word in getattr(rows, name)]
    own = blank if fit.id is None else cells[fit.id]
    labelled = each(own, _label).isin(known)
    note = matches(ids, _NOTE)
    if by_keycode:
        note &= ~(matches(each(ids, tidy_keycode), KEYCODE) & ~labelled)
    else:  # a reference may be of any form: what stands alone in its row is a note
        note &= ((cells != "").sum(axis=1) == 1).to_numpy()
    reasons[empty & ((ids == "") | note)] = "note"
    # Max with a damaged keycode, or with a candidate reference alone, is a candidate still.
    nameless = (references == "") | each(references, _label).isin(known)
    labels = cells.loc[labelled | ((ids == "") & nameless)]
    labels = labels.drop(columns=fit.values).map(_label)
    for name in _LABELS:
        says = labels.isin(getattr(rows, name)).any(axis=1)
        reasons[labels.index[says]] = name
    if rows.first == "key" and fit.body in ids.index and ids[fit.body] == "":
        reasons[fit.body] = "key"


def _heading_without_questions(fit: Recognised, empty: pd.Series[bool]) -> pd.Series[bool]:
    """Rows that repeat the heading, but not that of the questions, for people to filter by."""
    cells = fit.sheet.cells
    if fit.id is None or not len(fit.heading):
        return pd.Series(False, cells.index)
    named = cells.drop(columns=fit.values)
    heading = named.loc[fit.heading.start]
    repeats = ((named == heading) | (named == "")).all(axis=1)
    return empty & repeats & (cells[fit.id] == heading[fit.id])


def _points(fit: Recognised) -> pd.Series[bool]:
    """Rows that repeat the candidate of the row above with points in place of answers."""
    pattern = fit.layout.rows.points
    if pattern is None:
        return pd.Series(False, fit.sheet.cells.index)
    values = fit.sheet.cells[fit.values]
    like = values.apply(lambda column: matches(column, f"(?i:{pattern})") | (column == ""))
    named = fit.sheet.cells.drop(columns=fit.values)
    repeats = (named == named.shift()).all(axis=1) & (named != "").any(axis=1)
    points: pd.Series[bool] = repeats & like.all(axis=1) & (values != "").any(axis=1)
    return points


def _sums(fit: Recognised, ids: pd.Series[str], reasons: pd.Series[str]) -> list[int]:
    """Rows below all candidates, without an id or a word, whose every mark is a column's sum."""
    if len(fit.questions) < _ENOUGH or fit.id is None:
        return []
    marks = fit.sheet.cells[[*fit.questions]]
    named = marks[(ids != "") & (reasons == "")].apply(pd.to_numeric, errors="coerce").fillna(0)
    if len(named) < _MANY:
        return []
    last = named.index.max()
    nobody = marks[(ids == "") & (reasons == "") & (marks.index > last)]
    told = nobody.apply(pd.to_numeric, errors="coerce")
    adds_up = np.isclose(told.to_numpy(float), named.sum().to_numpy(float)).all(axis=1)
    sums: list[int] = nobody.index[adds_up & (told.sum(axis=1) > 0)].tolist()
    return sums


def _label(text: str) -> str:
    return fold(tidy(text).rstrip(":"))
