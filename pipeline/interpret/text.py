"""Tidy what people and programs put around a text without showing it."""

from __future__ import annotations

import re

# Zero-width space, joiners, word joiner, byte order mark, soft hyphen.
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")


def tidy(text: str) -> str:
    """Without invisible characters, and without white space (any kind) at either end."""
    return _INVISIBLE.sub("", text).strip()


def tidy_keycode(text: str) -> str:
    """Also without white space within, and in upper case: ``h76r bd8p`` is ``H76RBD8P``."""
    return "".join(tidy(text).split()).upper()
