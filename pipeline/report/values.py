"""Frames as plain Python values, for whatever writes them out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from schemas.frames import DataFrame, SetAside


def to_python_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with Python's own values: whole numbers whole, None where there is none."""
    objects = frame.astype(object)
    return objects.where(objects.notna(), None)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row as a dictionary of Python's own values."""
    names = [str(name) for name in frame.columns]
    columns = [_python_values(frame.iloc[:, at]) for at in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _python_values(column: pd.Series[Any]) -> list[Any]:
    """As `to_python_values`, of one column: most frames of a run are so small that this counts."""
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    return values.tolist()


_RUNS = ("=", "+", "-", "@", "\t", "\r")


def inert(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame for a CSV that Excel opens: no text in it is one that Excel would run.

    A CSV has no types, so ``'`` goes in front, as Excel itself marks a text.
    """
    texts = frame.select_dtypes(include=["object", "string"])
    safe = {name: texts[name].map(_inert, na_action="ignore") for name in texts.columns}
    return frame.assign(**safe)


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value


def local_time(moment: dt.datetime) -> str:
    """A moment on this machine's clock, as people read it: 23 November 2026, 09:30 (UTC+00:00)."""
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y, %H:%M (%Z)}"


_LONG = 50  # rows from which on a run of blank ones is one line of a report


def in_ranges(set_aside: DataFrame[SetAside]) -> pd.DataFrame:
    """Rows set aside with long runs for one reason as one: from ``row`` to ``last_row``.

    A stray cell far below a table, or a long file that is not used, would else make a report of a
    million lines.
    """
    if set_aside.empty:
        return set_aside.assign(last_row=set_aside["row"])
    row = set_aside["row"].astype("int64")
    follows = row == row.shift() + 1
    for name in ("file", "sheet", "reason"):
        follows &= set_aside[name] == set_aside[name].shift()
    run = (~follows).cumsum()
    length = run.groupby(run).transform("size")
    alone = np.arange(len(set_aside)) + int(run.max()) + 1
    group = pd.Series(np.where(length >= _LONG, run, alone), set_aside.index)
    firsts = ~group.duplicated()
    last = row.groupby(group).transform("max")
    return set_aside.assign(last_row=last)[firsts]
