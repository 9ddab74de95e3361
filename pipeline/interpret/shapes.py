"""The shapes of a table, each to one row per session and question."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Recognised


def unfold(fit: Recognised, rows: pd.Series[bool]) -> pd.DataFrame:
    """Entries as they stand: row, column, question, text, and what the row says of itself.

    ``rows`` tells which carry a candidate. Nothing is read yet.
    """
    raw = fit.sheet.raw[rows]
    entries = _long(raw, fit) if fit.layout.shape == "long" else _wide(raw, fit)
    return entries.join(_of_rows(fit, raw), on="row")


def _of_rows(fit: Recognised, raw: pd.DataFrame) -> pd.DataFrame:
    """What each row says of itself, by its number as in Excel: id, test, centre, …"""
    cells = fit.sheet.cells.loc[raw.index]
    columns = {
        "candidate_text": fit.candidate,
        "test": fit.test,
        "centre": fit.centre,
        "version": fit.version,
        "total": fit.total,
    }
    told = {name: "" if at is None else cells[at] for name, at in columns.items()}
    of_rows = pd.DataFrame(
        {
            "id_column": _id_column(fit),
            "id_text": "" if fit.id is None else raw[fit.id],
            "id": fit.ids()[raw.index],
            "absent_told": _absent_told(fit, cells),
            **told,
        },
        index=raw.index,
    )
    return of_rows.set_axis(raw.index + 1)


def _id_column(fit: Recognised) -> str:
    """Where a person looks for whose a row is; the first value, where the file's name says it."""
    return fit.sheet.names[fit.values[0] if fit.id is None else fit.id]


def _absent_told(fit: Recognised, cells: pd.DataFrame) -> pd.Series[bool]:
    words = fit.layout.words.absent_says or fit.layout.words.absent
    told = (cells[at].str.casefold().isin(words) for at in fit.absent_in)
    return reduce(pd.Series.__or__, told, pd.Series(False, cells.index))


def _long(raw: pd.DataFrame, fit: Recognised) -> pd.DataFrame:
    assert fit.question is not None  # noqa: S101  # what shape long means
    values, blank = fit.sheet.cells.loc[raw.index, list(fit.value)], fit.layout.words.blank
    filled = (values != "") & ~values.map(str.casefold).isin(blank)
    # The first column that is filled; where none is, the first.
    first = filled.to_numpy().argmax(axis=1)
    return pd.DataFrame(
        {
            "row": raw.index.to_numpy() + 1,
            "column": np.array([fit.sheet.names[at] for at in fit.value], dtype=object)[first],
            "question": raw[fit.question].to_numpy(),
            "text": raw[list(fit.value)].to_numpy()[np.arange(len(raw)), first],
        }
    )


def _wide(raw: pd.DataFrame, fit: Recognised) -> pd.DataFrame:
    columns = [*fit.questions]
    rows, width = len(raw), len(columns)
    return pd.DataFrame(
        {
            "row": np.repeat(raw.index.to_numpy() + 1, width),
            "column": np.tile(np.array([fit.sheet.names[at] for at in columns], object), rows),
            "question": np.tile(np.array([*fit.questions.values()], object), rows),
            "text": raw[columns].to_numpy().ravel(),
        }
    )
