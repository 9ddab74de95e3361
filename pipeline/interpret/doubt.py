"""Why a reading is not certain, though it is the only one that we know of.

Such a reading is for a person to confirm, once for all sheets of this form.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import (
    AS_ANSWERS,
    AS_NAMED,
    Choice,
    Match,
    Unrecognised,
    listed,
)
from pipeline.interpret.refine import counts_rows
from pipeline.interpret.rows import ARE_MAXIMA
from pipeline.interpret.second_tables import heading_of_id
from schemas.columns import map_distinct, matches
from schemas.layout import fold
from schemas.words import Kind

_USUAL_OPTIONS = frozenset("ABCDEFGHIJ")
PAIRS = ({"T", "F"}, {"Y", "N"}, {"V", "F"}, {"R", "F"}, {"W", "F"}, {"S", "N"}, {"J", "N"})
A_FEW, SHARE = 2, 0.05  # of the answers, from which on unusual letters are no slip

# Marks from 1 to 4, or to 5, throughout may be answers; not where the questions are fewer: a paper
# of a few long answers often has small marks only.
_FEWEST_OPTIONS, _MOST_OPTIONS = 4, 5
_FEW_DIFFERENT = 3  # with fewer numbers than these nothing looks like options


def find_doubt(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
    """Why the reading is not certain, though it is the only one that we know of.

    Such a reading is for a person to confirm, once for all sheets of this form.
    """
    found = (
        _unusual_letters(match, reasons == ""),
        _marks_like_options(match, reasons),
        _boxes(match, reasons),
        _counting(match),
        _sectioned(match),
    )
    doubts = [doubt for doubt in found if doubt is not None]
    if len(doubts) <= 1:
        return next(iter(doubts), None)
    # A person who confirms one of them confirms all: so all are shown.
    first, whys = doubts[0], "; and ".join(doubt.why for doubt in doubts)
    others = [choice for doubt in doubts for choice in doubt.choices[1:]]
    return replace(first, why=whys, choices=(first.choices[0], *others))


def find_choice(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
    """What a person may say of a sheet that is used: whether its column of versions is one.

    Several versions of a paper are held; a teaching set or a class says nothing of the paper.
    """
    if match.version is None or match.layout.signs.headings or not len(match.heading):
        return None
    said = match.sheet.column(match.version)[(reasons == "").to_numpy()]
    if said[said != ""].nunique() < A_FEW:
        return None
    name = match.sheet.names[match.version]
    return Unrecognised(
        "versions-mixed",
        "may hold the version of the paper, or say nothing of it, as a class or teaching set does",
        text=str(match.sheet.cells.iat[match.heading.stop - 1, match.version]),
        row=match.heading.stop,
        column=name,
        layout=match.layout.title,
        choices=(Choice(f"{name} is no version", left_out=(name,)), Choice("the version", None)),
    )


def _sectioned(match: Match) -> Unrecognised | None:
    """Questions headed by section: Surpass may name them so, or count them over the paper."""
    columns = [at for at in match.questions if at in match.sections]
    if not columns:
        return None
    named, last = [match.sections[at] for at in columns], columns[-1]
    return Unrecognised(
        "reading-uncertain",
        f"its questions are headed by section ({listed(named)}): they may be named so, or counted "
        f"over the whole paper, where {match.sections[last]} is question {match.questions[last]}",
        row=match.heading.stop,
        column=match.sheet.names[min(match.questions)],
        layout=match.layout.title,
        choices=(
            Choice("counted over the paper"),
            Choice("named as in the heading", AS_NAMED),
        ),
    )


def _unusual_letters(match: Match, rows: pd.Series[bool]) -> Unrecognised | None:
    """Letters that are grades, or anything, rather than options."""
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.signs.headings or layout.shape == "positions":
        return None
    columns = [*match.questions, *match.value]
    cells = match.sheet.cells.loc[rows, columns]
    upper = {at: map_distinct(cells[at], str.upper) for at in columns}
    letters = {at: upper[at][matches(upper[at], "[A-Z]")] for at in columns}
    signed = {text for at in columns for text in upper[at][matches(upper[at], "[A-Z][*+-]")]}
    if signed:
        return _uncertain(
            match,
            f"it was read as answers of multiple choice, but {listed(sorted(signed))} are grades",
            other=Choice("grades", None),
        )
    plain = [at for at in columns if set(letters[at]) not in PAIRS]
    odd = [text for at in plain for text in letters[at] if text not in _USUAL_OPTIONS]
    count = sum(map(len, letters.values()))
    if len(odd) < max(A_FEW, SHARE * count):
        return None
    return _uncertain(
        match,
        f"it was read as answers of multiple choice, but {listed(sorted(set(odd)))} are no usual "
        "options: they may be grades",
        other=Choice("grades", None),
    )


def _marks_like_options(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
    """Marks from 1 to 5 throughout, where nothing says that they are marks."""
    if not _may_be_answers(match, reasons):
        return None
    keys = reasons.index[reasons == "key"]
    if len(keys):
        why = f"it was read as marks, but row {int(keys[0]) + 1} is headed as the answer key"
        return _uncertain(match, why, other=Choice("answers", AS_ANSWERS))
    rows, columns, sheet = np.flatnonzero(reasons == ""), [*match.questions], match.sheet
    filled = ~sheet.blank[rows][:, columns]
    texts = sheet.texts.codes[rows][:, columns][filled]
    options = min(len(match.questions), _MOST_OPTIONS)
    several = options >= _FEWEST_OPTIONS and len(np.unique(texts)) >= _FEW_DIFFERENT
    if len(rows) < A_FEW or not several:
        return None
    if not sheet.matching(f"[1-{options}]")[rows][:, columns][filled].all():
        return None
    return _uncertain(
        match,
        "it was read as marks, but there is no 0, nothing over 5, no maximum and no total: 1, 2, "
        "3, … may stand for the answers A, B, C, …",
        other=Choice("answers", AS_ANSWERS),
    )


def _may_be_answers(match: Match, reasons: pd.Series[str]) -> bool:
    """Whether a sheet of marks, a column for each question, nowhere says that they are marks."""
    stated = match.total is not None or match.layout.signs.headings
    if match.layout.kind is not Kind.MARKS or stated or not match.questions:
        return False
    over = [str(match.sheet.cells.iat[match.heading.stop - 1, at]) for at in match.questions]
    known = any(_SAYS_MARKS.search(text) for text in over)
    return not known and not reasons.isin(["maxima", ARE_MAXIMA]).any()


_SAYS_MARKS = re.compile(r"mark|max|pts|point|score|out of|[(/\[] ?[0-9]", re.IGNORECASE)


def _boxes(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
    """Marks of 0 and 1 throughout, as ticked boxes are: 1000 for A, or a column for each box."""
    if not _may_be_answers(match, reasons):
        return None
    cells = match.sheet.cells.loc[reasons == "", [*match.questions]]
    filled = pd.Series(cells.to_numpy().ravel(), dtype=object)
    filled = filled[filled != ""]
    if len(filled) < _BOXES or not matches(filled, "[01]+").all():
        return None
    if filled.str.len().max() > _MOST_DIGITS:
        why = "it was read as marks, but all are made of 0 and 1, such as 100: they may be boxes"
        return _uncertain(
            match, f"{why} that were ticked", other=Choice("boxes that were ticked", None)
        )
    parts: dict[str, list[int]] = {}
    for at, number in match.questions.items():
        parts.setdefault(re.sub("[^0-9].*", "", number), []).append(at)
    groups = [cells[columns] == "1" for columns in parts.values() if len(columns) >= A_FEW]
    one_each = [(ticked.sum(axis=1) == 1).mean() for ticked in groups]
    if len(groups) < max(A_FEW, len(parts)) or len(cells) < A_FEW or min(one_each) < _NEARLY_ALL:
        return None
    why = "it was read as marks, but each question has one 1 and else 0 in its parts: they may be"
    return _uncertain(
        match, f"{why} boxes that were ticked", other=Choice("boxes that were ticked", None)
    )


_BOXES, _MOST_DIGITS, _NEARLY_ALL = 4, 2, 0.9


def _counting(match: Match) -> Unrecognised | None:
    """An ID that counts the rows, as survey programs write it, and no other id."""
    counts = re.fullmatch("(?:id|no|nr|number|#)[.]?", fold(heading_of_id(match)))
    if match.keycode is not None or match.id is None or not counts:
        return None
    if not counts_rows(match):
        return None
    return _uncertain(
        match,
        f"column {match.sheet.names[match.id]} was taken for the candidates' reference, but "
        "only counts the rows: 1, 2, 3, …",
        other=Choice("row numbers", None),
    )


def _uncertain(match: Match, why: str, other: Choice) -> Unrecognised:
    row = match.heading.stop if len(match.heading) else None
    first = match.id if other.says == "row numbers" else min(match.values)
    kind = "references" if other.says == "row numbers" else str(match.layout.kind)
    return Unrecognised(
        "reading-uncertain",
        why,
        row=row,
        column=None if first is None else match.sheet.names[first],
        layout=match.layout.title,
        choices=(Choice("answers" if kind == Kind.RESPONSES else kind), other),
    )
