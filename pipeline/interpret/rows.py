"""Classify rows before they are used: which carry a candidate, and why the others do not."""

from __future__ import annotations

import pandas as pd

from pipeline.interpret.recognise import Recognised
from pipeline.interpret.text import each, tidy, tidy_keycode
from schemas.entries import KEYCODE, matches
from schemas.layout import fold

_NOTE = r".*\s.*|.{13,}"  # a text no one would take for a damaged keycode


def set_aside(cells: pd.DataFrame, fit: Recognised) -> pd.Series[str]:
    """For each row why it is set aside, or "" where it carries a candidate.

    ``cells`` is tidied. A row with a keycode is never set aside, whatever else stands in it: a
    candidate may well be called Max. A row without one, but with marks, is set aside only when it
    says what it is; else it stays, and validation asks whose it is.
    """
    blank = pd.Series("", index=cells.index, dtype=object)
    reasons, ids = blank.copy(), cells[fit.keycode]
    references = blank if fit.candidate is None else cells[fit.candidate]
    words = fit.layout.rows.model_dump()
    known = [word for told in words.values() for word in told]
    labelled = each(ids, _label).isin(known)
    keyed = matches(each(ids, tidy_keycode), KEYCODE) & ~labelled
    no_values = (cells[fit.values] == "").all(axis=1)
    reasons[no_values & ((ids == "") | matches(ids, _NOTE)) & ~keyed] = "note"
    # Max with a damaged keycode, or with a candidate reference alone, is a candidate still.
    nameless = (references == "") | each(references, _label).isin(known)
    labels = cells.loc[labelled | ((ids == "") & nameless)]
    labels = labels.drop(columns=fit.values).map(_label)
    for reason, told in words.items():
        reasons[labels.index[labels.isin(told).any(axis=1)]] = reason
    reasons[(cells == "").all(axis=1)] = "blank"
    reasons[fit.like_heading(cells)] = "heading"
    reasons[cells.index < fit.heading] = "title"
    return reasons


def _label(text: str) -> str:
    return fold(tidy(text).rstrip(":"))
