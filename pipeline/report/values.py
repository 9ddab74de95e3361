"""Frames as plain Python values, for whatever writes them out."""

from __future__ import annotations

import pandas as pd


def to_python_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with Python's own values: whole numbers whole, None where there is none."""
    objects = frame.astype(object)
    return objects.where(objects.notna(), None)
