"""Tripwires over multiple-choice answers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.findings import make_findings
from pipeline.validate.anomalies.grid import SIDES, Cells, Grid
from schemas.columns import first_filled
from schemas.frames import DataFrame, Finding

_ANSWERED = 10  # questions: fewer can be alike by chance
# Two who know everything answer alike. Two who share four answers that most others did not give,
# and differ nowhere, do not come about by chance.
_SHARED_RARE = 4
_OTHERS = 5  # candidates who say what most answer
_SPEAK_FOR = 10  # candidates from whom the usual answer of each question is known
_GAINED = 8  # answers more that fit one question further: one who guesses hardly gets there
_THEN_FIT = 0.65  # of those moved: as many as of an ordinary candidate's
_SEEN = 200  # answers in which each option of the paper has occurred more than by a slip
_BY_A_SLIP = 2  # times in the sheet,
_RARELY = 0.005  # and no larger share of its answers: a true option is taken more often


def outside(grid: Grid) -> Iterator[DataFrame[Finding]]:
    """Answers beyond all options that the sheet's other answers use."""
    given = ~np.isnan(grid.values)
    codes = grid.values[given].astype(np.int64)
    if len(codes) < _SEEN:
        return
    times = np.bincount(codes, minlength=len(grid.words))
    common = grid.words[times > max(_BY_A_SLIP, _RARELY * len(codes))]
    beyond = np.array([_is_beyond(word, common.tolist()) for word in grid.words])
    odd = given & (beyond & (times <= _BY_A_SLIP))[np.where(given, grid.values, 0).astype(np.int64)]
    if odd.any():
        options = ", ".join(sorted(common, key=_rank))
        yield make_findings("answer-outside-options", grid.cells(*np.nonzero(odd)), other=options)


def _is_beyond(word: str, common: list[str]) -> bool:
    """Whether an answer comes before or after all the common ones, or is of another form."""
    ranks = [_rank(other) for other in common]
    return bool(ranks) and not min(ranks) <= _rank(word) <= max(ranks)


def _rank(word: str) -> tuple[int, int, str]:
    """Answers in order: numbers, letters, whatever else was written."""
    if word.isascii() and word.isdecimal():
        return 0, int(word[:18]), ""
    return (1, 0, word) if len(word) == 1 and "A" <= word <= "Z" else (2, 0, word)


def alike(grid: Grid) -> Iterator[DataFrame[Finding]]:
    """Candidates with the same answers throughout, several of which most others did not give."""
    values: Cells = np.where(np.isnan(grid.values), -1, grid.values).astype(np.int64)
    answered = (values >= 0).sum(axis=1)
    able = np.flatnonzero(answered >= _ANSWERED)
    sets = pd.Series([row.tobytes() for row in values[able]], able, dtype=object)
    twins = sets[sets.duplicated(keep=False)]
    for group in twins.groupby(twins, sort=False).indices.values():
        rows = twins.index.to_numpy()[group]
        others = np.delete(values, rows, axis=0)
        if len(others) < _OTHERS:
            continue
        answers = values[rows[0]]
        shared = (others == answers).mean(axis=0)
        rare = int(((shared < 0.5) & (answers >= 0)).sum())
        if rare >= _SHARED_RARE:
            yield _twins(grid, rows, int(answered[rows[0]]), rare)


def _twins(grid: Grid, rows: Cells, count: int, rare: int) -> DataFrame[Finding]:
    places = grid.rows(rows)
    who = first_filled(places["keycode"], places["candidate"]).tolist()
    other = [who[1 if at == 0 else 0] for at in range(len(who))]
    return make_findings("responses-alike", places, who=who, other=other, count=count, rare=rare)


def slipped_answers(grid: Grid) -> Iterator[DataFrame[Finding]]:
    """Rows that from some question on agree with the usual answers much better one further."""
    values = grid.values
    if grid.candidates < _SPEAK_FOR or values.shape[1] < _ANSWERED:
        return
    usual = _usual(values, len(grid.words))
    given = _behind(~np.isnan(values))
    for side, step in SIDES.items():
        moved = np.roll(usual, -step)
        moved[-1 if step > 0 else 0] = np.nan  # beyond the paper's end
        fit, would = _behind(values == usual), _behind(values == moved)
        begins = np.arange(len(values)), (would - fit).argmax(axis=1)
        now, then, count = fit[begins], would[begins], given[begins]
        slipped = (then - now >= _GAINED) & (then >= _THEN_FIT * count)
        yield from grid.slipped(slipped, side, now, then, count)


def _usual(values: NDArray[np.float64], words: int) -> NDArray[np.float64]:
    """The answer that most gave, for each question; nan where nobody answered."""
    usual = np.full(values.shape[1], np.nan)
    for column, given in enumerate(values.T):
        times = np.bincount(given[~np.isnan(given)].astype(np.int64), minlength=words)
        if times.any():
            usual[column] = times.argmax()
    return usual


def _behind(agree: NDArray[np.bool_]) -> Cells:
    """For each question how many agree from it to the end."""
    sums: Cells = np.cumsum(agree[:, ::-1], axis=1, dtype=np.int64)
    return sums[:, ::-1]
