"""Many texts in a message: the first few of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence


def first_few(texts: Sequence[str], most: int) -> str:
    """For a person to read: ``A, B and 3 more``."""
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")
