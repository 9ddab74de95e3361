"""Classify rows before they are used: which carry a candidate, and why the others do not."""

from __future__ import annotations

import pandas as pd

from pipeline.interpret.recognise import Recognised
from pipeline.interpret.text import tidy, tidy_keycode
from schemas.entries import KEYCODE, matches
from schemas.layout import fold

_NOTE = r".*\s.*|.{13,}"  # a text no one would take for a damaged keycode


def set_aside(cells: pd.DataFrame, fit: Recognised) -> pd.Series[str]:
    """For each row why it is set aside, or "" where it carries a candidate.

    ``cells`` is tidied. A row with a keycode is never set aside, whatever else stands in it: a
    candidate may well be called Max. A row without one, but with marks, is set aside only when it
    says what it is; else it stays, and validation asks whose it is.
    """
    reasons = pd.Series("", index=cells.index)
    ids = cells[fit.keycode]
    keyed = matches(ids.map(tidy_keycode), KEYCODE)
    no_values = (cells[fit.values] == "").all(axis=1)
    reasons[no_values & ((ids == "") | matches(ids, _NOTE)) & ~keyed] = "note"
    labels = cells.loc[~keyed, [at for at in cells if at not in fit.values]].map(_label)
    for reason, words in fit.layout.rows.model_dump().items():
        if words:
            reasons[labels.index[labels.isin(words).any(axis=1)]] = reason
    reasons[(cells == "").all(axis=1)] = "blank"
    reasons[(cells == cells.loc[fit.heading]).all(axis=1)] = "heading"
    reasons[cells.index < fit.heading] = "title"
    return reasons


def _label(text: str) -> str:
    return fold(tidy(text).rstrip(":"))
