"""What each column of a recognised sheet is for: every cell of a candidate's row is accounted for.

A column has exactly one role. One that may hold marks or answers, and that neither the layout nor
its heading gives another role, is of role ``UNKNOWN``: such a sheet is not used, since to leave the
column out would send every session in part.

    Keycode | Name        | Q1       | Q2       | Total    | Essay   |
    id      | descriptive | question | question | reckoned | unknown | if Essay holds 15, NA, 12
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Match
from schemas import headings
from schemas.columns import map_distinct, matches
from schemas.entries import FRACTION, WHOLE
from schemas.layout import Layout
from schemas.words import Kind


class Role(StrEnum):
    """What a column is for. The first five are the layout's; the others come from what it holds."""

    ID = "id"  # says whose the row is
    SAYS = "says"  # the test, the centre, the version, whether absent: the layout reads it
    QUESTION = "question"  # marks or answers, and in shape long their question numbers
    RECKONED = "reckoned"  # totals, subtotals, maxima, percentages
    PRODUCER = "producer's"  # the layout knows that nothing in it counts
    OTHER_ID = "other id"  # another column that may say whose the row is
    DESCRIPTIVE = "descriptive"
    EMPTY = "empty"
    UNKNOWN = "unknown"  # may hold marks or answers: the sheet is not used


@dataclass(frozen=True)
class Column:
    """One column, and why it has its role where that needs a word."""

    at: int
    heading: str
    role: Role
    why: str = ""

    @property
    def says(self) -> bool:
        """Whether it has a heading, or anything of a candidate."""
        return bool(self.heading) or self.role is not Role.EMPTY


@dataclass(frozen=True)
class CellAccount:
    """The cells of a sheet's candidate rows: how many there are, and where they went."""

    read: int
    by_role: Mapping[str, int]  # all but the cells that became entries


_NUMBER = (
    rf"[-+]?[0-9]{{1,4}}(?:[.,][0-9]{{1,4}})?%?|{WHOLE}%?|{FRACTION}|[0-9]{{1,3}} ?/ ?[0-9]{{1,3}}"
)
_LONG_NUMBER = r"[0-9]{5,}"  # an id, a telephone number: no mark has five digits
_LETTERS = r"[A-Za-z](?:[ ,;|/&]*[A-Za-z]){0,2}[*+-]?"
_SINGLE = r"[A-Za-z][*+-]?"
_WORDS = frozenset(
    ["na", "n/a", "n.a.", "nil", "-", "--", "abs", "absent", "ex", "null", "none", "blank", "mult"]
)
WITHOUT_HEADING = "(without a heading)"
_ENOUGH = 2  # questions, or rows that count up
_PROVE = 3  # rows in which a sum of several marks is no coincidence
_MANY = 1 / 3  # of the filled cells: below, a number among remarks is a remark
_QUESTION_LIKE = re.compile(r"q(?:n|uestion)?[ ._-]*[0-9].*|[0-9]+[a-z]?", re.IGNORECASE)


def columns(match: Match, rows: pd.Series[bool]) -> list[Column]:
    """Every column with its role; ``rows`` tells which carry a candidate."""
    sheet = match.sheet
    candidates = np.flatnonzero(rows) if rows.any() else np.arange(match.body, len(rows))
    over = heading_texts(match)
    by_layout = _by_layout(match)
    readable = _readable(match.layout, over)
    empty = np.asarray(sheet.blank[candidates].all(axis=0))
    found = []
    for at in range(sheet.texts.shape[1]):
        heading = over[at] if at < len(over) else ""
        role = by_layout.get(at)
        if role is not None:
            found.append(Column(at, heading, role))
        elif empty[at] or (at >= len(over) and match.sheet.table.widths is not None):
            # Nothing in it of a candidate, or beyond the heading: a ragged row's.
            found.append(Column(at, heading, Role.EMPTY))
        else:
            found.append(
                _by_content(
                    match, at, heading, sheet.column(at).iloc[candidates], heading_is=readable
                )
            )
    return found


def _by_layout(match: Match) -> dict[int, Role]:
    layout = match.layout
    roles: dict[int, Role] = {}
    if layout.questions.others_ignored or layout.shape == "positions":
        roles = dict.fromkeys(range(match.sheet.cells.shape[1]), Role.PRODUCER)
    others = {at: Role.OTHER_ID for at in match.other_ids if at not in roles}
    roles |= others | dict.fromkeys(match.by_producer, Role.PRODUCER)
    says = (match.test, match.centre, match.version, *match.absent_in)
    roles |= {at: Role.SAYS for at in says if at is not None and at not in match.questions}
    roles |= {at: Role.RECKONED for at in (match.total,) if at is not None}
    ids = (match.keycode, match.candidate, *match.digits)
    roles |= {at: Role.ID for at in ids if at is not None}
    return roles | dict.fromkeys(match.values, Role.QUESTION)


def _by_content(
    match: Match, at: int, heading: str, cells: pd.Series[str], *, heading_is: set[int]
) -> Column:
    """The role of a column that the layout does not know."""
    filled = cells[cells != ""]
    beside = match.layout.shape == "long"
    if headings.is_reckoned(heading, beside_a_mark=beside):
        return Column(at, heading, Role.RECKONED)
    if match.layout.kind is Kind.MARKS and _adds_up(match, at, filled):
        return Column(at, heading or WITHOUT_HEADING, Role.RECKONED)
    what = what_it_may_hold(filled, match.layout)
    if headings.may_be_another_marking(heading) and _mostly(filled, _NUMBER):
        why = f"holds {what or 'numbers'}: they may be those of another marking"
        return Column(at, heading, Role.UNKNOWN, why)
    if not what and (at not in heading_is or headings.is_descriptive(heading)):
        like = _QUESTION_LIKE.fullmatch(heading) and not headings.is_descriptive(heading)
        versions = _may_be_versions(match, heading, filled)
        if not like and not versions:
            return Column(at, heading, Role.DESCRIPTIVE)
    if at in heading_is or _QUESTION_LIKE.fullmatch(heading):
        why = "looks like a question, but cannot be read as one"
        return Column(at, heading, Role.UNKNOWN, why)
    amid = bool(match.questions) and min(match.questions) < at < max(match.questions)
    if _may_be_versions(match, heading, filled):
        return Column(at, heading, Role.UNKNOWN, "may hold the version of the paper")
    extra = frozenset(match.layout.questions.no_marks)
    if headings.is_descriptive(heading, extra) and not amid:
        return Column(at, heading, Role.DESCRIPTIVE)
    if _numbers_the_rows(match, at, heading, filled) or (not amid and _flags(match, filled)):
        return Column(at, heading, Role.DESCRIPTIVE)
    if _one_part_for_all(heading, filled, what):
        return Column(at, heading, Role.DESCRIPTIVE)
    where = "stands among the questions and " if amid else ""
    return Column(at, heading, Role.UNKNOWN, f"{where}holds {what}")


def what_it_may_hold(filled: pd.Series[str], layout: Layout | None = None) -> str:
    """What marks or answers a column may hold, in words; "" where it holds neither.

    One cell of another kind among marks (NA, a remark) does not make them something else.
    """
    words = _WORDS
    if layout is not None:
        said = layout.words
        words = words.union(said.blank, said.absent, said.not_attempted)
    numbers = matches(filled, _NUMBER) & ~matches(filled, _LONG_NUMBER)
    letters = matches(filled, _LETTERS if _mostly(filled, _SINGLE) else _SINGLE)
    known = map_distinct(filled, str.casefold).isin(words).to_numpy() & ~letters
    if (numbers | letters | known).mean() < _MANY:
        return ""
    if numbers.any():
        return "numbers, which may be marks"
    if letters.any():
        return "letters, which may be answers or versions of the paper"
    return "words that stand for marks" if known.any() else ""


def _mostly(filled: pd.Series[str], pattern: str) -> bool:
    return bool(matches(filled, pattern).mean() > 0.5)


def _numbers_the_rows(match: Match, at: int, heading: str, filled: pd.Series[str]) -> bool:
    """Whether a column before the ids counts the rows from 0 or 1, whatever its heading says."""
    if match.id is None or at >= min([match.id, *match.values], default=0):
        return False
    enough = _ENOUGH if heading else 1
    if len(filled) < enough or not matches(filled, "[0-9]{1,6}(?:[.]0)?").all():
        return False
    numbers = [float(text) for text in filled]
    return numbers[0] in (0, 1) and numbers == [numbers[0] + row for row in range(len(numbers))]


def _may_be_versions(match: Match, heading: str, filled: pd.Series[str]) -> bool:
    """Whether a column beside answers may say which version of the paper each candidate had."""
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.signs.headings or match.version is not None:
        return False
    several = 1 < filled.nunique() <= max(_ENOUGH, len(filled) // _ENOUGH)
    heads = headings.may_head_versions(heading, of_answers=True)
    return heads and several and bool(matches(filled, headings.VERSION_CELL).all())


def _flags(match: Match, filled: pd.Series[str]) -> bool:
    """Whether a column beside marks says no more than yes or no, as one of support needs does."""
    said = set(map_distinct(filled, str.upper).unique())
    return match.layout.kind is Kind.MARKS and (said <= {"Y", "N"} or said == {"X"})


def _adds_up(match: Match, at: int, filled: pd.Series[str]) -> bool:
    """Whether in every row it is the sum of the questions, or of those that stand right before."""
    if len(match.questions) < _ENOUGH or not matches(filled, "[0-9]+(?:[.,][0-9]+)?").all():
        return False
    before = at
    while before - 1 in match.questions:
        before -= 1
    for columns in (
        [*match.questions],
        [*range(before, at)],
        [of for of in match.questions if of < at],
    ):
        marks = _as_marks(match.sheet.cells.loc[filled.index, columns])
        sums = marks.sum(axis=1)
        telling = ((marks > 0).sum(axis=1) >= _ENOUGH) & (sums > 0)
        same = np.isclose(sums, filled.str.replace(",", ".").map(float))
        if len(columns) >= _ENOUGH and telling.sum() >= _PROVE and same.all():
            return True
    return False


def _as_marks(cells: pd.DataFrame) -> pd.DataFrame:
    """The numbers in the cells, 0 for what is none."""

    def numbers(column: pd.Series[str]) -> pd.Series[float]:
        found = pd.to_numeric(column.str.replace(",", "."), errors="coerce")
        return found.fillna(0.0)

    return cells.apply(numbers)


def _one_part_for_all(heading: str, filled: pd.Series[str], what: str) -> bool:
    """Whether it says which part of the examination all rows are of, such as Paper: 2."""
    found = headings.words(heading)
    alone = len(found) == 1 and found[0] in headings.WHOLES
    same = len(filled) > 1 and filled.nunique() == 1
    return alone and (same or what.startswith("letters"))


def heading_texts(match: Match) -> list[str]:
    """What stands over each column, the lowest row first.

    Beyond the heading's own fields of a text file no column has a heading: rows there are ragged.
    """
    if not len(match.heading):
        return [""] * match.sheet.cells.shape[1]
    widths = match.sheet.table.widths
    wide = None if widths is None else int(widths[match.heading.stop - 1])
    rows = match.sheet.cells.iloc[[*match.heading]].iloc[::-1].to_numpy()
    over = [next((text for text in column if text), "") for column in rows.T]
    joined = match.sheet.cells.shape[1] if wide is None else wide
    return [" ".join(text.split()) for text in over[:joined]]


def _readable(layout: Layout, over: list[str]) -> set[int]:
    if layout.questions.heading is None:
        return set()
    read = re.compile(layout.questions.heading, re.IGNORECASE).fullmatch
    return {at for at, text in enumerate(over) if read(text)}


def account(match: Match, rows: pd.Series[bool], found: list[Column]) -> CellAccount:
    """The cells on candidates' rows, by the role of their column; entries are counted apart."""
    count = int(rows.sum())
    by_role: dict[str, int] = {}
    for column in found:
        if column.role is not Role.QUESTION:
            by_role[str(column.role)] = by_role.get(str(column.role), 0) + count
    if match.question is not None:
        by_role["question number"] = count
        by_role["overridden"] = (len(match.value) - 1) * count
    return CellAccount(count * match.sheet.cells.shape[1], by_role)


def added(accounts: Iterable[CellAccount]) -> dict[str, int]:
    """The cells by role of several sheets together."""
    total: dict[str, int] = {}
    for each in accounts:
        for role, count in each.by_role.items():
            total[role] = total.get(role, 0) + count
    return total


def may_hold_marks(cells: pd.DataFrame, rows: Sequence[int], ids: set[int]) -> bool:
    """Whether marks or answers may stand beside the ids of these rows, whatever the sheet is."""
    if not rows:
        return False
    for at in range(cells.shape[1]):
        filled = cells[at].iloc[list(rows)]
        filled = filled[filled != ""]
        over = str(cells[at].iloc[rows[0] - 1]) if rows[0] else ""
        known = headings.is_descriptive(over) or headings.is_summary(over)
        if at in ids or filled.empty or known:
            continue
        if what_it_may_hold(filled):
            return True
    return False
