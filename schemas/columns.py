"""Columns of texts as numbers of distinct ones: each distinct text is looked at once, here.

    ["A", "", "A"]   ▶   codes [0, 1, 0] of the texts ["A", ""]

Marks, questions, keycodes and files repeat. As pandas' categories an entry takes a byte or two of
each column, and what is asked of a million of them is asked of some thousand texts. The functions
take columns of plain strings too, as small frames have them. Code -1 stands for null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_Frame = TypeVar("_Frame", bound=pd.DataFrame)
Codes = NDArray[Any]  # whole numbers


def distinct(texts: pd.Series[Any]) -> tuple[Codes, NDArray[np.object_]]:
    """For each text which of the distinct ones it is, and these: no other."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return used(texts.cat.codes.to_numpy(), texts.cat.categories.to_numpy(object))
    codes, found = pd.factorize(texts)
    return codes, np.asarray(found, dtype=object)


def used(codes: Codes, texts: NDArray[np.object_]) -> tuple[Codes, NDArray[np.object_]]:
    """The codes, and of the texts only those that occur, in their order."""
    if len(texts) > 2 * len(codes):  # as where few rows are picked from many
        found, anew = np.unique(codes, return_inverse=True)
        null = int(len(found) > 0 and found[0] < 0)
        return anew.reshape(codes.shape) - null, texts[found[null:]]
    occurs = np.zeros(len(texts) + 1, dtype=bool)
    occurs[codes] = True  # a null falls on the last
    occurs[-1] = False
    if occurs[:-1].all():
        return codes, texts
    anew = np.cumsum(occurs) - 1
    anew[-1] = -1
    return anew[codes], texts[occurs[:-1]]


def category(
    codes: Codes,
    texts: Sequence[str | None] | NDArray[np.object_],
    index: pd.Index[Any] | None = None,
) -> pd.Series[Any]:
    """A column of these texts; they may be alike, and None stands for null."""
    numbers, single = pd.factorize(np.array(texts, dtype=object))
    if len(single) < len(texts):
        codes = narrow(np.append(numbers, -1), len(single))[codes]
    kind = pd.CategoricalDtype(pd.Index(single, dtype=object))
    made = pd.Categorical.from_codes(narrow(codes, len(single)), dtype=kind, validate=False)
    return pd.Series(made, index)


def narrow(codes: Codes, count: int) -> Codes:
    """Codes below ``count`` in as few bytes as they need."""
    return codes.astype(np.min_scalar_type(-count - 1), copy=False)


def constant(text: str | None, index: pd.Index[Any]) -> pd.Series[Any]:
    """The same text in each row."""
    return category(np.zeros(len(index), np.int8), [text], index)


def as_categories(frame: _Frame, names: Sequence[str]) -> _Frame:
    """The frame with these columns of texts as categories."""
    return frame.assign(
        **{
            name: category(*distinct(frame[name]), frame.index)
            for name in names
            if not isinstance(frame[name].dtype, pd.CategoricalDtype)
        }
    )


def as_objects(frame: _Frame) -> _Frame:
    """The frame with Python's own strings: for few rows, of which texts are made."""
    kinds = {
        name: object for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)
    }
    return frame.astype(kinds)


def concat_columns(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same columns, one below the other; categories stay what they are."""
    filled = [part for part in parts if len(part)] or [*parts[:1]]
    if len(filled) == 1:
        return filled[0].reset_index(drop=True)
    return pd.DataFrame(
        {name: _one_below_the_other([part[name] for part in filled]) for name in filled[0]}
    )


def _one_below_the_other(columns: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    if not any(isinstance(column.dtype, pd.CategoricalDtype) for column in columns):
        return pd.concat(columns, ignore_index=True)
    found = [distinct(column) for column in columns]
    numbers, texts = pd.factorize(np.concatenate([own for _, own in found]))
    ends = np.cumsum([len(own) for _, own in found])[:-1]
    codes = [
        narrow(np.append(anew, -1), len(texts))[own]
        for anew, (own, _) in zip(np.split(numbers, ends), found, strict=True)
    ]
    return category(np.concatenate(codes), texts.tolist())


def map_distinct(texts: pd.Series[Any], read: Callable[[str], Any]) -> pd.Series[Any]:
    """What ``read`` makes of each text; of categories it makes categories, where it makes texts."""
    codes, found = distinct(texts)
    made = [read(text) for text in found]
    if isinstance(texts.dtype, pd.CategoricalDtype) and all(type(each) is str for each in made):
        return category(codes, made, texts.index)
    values = np.empty(len(made), dtype=object)
    values[:] = made
    return pd.Series(values[codes], texts.index, dtype=object)


def matches(texts: pd.Series[Any], pattern: str) -> NDArray[np.bool_]:
    """Which texts match the whole pattern; a null matches nothing."""
    codes, found = distinct(texts)
    fits = re.compile(pattern).fullmatch
    return np.array([*(fits(text) is not None for text in found), False])[codes]


def replaced(texts: pd.Series[Any], where: NDArray[np.bool_], by: str | None) -> pd.Series[Any]:
    """The texts with another one (None: null) at these places."""
    if not where.any():
        return texts
    codes, found = distinct(texts)
    return category(np.where(where, len(found), codes), [*found, by], texts.index)


def first_filled(texts: pd.Series[Any], others: pd.Series[Any]) -> pd.Series[Any]:
    """The texts; where one is "", the other column's."""
    blank = (texts == "").to_numpy()
    if not blank.any():
        return texts
    codes, found = distinct(texts)
    other_codes, other_found = distinct(others)
    both = np.where(blank, other_codes.astype(np.int64) + len(found), codes)
    return category(both, [*found, *other_found], texts.index)


def alike(texts: pd.Series[Any], others: pd.Series[Any]) -> NDArray[np.bool_]:
    """Where the same text stands in two columns, side by side."""
    (codes, found), (other_codes, other_found) = distinct(texts), distinct(others)
    numbers, _ = pd.factorize(np.concatenate([found, other_found]))
    ours, theirs = np.append(numbers[: len(found)], -1), np.append(numbers[len(found) :], -2)
    same: NDArray[np.bool_] = ours[codes] == theirs[other_codes]
    return same


def map_together(columns: Sequence[pd.Series[Any]], read: Callable[..., str]) -> pd.Series[Any]:
    """What ``read`` makes of the texts that stand side by side, each distinct combination once."""
    numbers = groups(columns)
    at = first_of(numbers)
    texts = zip(*(column.iloc[at] for column in columns), strict=True)
    return category(numbers, [read(*beside) for beside in texts], columns[0].index)


def groups(columns: Sequence[pd.Series[Any]]) -> NDArray[np.int64]:
    """A number for each distinct combination of what stands in the columns, from 0 as they come."""
    numbers = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        if pd.api.types.is_integer_dtype(column.dtype):
            codes, count = np.asarray(column, np.int64), int(column.max()) + 1 if len(column) else 1
        else:
            codes, found = distinct(column)
            codes, count = codes.astype(np.int64) + 1, len(found) + 1
        if len(codes) and codes.min() < codes.max():
            numbers = pd.factorize(numbers * count + codes)[0].astype(np.int64, copy=False)
    return numbers


def first_of(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of such numbers occurs first, in their order."""
    at: NDArray[np.int64] = np.full(int(numbers.max()) + 1 if len(numbers) else 0, -1)
    at[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return at
