"""Narrow a fit down by what the cells hold: which questions count, and whose the rows are."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from pipeline.interpret.headings import Heading
from pipeline.interpret.match_result import Missed, Recognised
from pipeline.interpret.text import each, tidy_keycode
from schemas.entries import matches
from schemas.layout import fold, is_pattern

# A keycode that nobody takes for a word or a number.
PLAINLY_KEYCODE = r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{8}"
_MOST = 0.5
_MARK_LENGTH = 3  # digits of a mark, at most
_SECTIONED = re.compile("[0-9]{1,6}_[0-9]{1,6}")
_ENOUGH_ROWS = 1000  # to see what a question's cells hold


def to_what_counts(fits: Recognised, head: Heading) -> Recognised:
    """With the questions that are some, and the column that says whose a row is."""
    fits = _that_count(_beside(_not_the_id(fits), head), head)
    return with_keycodes(_best_reference(_by_section(fits), head))


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


def _beside(fits: Recognised, head: Heading) -> Recognised:
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


def _that_count(fits: Recognised, head: Heading) -> Recognised:
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


def _best_reference(fits: Recognised, head: Heading) -> Recognised:
    """Of several columns that may name the candidate, the one with keycodes, else a filled one."""
    if fits.keycode is not None or fits.candidate is None or fits.digits:
        return fits
    named = [at for name in fits.layout.id.candidate for at in head.all_of(name)[:1]]
    tries = [replace(fits, candidate=at) for at in dict.fromkeys(named)]
    filled = [one for one in tries if (one.ids().iloc[one.body :] != "").any()]
    keyed = (one for one in filled if with_keycodes(one).keycode is not None)
    best = next(keyed, filled[0] if filled else fits)
    spare = () if fits.layout.questions.others_ignored else (one.candidate for one in filled)
    ignored = {*fits.ignored, *(at for at in spare if at is not None)} - {best.candidate}
    return replace(best, ignored=tuple(sorted(ignored)))


def with_keycodes(fits: Recognised) -> Recognised:
    """Where candidates are named by their session's keycode: whatever the heading says."""
    if fits.keycode is not None or fits.candidate is None:
        return fits
    ids = fits.ids().iloc[fits.body :]
    ids = ids[ids != ""]
    plain = matches(each(ids, tidy_keycode), PLAINLY_KEYCODE)
    if len(ids) and plain.mean() >= _MOST:
        return replace(fits, keycode=fits.candidate, candidate=None)
    return fits


def by_cells(fits: Recognised) -> Recognised | Missed:
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
