"""Rows without an id that say by their numbers alone what they are: sums, maxima, the key."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.interpret.match_result import Match
from schemas import headings
from schemas.columns import matches
from schemas.words import Kind

_ENOUGH, _MANY = 2, 3  # questions and candidates whose sums are no coincidence
_MANY_BELOW = 5  # candidates of whom some may well have reached a maximum

# The maximum of a question as it may stand below its heading: (10), /10, 10 marks.
_BARE_MAXIMUM = (
    r"[(\[/]? ?(?:max[. ]*|out of )?[0-9]+(?:[.,]5)? ?(?:marks?|points?|pts?)?[.]?[)\]]?"
)


_DASHES = ("", "-", "--", "/", "\u2013", "\u2014", "*")  # what stands for nothing


def sums(match: Match, ids: pd.Series[str], reasons: pd.Series[str]) -> list[int]:
    """Rows below all candidates, without an id or a word, that are reckoned from theirs.

    Every mark in them is the column's sum, or, with decimals, its mean.
    """
    if len(match.questions) < _ENOUGH or match.id is None:
        return []
    with_id, none = np.flatnonzero((ids != "") & (reasons == "")), (ids == "") & (reasons == "")
    if len(with_id) < _MANY:
        return []
    below = np.flatnonzero(none & (none.index > with_id[-1]))
    if not len(below):
        return []
    candidates = _numbers(match.sheet.rows(with_id, [*match.questions]))
    texts = match.sheet.rows(below, [*match.questions])
    nobody = _numbers(texts).to_numpy(float)
    sums = np.isclose(nobody, candidates.sum().to_numpy(float)).all(axis=1)
    # As many decimals as are written: 4.3 is the mean of 4, 4 and 5.
    near = np.abs(nobody - candidates.mean().to_numpy(float)) <= _unit(texts)
    means = near.all(axis=1) & (nobody % 1 != 0).any(axis=1)
    filled = (np.nan_to_num(nobody) != 0).any(axis=1)
    found: list[int] = texts.index[(sums | means) & filled].tolist()
    return found


def _unit(texts: pd.DataFrame) -> NDArray[np.float64]:
    """By how much a number that is written with so many decimals may be rounded."""
    return np.array(
        [
            [0.5 * 10.0 ** -len(re.split("[.,]", str(text) + ".")[1]) + _SLIGHT for text in row]
            for row in texts.itertuples(index=False)
        ],
        dtype=float,
    ).reshape(texts.shape)


_SLIGHT = 1e-9


def maxima_unsaid(match: Match, ids: pd.Series[str], reasons: pd.Series[str]) -> list[int]:
    """The first row below the heading, where it names nobody and is as high as any mark below."""
    first, cells = match.body, match.sheet.cells
    if match.layout.kind is not Kind.MARKS or not match.questions or match.id is None:
        return []
    if first not in cells.index or reasons[first] != "" or ids[first] not in _DASHES:
        return []
    texts = pd.Series(cells.loc[first, [*match.questions]])
    if matches(texts, _BARE_MAXIMUM).all() and not matches(texts, "[0-9.,]+").any():
        return [first]
    over = cells.iloc[match.heading.stop - 1] if len(match.heading) else cells.loc[first]
    beside = [
        at
        for at in range(cells.shape[1])
        if at not in match.questions
        and not headings.is_reckoned(str(over[at]), beside_a_mark=False)
    ]
    words = [text for text in map(str, cells.loc[first, beside]) if text not in _DASHES]
    marks = _numbers(cells[[*match.questions]])
    named = marks[(ids != "") & (reasons == "") & (marks.index > first)]
    own = marks.loc[first]
    if words or named.empty or own.isna().any() or (own <= 0).any():
        return []
    highest = named.max().fillna(0)
    every_one_over = bool((own > highest).all())
    many = len(named) >= _MANY_BELOW and bool((own >= highest).all())
    return [first] if every_one_over or many else []


def proved_key(match: Match, ids: pd.Series[str], reasons: pd.Series[str]) -> list[int]:
    """Rows without an id whose answers give every candidate the score that the sheet states."""
    cells = match.sheet.cells
    by_program = bool(match.layout.signs.headings)
    if match.layout.kind is not Kind.RESPONSES or by_program or len(match.questions) < _ENOUGH:
        return []
    named = (ids != "") & (reasons == "") & (cells.index >= match.body)
    nameless = cells.index[(ids == "") & (reasons == "") & (cells.index >= match.body)]
    others = [at for at in range(cells.shape[1]) if at not in {*match.values, match.id}]
    if not named.any() or len(nameless) > _MANY:
        return []
    answers = cells.loc[named, [*match.questions]]
    scores = _numbers(cells.loc[named, others])
    return [
        int(row)
        for row in nameless
        if (cells.loc[row, [*match.questions]] != "").all()
        and _scored(answers, cells.loc[row, [*match.questions]], scores)
    ]


def _scored(answers: pd.DataFrame, key: pd.Series[str], scores: pd.DataFrame) -> bool:
    right = (answers == key).sum(axis=1)
    return bool(right.sum() > 0 and scores.eq(right, axis=0).all(axis=0).any())


def _numbers(cells: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({at: as_numbers(cells[at]) for at in cells.columns}, index=cells.index)


def as_numbers(texts: pd.Series[str]) -> pd.Series[float]:
    """The numbers that the texts are; nan for others. Each distinct text is looked at once."""
    codes, distinct = pd.factorize(texts)
    commas = pd.Series(distinct, dtype=object).astype(str).str.replace(",", ".")
    numbers = np.append(pd.to_numeric(commas, errors="coerce").to_numpy(float), np.nan)  # for nulls
    return pd.Series(numbers[codes], texts.index)
