"""Tidy what people and programs put around a text without showing it."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

# Zero-width space, joiners, word joiner, byte order mark, soft hyphen.
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")


def tidy(text: str) -> str:
    """Without invisible characters, and without white space (any kind) at either end."""
    return _INVISIBLE.sub("", text).strip()


def tidy_keycode(text: str) -> str:
    """Also without white space within, and in upper case: ``h76r bd8p`` is ``H76RBD8P``.

    Other letters than ASCII ones stay: the upper case of some is two letters, or looks like one.
    """
    joined = "".join(tidy(text).split())
    return joined.upper() if joined.isascii() else joined


def each(texts: pd.Series[str], read: Callable[[str], str]) -> pd.Series[str]:
    """Read each distinct text once: columns of marks and keycodes repeat few."""
    codes, distinct = pd.factorize(texts)
    read_once = np.array([read(text) for text in distinct], dtype=object)
    return pd.Series(read_once[codes], texts.index, dtype=object)


def tidied(cells: pd.DataFrame) -> pd.DataFrame:
    """All cells, tidied."""
    return cells.apply(each, args=(tidy,)) if cells.size else cells
