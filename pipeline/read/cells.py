"""Rows of texts as a frame, each row as wide as the widest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def frame(rows: Sequence[list[str]]) -> pd.DataFrame:
    """The cells by row and column, both from 0; what a row lacks is an empty text."""
    width = max(map(len, rows), default=0)
    return pd.DataFrame([row + [""] * (width - len(row)) for row in rows], dtype=object)
