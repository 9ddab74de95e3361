"""The shapes of a table, each to one row per session and question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Match
from pipeline.interpret.rows import said_absent
from pipeline.interpret.text import map_distinct
from schemas import headings
from schemas.frames import BESIDE

_SEVERAL = 2


def unfold(match: Match, rows: pd.Series[bool]) -> pd.DataFrame:
    """Entries as they stand: row, column, question, text, and what the row says of itself.

    ``rows`` tells which carry a candidate. Nothing is read yet.
    """
    raw = match.sheet.raw[rows]
    entries = _long(raw, match) if match.layout.shape == "long" else _wide(raw, match)
    return entries.join(_of_rows(match, raw), on="row")


def with_totals(entries: pd.DataFrame, match: Match, reasons: pd.Series[str]) -> pd.DataFrame:
    """In shape long: with the total that a row of the same candidate states."""
    if match.question is None or not (reasons == "totals").any() or match.id is None:
        return entries
    cells, ids = match.sheet.cells, match.ids()
    words = map_distinct(cells[match.question], lambda text: " ".join(headings.words(text)))
    stated = (reasons == "totals") & (ids != "") & words.isin(_WHOLE_TOTALS)
    totals = cells.loc[stated, match.value[0]].groupby(ids[stated]).agg(list)
    single = {whose: values[0] for whose, values in totals.items() if len(values) == 1}
    totals_of = [
        single.get(whose, total)
        for whose, total in zip(entries["id"], entries["total"], strict=True)
    ]
    return entries.assign(total=pd.Series(totals_of, entries.index, dtype=object))


_WHOLE_TOTALS = ["total", "total mark", "total marks", "grand total", "sum", "overall total"]


def _of_rows(match: Match, raw: pd.DataFrame) -> pd.DataFrame:
    """What each row says of itself, by its number as in Excel: id, test, centre, …"""
    cells = match.sheet.cells.loc[raw.index]
    columns = {
        "candidate_text": match.candidate,
        "test": match.test,
        "centre": match.centre,
        "version": match.version,
        "total": match.total,
    }
    columns_by_name = {name: "" if at is None else cells[at] for name, at in columns.items()}
    of_rows = pd.DataFrame(
        {
            "id_column": _id_column(match),
            "id_text": "" if match.id is None else raw[match.id],
            "id": match.ids()[raw.index],
            "absent_told": said_absent(match)[raw.index],
            **columns_by_name,
            "other_reference": _joined(cells, match.other_ids),
            "renumbered": False,
        },
        index=raw.index,
    )
    return of_rows.set_axis(raw.index + 1)


def _joined(cells: pd.DataFrame, columns: Sequence[int]) -> pd.Series[str] | str:
    """The texts of these columns in each row, divided; blank where there is no such column."""
    if len(columns) < _SEVERAL:
        return cells[columns[0]] if columns else ""
    return cells[[*columns]].agg(BESIDE.join, axis=1)


def _id_column(match: Match) -> str:
    """Where a person looks for whose a row is; the first value, where the file's name says it."""
    return match.sheet.names[match.values[0] if match.id is None else match.id]


def _long(raw: pd.DataFrame, match: Match) -> pd.DataFrame:
    assert match.question is not None  # noqa: S101  # what shape long means
    values, blank = match.sheet.cells.loc[raw.index, list(match.value)], match.layout.words.blank
    filled = (values != "") & ~values.map(str.casefold).isin(blank)
    # The first column that is filled; where none is, the first.
    first = filled.to_numpy().argmax(axis=1)
    return pd.DataFrame(
        {
            "row": raw.index.to_numpy() + 1,
            "column": np.array([match.sheet.names[at] for at in match.value], dtype=object)[first],
            "question": raw[match.question].to_numpy(),
            "text": raw[list(match.value)].to_numpy()[np.arange(len(raw)), first],
        }
    )


def _wide(raw: pd.DataFrame, match: Match) -> pd.DataFrame:
    columns = [*match.questions]
    rows, width = len(raw), len(columns)
    return pd.DataFrame(
        {
            "row": np.repeat(raw.index.to_numpy() + 1, width),
            "column": np.tile(np.array([match.sheet.names[at] for at in columns], object), rows),
            "question": np.tile(np.array([*match.questions.values()], object), rows),
            "text": raw[columns].to_numpy().ravel(),
        }
    )
