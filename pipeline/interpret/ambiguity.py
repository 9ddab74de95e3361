"""What makes a recognised sheet ambiguous: then nothing of it is used.

To leave out a column or a row that may hold marks would send every session in part; to read rows
by the heading of another block would send marks to the wrong questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import AS_ANSWERS, Choice, Match, Unrecognised
from pipeline.interpret.refine import PLAINLY_KEYCODE, counts_rows
from pipeline.interpret.roles import WITHOUT_HEADING, Column, Role
from pipeline.interpret.rows import ARE_MAXIMA, NOT_MARKED
from pipeline.interpret.text import tidy_keycode
from schemas import headings
from schemas.columns import map_distinct, matches
from schemas.entries import KEYCODE, WHOLE
from schemas.layout import fold, is_pattern
from schemas.words import Kind

_MOST = 0.5
_USUAL_OPTIONS = frozenset("ABCDEFGHIJ")
_PAIRS = ({"T", "F"}, {"Y", "N"}, {"V", "F"}, {"R", "F"}, {"W", "F"}, {"S", "N"}, {"J", "N"})
_A_FEW, _SHARE = 2, 0.05  # of the answers, from which on unusual letters are no slip
# Marks from 1 to 4, or to 5, throughout may be answers; not where the questions are fewer: a paper
# of a few long answers often has small marks only.
_FEWEST_OPTIONS, _MOST_OPTIONS = 4, 5
_FEW_DIFFERENT = 3  # with fewer numbers than these nothing looks like options
_LISTED = 4  # columns that a message names


def find_ambiguity(
    match: Match, columns: Sequence[Column], reasons: pd.Series[str]
) -> Unrecognised | None:
    """The first reason not to use the sheet, if there is one."""
    if not len(match.heading):
        return None
    rows = reasons == ""
    return (
        _second_heading(match, reasons)
        or _second_column(match)
        or _second_table(match, columns, rows)
        or _unknown_columns(match, columns)
        or _mixed_columns(match)
        or _shares_of_the_maximum(match, rows)
        or _damaged_bits(match, rows)
    )


def find_doubt(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
    """Why the reading is not certain, though it is the only one that we know of.

    Such a reading is for a person to confirm, once for all sheets of this form.
    """
    return (
        _unusual_letters(match, reasons == "")
        or _marks_like_options(match, reasons)
        or _boxes(match, reasons)
        or _counting(match)
    )


def _second_heading(match: Match, reasons: pd.Series[str]) -> Unrecognised | None:
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


def _question_reader(match: Match):  # type: ignore[no-untyped-def]
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


def _second_column(match: Match) -> Unrecognised | None:
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


def _second_table(
    match: Match, columns: Sequence[Column], rows: pd.Series[bool]
) -> Unrecognised | None:
    """A column amid the questions that holds ids as the column of ids does, but others.

    The questions behind it are another candidate's.
    """
    if match.id is None or not match.questions:
        return None
    ids = match.ids()[rows]
    forms = set(map_distinct(ids[ids != ""], _form_of_id)) - {""}
    known = {Role.QUESTION, Role.PRODUCER, Role.ID, Role.SAYS, Role.EMPTY}
    amid = range(min(match.questions) + 1, max(match.questions))
    for at in (column.at for column in columns if column.role not in known and column.at in amid):
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


def _unknown_columns(match: Match, columns: Sequence[Column]) -> Unrecognised | None:
    """Columns that may hold marks or answers, and of which nothing says what they are."""
    unknown = [column for column in columns if column.role is Role.UNKNOWN]
    if not unknown:
        return None
    first, names = unknown[0], [match.sheet.names[column.at] for column in unknown[1:]]
    more = f" (so do {_listed(names)})" if names else ""
    left_out = (match.sheet.names[first.at], *names)
    return Unrecognised(
        "heading-not-understood",
        f"{first.why}{more}",
        text=first.heading or WITHOUT_HEADING,
        row=match.heading.stop,
        column=match.sheet.names[first.at],
        choices=(
            Choice(f"{_listed([match.sheet.names[first.at], *names])} left out", left_out=left_out),
            Choice("marks or answers", None),
        ),
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def _mixed_columns(match: Match) -> Unrecognised | None:
    """Columns of marks in a sheet of answers that nobody but its cells says to be one."""
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.signs.headings or layout.answers != "letters":
        return None
    below = match.sheet.cells.iloc[match.body :]
    marks = []
    for at in match.questions:
        filled = below[at][below[at] != ""]
        letters = matches(filled, r"[A-Za-z].*").any()
        if len(filled) and not letters and matches(filled, rf"{WHOLE}|[0-9.,½]+").any():
            marks.append(match.sheet.names[at])
    if not marks:
        return None
    return Unrecognised(
        "layout-ambiguous",
        f"{_listed(marks)} hold numbers, the other questions letters: marks and answers cannot be "
        "read from one sheet",
        row=match.heading.stop,
        column=marks[0],
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
            f"it was read as answers of multiple choice, but {_listed(sorted(signed))} are grades",
            other=Choice("grades", None),
        )
    plain = [at for at in columns if set(letters[at]) not in _PAIRS]
    odd = [text for at in plain for text in letters[at] if text not in _USUAL_OPTIONS]
    count = sum(map(len, letters.values()))
    if len(odd) < max(_A_FEW, _SHARE * count):
        return None
    return _uncertain(
        match,
        f"it was read as answers of multiple choice, but {_listed(sorted(set(odd)))} are no usual "
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
    if len(rows) < _A_FEW or not several:
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
    groups = [cells[columns] == "1" for columns in parts.values() if len(columns) >= _A_FEW]
    one_each = [(ticked.sum(axis=1) == 1).mean() for ticked in groups]
    if len(groups) < max(_A_FEW, len(parts)) or len(cells) < _A_FEW or min(one_each) < _NEARLY_ALL:
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


_FRACTION_SHARE = 0.25  # of the marks of a column, from which on fractions are no half marks


def _shares_of_the_maximum(match: Match, rows: pd.Series[bool]) -> Unrecognised | None:
    """Marks that are all from 0 to 1, some of them between: parts of the maximum.

    In the whole sheet one such fraction tells; in one column of it many do. Halves are half marks
    where they are few.
    """
    if match.layout.kind is not Kind.MARKS or match.layout.signs.headings:
        return None
    columns = [*match.questions, *match.value]
    decimal = match.sheet.matching("[0-9]*[.,][0-9]+")[np.flatnonzero(rows)]
    if not decimal[:, columns].any():
        return None
    cells = match.sheet.cells.loc[rows, columns]
    marks = cells.apply(_as_numbers)
    between = (marks > 0) & (marks < 1)
    odd, small = between & (marks != _HALF), (marks <= 1) | marks.isna()
    many = between.sum() >= (marks.notna().sum() * _FRACTION_SHARE).clip(lower=_A_FEW)
    shares = [at for at in columns if small[at].all() and odd[at].any() and many[at]]
    if small.all(axis=None) and (odd.any(axis=None) or many.any()):
        shares = shares or [at for at in columns if between[at].any()]
    if not shares:
        return None
    names = [match.sheet.names[at] for at in shares]
    return Unrecognised(
        "marks-are-shares",
        f"nothing in {_listed(names)} is over 1, and some is between 0 and 1",
        row=match.heading.stop,
        column=names[0],
    )


def _as_numbers(cells: pd.Series[str]) -> pd.Series[float]:
    return pd.to_numeric(cells.str.replace(",", "."), errors="coerce").astype(float)


def _damaged_bits(match: Match, rows: pd.Series[bool]) -> Unrecognised | None:
    """Answers as strings of 0 and 1 of unlike length: leading zeros are gone."""
    if match.layout.answers != "bits":
        return None
    over = match.sheet.cells.iloc[match.heading.stop - 1]
    solutions = [at for at, text in over.items() if str(text).casefold().startswith("solution")]
    cells = match.sheet.cells.loc[rows, [*match.questions, *solutions]]
    texts = pd.Series(cells.to_numpy().ravel(), dtype=object)
    texts = texts[texts != ""]
    bits = matches(texts, "[01]+")
    lengths = sorted({len(text) for text in texts[bits]})
    if len(lengths) < 2 or not bits.all():
        return None
    return Unrecognised(
        "answers-damaged",
        f"they are strings of 0 and 1 with {lengths[0]} to {lengths[-1]} characters, and should "
        "all be as long",
        row=match.heading.stop,
        column=match.sheet.names[min(match.questions)],
    )


_HALF = 0.5
