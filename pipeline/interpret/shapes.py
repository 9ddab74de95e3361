"""The shapes of a table, each to one row per session and question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.interpret.absence import said_absent
from pipeline.interpret.match_result import Match
from schemas import headings
from schemas.columns import category, constant, distinct, map_distinct, map_together, used
from schemas.frames import BESIDE

_SEVERAL = 2


def unfold(match: Match, rows: pd.DataFrame) -> pd.DataFrame:
    """Entries as they stand: column, question, text, and what is known of their rows.

    Nothing is read yet.
    """
    at = rows["row"].to_numpy(np.int64) - 1
    entries = _long(match, at) if match.layout.shape == "long" else _wide(match, at)
    if len(entries) > len(rows):
        rows = rows.take(np.repeat(np.arange(len(rows)), len(entries) // len(rows)))
    return pd.concat([entries, rows.set_axis(entries.index)], axis=1)


def with_totals(entries: pd.DataFrame, match: Match, reasons: pd.Series[str]) -> pd.DataFrame:
    """In shape long: with the total that a row of the same candidate states."""
    if match.question is None or not (reasons == "totals").any() or match.id is None:
        return entries
    cells, ids = match.sheet.cells, match.ids().astype(object)
    questions = match.sheet.column(match.question)
    whole = map_distinct(questions, headings.is_total).astype(bool)
    stated = (reasons == "totals") & (ids != "") & whole
    totals = cells.loc[stated, match.value[0]].groupby(ids[stated]).agg(list)
    single = {whose: values[0] for whose, values in totals.items() if len(values) == 1}
    totals_of = [
        single.get(whose, total)
        for whose, total in zip(entries["id"], entries["total"], strict=True)
    ]
    return entries.assign(total=category(*distinct(pd.Series(totals_of, dtype=object))))


def candidate_rows(match: Match, candidates: pd.Series[bool]) -> pd.DataFrame:
    """What each row that carries a candidate says of itself: id, test, centre, …"""
    rows = np.flatnonzero(candidates)
    sheet, every = match.sheet, pd.RangeIndex(len(rows))

    def said(at: int | None) -> pd.Series[str]:
        return constant("", every) if at is None else _picked(sheet.column(at), rows)

    return pd.DataFrame(
        {
            "row": rows + 1,
            "id_column": constant(_id_column(match), every),
            "id_text": said(None)
            if match.id is None
            else _picked(sheet.column(match.id, as_written=True), rows),
            "id": _picked(match.ids(), rows),
            "absent_told": said_absent(match).to_numpy()[rows],
            "candidate_text": said(match.candidate),
            "other_reference": _joined([said(at) for at in match.other_ids or (None,)]),
            "test": said(match.test),
            "centre": said(match.centre),
            "version": said(match.version),
            "total": said(match.total),
            "renumbered": np.zeros(len(rows), bool),
        }
    )


def _picked(texts: pd.Series[str], rows: NDArray[np.int64]) -> pd.Series[str]:
    return category(*distinct(texts.iloc[rows]))


def _joined(columns: Sequence[pd.Series[str]]) -> pd.Series[str]:
    """The texts of these columns in each row, divided."""
    if len(columns) < _SEVERAL:
        return columns[0]
    return map_together(columns, lambda *texts: BESIDE.join(texts))


def _id_column(match: Match) -> str:
    """Where a person looks for whose a row is; the first value, where the file's name says it."""
    return match.sheet.names[match.values[0] if match.id is None else match.id]


def _long(match: Match, rows: NDArray[np.int64]) -> pd.DataFrame:
    assert match.question is not None  # noqa: S101  # what shape long means
    sheet, columns = match.sheet, list(match.value)
    codes = sheet.texts.codes[rows][:, columns]
    words = {"", *match.layout.words.blank}
    filled = np.array([text.casefold() not in words for text in sheet.texts.distinct], bool)[codes]
    # The first column that is filled; where none is, the first.
    first = filled.argmax(axis=1)
    written = sheet.written.codes[rows, np.array(columns)[first]]
    return pd.DataFrame(
        {
            "column": category(first, [sheet.names[at] for at in columns]),
            "question": _picked(sheet.column(match.question, as_written=True), rows),
            "text": category(*used(written, sheet.written.distinct)),
        }
    )


def _wide(match: Match, rows: NDArray[np.int64]) -> pd.DataFrame:
    columns, written = [*match.questions], match.sheet.written
    across = np.tile(np.arange(len(columns)), len(rows))
    texts = written.codes[rows][:, columns].ravel()
    return pd.DataFrame(
        {
            "column": category(across, [match.sheet.names[at] for at in columns]),
            "question": category(across, [*match.questions.values()]),
            "text": category(*used(texts, written.distinct)),
        }
    )
