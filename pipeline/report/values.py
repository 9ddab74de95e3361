"""Frames as plain Python values, for whatever writes them out."""

from __future__ import annotations

import numpy as np
import pandas as pd


def to_python_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with Python's own values: whole numbers whole, None where there is none."""
    objects = frame.astype(object)
    return objects.where(objects.notna(), None)


_LONG = 50  # rows from which on a run of blank ones is one line of a report


def in_ranges(set_aside: pd.DataFrame) -> pd.DataFrame:
    """Rows set aside with long runs of blank ones as one: from ``row`` to ``last_row``.

    A single stray cell far below a table would else make a report of a million lines.
    """
    if set_aside.empty:
        return set_aside.assign(last_row=set_aside["row"])
    row = set_aside["row"].astype("int64")
    follows = (row == row.shift() + 1) & (set_aside["reason"] == "blank")
    for name in ("file", "sheet", "reason"):
        follows &= set_aside[name] == set_aside[name].shift()
    run = (~follows).cumsum()
    length = run.groupby(run).transform("size")
    alone = np.arange(len(set_aside)) + int(run.max()) + 1
    group = pd.Series(np.where(length >= _LONG, run, alone), set_aside.index)
    firsts = ~group.duplicated()
    last = row.groupby(group).transform("max")
    return set_aside.assign(last_row=last)[firsts]
