"""Further tables in a sheet: another heading below, ids side by side, a column twice.

To read rows by the heading of another block would send marks to the wrong questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Choice, Match, Unrecognised
from pipeline.interpret.refine import PLAINLY_KEYCODE
from pipeline.interpret.roles import Column, Role
from pipeline.interpret.rows import NOT_MARKED
from pipeline.interpret.text import tidy_keycode
from schemas import headings
from schemas.columns import distinct, map_distinct, matches
from schemas.entries import KEYCODE, WHOLE
from schemas.layout import fold, is_pattern

_MOST = 0.5


def second_heading(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
    """A row that reads as another heading, or a candidate above the heading."""
    if match.id is None:
        return None
    ids, rows = match.sheet.column(match.id), reasons.index
    heads = _reads_as_heading(match) & reasons.isin(["", NOT_MARKED])
    marked = match.sheet.matching(WHOLE)[:, match.values].any(axis=1)
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


def _reads_as_heading(match: Match) -> pd.Series[bool]:
    """Rows whose id cell is a heading for ids, or whose marks are headings of questions."""
    sheet, layout = match.sheet, match.layout
    assert match.id is not None  # noqa: S101  # said by the caller
    names = [*layout.id.keycode, *layout.id.keycode_if, *layout.id.candidate]
    literal = {name for name in names if not is_pattern(name)}
    patterns = [re.compile(name[1:-1], re.IGNORECASE) for name in names if is_pattern(name)]
    own = heading_of_id(match)

    def names_ids(text: str) -> bool:
        return (
            _MANY_DIGITS.search(text) is None
            and bool(text)
            and (fold(text) in literal or any(pattern.fullmatch(text) for pattern in patterns))
        )

    # A producer's pattern for its own heading may be as wide as (.+): it names no ids by itself.
    broad = any(pattern.fullmatch("X7 of 1") for pattern in patterns)
    ids = sheet.column(match.id)
    by_id = map_distinct(ids, lambda text: not broad and names_ids(text)).astype(bool)
    words = map_distinct(ids, _is_heading_words).astype(bool) & (ids != own)
    if not layout.signs.headings and words.any():  # a program names its columns once, and for good
        by_id |= words & _speaks_of_columns(match)
    if match.question is not None:
        columns = {*layout.questions.column, *layout.questions.value}
        again = map_distinct(sheet.column(match.question), fold).isin(columns)
        return by_id | again
    question = _question_reader(match)
    reads = np.array([question(text) for text in sheet.texts.distinct], bool)
    read = reads[sheet.texts.codes[:, [*match.questions]]].sum(axis=1)
    filled = (~sheet.blank[:, [*match.questions]]).sum(axis=1)
    questions = pd.Series((read > _MOST * filled) & (filled > 0), dtype=bool)
    return by_id | questions


def _speaks_of_columns(match: Match) -> pd.Series[bool]:
    """Rows in which any cell is the heading of a column, or none could be a mark.

    Where questions are headed by bare numbers, numbers alone may be such headings.
    """
    cells, values = match.sheet.cells, [*match.values]
    row = match.sheet.cells.iloc[match.heading.stop - 1]
    texts = {fold(str(text)) for text in row if text and not _BARE.fullmatch(str(text))}
    headed = cells.apply(lambda column: map_distinct(column, fold).isin(texts)).any(axis=1)
    marks = cells[values].apply(lambda column: matches(column, WHOLE)).any(axis=1)
    filled = (cells[values] != "").any(axis=1)
    bare = cells[values].apply(lambda column: matches(column, "|[0-9]{1,3}(?:[.]0)?")).all(axis=1)
    speaks: pd.Series[bool] = headed | (filled & ~marks)
    return speaks | (bare & filled) if match.questions and _bare_headings(match) else speaks


_MANY_DIGITS = re.compile("[0-9][^0-9]*[0-9][^0-9]*[0-9]")  # an id, and no heading of ids
_OF_A_HEADING = headings.DESCRIPTIVE | {"keycode", "key", "exam"}
_NO_MARK = re.compile(r"[^\W\d_]|[0-9]+[a-z]?(?: ?[(\[]|[.):]$)", re.IGNORECASE)
_BARE = re.compile("[0-9]+(?:[.,][0-9]+)?")


def heading_of_id(match: Match) -> str:
    """What stands over the column of ids."""
    return "" if match.id is None else str(match.sheet.cells.iat[match.heading.stop - 1, match.id])


def _question_reader(match: Match) -> Callable[[str], bool]:
    pattern = match.layout.questions.heading
    read = re.compile(pattern or "(?!)", re.IGNORECASE).fullmatch

    # A program that lets people name the questions has any text for a heading.
    anything = read("any text") is not None

    def reads(text: str) -> bool:
        """A question's heading, and no mark: neither a number nor 4/5."""
        heading = " ".join(text.split())
        looks = not anything and _NO_MARK.match(heading) is not None
        return looks and read(heading) is not None

    return reads


def _is_heading_words(text: str) -> bool:
    found = [] if _MANY_DIGITS.search(text) else headings.words(text)
    return bool(found) and _OF_A_HEADING.issuperset(found)


def _bare_headings(match: Match) -> bool:
    row = match.sheet.cells.iloc[match.heading.stop - 1]
    return all(_BARE.fullmatch(str(row[at])) for at in match.questions)


def second_column(match: Match) -> Unrecognised | None:
    """A second column of keycodes, question numbers or marks: which of them counts?"""
    row, names = _heading(match), match.layout.questions
    below = match.sheet.filled_columns(match.body)
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
                    choices=tuple(_without(match, spare) for spare in (at, taken)),
                )
    return None


def _without(match: Match, at: int) -> Choice:
    name = match.sheet.names[at]
    return Choice(f"without column {name}", left_out=(name,))


def second_table(
    match: Match, columns: Sequence[Column], rows: pd.Series[bool]
) -> Unrecognised | None:
    """A column amid the questions that holds ids as the column of ids does, but others.

    The questions behind it are another candidate's.
    """
    if match.id is None or not match.questions:
        return None
    known = {Role.QUESTION, Role.PRODUCER, Role.ID, Role.SAYS, Role.EMPTY}
    between = range(min(match.questions) + 1, max(match.questions))
    amid = [one.at for one in columns if one.role not in known and one.at in between]
    if not amid:  # as in nearly every sheet
        return None
    ids = match.ids()[rows]
    forms = set(map_distinct(ids[ids != ""], _form_of_id)) - {""}
    for at in amid:
        cells = match.sheet.cells.loc[rows, at]
        other = cells[(cells != "") & (cells != ids)]
        if other.empty:
            continue
        alike = map_distinct(other, _form_of_id).isin(forms)
        if alike.mean() > _MOST:
            cell = f"{match.sheet.names[at]}{int(other.index[0]) + 1}"
            own = match.sheet.names[match.id]
            return Unrecognised(
                "layout-ambiguous",
                f"ids stand in {own}, and others of their form from {cell} on, amid the questions: "
                "two tables may stand side by side",
                row=match.heading.stop,
                column=match.sheet.names[at],
            )
    return None


def other_whose(
    match: Match, columns: Sequence[Column], rows: pd.Series[bool]
) -> Unrecognised | None:
    """A column that is not used, and says of a row that it is another row's.

    It has ids of other rows; or it repeats the row's own id, but not in every row.
    """
    unused = [one for one in columns if one.role in (Role.DESCRIPTIVE, Role.OTHER_ID)]
    if match.id is None or match.layout.signs.headings or not unused:
        return None
    whose = map_distinct(match.ids(), str.upper)[rows.to_numpy()]
    known, ids = {*filter(_form_of_id, distinct(whose)[1])}, whose.astype(object)
    for column in unused if known else ():
        texts = distinct(match.sheet.column(column.at))[1]
        if known.isdisjoint(map(tidy_keycode, texts)):
            continue  # as nearly every column is, and quickly told
        cells = map_distinct(match.sheet.column(column.at), tidy_keycode)[rows.to_numpy()]
        cells = cells.astype(object)
        filled, same = (cells != "").to_numpy(), (cells == ids).to_numpy()
        others = filled & ~same & cells.isin(known).to_numpy()
        repeats = same.sum() >= _MOST * filled.sum()
        differs = others | (filled & ~same & repeats)
        if differs.any():
            row, name = int(cells.index[differs][0]) + 1, match.sheet.names[column.at]
            own = match.sheet.names[match.id]
            return Unrecognised(
                "layout-ambiguous",
                f"{own} and {name} name two sessions or candidates in row {row}",
                row=row,
                column=name,
                choices=(_without(match, column.at),),
            )
    return None


def _form_of_id(text: str) -> str:
    """Keycodes are of one form; other ids as long, with letters and digits in the same places.

    Without one: what may be a mark, a letter, or a word.
    """
    if re.fullmatch(PLAINLY_KEYCODE, text.upper()):
        return "keycode"
    form = re.sub("[0-9]", "9", re.sub(r"[^\W\d_]", "A", text))
    return form if form.count("9") >= _DIGITS_OF_ID and not text.isspace() else ""


_DIGITS_OF_ID = 4


def _heading(match: Match) -> list[str]:
    """What stands over each column, the lowest row first."""
    widths = match.sheet.table.widths
    wide = None if widths is None else int(widths[match.heading.stop - 1])
    rows = match.sheet.cells.iloc[[*match.heading]].iloc[::-1].to_numpy()
    return [next((text for text in column if text), "") for column in rows.T][:wide]
