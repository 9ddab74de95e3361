"""Fit one layout to one sheet: find the columns that it speaks of, or say what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from pipeline.facts import Table, cell_column
from pipeline.interpret.text import each, tidied, tidy, tidy_keycode
from schemas.entries import matches
from schemas.layout import Heading, Layout, fold, is_pattern

HEADING_WITHIN = 30  # rows from the top in which a heading is looked for
# A keycode that nobody takes for a word or a number.
_PLAINLY_KEYCODE = r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{8}"
# What stands below a question's heading: its parts.
_PART = re.compile(r"[(]?(?:[a-z]|[ivx]{1,4})[)]?", re.IGNORECASE)
_MOST = 0.5
_MARK_LENGTH = 3  # digits of a mark, at most
_SECTIONED = re.compile("[0-9]{1,6}_[0-9]{1,6}")
_ENOUGH_ROWS = 1000  # to see what a question's cells hold
_NEARLY_ALL = 0.8  # of the ids look as a layout says
_ROW_SPEAKS = 3  # for a long sheet: its question and mark columns


@dataclass(frozen=True)
class Sheet:
    """A table as it is looked at: as written, and tidied."""

    table: Table
    raw: pd.DataFrame
    cells: pd.DataFrame  # tidied
    names: Sequence[str]  # of the columns, as a person looks them up: a row's number goes behind

    @classmethod
    def of(cls, table: Table) -> Sheet:
        """The table, tidied."""
        names = [cell_column(at) for at in range(table.cells.shape[1])]
        return cls(table, table.cells, tidied(table.cells), names)

    def with_joined(self, columns: Sequence[int]) -> Sheet:
        """With one column more, the last: the digits of these, ``?`` where one is not marked."""
        marked = self.cells[list(columns)]
        joined = marked.replace("", "?").agg("".join, axis=1)
        joined = joined.mask((marked == "").all(axis=1), "").rename(self.cells.shape[1])
        numbers = self.table.numbers
        if numbers is not None:
            numbers = np.pad(numbers, ((0, 0), (0, 1)))
        return Sheet(
            replace(self.table, numbers=numbers),
            pd.concat([self.raw, joined], axis=1),
            pd.concat([self.cells, joined], axis=1),
            [*self.names, self.names[columns[0]]],
        )


@dataclass(frozen=True)
class Recognised:
    """A layout that fits a sheet, with its columns by number (0 is the first)."""

    layout: Layout
    sheet: Sheet
    heading: range  # its rows, from 0; none in a file without headings
    keycode: int | None = None
    candidate: int | None = None
    questions: dict[int, str] = field(default_factory=dict)  # shape wide: column to its number
    question: int | None = None  # shape long: the column of question numbers,
    value: tuple[int, ...] = ()  # and the columns of marks or answers, the first filled counts
    test: int | None = None
    centre: int | None = None
    version: int | None = None
    total: int | None = None
    absent_in: tuple[int, ...] = ()
    digits: tuple[int, ...] = ()  # of the id, where each has a column; joined they are the last
    ignored: tuple[int, ...] = ()  # columns with a heading that are not used
    score: int = 0  # how much spoke for it

    @property
    def id(self) -> int | None:
        """The column that tells whose a row is; none where the file's name does."""
        return self.candidate if self.keycode is None else self.keycode

    @property
    def body(self) -> int:
        """The first row below the heading."""
        return self.heading.stop

    @property
    def values(self) -> list[int]:
        """The columns that hold marks or answers (and, in shape long, their questions)."""
        long = [] if self.question is None else [self.question]
        return [*long, *self.value, *self.questions]

    def ids(self) -> pd.Series[str]:
        """The cells that tell whose a row is, tidied, by row: what counts of them."""
        cells = self.sheet.cells
        if self.id is None:
            return pd.Series("", cells.index, dtype=object)
        part, none = self.layout.id.part, self.layout.id.none
        found = re.compile(part or "(.*)", re.IGNORECASE | re.DOTALL).search

        def counting(text: str) -> str:
            match = found(text)
            own = tidy(match[1] or "") if match else text
            return "" if own.casefold() in none else own

        return each(cells[self.id], counting)

    def like_heading(self) -> pd.Series[bool]:
        """Which rows say the same as a row of the heading in all columns that are used."""
        cells = self.sheet.cells
        used = [*([] if self.id is None else [self.id]), *self.values]
        alike = pd.Series(False, cells.index)
        for row in self.heading:
            alike |= (cells[used] == cells.loc[row, used]).all(axis=1)
        return alike


@dataclass(frozen=True)
class Missed:
    """A layout that does not fit: what it lacks, and how much spoke for it all the same."""

    layout: Layout
    lacks: str
    found: int = 0
    row: int | None = None  # its heading, from 0


@dataclass(frozen=True)
class _Heading:
    """One or two rows as a heading."""

    rows: range
    texts: list[str]
    folded: list[str]

    def one_of(self, names: Iterable[Heading]) -> int | None:
        """The column of the first of these headings that is there."""
        return next((found[0] for name in names if (found := self.all_of(name))), None)

    def all_of(self, name: Heading) -> list[int]:
        """Every column with this heading."""
        if not is_pattern(name):
            return [at for at, text in enumerate(self.folded) if text == name]
        fits = re.compile(name[1:-1], re.IGNORECASE).fullmatch
        return [at for at, text in enumerate(self.texts) if fits(text)]

    def questions(self, layout: Layout) -> dict[int, str]:
        """The columns whose heading is a question, with its number."""
        if layout.questions.heading is None:
            return {}
        read = re.compile(layout.questions.heading, re.IGNORECASE).fullmatch
        where = layout.questions
        behind = -1 if not where.behind else self.one_of(where.behind)
        return {
            at: match[1]
            for at, text in enumerate(self.texts)
            if behind is not None and at > behind and (match := read(text))
        }

    def digits(self, layout: Layout) -> tuple[int, ...]:
        """The columns of an id that is marked digit by digit, in order."""
        if layout.id.digits is None:
            return ()
        read = re.compile(layout.id.digits, re.IGNORECASE).fullmatch
        found = {at: m[1] or "" for at, text in enumerate(self.texts) if (m := read(text))}
        places = {at: text.lstrip("0") for at, text in found.items()}
        return tuple(sorted(places, key=lambda at: (len(places[at]), places[at])))

    def marked_by_digits(self, layout: Layout) -> set[int]:
        """The columns that are digits of a number, or that number, and so no questions."""
        if layout.questions.digit_of is None:
            return set()
        read = re.compile(layout.questions.digit_of, re.IGNORECASE).fullmatch
        digits = {at: fold(m[1] or "") for at, text in enumerate(self.texts) if (m := read(text))}
        numbers = {at for at, text in enumerate(self.folded) if text in digits.values()}
        named = {self.folded[at] for at in numbers}
        return numbers | {at for at, number in digits.items() if number in named}


def headings(sheet: Sheet) -> list[_Heading]:
    """The rows that may be a heading, and pairs of them where parts stand below questions."""
    top = sheet.cells.iloc[:HEADING_WITHIN]
    rows = [[*row] for row in top.itertuples(index=False, name=None)]
    singles = [_Heading(range(at, at + 1), row, [*map(fold, row)]) for at, row in enumerate(rows)]
    return [*singles, *_pairs(sheet, rows)]


def _pairs(sheet: Sheet, rows: list[list[str]]) -> Iterator[_Heading]:
    for at, (upper, lower) in enumerate(pairwise(rows)):
        over = _spread(sheet.table, at, upper)
        parts = [bool(up and _PART.fullmatch(low)) for up, low in zip(over, lower, strict=True)]
        if any(parts):
            both = [
                up + low if part else low or own
                for up, low, own, part in zip(over, lower, upper, parts, strict=True)
            ]
            yield _Heading(range(at, at + 2), both, [*map(fold, both)])


def _spread(table: Table, row: int, texts: list[str]) -> list[str]:
    """A heading's row with what stands merged over several columns in each of them."""
    spread = list(texts)
    if table.widths is not None:  # a text file knows no merged cells: they are blank
        return pd.Series(spread, dtype=object).replace("", None).ffill().fillna("").tolist()
    for first_row, first, last_row, last in table.merged:
        if first_row <= row <= last_row:
            spread[first : last + 1] = [texts[first]] * (min(last + 1, len(texts)) - first)
    return spread


def fit(layout: Layout, sheet: Sheet, heads: Sequence[_Heading]) -> Recognised | Missed:
    """The layout on the sheet, by the first heading that has all that it needs."""
    if layout.shape == "positions" and layout.refused is None:
        return _by_position(layout, sheet)
    best: Missed = Missed(layout, "a heading row")
    fits: list[Recognised] = []
    for head in heads:
        each_try = _by_heading(layout, sheet, head)
        if isinstance(each_try, Recognised):
            fits.append(each_try)
            if layout.signs.headings:
                break  # parts below questions are an office's own way, no program's
        elif each_try.found > best.found:
            best = replace(each_try, row=head.rows.start)
    return _chosen(fits) if fits else best


def _chosen(fits: Sequence[Recognised]) -> Recognised:
    """The first heading counts, unless the row below it divides its questions into parts."""
    first = fits[0]
    pairs = (one for one in fits if len(one.heading) > len(first.heading))
    return next(
        (
            one
            for one in pairs
            if one.heading.start == first.heading.start
            and len(one.questions) > len(first.questions)
        ),
        first,
    )


def _by_heading(layout: Layout, sheet: Sheet, head: _Heading) -> Recognised | Missed:
    signs = layout.signs
    there = [name for name in signs.headings if head.one_of([name]) is not None]
    lacking = [name for name in signs.headings if name not in there]
    if lacking:
        return Missed(layout, _column_headed(lacking[0]), len(there))
    against = next((name for name in signs.not_headings if head.one_of([name]) is not None), None)
    if against is not None:
        return Missed(layout, f"a sheet without {_column_headed(against)}", len(there))
    columns = _columns(layout, head)
    if columns.digits and columns.keycode is None:
        columns = replace(columns, candidate=len(head.texts))
        sheet = sheet.with_joined(columns.digits)
    if layout.refused is not None:
        return Recognised(layout, sheet, head.rows, score=len(there) + 1)
    questions = columns.questions
    wide = layout.shape == "wide"
    if wide and not questions:
        return Missed(layout, "columns of questions", len(there))
    if not wide and (columns.question is None or not columns.value):
        return Missed(layout, "columns of questions and marks", len(there))
    found = len(there) + (2 if wide else _ROW_SPEAKS)
    fits = replace(columns, sheet=sheet, score=found)
    if columns.id is None and layout.id.file_name is None:
        wanted = next(iter((*layout.id.keycode, *layout.id.candidate)), "Keycode")
        return Missed(layout, _column_headed(wanted), found)
    fits = _that_count(_beside(_not_the_id(fits), head), head)
    fits = _with_keycodes(_best_reference(_by_section(fits), head))
    if wide and not fits.questions:
        return Missed(layout, "questions that hold anything", found)
    return _by_cells(fits)


def _column_headed(name: Heading) -> str:
    """The heading as people read it: of a regular expression as far as it is plain."""
    plain = re.split(r"[\\\[({|.?*+]", name[1:-1])[0].strip() if is_pattern(name) else ""
    return f"a column headed '{plain or name}{'…' if plain else ''}'"


def _columns(layout: Layout, head: _Heading) -> Recognised:
    ids, where = layout.id, layout.questions
    questions = head.questions(layout) if layout.shape == "wide" else {}
    digits = head.digits(layout)
    for at in (*digits, *head.marked_by_digits(layout)):
        questions.pop(at, None)
    keycode, candidate = head.one_of(ids.keycode), head.one_of(ids.candidate)
    value = _values(layout, head)
    question = head.one_of(where.column) if layout.shape == "long" else None
    others = [head.one_of(names) for names in (ids.test, ids.centre, ids.version, where.total)]
    test, centre, version, total = (None if at in questions else at for at in others)
    if keycode is None and candidate is None and questions:
        candidate = _between(layout, head, min(questions), {test, centre, version})
    absent_in = tuple(at for name in layout.words.absent_in for at in head.all_of(name))
    used = {keycode, candidate, question, test, centre, version, total}
    used |= {*value, *questions, *absent_in, *digits}
    used |= {at for name in where.ignored for at in head.all_of(name)}
    unused = tuple(at for at, text in enumerate(head.texts) if text and at not in used)
    return Recognised(
        layout=layout,
        sheet=_NOTHING,
        heading=head.rows,
        keycode=keycode,
        candidate=candidate,
        questions={
            at: number for at, number in questions.items() if at not in {keycode, candidate}
        },
        question=question,
        value=value,
        test=test,
        centre=centre,
        version=version,
        total=total,
        absent_in=absent_in,
        digits=digits,
        ignored=() if where.others_ignored else unused,
    )


_NOTHING = Sheet(Table("", pd.DataFrame()), pd.DataFrame(), pd.DataFrame(), [])


def _values(layout: Layout, head: _Heading) -> tuple[int, ...]:
    if layout.shape != "long":
        return ()
    present = [at for name in layout.questions.value for at in head.all_of(name)[:1]]
    return tuple(present if layout.questions.overriding else present[:1])


def _between(
    layout: Layout, head: _Heading, first_question: int, others: set[int | None]
) -> int | None:
    """The one column between a heading and the first question, where the layout allows it."""
    after = [] if layout.id.after is None else head.all_of(layout.id.after)
    after = [at for at in after if at < first_question]
    if not after:
        return None
    between = [at for at in range(after[-1] + 1, first_question) if at not in others]
    if not between:
        return head.one_of(layout.id.otherwise)
    return between[0] if len(between) == 1 else None


def _not_the_id(fits: Recognised) -> Recognised:
    """Without columns that repeat the id, such as the number by which it was found.

    Leading zeros may be lost in them. What is so short that it may be a mark does not count.
    """
    if not fits.layout.questions.behind or fits.id is None:
        return fits
    ids = fits.ids().iloc[fits.body :]
    below = fits.sheet.cells.iloc[fits.body :][ids != ""]
    ids = ids[ids != ""]
    bare = ids.str.lstrip("0")

    def repeats(cells: pd.Series[str]) -> bool:
        same = (cells == ids) & (ids.str.len() > _MARK_LENGTH)
        same |= (cells.str.lstrip("0") == bare) & (bare.str.len() >= _MARK_LENGTH)
        return len(ids) > 0 and bool(same.mean() > _MOST)

    kept = {at: number for at, number in fits.questions.items() if not repeats(below[at])}
    return replace(fits, questions=kept)


def _beside(fits: Recognised, head: _Heading) -> Recognised:
    """Without questions that lack the column which the program writes for each."""
    beside = fits.layout.questions.beside
    if beside is None:
        return fits
    names = {at: fold(beside.replace("{}", head.texts[at])) for at in fits.questions}
    counting = {at: n for at, n in fits.questions.items() if names[at] in head.folded}
    return replace(fits, questions=counting or fits.questions)


def _by_section(fits: Recognised) -> Recognised:
    """Numbers such as 1_1, 1_2, … without their section, where there is but one."""
    numbers = fits.questions.values()
    sectioned = numbers and all(map(_SECTIONED.fullmatch, numbers))
    if not fits.layout.questions.sections or not sectioned:
        return fits
    sections, places = zip(*(number.split("_") for number in numbers), strict=True)
    wanted = [*range(1, len(places) + 1)]
    if len(set(sections)) > 1 or sorted(map(int, places)) != wanted:
        return fits
    return replace(fits, questions=dict(zip(fits.questions, places, strict=True)))


def _that_count(fits: Recognised, head: _Heading) -> Recognised:
    """Without the questions by which a program fills up to the length of its form.

    Only those at the end are left out: a question amid the others may well lack a key.
    """
    where = fits.layout.questions.where
    if where is None:
        return fits
    filled = (fits.sheet.cells.iloc[fits.body :] != "").any()
    names = {at: where.replace("{}", number) for at, number in fits.questions.items()}
    beside = {
        at: head.one_of([name if is_pattern(name) else fold(name)]) for at, name in names.items()
    }
    keyed = [at for at, other in beside.items() if other is not None and filled[other]]
    last = max(keyed or [at for at in fits.questions if filled[at]], default=-1)
    counting = {at: number for at, number in fits.questions.items() if at <= last}
    return replace(fits, questions=counting)


def _best_reference(fits: Recognised, head: _Heading) -> Recognised:
    """Of several columns that may name the candidate, the one with keycodes, else a filled one."""
    if fits.keycode is not None or fits.candidate is None or fits.digits:
        return fits
    named = [at for name in fits.layout.id.candidate for at in head.all_of(name)[:1]]
    tries = [replace(fits, candidate=at) for at in dict.fromkeys(named)]
    filled = [one for one in tries if (one.ids().iloc[one.body :] != "").any()]
    keyed = (one for one in filled if _with_keycodes(one).keycode is not None)
    best = next(keyed, filled[0] if filled else fits)
    spare = () if fits.layout.questions.others_ignored else (one.candidate for one in filled)
    ignored = {*fits.ignored, *(at for at in spare if at is not None)} - {best.candidate}
    return replace(best, ignored=tuple(sorted(ignored)))


def _with_keycodes(fits: Recognised) -> Recognised:
    """Where candidates are named by their session's keycode: whatever the heading says."""
    if fits.keycode is not None or fits.candidate is None:
        return fits
    ids = fits.ids().iloc[fits.body :]
    ids = ids[ids != ""]
    plain = matches(each(ids, tidy_keycode), _PLAINLY_KEYCODE)
    if len(ids) and plain.mean() >= _MOST:
        return replace(fits, keycode=fits.candidate, candidate=None)
    return fits


def _by_cells(fits: Recognised) -> Recognised | Missed:
    """Whether the questions' cells look as the layout says."""
    signs, words = fits.layout.signs, fits.layout.words
    if signs.cells is None and signs.not_cells is None:
        return fits
    columns = fits.value or tuple(fits.questions)
    cells = fits.sheet.cells.loc[~fits.like_heading(), list(columns)]
    # Where a heading is repeated below everything, its cells stand above it.
    for rows in (cells.loc[fits.body : fits.body + _ENOUGH_ROWS], cells.loc[: fits.body]):
        texts = pd.Series(rows.to_numpy().ravel(), dtype=object)
        texts = texts[~each(texts, str.casefold).isin(["", *words.absent, *words.not_attempted])]
        if len(texts):
            break
    for pattern, enough in ((signs.cells, True), (signs.not_cells, False)):
        share = matches(texts, f"(?i:{pattern})").mean() if pattern and len(texts) else 0.0
        if pattern and bool(share > _MOST) is not enough:
            what = "answers" if fits.layout.kind == "responses" else "marks"
            return Missed(fits.layout, f"{what} in its cells", fits.score)
    return fits


def _by_position(layout: Layout, sheet: Sheet) -> Recognised | Missed:
    """A file without headings: everything by where it stands."""
    where, fits = layout.positions, _placed(layout, sheet)
    assert where is not None  # noqa: S101  # what the shape means
    if fits is None:
        return Missed(layout, "ids and answers where they should stand")
    ids, filled = fits.ids(), fits.sheet.cells != ""
    named = ids[~each(ids, fold).isin(["", *layout.rows.key])]
    right = matches(named, f"(?i:{where.id_looks})")
    first = int(np.argmax(right)) if len(right) else 0
    begins = named.index.to_numpy()[first] if len(right) else HEADING_WITHIN
    if not fits.questions or begins >= HEADING_WITHIN or right[first:].mean() < _NEARLY_ALL:
        return Missed(layout, "an id where it should stand")
    spare = [at - 1 for at in where.blank if where.of == "columns"]
    if filled.loc[begins:, spare].to_numpy().any():
        return Missed(layout, "the columns that are always empty", 1)
    title = named.index.to_numpy()[first - 1] + 1 if first else 0
    fits = replace(fits, heading=range(title))
    astray = _astray(fits) if where.of == "columns" else ""
    if astray:
        return Missed(layout, f"question {astray} where it should stand", 1)
    return _by_cells(_with_keycodes(fits))


def _placed(layout: Layout, sheet: Sheet) -> Recognised | None:
    """What stands where the layout says; nothing where the lines are too short."""
    where = layout.positions
    assert where is not None  # noqa: S101
    cut = _cut(layout, sheet) if where.of == "characters" else sheet
    first = where.answers - 1
    if cut is None or (where.of == "columns" and cut.cells.shape[1] <= first):
        return None
    if where.of == "columns":
        id_, version, answers = where.id[0] - 1, where.version and where.version[0] - 1, first
    else:
        id_, version, answers = 0, 1 if where.version else None, 2 if where.version else 1
    filled = (cut.cells != "").any()
    last = cut.cells.shape[1] if where.count is None else answers + where.count
    questions = list(range(answers, min(last, cut.cells.shape[1])))
    while where.count is None and questions and not filled[questions[-1]]:
        questions.pop()
    return Recognised(
        layout=layout,
        sheet=cut,
        heading=range(0),
        candidate=id_,
        version=version,
        questions={at: str(number) for number, at in enumerate(questions, start=1)},
        score=1,
    )


def _astray(fits: Recognised) -> str:
    """The first question over which a title names something else; "" where none does."""
    for row in fits.heading:
        for at, number in fits.questions.items():
            title = str(fits.sheet.cells.iat[row, at])
            if title and not re.fullmatch(rf"\D*0*{number}", title):
                return number
    return ""


def _cut(layout: Layout, sheet: Sheet) -> Sheet | None:
    """The lines of a text file, cut by characters: id, version, then an answer each."""
    where, lines = layout.positions, sheet.table.lines
    assert where is not None  # noqa: S101
    if lines is None or not len(lines):
        return None
    longest = int(lines.str.len().max())
    begin, width = where.id
    ids = each(lines[:HEADING_WITHIN].str.slice(begin - 1, begin - 1 + width), tidy)
    # Most files are cut in vain: the ids at the top tell, before the answers are cut.
    if not where.answers <= longest <= _LONGEST or not matches(ids, f"(?i:{where.id_looks})").any():
        return None
    starts = range(where.answers, longest + 1, where.width)
    spans = [where.id, *([where.version] if where.version else [])]
    spans += [(start, where.width) for start in starts]
    raw = pd.DataFrame(
        {
            at: lines.str.slice(begin - 1, begin - 1 + width)
            for at, (begin, width) in enumerate(spans)
        },
        dtype=object,
    )
    for at in range(len(spans) - len(starts)):  # an id that fills its place is no other id
        raw[at] = raw[at].str.strip(" ")
    return Sheet(
        sheet.table, raw, tidied(raw), [f"character {begin} of line " for begin, _ in spans]
    )


_LONGEST = 20_000  # characters of a line
