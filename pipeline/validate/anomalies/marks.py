"""Tripwires over columns, and over rows of marks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.findings import make_findings
from pipeline.validate.anomalies.grid import SIDES, Cells, Grid
from schemas.frames import DataFrame, Finding
from schemas.words import Kind

# All of five with the same 7 are odd; all with the 1 mark of an easy question, or with its right
# answer, are not: of those it takes a whole class.
_ALL_ALIKE, _ALL_RIGHT = 5, 20
_MEANS_OF = 10  # candidates from which a mean says something,
_NEIGHBOURS = 8  # and questions from which it can be called far from the others'
_FAR = 3.5  # robust standard deviations: the usual bound for an outlier,
_FAR_AT_LEAST = 0.25  # and a quarter of the mark: where questions are alike, 3.5 is little
_SD_OF_MAD = 1.4826  # of a normal distribution
_MANY = 10  # other candidates whose highest marks are near the maxima
_WELL_OVER = 1.5  # times the highest that others have: the best candidate is not so far ahead
_OVER_TWICE = 2  # such marks in one row: one is a slip of the pen


def constant(grid: Grid) -> Iterator[DataFrame[Finding]]:
    """Questions for which every candidate has the same."""
    values, filled = grid.values, ~np.isnan(grid.values)
    easy = values[0] <= 1 if grid.kind is Kind.MARKS else np.full(values.shape[1], True)
    enough = grid.candidates >= np.where(easy, _ALL_RIGHT, _ALL_ALIKE)
    same = filled.all(axis=0) & (values == values[0]).all(axis=0) & enough
    if same.any():
        yield make_findings(
            "column-constant", grid.columns(np.flatnonzero(same)), count=grid.candidates
        )


def far_means(grid: Grid) -> Iterator[DataFrame[Finding]]:
    """Questions whose mean is far from the others', each as a share of its highest mark given."""
    means = _shares(grid.values)
    known = means[~np.isnan(means)]
    if len(known) < _NEIGHBOURS:
        return
    middle = float(np.median(known))
    spread = _SD_OF_MAD * float(np.median(np.abs(known - middle)))
    far = np.abs(means - middle) > max(_FAR * spread, _FAR_AT_LEAST)
    if far.any():
        shares = [f"{mean:.0%}" for mean in means[far]]
        at = grid.columns(np.flatnonzero(far))
        yield make_findings("item-mean-odd", at, mean=shares, other=f"{middle:.0%}")


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column's mean by its maximum; nan where too few are filled, or all the same but 0."""
    filled = ~np.isnan(values)
    count, total = filled.sum(axis=0), np.where(filled, values, 0).sum(axis=0)
    highest = np.where(filled, values, -np.inf).max(axis=0)
    lowest = np.where(filled, values, np.inf).min(axis=0)
    known = (count >= _MEANS_OF) & ((highest > lowest) | (highest == 0))
    shares = np.full(values.shape[1], np.nan)
    shares[known] = total[known] / (count[known] * np.maximum(highest[known], 1))
    return shares


def slipped_marks(grid: Grid) -> Iterator[DataFrame[Finding]]:
    """Rows with marks well over what all others have, which would fit one question further."""
    values = grid.values
    if grid.candidates <= _MANY or values.shape[1] < _OVER_TWICE + 1:
        return
    highest = _highest_of_others(values)
    over = (values > np.maximum(_WELL_OVER * highest, 1)) & (highest >= 0)
    if (over.sum(axis=1) < _OVER_TWICE).all():
        return
    for side, step in SIDES.items():
        now, then, count = _fits(values, highest, over, step)
        slipped = (over.sum(axis=1) >= _OVER_TWICE) & (then == count)
        yield from grid.slipped(slipped, side, now, then, count)


def _fits(
    values: NDArray[np.float64], highest: NDArray[np.float64], over: NDArray[np.bool_], step: int
) -> tuple[Cells, Cells, Cells]:
    """From a row's first mark too high on: how many fit as they stand, and one question further."""
    given = ~np.isnan(values) & (np.cumsum(over, axis=1) > 0)
    moved = np.roll(highest, -step, axis=1)
    moved[:, -1 if step > 0 else 0] = -np.inf  # beyond the paper's end nothing fits
    now = (given & (values <= highest)).sum(axis=1)
    then = (given & (values <= moved)).sum(axis=1)
    return now, then, given.sum(axis=1)


def _highest_of_others(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each cell the highest mark that any other candidate has in its column."""
    filled = np.where(np.isnan(values), -np.inf, values)
    second, first = np.sort(np.partition(filled, -2, axis=0)[-2:], axis=0)
    others: NDArray[np.float64] = np.where(filled == first, second, first)
    return others
