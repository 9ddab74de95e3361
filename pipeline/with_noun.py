"""A number with its word, as a message says it."""

from __future__ import annotations


def with_noun(number: int, word: str) -> str:
    """In the plural where it is due: ``1 second``, ``2 seconds``, ``0 seconds``."""
    return f"{number} {word}{'s' * (number != 1)}"
