"""Classify rows before they are used: which carry a candidate, and why the others do not.

Every row is a candidate's unless it is provably something else. A row that is set aside has one of
these reasons:

    title, heading, blank      above the heading; the heading, also repeated; nothing in it
    maxima, totals, averages   it says so, or its numbers can be nothing else
    key, test, notes, points   it says so, or (key) the scores that the sheet states prove it
    note                       a text that stands alone, and looks like no id of the sheet
    not marked                 a candidate of a mark sheet without any mark yet
"""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pandas as pd

from pipeline.interpret.absence import said_absent
from pipeline.interpret.match_result import Match
from pipeline.interpret.proved_rows import maxima_unsaid, proved_key, sums
from pipeline.interpret.text import tidy, tidy_keycode
from schemas import headings
from schemas.columns import constant, map_distinct, matches
from schemas.entries import KEYCODE
from schemas.layout import fold
from schemas.words import Kind

_LABELS = ("maxima", "totals", "averages", "key", "test", "notes")
_SHORTEST = 3  # letters of a label that says something
_AS_OTHERS = 2  # cells filled beside the questions by which a row looks like the candidates'
ADDS_UP = "adds up the rows above"
ARE_MAXIMA = "is as high as any mark below"
NOT_MARKED = "not marked"
_KINDS_OF_LABEL = {
    "key": headings.KEYS,
    "averages": headings.STATISTICS,
    "maxima": headings.MAXIMA | {"full", "weight", "weights", "weighting"},
    "totals": headings.SUMS,
}
_LABEL_WORDS = (
    headings.RECKONED
    | headings.MARK
    | {
        "full",
        "class",
        "cohort",
        "whole",
        "model",
        "scheme",
        "of",
        "number",
        "candidates",
        "students",
    }
).union(*_KINDS_OF_LABEL.values())
_NAMES = {"mark", "max", "key", "keys"}  # which may all be names of people
_REMARK = r"(?s:[^\W\d_]+[^\w]*\s.*[^\W\d_].*)"  # words, and no mark


def set_aside(match: Match) -> pd.Series[str]:
    """For each row why it is set aside, or "" where it carries a candidate.

    A row with an id is never set aside, whatever else stands in it: a candidate may well be called
    Max. A row without one, but with marks, is set aside only when it says what it is, or is proved
    to be it; else it stays, and validation asks whose it is.
    """
    ids = match.ids()
    reasons = pd.Series("", index=ids.index, dtype=object)
    empty = _without_value(match)
    if match.id is None:
        reasons[empty] = "note"
    else:
        _without_id(match, ids, empty, reasons)
    reasons[_total_rows(match)] = "totals"
    reasons[_points(match)] = "points"
    reasons[match.sheet.blank_rows()] = "blank"
    reasons[match.like_heading() | _heading_without_questions(match, empty)] = "heading"
    reasons[reasons.index < (match.heading.start if match.heading else match.body)] = "title"
    if len(match.heading) and match.layout.shape == "positions":
        reasons[reasons.index < match.body] = "title"
    for row in sums(match, ids, reasons):
        reasons[row] = ADDS_UP
    for row in maxima_unsaid(match, ids, reasons):
        reasons[row] = ARE_MAXIMA
    for row in proved_key(match, ids, reasons):
        reasons[row] = "key"
    if match.layout.kind is Kind.MARKS and match.layout.shape == "wide":
        reasons[(reasons == "") & empty & ~said_absent(match)] = NOT_MARKED
    return reasons


def _without_value(match: Match) -> pd.Series[bool]:
    """The rows without any mark or answer; words for a blank are none."""
    sheet, blank = match.sheet, match.layout.words.blank
    empty = sheet.blank_rows(match.values)
    if blank and match.layout.kind is Kind.MARKS:
        words = {"", *blank}
        is_word = np.array([text.casefold() in words for text in sheet.texts.distinct], bool)
        empty |= is_word[sheet.texts.codes[:, match.values]].all(axis=1)
    return pd.Series(empty)


def _without_id(
    match: Match, ids: pd.Series[str], empty: pd.Series[bool], reasons: pd.Series[str]
) -> None:
    """Rows that say in words what they are, and notes."""
    sheet = match.sheet
    blank = constant("", ids.index)
    reference = None if match.keycode is None else match.candidate
    references = blank if reference is None else sheet.column(reference)
    known = {name: [*getattr(match.layout.rows, name)] for name in _LABELS}
    kind_of = partial(_kind_of_label, known=known, own_words=not match.layout.signs.headings)
    id_cells = blank if match.id is None else sheet.column(match.id)
    labelled = map_distinct(id_cells, kind_of) != ""
    if empty.any():
        reasons[empty & _is_note(match, ids)] = "note"
    reasons[_is_remark(match, ids)] = "note"
    # Max with a damaged keycode, or with a candidate reference alone, is a candidate still.
    nameless = (references == "") | (map_distinct(references, kind_of) != "")
    unclear = np.flatnonzero(labelled | ((ids == "") & nameless))
    labels = sheet.rows(unclear).drop(columns=match.values)
    found = labels.apply(map_distinct, args=(kind_of,))
    for name in _LABELS:
        says = (found == name).any(axis=1)
        reasons[found.index[says]] = name
    if match.layout.rows.first == "key" and match.body in ids.index and ids[match.body] == "":
        reasons[match.body] = "key"


def _is_remark(match: Match, ids: pd.Series[str]) -> pd.Series[bool]:
    """Which rows name nobody and hold nothing but one remark, wherever it stands."""
    cells = match.sheet.cells
    rows = (ids == "") & (cells.index >= match.body)
    if match.layout.signs.headings or not rows.any():
        return rows & False
    filled = cells[rows] != ""
    remark = cells[rows].apply(lambda column: matches(column, _REMARK)).any(axis=1)
    alone: pd.Series[bool] = (remark & (filled.sum(axis=1) == 1)).reindex(cells.index)
    return alone.fillna(False).astype(bool)


_MANY_DIGITS = re.compile("[0-9][^0-9]*[0-9][^0-9]*[0-9]")


def _kind_of_label(text: str, known: dict[str, list[str]], *, own_words: bool) -> str:
    """What a row says that it is: by the layout's words, or by words that mean nothing else.

    ``own_words``: people wrote the sheet, in words of their own.
    """
    if not text or (_MANY_DIGITS.search(text) and text.casefold() not in known["key"]):
        return ""  # an id, which most of these texts are
    label = fold(tidy(text).rstrip(":"))
    by_layout = next((name for name in _LABELS if label in known[name]), "")
    if by_layout or not own_words:
        return by_layout
    found = headings.words(label)
    if len(label) < _SHORTEST or not _LABEL_WORDS.issuperset(found) or _NAMES.issuperset(found):
        return ""
    return next((name for name, of in _KINDS_OF_LABEL.items() if not of.isdisjoint(found)), "")


def _is_note(match: Match, ids: pd.Series[str]) -> pd.Series[bool]:
    """Which rows without a mark are notes: what looks like a candidate's row is none.

    A candidate's row has an id of the form that the others have, or fills the same columns beside
    the questions as they do.
    """
    cells = match.sheet.cells
    beside = cells.drop(columns=match.values) != ""
    with_values = (cells[match.values] != "").any(axis=1) & (cells.index >= match.body)
    forms = set(map_distinct(ids[with_values & (ids != "")], _form))
    alike = (ids != "") & map_distinct(ids, _form).isin(forms)
    if match.keycode is not None:
        alike |= matches(map_distinct(ids, tidy_keycode), KEYCODE)
    usual = beside[with_values].mean() > 0.5
    as_others = beside.loc[:, usual].sum(axis=1) >= _AS_OTHERS
    alone = beside.sum(axis=1) <= 1
    long_text = matches(ids, r".*\s.*|.{13,}") & alone
    note: pd.Series[bool] = ~alike & ~as_others & ((ids == "") | long_text)
    return note


def _form(text: str) -> str:
    """The form of an id: letters and digits, runs of them as one, other signs as they are."""
    return re.sub("(.)\\1+", r"\1", re.sub("[0-9]", "9", re.sub(r"[^\W\d_]", "A", text)))


def _total_rows(match: Match) -> pd.Series[bool]:
    """In a sheet of a row a question: rows whose question is a total."""
    if match.question is None or match.layout.questions.heading is None:
        return pd.Series(False, match.ids().index)
    question = re.compile(match.layout.questions.heading, re.IGNORECASE).fullmatch

    def is_total(text: str) -> bool:
        found = headings.words(text)
        summed = not headings.RECKONED.isdisjoint(found) and any(map(str.isalpha, found))
        reckoned = summed and headings.is_reckoned(text, beside_a_mark=False)
        return reckoned and question(text) is None

    total: pd.Series[bool] = map_distinct(match.sheet.column(match.question), is_total).astype(bool)
    total &= total.index >= match.body
    # Of a candidate who has nothing but a total, no question was given.
    ids = match.ids()
    return total & ((ids == "") | ids.isin({*ids[~total & (total.index >= match.body)]}))


def _heading_without_questions(match: Match, empty: pd.Series[bool]) -> pd.Series[bool]:
    """Rows that repeat the heading, but not that of the questions, for people to filter by."""
    found = pd.Series(False, empty.index)
    if match.id is None or not len(match.heading):
        return found
    sheet = match.sheet
    heading = sheet.cells.loc[match.heading.start].drop(match.values)
    rows = np.flatnonzero(empty & (sheet.column(match.id) == heading[match.id]))
    named = sheet.rows(rows).drop(columns=match.values)
    found[rows] = ((named == heading) | (named == "")).all(axis=1)
    return found


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
