"""Narrow a fit down by what the cells hold: which questions count, and whose the rows are."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.interpret.headings import Heading, question_number
from pipeline.interpret.match_result import Match, Mismatch, Sheet
from schemas.columns import map_distinct, matches
from schemas.layout import Layout, fold, is_pattern

# A keycode that nobody takes for a word or a number.
PLAINLY_KEYCODE = r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{8}"
# Eight characters that are far more likely a reference: a letter or two, and a number.
_NUMBERED = r"[A-Z]{1,3}[0-9]{5,7}"
_SEASON = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|spring|summer|autumn|winter|fall)[a-z]*"
    r"[0-9]{2,4}"
)
_ENOUGH_TO_COUNT = 2  # rows
_MOST = 0.5
_MARK_LENGTH = 3  # digits of a mark, at most
_SECTIONED = re.compile("[0-9]{1,6}_[0-9]{1,6}")
_ENOUGH_ROWS = 1000  # to see what a question's cells hold


def to_what_counts(match: Match, head: Heading) -> Match:
    """With the questions that are some, and the column that says whose a row is."""
    match = _that_count(_beside(_from_boxes(_not_the_id(match), head), head), head)
    return with_keycodes(_best_reference(_by_section(match), head))


def _not_the_id(match: Match) -> Match:
    """Without columns that repeat the id, such as the number by which it was found.

    Leading zeros may be lost in them. What is so short that it may be a mark does not count.
    """
    if not match.layout.questions.behind or match.id is None:
        return match
    ids = match.ids().iloc[match.body :]
    below = match.sheet.cells.iloc[match.body :][ids != ""]
    ids = ids[ids != ""]
    bare = ids.str.lstrip("0")

    def repeats(cells: pd.Series[str]) -> bool:
        same = (cells == ids) & (ids.str.len() > _MARK_LENGTH)
        same |= (cells.str.lstrip("0") == bare) & (bare.str.len() >= _MARK_LENGTH)
        return len(ids) > 0 and bool(same.mean() > _MOST)

    kept = {at: number for at, number in match.questions.items() if not repeats(below[at])}
    return replace(match, questions=kept)


def _from_boxes(match: Match, head: Heading) -> Match:
    """With the questions that have no value of their own, but a column for each box.

    Each becomes a column of the numbers of its ticked boxes, such as 2, or 1 3 where several are.
    """
    where = match.layout.questions
    if where.boxes is None or where.beside is None or where.heading is None:
        return match
    stem_of = re.compile(re.escape(where.beside).replace(r"\{\}", "(.+)"), re.IGNORECASE).fullmatch
    read = re.compile(where.heading, re.IGNORECASE).fullmatch
    place = {at: at for at in match.questions}
    questions, sheet = dict(match.questions), match.sheet
    for text in head.texts:
        stem = found[1] if (found := stem_of(text)) else ""
        number = read(stem) if stem and fold(stem) not in head.folded else None
        boxes = _boxes(match, head, stem) if number is not None else {}
        if number is not None and boxes:
            ticked = sheet.cells[[*boxes.values()]] == "1"
            numbers = [f"{number} " for number in boxes]
            reading = ticked.dot(pd.Series(numbers, index=ticked.columns, dtype=object)).str.strip()
            at = sheet.cells.shape[1]
            sheet = sheet.with_column(reading, sheet.names[min(boxes.values())])
            questions[at], place[at] = question_number(number[1]), min(boxes.values())
    ordered = {at: questions[at] for at in sorted(questions, key=place.__getitem__)}
    return replace(match, sheet=sheet, questions=ordered)


def _boxes(match: Match, head: Heading, stem: str) -> dict[int, int]:
    """The columns of a question's boxes, by the option's number; none that is itself a question."""
    where = match.layout.questions
    pattern = (where.boxes or "").replace("{}", re.escape(stem))
    box = re.compile(pattern, re.IGNORECASE).fullmatch
    beside = where.beside or ""
    return {
        int(found[1]): at
        for at, text in enumerate(head.texts)
        if (found := box(text)) and fold(beside.replace("{}", text)) not in head.folded
    }


def _beside(match: Match, head: Heading) -> Match:
    """Without questions that lack the column which the program writes for each."""
    beside = match.layout.questions.beside
    if beside is None:
        return match
    # A column that was made of a question's boxes stands beyond the heading.
    made = {at for at in match.questions if at >= len(head.texts)}
    own = [at for at in match.questions if at not in made]
    names = {at: fold(beside.replace("{}", head.texts[at])) for at in own}
    counting = {
        at: n for at, n in match.questions.items() if at in made or names[at] in head.folded
    }
    return replace(match, questions=counting or match.questions)


def _by_section(match: Match) -> Match:
    """Numbers such as 1_1, 1_2, … without their section, where there is but one."""
    numbers = match.questions.values()
    sectioned = numbers and all(map(_SECTIONED.fullmatch, numbers))
    if not match.layout.questions.sections or not sectioned:
        return match
    sections, places = zip(*(number.split("_") for number in numbers), strict=True)
    wanted = [*range(1, len(places) + 1)]
    if len(set(sections)) > 1 or sorted(map(int, places)) != wanted:
        return match
    return replace(match, questions=dict(zip(match.questions, places, strict=True)))


def _that_count(match: Match, head: Heading) -> Match:
    """Without the questions by which a program fills up to the length of its form.

    Only those at the end are left out: a question amid the others may well lack a key.
    """
    where = match.layout.questions.where
    if where is None:
        return match
    filled = match.sheet.filled_columns(match.body)
    names = {at: where.replace("{}", number) for at, number in match.questions.items()}
    beside = {
        at: head.one_of([name if is_pattern(name) else fold(name)]) for at, name in names.items()
    }
    keyed = [at for at, other in beside.items() if other is not None and filled[other]]
    last = max(keyed or [at for at in match.questions if filled[at]], default=-1)
    counting = {at: number for at, number in match.questions.items() if at <= last}
    return replace(match, questions=counting)


def session_column(
    layout: Layout, head: Heading, sheet: Sheet, candidate: int | None
) -> int | None:
    """The column of keycodes under a heading that elsewhere has the examination's season or time.

    It counts if its cells are keycodes as they are written, and tell as many apart as the
    candidates are; and, so that it is told what is wrong with them, where nobody else is named.
    """
    at = head.one_of(layout.id.keycode_if)
    if at is None or candidate is None:
        return at
    below = sheet.cells.iloc[head.rows.stop :]
    cells = below[at][below[at] != ""]
    plain = matches(cells, PLAINLY_KEYCODE) & ~matches(cells, f"(?i:{_SEASON})")
    if not len(cells) or plain.mean() < _MOST:
        return None
    return at if cells.nunique() >= below.loc[cells.index, candidate].nunique() else None


def _best_reference(match: Match, head: Heading) -> Match:
    """Of several columns that may name the candidate, the one with keycodes, else a filled one.

    One that only counts the rows names nobody, where another one is there.
    """
    named = [at for name in match.layout.id.candidate for at in head.all_of(name)]
    named = [at for at in dict.fromkeys(named) if at not in match.questions]
    if match.keycode is not None:
        taken = (match.keycode, match.candidate)
        return replace(match, other_ids=tuple(at for at in named if at not in taken))
    if match.candidate is None or match.digits:
        return match
    options = [replace(match, candidate=at) for at in named]
    filled = [option for option in options if (option.ids().iloc[option.body :] != "").any()]
    counting = [option for option in filled if counts_rows(option)]
    telling = [option for option in filled if option not in counting] or filled
    keyed = (option for option in telling if with_keycodes(option).keycode is not None)
    best = next(keyed, telling[0] if telling else match)
    spare = (option.candidate for option in filled if option not in counting)
    others = [at for at in spare if at is not None and at != best.candidate]
    return replace(best, other_ids=tuple(others))


def counts_rows(match: Match) -> bool:
    """Whether the ids are 1, 2, 3, … down the sheet, or 0, 1, 2, …."""
    ids = match.ids().iloc[match.body :]
    ids = ids[ids != ""]
    if len(ids) < _ENOUGH_TO_COUNT or not matches(ids, "0|[1-9][0-9]{0,6}").all():
        return False
    numbers = ids.astype(object).astype(int).to_numpy()
    return bool(numbers[0] in (0, 1) and (np.diff(numbers) == 1).all())


def with_keycodes(match: Match) -> Match:
    """Where candidates are named by their session's keycode: whatever the heading says.

    Not where they all look like ``S1234567``, or have a space in them: then they are looked up as
    references first.
    """
    if match.keycode is not None or match.candidate is None:
        return match
    ids = match.ids().iloc[match.body :]
    ids = ids[ids != ""]
    upper = map_distinct(ids, str.upper)
    plain = matches(upper, PLAINLY_KEYCODE)
    numbered = matches(upper, _NUMBERED)
    if len(ids) and plain.mean() >= _MOST and numbered.mean() < _MOST:
        return replace(match, keycode=match.candidate, candidate=None, either=True)
    return match


def by_cells(match: Match) -> Match | Mismatch:
    """Whether the questions' cells look as the layout says."""
    signs, words = match.layout.signs, match.layout.words
    if signs.cells is None and signs.not_cells is None:
        return match
    columns = match.value or tuple(match.questions)
    rows = np.flatnonzero(~match.like_heading())
    below = rows[(rows >= match.body) & (rows <= match.body + _ENOUGH_ROWS)]
    # Where a heading is repeated below everything, its cells stand above it.
    for some in (below, rows[rows <= match.body]):
        texts = pd.Series(match.sheet.rows(some, columns).to_numpy().ravel(), dtype=object)
        texts = texts[
            ~map_distinct(texts, str.casefold).isin(["", *words.absent, *words.not_attempted])
        ]
        if len(texts):
            break
    for pattern, enough in ((signs.cells, True), (signs.not_cells, False)):
        share = matches(texts, f"(?i:{pattern})").mean() if pattern and len(texts) else 0.0
        if pattern and bool(share > _MOST) is not enough:
            what = "answers" if match.layout.kind == "responses" else "marks"
            return Mismatch(match.layout, f"{what} in its cells", match.score)
    return match
