"""Tidy what people and programs put around a text without showing it."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.entries import matches

# Zero-width space, joiners, word joiner, byte order mark, soft hyphen.
_NOT_SHOWN = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
# These, and spaces that look like an ordinary one but are not.
_UNSEEN = "[\u200b-\u200d\u2060\ufeff\u00ad\u00a0\u2000-\u200a\u202f\u205f\u3000]"


def tidy(text: str) -> str:
    """Without invisible characters, and without white space (any kind) at either end."""
    return _NOT_SHOWN.sub("", text).strip()


def tidy_keycode(text: str) -> str:
    """Also without white space within, and in upper case: ``h76r bd8p`` is ``H76RBD8P``.

    Other letters than ASCII ones stay: the upper case of some is two letters, or looks like one.
    """
    joined = "".join(tidy(text).split())
    return joined.upper() if joined.isascii() else joined


def has_invisible(texts: pd.Series[str]) -> NDArray[np.bool_]:
    """Which texts hold what nobody sees: a no-break space, a zero-width one, a soft hyphen."""
    return matches(texts, f"(?s:.*{_UNSEEN}.*)")


def map_distinct(texts: pd.Series[str], read: Callable[[str], str]) -> pd.Series[str]:
    """Read each distinct text once: columns of marks and keycodes repeat few."""
    codes, distinct = pd.factorize(texts)
    read_once = np.array([read(text) for text in distinct], dtype=object)
    return pd.Series(read_once[codes], texts.index, dtype=object)


def tidied(cells: pd.DataFrame) -> pd.DataFrame:
    """All cells, tidied."""
    return cells.apply(map_distinct, args=(tidy,)) if cells.size else cells
