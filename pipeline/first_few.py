"""Many texts in a message: the first few of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence


def first_few(texts: Sequence[str], most: int, count: int | None = None) -> str:
    """For a person to read: ``A, B and 3 more``.

    ``count`` is how many there are, where ``texts`` are the first ones alone.
    """
    more = (len(texts) if count is None else count) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")
