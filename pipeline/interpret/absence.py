"""Candidates who are said to be absent, in whatever column of the sheet."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Match
from schemas import headings
from schemas.columns import map_distinct


def said_absent(match: Match) -> pd.Series[bool]:
    """The rows in which another column than the marks' says that the candidate was absent."""
    sheet, words = match.sheet, match.layout.words
    says = {at: {*(words.absent_says or words.absent)} for at in match.absent_in}
    if not match.layout.signs.headings and match.layout.shape != "positions":
        says |= _columns_of_absence(match)
    absent = (map_distinct(sheet.column(at), str.casefold).isin(of) for at, of in says.items())
    return reduce(pd.Series.__or__, absent, pd.Series(False, match.ids().index))


_ABSENT = frozenset(["absent", "abs"])
_IF_NOT_PRESENT = frozenset(["a", "n", "no", "0", "false"])
_IF_ABSENT = frozenset(["a", "y", "yes", "x", "1", "true", "\u2713", "\u2714"])


def _columns_of_absence(match: Match) -> dict[int, set[str]]:
    """In a sheet that people wrote: the other columns, and what says there that one was absent."""
    cells = match.sheet.cells
    used = {match.keycode, match.candidate, match.total, *match.values, *match.other_ids}
    over = cells.iloc[match.heading.stop - 1] if len(match.heading) else None
    says = {}
    for at in np.flatnonzero(~match.sheet.blank.all(axis=0)).tolist():
        if at in used or over is None:
            continue
        found = {*headings.words(str(over[at]))}
        says[at] = {*_ABSENT}
        if not headings.PRESENCE.isdisjoint(found):
            says[at] |= _IF_NOT_PRESENT
        elif not headings.ABSENCE.isdisjoint(found):
            says[at] |= _IF_ABSENT
    return says
