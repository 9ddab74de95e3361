"""Tidy what people and programs put around a text without showing it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.columns import matches

# Zero-width space, joiners, word joiner, byte order mark, soft hyphen; and the marks by which a
# program says in which direction a text runs.
_INVISIBLE = "\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u061c\u202a-\u202e\u2066-\u2069"
_NOT_SHOWN = re.compile(f"[{_INVISIBLE}]")
# These, and spaces that look like an ordinary one but are not.
_UNSEEN = f"[{_INVISIBLE}\u00a0\u2000-\u200a\u202f\u205f\u3000]"
# What tells Excel that a cell is text: ="00123" and '00123.
_SAID_TO_BE_TEXT = re.compile(r"""=\s*"([^"]*)"|'(?!.*'$)(.+)""", re.DOTALL)
_AS_TEXT = r"""=\s*"[^"]*"|'(?!.*'$).+"""


DITTO = frozenset(["do", "do.", "ditto", "''", '"', "\u3003", "as above", "same as above", "idem"])
"""What stands in a cell to say: as in the row above."""


def tidy(text: str) -> str:
    """What a person sees: no invisible characters, no white space (any kind) at either end.

    Nor the signs by which Excel is told that a cell is text, as in ``="00123"`` and ``'00123``.
    """
    seen = _NOT_SHOWN.sub("", text).strip()
    as_text = _SAID_TO_BE_TEXT.fullmatch(seen)
    return (as_text[1] or as_text[2] or "").strip() if as_text else seen


def tidy_keycode(text: str) -> str:
    """Also without white space within, and in upper case: ``h76r bd8p`` is ``H76RBD8P``.

    Other letters than ASCII ones stay: the upper case of some is two letters, or looks like one.
    """
    joined = "".join(tidy(text).split())
    keycode = joined.upper() if joined.isascii() else joined
    return text if keycode == text else keycode  # of a million keycodes nearly all: no second one


def has_invisible(texts: pd.Series[str]) -> NDArray[np.bool_]:
    """Which texts hold what nobody sees, or signs that only tell Excel that they are texts."""
    return matches(texts, f"(?s:.*{_UNSEEN}.*|{_AS_TEXT})")
