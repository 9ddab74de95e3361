"""Narrow a fit down by what the cells hold: which questions count, and whose the rows are."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from pipeline.interpret.headings import Heading
from pipeline.interpret.match_result import Match, Mismatch
from pipeline.interpret.text import map_distinct, tidy_keycode
from schemas.entries import matches
from schemas.layout import fold, is_pattern

# A keycode that nobody takes for a word or a number.
PLAINLY_KEYCODE = r"(?=.*[0-9])(?=.*[A-Z])[A-Z0-9]{8}"
_MOST = 0.5
_MARK_LENGTH = 3  # digits of a mark, at most
_SECTIONED = re.compile("[0-9]{1,6}_[0-9]{1,6}")
_ENOUGH_ROWS = 1000  # to see what a question's cells hold


def to_what_counts(match: Match, head: Heading) -> Match:
    """With the questions that are some, and the column that says whose a row is."""
    match = _that_count(_beside(_not_the_id(match), head), head)
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


def _beside(match: Match, head: Heading) -> Match:
    """Without questions that lack the column which the program writes for each."""
    beside = match.layout.questions.beside
    if beside is None:
        return match
    names = {at: fold(beside.replace("{}", head.texts[at])) for at in match.questions}
    counting = {at: n for at, n in match.questions.items() if names[at] in head.folded}
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
    filled = (match.sheet.cells.iloc[match.body :] != "").any()
    names = {at: where.replace("{}", number) for at, number in match.questions.items()}
    beside = {
        at: head.one_of([name if is_pattern(name) else fold(name)]) for at, name in names.items()
    }
    keyed = [at for at, other in beside.items() if other is not None and filled[other]]
    last = max(keyed or [at for at in match.questions if filled[at]], default=-1)
    counting = {at: number for at, number in match.questions.items() if at <= last}
    return replace(match, questions=counting)


def _best_reference(match: Match, head: Heading) -> Match:
    """Of several columns that may name the candidate, the one with keycodes, else a filled one."""
    if match.keycode is not None or match.candidate is None or match.digits:
        return match
    named = [at for name in match.layout.id.candidate for at in head.all_of(name)[:1]]
    tries = [replace(match, candidate=at) for at in dict.fromkeys(named)]
    filled = [option for option in tries if (option.ids().iloc[option.body :] != "").any()]
    keyed = (option for option in filled if with_keycodes(option).keycode is not None)
    best = next(keyed, filled[0] if filled else match)
    spare = () if match.layout.questions.others_ignored else (option.candidate for option in filled)
    ignored = {*match.ignored, *(at for at in spare if at is not None)} - {best.candidate}
    return replace(best, ignored=tuple(sorted(ignored)))


def with_keycodes(match: Match) -> Match:
    """Where candidates are named by their session's keycode: whatever the heading says."""
    if match.keycode is not None or match.candidate is None:
        return match
    ids = match.ids().iloc[match.body :]
    ids = ids[ids != ""]
    plain = matches(map_distinct(ids, tidy_keycode), PLAINLY_KEYCODE)
    if len(ids) and plain.mean() >= _MOST:
        return replace(match, keycode=match.candidate, candidate=None)
    return match


def by_cells(match: Match) -> Match | Mismatch:
    """Whether the questions' cells look as the layout says."""
    signs, words = match.layout.signs, match.layout.words
    if signs.cells is None and signs.not_cells is None:
        return match
    columns = match.value or tuple(match.questions)
    cells = match.sheet.cells.loc[~match.like_heading(), list(columns)]
    # Where a heading is repeated below everything, its cells stand above it.
    for rows in (cells.loc[match.body : match.body + _ENOUGH_ROWS], cells.loc[: match.body]):
        texts = pd.Series(rows.to_numpy().ravel(), dtype=object)
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
