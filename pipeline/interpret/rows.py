"""Classify rows before they are used: which carry a candidate, and why the others do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Match
from pipeline.interpret.text import map_distinct, tidy, tidy_keycode
from schemas.entries import KEYCODE, matches
from schemas.layout import fold

_NOTE = r".*\s.*|.{13,}"  # a text no one would take for a damaged keycode
_LABELS = ("maxima", "totals", "averages", "key", "test", "notes")
_ENOUGH, _MANY = 2, 3  # questions and candidates whose sums are no coincidence
ADDS_UP = "adds up the rows above"


def set_aside(match: Match) -> pd.Series[str]:
    """For each row why it is set aside, or "" where it carries a candidate.

    A row with an id is never set aside, whatever else stands in it: a candidate may well be called
    Max. A row without one, but with marks, is set aside only when it says what it is, or adds up
    the others; else it stays, and validation asks whose it is.
    """
    cells = match.sheet.cells
    reasons = pd.Series("", index=cells.index, dtype=object)
    ids = match.ids()
    empty = (cells[match.values] == "").all(axis=1)
    if match.id is None:
        reasons[empty] = "note"
    else:
        _without_id(match, ids, empty, reasons)
    reasons[_points(match)] = "points"
    reasons[(cells == "").all(axis=1)] = "blank"
    reasons[match.like_heading() | _heading_without_questions(match, empty)] = "heading"
    reasons[cells.index < (match.heading.start if match.heading else match.body)] = "title"
    if len(match.heading) and match.layout.shape == "positions":
        reasons[cells.index < match.body] = "title"
    for row in _sums(match, ids, reasons):
        reasons[row] = ADDS_UP
    return reasons


def _without_id(
    match: Match, ids: pd.Series[str], empty: pd.Series[bool], reasons: pd.Series[str]
) -> None:
    """Rows that say in words what they are, and notes."""
    cells, rows = match.sheet.cells, match.layout.rows
    blank = pd.Series("", index=cells.index, dtype=object)
    by_keycode = match.keycode is not None
    references = cells[match.candidate] if by_keycode and match.candidate is not None else blank
    known = [word for name in _LABELS for word in getattr(rows, name)]
    id_cells = blank if match.id is None else cells[match.id]
    labelled = map_distinct(id_cells, _label).isin(known)
    note = matches(ids, _NOTE)
    if by_keycode:
        note &= ~(matches(map_distinct(ids, tidy_keycode), KEYCODE) & ~labelled)
    else:  # a reference may be of any form: what stands alone in its row is a note
        note &= ((cells != "").sum(axis=1) == 1).to_numpy()
    reasons[empty & ((ids == "") | note)] = "note"
    # Max with a damaged keycode, or with a candidate reference alone, is a candidate still.
    nameless = (references == "") | map_distinct(references, _label).isin(known)
    labels = cells.loc[labelled | ((ids == "") & nameless)]
    labels = labels.drop(columns=match.values).map(_label)
    for name in _LABELS:
        says = labels.isin(getattr(rows, name)).any(axis=1)
        reasons[labels.index[says]] = name
    if rows.first == "key" and match.body in ids.index and ids[match.body] == "":
        reasons[match.body] = "key"


def _heading_without_questions(match: Match, empty: pd.Series[bool]) -> pd.Series[bool]:
    """Rows that repeat the heading, but not that of the questions, for people to filter by."""
    cells = match.sheet.cells
    if match.id is None or not len(match.heading):
        return pd.Series(False, cells.index)
    named = cells.drop(columns=match.values)
    heading = named.loc[match.heading.start]
    repeats = ((named == heading) | (named == "")).all(axis=1)
    return empty & repeats & (cells[match.id] == heading[match.id])


def _points(match: Match) -> pd.Series[bool]:
    """Rows that repeat the candidate of the row above with points in place of answers."""
    pattern = match.layout.rows.points
    if pattern is None:
        return pd.Series(False, match.sheet.cells.index)
    values = match.sheet.cells[match.values]
    like = values.apply(lambda column: matches(column, f"(?i:{pattern})") | (column == ""))
    named = match.sheet.cells.drop(columns=match.values)
    repeats = (named == named.shift()).all(axis=1) & (named != "").any(axis=1)
    points: pd.Series[bool] = repeats & like.all(axis=1) & (values != "").any(axis=1)
    return points


def _sums(match: Match, ids: pd.Series[str], reasons: pd.Series[str]) -> list[int]:
    """Rows below all candidates, without an id or a word, whose every mark is a column's sum."""
    if len(match.questions) < _ENOUGH or match.id is None:
        return []
    marks = match.sheet.cells[[*match.questions]]
    named = marks[(ids != "") & (reasons == "")].apply(pd.to_numeric, errors="coerce").fillna(0)
    if len(named) < _MANY:
        return []
    last = named.index.max()
    nobody = marks[(ids == "") & (reasons == "") & (marks.index > last)]
    numbers = nobody.apply(pd.to_numeric, errors="coerce")
    adds_up = np.isclose(numbers.to_numpy(float), named.sum().to_numpy(float)).all(axis=1)
    sums: list[int] = nobody.index[adds_up & (numbers.sum(axis=1) > 0)].tolist()
    return sums


def _label(text: str) -> str:
    return fold(tidy(text).rstrip(":"))
