"""The frames that stages hand on, with their columns: what ``DataFrame[Entry]`` means.

The texts of entries are categories (see ``schemas.columns``), those of the other frames Python
strings. A column of texts says so by ``Series[Any]``, since looking at the type of each of a
million cells is slow. The tests validate these models where stages meet.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import DataFrame, Series

__all__ = [
    "ASIDE",
    "BESIDE",
    "ENTRIES",
    "ENTRY_TEXTS",
    "FINDINGS",
    "SUBMISSIONS",
    "UNUSED",
    "DataFrame",
    "Entry",
    "Finding",
    "NumberedEntry",
    "SetAside",
    "SubmissionRow",
    "UnusedKeycode",
    "typed",
]

BESIDE = "\x1f"  # between the texts of several columns

_Model = TypeVar("_Model", bound=pa.DataFrameModel)


class SetAside(pa.DataFrameModel):
    """A row that carries no candidate, and why."""

    file: Series[Any]
    sheet: Series[Any]  # "" in a text file
    row: Series[Any]  # from 1, as a person sees it in Excel
    reason: Series[Any]


class UnusedKeycode(pa.DataFrameModel):
    """A keycode, or what may be a reference, in a sheet of which nothing was used."""

    file: Series[Any]
    sheet: Series[Any]
    row: Series[Any]
    column: Series[Any]
    keycode: Series[Any]


class Finding(pa.DataFrameModel):
    """One thing wrong or odd in the input."""

    rule: Series[Any]  # a code of schemas.rules
    severity: Series[Any] = pa.Field(isin=["error", "warning"])
    file: Series[Any] = pa.Field(nullable=True)
    sheet: Series[Any] = pa.Field(nullable=True)
    row: Series[Any] = pa.Field(nullable=True)
    column: Series[Any] = pa.Field(nullable=True)
    keycode: Series[Any] = pa.Field(nullable=True)
    question: Series[Any] = pa.Field(nullable=True)
    message: Series[Any]
    to_do: Series[Any]
    submission: Series[Any] = pa.Field(nullable=True)  # the number of the one it is found in
    outcome: Series[Any] = pa.Field(nullable=True)  # what it makes of that submission


class Entry(pa.DataFrameModel):
    """One question's mark or answer for one session, with the cell that it came from.

    What the row says of ``candidate`` (reference), ``test``, ``centre``, ``version`` (of the paper)
    and ``total`` is "" where it says nothing.
    """

    file: Series[Any]
    sheet: Series[Any]
    row: Series[Any]  # as in Excel: 7
    column: Series[Any]  # C
    id_column: Series[Any]  # where it says whose it is
    id_text: Series[Any]  # and what stands there, as written
    keycode: Series[Any]  # "" where it is to be looked up by the candidate
    question: Series[Any]
    text: Series[Any]  # the cell as written
    meaning: Series[Any]  # one of schemas.words.Meaning
    value: Series[Any] = pa.Field(nullable=True)  # null where the meaning is not ``value``
    kind: Series[Any] = pa.Field(isin=["marks", "responses"])
    candidate: Series[Any]
    test: Series[Any]
    centre: Series[Any]
    version: Series[Any]
    total: Series[Any]
    renumbered: Series[Any] = pa.Field(isin=[True, False])
    """Whether ``question`` is numbered as the paper is, no longer by position in the version."""
    other_reference: Series[Any]
    """What other columns say of whose it is, one after the other, divided by ``BESIDE``; before
    them the keycode where it may be a reference itself. "" where there is no such column."""


class NumberedEntry(Entry):
    """An entry that belongs to a submission."""

    submission: Series[Any]
    mark: Series[Any] = pa.Field(nullable=True)  # the whole mark; null where there is none


class SubmissionRow(pa.DataFrameModel):
    """One submission, by its number in the index."""

    keycode: Series[Any]
    kind: Series[Any] = pa.Field(isin=["marks", "responses"])
    entries: Series[Any]
    marks_total: Series[Any]


def _columns(model: type[pa.DataFrameModel]) -> list[str]:
    """Their names. To ask the model's schema would import Dask, where that is installed."""
    return list(model.__annotations__)


ENTRIES = _columns(Entry)
ENTRY_TEXTS = [name for name in ENTRIES if name not in {"row", "renumbered"}]
FINDINGS = _columns(Finding)
ASIDE = _columns(SetAside)
UNUSED = _columns(UnusedKeycode)
SUBMISSIONS = _columns(SubmissionRow)


def typed(frame: pd.DataFrame, _model: type[_Model]) -> DataFrame[_Model]:
    """The same frame, said to be of this model. Nothing is looked at: that is for the tests."""
    return cast("DataFrame[_Model]", frame)


def at_id(rows: pd.DataFrame) -> pd.DataFrame:
    """Entries as places of findings about whose a row is: at the cell that says it."""
    return rows.assign(column=rows["id_column"], text=rows["id_text"], question=None)
