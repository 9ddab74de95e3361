"""The entries of one paper in one sheet as a grid: candidates down, questions across."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.findings import make_findings
from schemas.columns import distinct, groups
from schemas.frames import DataFrame, Finding, NumberedEntry, at_id
from schemas.words import Kind, Meaning

# One version of one paper: question 1 is another in each.
_PAPER = ["file", "sheet", "kind", "test", "version"]
_FEWEST = 5  # candidates of whom anything can be said
# A long sheet can name as many questions as it has rows; such a grid would be mostly holes.
_LEAST_FILLED = 0.02
_NOTHING = -1
_MANY_TIMES = 8  # from which on it is quicker to sort numbers than to make room for each

Cells = NDArray[np.int64]

SIDES = {"left": -1, "right": 1}
"""Where what stands in a row may belong: so many questions further."""


@dataclass(frozen=True)
class Grid:
    """A candidate a row, a question a column, as the paper has them."""

    kind: Kind
    entries: DataFrame[NumberedEntry]  # all that there are
    at: Cells  # the entry's place in ``entries``, or -1
    values: NDArray[np.float64]  # marks, or numbers of ``words``; nan where there is none
    words: NDArray[np.object_]  # the distinct answers

    @property
    def candidates(self) -> int:
        """How many."""
        return len(self.at)

    def cells(self, rows: Cells, columns: Cells) -> pd.DataFrame:
        """The entries there, as places of findings."""
        return self.entries.iloc[self.at[rows, columns]]

    def columns(self, columns: Cells) -> pd.DataFrame:
        """The first entry of each of these questions, in the name of no candidate."""
        firsts = (self.at[:, columns] != _NOTHING).argmax(axis=0)
        nobody = pd.array([None] * len(columns), "Int64")
        return self.cells(firsts, columns).assign(keycode=None, submission=nobody)

    def rows(self, rows: Cells) -> pd.DataFrame:
        """The first entry of each of these candidates, at the cell that tells whose it is."""
        firsts = (self.at[rows] != _NOTHING).argmax(axis=1)
        return at_id(self.cells(rows, firsts))

    def slipped(
        self, rows: NDArray[np.bool_], side: str, now: Cells, then: Cells, count: Cells
    ) -> Iterator[DataFrame[Finding]]:
        """The finding that these candidates' rows slipped to one of the ``SIDES``."""
        if rows.any():
            at = self.rows(np.flatnonzero(rows))
            fits = {"now": now[rows], "then": then[rows], "count": count[rows]}
            yield make_findings("row-shifted", at, side=side, **fits)


@dataclass(frozen=True)
class _Codes:
    """The columns that a grid is made of, as numbers: an entry each."""

    submission: Cells
    question: Cells
    value: NDArray[np.float64]


def grids(entries: DataFrame[NumberedEntry]) -> Iterator[Grid]:
    """A grid for each paper in each sheet that is large enough to tell anything."""
    if entries.empty:
        return
    questions, numbers = distinct(entries["question"])
    answers, words = distinct(entries["value"])
    answers = np.where(entries["meaning"] == str(Meaning.VALUE), answers, _NOTHING)
    is_mark = (entries["kind"] == str(Kind.MARKS)).to_numpy()
    marks = entries["mark"].to_numpy(np.float64, na_value=np.nan)
    codes = _Codes(
        submission=entries["submission"].to_numpy(np.int64),
        question=_in_order(numbers.tolist())[questions],
        value=np.where(is_mark, marks, np.where(answers < 0, np.nan, answers)),
    )
    papers = _papers(entries)
    order = np.argsort(papers, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(papers[order])) + 1):
        at = _placed(codes, places)
        if at is not None:
            values = np.where(at == _NOTHING, np.nan, codes.value[at])
            if is_mark[places[0]]:
                yield Grid(Kind.MARKS, entries, at, values, np.array([], object))
            else:
                yield Grid(Kind.RESPONSES, entries, at, *_own(values, words))


def _papers(entries: DataFrame[NumberedEntry]) -> Cells:
    """The number of the paper that each entry belongs to."""
    return groups([entries[name] for name in _PAPER])


def _placed(codes: _Codes, places: Cells) -> Cells | None:
    """The grid of the entries at these places; none where it can tell nothing."""
    candidates, rows = _numbered(codes.submission[places])
    questions, columns = _numbered(codes.question[places])
    size = len(candidates) * len(questions)
    if len(candidates) < _FEWEST or len(places) < _LEAST_FILLED * size:
        return None
    at = np.full((len(candidates), len(questions)), _NOTHING)
    # Backwards, so that the first counts where a question is given twice.
    at[rows[::-1], columns[::-1]] = places[::-1]
    return at


def _numbered(numbers: Cells) -> tuple[Cells, Cells]:
    """The distinct ones in order, and for each its place among them."""
    if numbers.max() > _MANY_TIMES * len(numbers):
        found, places = np.unique(numbers, return_inverse=True)
        return found, places
    occurs = np.zeros(int(numbers.max()) + 1, bool)
    occurs[numbers] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[numbers]


def _own(
    values: NDArray[np.float64], words: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """The answers of one grid numbered anew, so that only its own count."""
    used = np.unique(values[~np.isnan(values)])
    anew = np.searchsorted(used, values).astype(np.float64)
    return np.where(np.isnan(values), np.nan, anew), words[used.astype(np.int64)]


def _in_order(questions: list[str]) -> Cells:
    """Numbers by which questions sort as a paper has them: 2 before 10."""
    parts = [
        [
            (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
            for part in re.split(r"([0-9]{1,18})", question)
            if part
        ]
        for question in questions
    ]
    numbers = np.empty(len(parts), np.int64)
    numbers[sorted(range(len(parts)), key=parts.__getitem__)] = np.arange(len(parts))
    return numbers
